use std::sync::Arc;

use super::*;
use crate::conversation::Within;
use crate::domain::command::Place;
use crate::domain::{AccountId, ContactStatus, ContactStatusId, Tag, TagId, Timestamp, UserId};
use crate::engine::{AddConversation, LabelPatch, TeamChange};
use crate::ports::{Conversations, Labels, Prospects};
use crate::registry::Target;
use crate::testing::domain::{key, outgoing, user};
use crate::testing::{Person, Scene, caller, inbound};

fn team() -> Team {
    Team { account: AccountId::default_account() }
}

fn tag(name: &str) -> TagId {
    TagId::parse(name).unwrap()
}

async fn scene() -> Scene {
    let scene = Scene::with(&["ana", "ben"], 2).await;
    for name in ["hot", "big"] {
        let color = "#FF0000".into();
        let tag = Tag { id: tag(name), account: team().account, name: name.into(), color };
        scene.store.put_tag(&tag).await.unwrap();
    }
    let won = ContactStatus {
        id: ContactStatusId::parse("won").unwrap(),
        account: team().account,
        name: "Won".into(),
        color: "#00FF00".into(),
        order: 1,
    };
    scene.store.put_contact_status(&won).await.unwrap();
    scene
}

fn on(names: &[&str]) -> ContextPatch {
    let add = names.iter().map(|name| tag(name)).collect();
    ContextPatch { tags: Some(TagPatch::Change { add, remove: vec![] }), ..Default::default() }
}

async fn patch(scene: &Scene, patch: ContextPatch) -> Result<ProspectView, Failure> {
    scene.engine.patch_context(&team(), &key().contact, &patch).await
}

async fn conversation(scene: &Scene) -> crate::domain::Conversation {
    let id = scene.store.find(&key()).await.unwrap().expect("it was begun");
    scene.store.load(&id).await.unwrap().unwrap()
}

async fn nothing_more(person: &Person) {
    assert_eq!(person.shown().await, [""; 0]);
}

#[actix::test]
async fn what_is_said_of_a_contact_is_on_their_conversations_and_everybody_there_is_told_once() {
    let scene = scene().await;
    scene.receive("p1", "one").await;
    let ana = scene.connect("ana");
    let order = ContextPatch {
        done: Some(true),
        assignee: Some(Some(user("ben"))),
        notes: Some(Some("pays late".into())),
        ..on(&["hot"])
    };

    let view = patch(&scene, order.clone()).await.unwrap();

    assert_eq!((view.done, &view.assignee, view.tags.len()), (true, &Some(user("ben")), 1));
    assert_eq!(ana.shown().await, ["changed:Joe:1 unread"]);
    let there = conversation(&scene).await;
    assert_eq!((there.is_open, there.team.assignee), (false, Some(user("ben"))));
    assert_eq!(there.team.labels.tags, [tag("hot")]);
    patch(&scene, order).await.unwrap();
    nothing_more(&ana).await;
    let notes = ContextPatch { notes: Some(None), ..Default::default() };
    patch(&scene, notes).await.unwrap();
    nothing_more(&ana).await;
}

#[actix::test]
async fn one_thing_that_there_is_not_changes_nothing() {
    let scene = scene().await;
    scene.receive("p1", "one").await;
    let ana = scene.connect("ana");
    let status = Some(Some(ContactStatusId::parse("lost").unwrap()));
    let stranger = Some(Some(UserId::parse("dan").unwrap()));
    let off = TagPatch::Change { add: vec![tag("hot")], remove: vec![tag("no")] };
    for (wrong, missing) in [
        (on(&["hot", "no"]), "tag"),
        (ContextPatch { tags: Some(off), ..Default::default() }, "tag"),
        (ContextPatch { status, ..on(&["hot"]) }, "status"),
        (ContextPatch { assignee: stranger, ..on(&["hot"]) }, "user"),
    ] {
        let failure = patch(&scene, wrong).await.unwrap_err();
        assert!(matches!(failure, Failure::NotFound(what) if what == missing), "{failure}");
    }
    let nobody = crate::domain::ContactId::parse("nobody").unwrap();
    let failure = scene.engine.patch_context(&team(), &nobody, &on(&["hot"])).await.unwrap_err();
    assert!(matches!(failure, Failure::NotFound("contact")));

    assert_eq!(scene.store.context(&key().contact).await.unwrap(), None);
    nothing_more(&ana).await;
}

#[actix::test]
async fn a_conversation_that_begins_carries_what_was_said_before_and_is_whose_it_is_to_be() {
    let scene = scene().await;
    let before =
        ContextPatch { assignee: Some(Some(user("ben"))), done: Some(true), ..on(&["hot", "big"]) };
    let view = patch(&scene, before).await.unwrap();
    assert_eq!((view.done, view.assignee), (true, Some(user("ben"))), "there is nothing to ask");

    scene.engine.receive_inbound(inbound("p1", "one")).await.unwrap();

    let there = conversation(&scene).await;
    assert_eq!(there.version, 1, "with its very first commit");
    assert_eq!(there.team.assignee, Some(user("ben")));
    assert_eq!(there.team.labels.tags, [tag("hot"), tag("big")]);
    let view = scene.engine.prospect(&team(), &key().contact).await.unwrap();
    assert!(!view.done, "who writes is not done with");
}

#[actix::test]
async fn a_conversation_that_was_looked_for_before_its_contact_was_marked_catches_up() {
    let scene = scene().await;
    // Awake, with what was known then; an outgoing message begins nothing.
    let message = outgoing("m1", "ana", "x");
    let nothing = Place { message, dated: false, members: vec![] };
    let within = Within { account: team().account, channel: None };
    let refused = scene.engine.write_to(Target::Key(key()), within, Arc::new(nothing)).await;
    assert!(matches!(refused, Err(Failure::Refused(_))));
    patch(&scene, on(&["hot"])).await.unwrap();

    scene.engine.receive_inbound(inbound("p1", "one")).await.unwrap();

    assert_eq!(conversation(&scene).await.team.labels.tags, [tag("hot")]);
}

#[actix::test]
async fn who_died_before_conversations_followed_is_followed_by_upkeep() {
    let scene = scene().await;
    scene.receive("p1", "one").await;
    let ana = scene.connect("ana");
    let (account, contact) = (team().account, key().contact);
    let order = ContextPatch { done: Some(true), ..on(&["hot"]) };
    scene.store.patch_context(&account, &contact, &order, Timestamp(5)).await.unwrap();
    assert!(conversation(&scene).await.is_open, "it died here");

    assert_eq!(scene.engine.spread_contexts(Timestamp(5)).await.unwrap(), 0, "not yet");
    assert_eq!(scene.engine.spread_contexts(Timestamp(6)).await.unwrap(), 1);

    assert!(!conversation(&scene).await.is_open);
    assert_eq!(ana.shown().await, ["changed:Joe:1 unread"]);
    assert_eq!(scene.engine.spread_contexts(Timestamp(6)).await.unwrap(), 0);
}

#[actix::test]
async fn the_prospect_is_done_and_somebodys_when_all_their_conversations_are() {
    let scene = scene().await;
    scene.receive("p1", "one").await;
    let there = conversation(&scene).await;
    let changes = vec![TeamChange::Open(false), TeamChange::Assignee(Some(user("ana")))];
    scene.engine.change_for_team(&team(), &there.id, changes).await.unwrap();

    let closed = scene.engine.prospect(&team(), &key().contact).await.unwrap();
    scene.receive("p2", "two").await;
    let reopened = scene.engine.prospect(&team(), &key().contact).await.unwrap();

    assert_eq!((closed.done, closed.assignee), (true, Some(user("ana"))));
    assert_eq!((reopened.done, reopened.assignee), (false, Some(user("ana"))));
}

#[actix::test]
async fn a_tag_that_was_taken_away_is_gone_from_contacts_and_conversations() {
    let scene = scene().await;
    scene.receive("p1", "one").await;
    patch(&scene, on(&["hot", "big"])).await.unwrap();

    scene.engine.delete_tag(&team().account, &tag("hot")).await.unwrap();

    let view = scene.engine.prospect(&team(), &key().contact).await.unwrap();
    assert_eq!(view.context.tags, [tag("big")]);
    while scene.engine.spread_contexts(Timestamp(i64::MAX)).await.unwrap() > 0 {}
    assert_eq!(conversation(&scene).await.team.labels.tags, [tag("big")]);
    let again = scene.engine.delete_tag(&team().account, &tag("hot")).await.unwrap_err();
    assert!(matches!(again, Failure::NotFound("tag")));
    let rename = LabelPatch { name: Some("big".into()), color: None };
    let fresh = scene.engine.create_tag(&team().account, "hot".into(), "#000000".into()).await;
    let taken = scene.engine.change_tag(&team().account, &fresh.unwrap().id, rename).await;
    assert!(matches!(taken, Err(Failure::Conflict(_))));
}

#[actix::test]
async fn whoever_joins_by_hand_finds_the_labels_too() {
    let scene = scene().await;
    patch(&scene, on(&["hot"])).await.unwrap();
    let ask = AddConversation {
        contact: key().contact,
        channel: key().channel,
        users: vec![],
        title: None,
        image: vec![],
    };

    scene.engine.add_conversation(&caller("ana"), ask).await.unwrap();

    assert_eq!(conversation(&scene).await.team.labels.tags, [tag("hot")]);
}

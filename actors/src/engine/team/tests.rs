use super::*;
use crate::domain::{Author, Kind};
use crate::engine::{AddNote, ListForTeam, MessagesForTeam, Place, SendForTeam};
use crate::ports::{Conversations, Direction, Sort, TeamOrder};
use crate::testing::domain::{key, user};
use crate::testing::{Scene, caller, inbound};

fn team() -> Team {
    Team { account: AccountId::default_account() }
}

async fn only_one(scene: &Scene) -> ConversationId {
    scene.store.find(&key()).await.unwrap().expect("it was begun")
}

fn everything() -> ListForTeam {
    ListForTeam {
        only: None,
        filter: Default::default(),
        order: TeamOrder::Activity,
        sort: Sort::Newest,
        cut: None,
        limit: 10,
    }
}

fn written(conversation: ConversationId, author: Option<&str>) -> SendForTeam {
    SendForTeam {
        id: None,
        conversation,
        author: author.map(user),
        uuid: None,
        text: "hello".into(),
        attachments: vec![],
        medium: None,
        email: None,
    }
}

#[actix::test]
async fn a_star_and_a_closing_are_announced_and_a_set_unread_count_is_not() {
    let scene = Scene::with(&["ana", "ben"], 2).await;
    scene.receive("p1", "one").await;
    let (id, ana) = (only_one(&scene).await, scene.connect("ana"));

    let starred = vec![TeamChange::Starred(true)];
    let view = scene.engine.change_for_team(&team(), &id, starred.clone()).await.unwrap();
    scene.engine.change_for_team(&team(), &id, starred).await.unwrap();
    assert!(view.starred);
    assert_eq!(ana.shown().await, ["changed:Joe:1 unread"], "once, since it was so already");

    let unread = vec![TeamChange::Unread(7)];
    let view = scene.engine.change_for_team(&team(), &id, unread).await.unwrap();
    assert_eq!(view.team.unread(), 7);
    assert_eq!(ana.shown().await, [""; 0]);

    let closed = vec![TeamChange::Open(false), TeamChange::Assignee(Some(user("ben")))];
    let view = scene.engine.change_for_team(&team(), &id, closed).await.unwrap();
    assert_eq!((view.is_open, view.team.assignee), (false, Some(user("ben"))));
    assert_eq!(ana.shown().await.len(), 2);
}

#[actix::test]
async fn an_assignee_who_is_unknown_changes_nothing() {
    let scene = Scene::with(&["ana"], 1).await;
    scene.receive("p1", "one").await;
    let id = only_one(&scene).await;

    let changes = vec![TeamChange::Starred(true), TeamChange::Assignee(Some(user("dan")))];
    let answer = scene.engine.change_for_team(&team(), &id, changes).await;

    assert!(matches!(answer, Err(Failure::NotFound("user"))));
    assert!(!scene.engine.team_conversation(&team(), &id).await.unwrap().starred);
}

#[actix::test]
async fn a_deleted_conversation_is_gone_for_all_and_the_next_message_begins_another() {
    let scene = Scene::with(&["ana", "ben"], 2).await;
    scene.receive("p1", "one").await;
    let (id, ana) = (only_one(&scene).await, scene.connect("ana"));

    scene.engine.delete_conversation(&team(), &id).await.unwrap();

    assert_eq!(ana.shown().await, ["changed:Joe:1 unread"], "that it was deleted");
    let gone = |answer: Result<(), Failure>| matches!(answer, Err(Failure::NotFound(_)));
    assert!(gone(scene.engine.delete_conversation(&team(), &id).await));
    assert!(gone(scene.engine.team_conversation(&team(), &id).await.map(|_| ())));
    let place = Place { conversation: id.clone(), channel: None };
    assert!(gone(scene.engine.get_conversation(&caller("ana"), &place).await.map(|_| ())));
    assert!(
        scene.engine.list_for_team(&team(), everything()).await.unwrap().conversations.is_empty()
    );

    scene.engine.receive_inbound(inbound("p2", "two")).await.unwrap();
    assert_ne!(only_one(&scene).await, id);
    assert_eq!(ana.shown().await, ["new:Joe:1 unread", "INCOMING:two"]);
}

#[actix::test]
async fn who_was_away_is_told_that_it_was_deleted_and_who_had_left_before_is_not() {
    let scene = Scene::with(&["ana", "ben"], 2).await;
    scene.receive("p1", "one").await;
    let id = only_one(&scene).await;
    let began = scene.engine.reached();
    scene.engine.remove_participant(&id, user("ben")).await.unwrap();

    scene.engine.delete_conversation(&team(), &id).await.unwrap();

    let ana = scene.engine.replay(&caller("ana"), began).await.unwrap().unwrap();
    let ben = scene.engine.replay(&caller("ben"), began).await.unwrap().unwrap();
    assert_eq!((ana.len(), ben.len()), (1, 0));
}

#[actix::test]
async fn a_conversation_is_begun_once_and_written_in_by_nobody_or_by_a_user_who_takes_no_part() {
    let scene = Scene::with(&["ana", "dan"], 1).await;
    let ana = scene.connect("ana");

    let begun = scene.engine.begin_for_team(&team(), &key().contact, None).await.unwrap();
    let again = scene.engine.begin_for_team(&team(), &key().contact, None).await.unwrap();
    assert!(begun.is_new && !again.is_new);
    assert_eq!(begun.view.id, again.view.id);

    let id = begun.view.id;
    let system = scene.engine.send_for_team(&team(), written(id.clone(), None)).await.unwrap();
    let dan = written(id.clone(), Some("dan"));
    let dan = scene.engine.send_for_team(&team(), dan).await.unwrap();
    assert_eq!(system.message.author, Author::System);
    assert_eq!(dan.message.author, Author::User(user("dan")));
    assert!(!dan.is_sender);
    let nobody = scene.engine.send_for_team(&team(), written(id, Some("zoe"))).await;
    assert!(matches!(nobody, Err(Failure::NotFound("user"))));
    let shown = ["new:Joe:0 unread", "OUTGOING:hello", "OUTGOING:hello"];
    assert_eq!(ana.shown().await, shown);
}

#[actix::test]
async fn the_team_sees_every_message_but_a_note_in_no_list_count_or_order() {
    let scene = Scene::with(&["ana", "ben"], 2).await;
    scene.receive("p1", "one").await;
    let id = only_one(&scene).await;
    let ask = MessagesForTeam {
        conversation: id.clone(),
        after: None,
        direction: Direction::Older,
        limit: 10,
    };
    let seen = async || {
        let messages = scene.engine.messages_for_team(&team(), &ask, |_| true).await.unwrap();
        (messages, scene.engine.list_for_team(&team(), everything()).await.unwrap())
    };
    let before = seen().await;

    let note = AddNote {
        place: Place { conversation: id, channel: None },
        uuid: None,
        text: "call her".into(),
        mentions: vec![user("ben")],
        attachments: vec![],
    };
    let noted = scene.engine.add_note(&caller("ana"), note).await.unwrap();

    assert_eq!(seen().await, before);
    let note = &noted.view.message.id;
    assert!(scene.engine.message_for_team(&team(), note).await.is_err());
    let after = MessagesForTeam { after: Some(note.clone()), ..ask.clone() };
    assert!(scene.engine.messages_for_team(&team(), &after, |_| true).await.is_err());
    assert_eq!(before.0.messages[0].message.kind, Kind::Incoming);
}

#[actix::test]
async fn another_account_finds_nothing() {
    let scene = Scene::with(&["ana"], 1).await;
    scene.receive("p1", "one").await;
    let (id, other) = (only_one(&scene).await, AccountId::parse("other").unwrap());
    let other = Team { account: other };

    assert!(scene.engine.team_conversation(&other, &id).await.is_err());
    let starred = vec![TeamChange::Starred(true)];
    assert!(scene.engine.change_for_team(&other, &id, starred).await.is_err());
    assert!(scene.engine.delete_conversation(&other, &id).await.is_err());
    assert!(scene.engine.send_for_team(&other, written(id, None)).await.is_err());
    assert!(scene.engine.begin_for_team(&other, &key().contact, None).await.is_err());
    let list = scene.engine.list_for_team(&other, everything()).await.unwrap();
    assert!(list.conversations.is_empty());
}

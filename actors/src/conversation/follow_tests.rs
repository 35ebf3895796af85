//! Two nodes on one store: what each is shown of what the other does.
use std::sync::Arc;

use crate::domain::{Announcement, Entry, Position, Refusal, To};
use crate::engine::{self, Failure, Place};
use crate::ports::{Log, News, Ready, Spelled};
use crate::session::Namespace;
use crate::testing::domain::{key, user};
use crate::testing::{Scene, caller, inbound};

async fn place(scene: &Scene) -> Place {
    let found = scene.engine.store.find(&key()).await.unwrap().expect("it was begun");
    Place { conversation: found, channel: None }
}

/// Two nodes, and a conversation of ana and ben that both have seen.
async fn two_nodes() -> [Scene; 2] {
    let [here, there] = Scene::twice(&["ana", "ben", "dan"], 0).await;
    here.begin("ana", &["ben"]).await;
    there.follow().await;
    [here, there]
}

/// The last entry of the log, as another node would tell it: `text` for these users.
async fn news(scene: &Scene, text: &str, users: &[&str]) -> News {
    let entry = scene.store.entries_after(Position(0), 1_000).await.unwrap().pop().unwrap();
    let users: Vec<_> = users.iter().map(|name| user(name)).collect();
    let packet = text.to_owned().into();
    let packets =
        vec![Spelled { namespace: Namespace::Conversation, packet, users: users.clone() }];
    let audience = vec![user("ana"), user("ben")];
    News { entry, participants: audience.clone(), spelled: Some(Ready { audience, packets }) }
}

#[actix::test]
async fn what_one_node_commits_is_shown_by_both_in_one_order_and_once() {
    let [here, there] = two_nodes().await;
    let (ana, ben, dan) = (here.connect("ana"), there.connect("ben"), there.connect("dan"));

    for n in 0..6 {
        let node = if n % 2 == 0 { &here } else { &there };
        node.receive(&format!("SM{n}"), &n.to_string()).await;
        here.follow().await;
    }
    there.follow().await;
    there.follow().await;

    let expected: Vec<_> = (0..6).map(|n| format!("INCOMING:{n}")).collect();
    assert_eq!(ana.shown().await, expected);
    assert_eq!(ben.shown().await, expected);
    assert_eq!(dan.shown().await, [""; 0]);
    assert_eq!(here.engine.reached(), there.engine.reached());
}

#[actix::test]
async fn what_was_committed_here_waits_until_what_was_committed_before_it_elsewhere_is_shown() {
    let [here, there] = two_nodes().await;
    let ana = here.connect("ana");
    let following = actix::spawn({
        let tools = Arc::clone(&here.tools);
        tools.follow(std::future::pending())
    });
    there.receive("SM1", "first").await;

    here.receive("SM2", "second").await;
    let newest = here.store.tail().await.unwrap();
    assert!(here.tools.watermark.wait_for(newest, std::time::Duration::from_secs(9)).await);

    assert_eq!(ana.shown().await, ["INCOMING:first", "INCOMING:second"]);
    following.abort();
}

#[actix::test]
async fn two_nodes_that_write_to_one_conversation_at_once_lose_and_repeat_nothing() {
    let [here, there] = two_nodes().await;
    let (ana, ben) = (here.connect("ana"), there.connect("ben"));

    let all = (0..40).map(|n| {
        let node = if n % 2 == 0 { &here } else { &there };
        node.engine.receive_inbound(inbound(&format!("SM{}", n / 2), "x"))
    });
    let following = [&here, &there]
        .map(|node| actix::spawn(Arc::clone(&node.tools).follow(std::future::pending())));
    let answers = futures_util::future::join_all(all).await;
    let newest = here.store.tail().await.unwrap();
    for node in [&here, &there] {
        let patience = std::time::Duration::from_secs(9);
        assert!(node.tools.watermark.wait_for(newest, patience).await);
    }

    let first_times = answers.into_iter().filter(|answer| answer.as_ref().unwrap().first_time);
    assert_eq!(first_times.count(), 20);
    assert_eq!(here.store.messages_kept(), 20);
    assert_eq!(ana.shown().await.len(), 20);
    assert_eq!(ben.shown().await.len(), 20);
    following.iter().for_each(|task| task.abort());
}

#[actix::test]
async fn first_messages_of_a_contact_at_two_nodes_at_once_make_one_conversation() {
    let [here, there] = Scene::twice(&["ana"], 1).await;

    let all = (0..60).map(|n| {
        let node = if n % 2 == 0 { &here } else { &there };
        node.engine.receive_inbound(inbound(&format!("SM{n}"), "x"))
    });
    let following = [&here, &there]
        .map(|node| actix::spawn(Arc::clone(&node.tools).follow(std::future::pending())));
    for answer in futures_util::future::join_all(all).await {
        assert!(answer.unwrap().first_time);
    }

    let there_are = here.engine.store.of_contact(&key().account, &key().contact).await.unwrap();
    assert_eq!(there_are.len(), 1);
    following.iter().for_each(|task| task.abort());
}

#[actix::test]
async fn what_a_node_says_without_storing_it_is_said_of_how_it_is_now() {
    let [here, there] = two_nodes().await;
    let at = place(&here).await;
    let open = |is_open| engine::Change::Open(is_open);
    there.engine.change(&caller("ana"), &at, open(true)).await.unwrap();

    here.engine.change(&caller("ana"), &at, open(false)).await.unwrap();
    let opened = there.engine.change(&caller("ben"), &at, open(true)).await.unwrap();

    assert!(opened.conversation.is_open, "the other node had closed it");
    let kept = here.engine.store.load(&at.conversation).await.unwrap().unwrap();
    assert!(kept.is_open);
    here.engine.remove_participant(&at.conversation, user("ben")).await.unwrap();
    let refused = there.engine.change(&caller("ben"), &at, open(true)).await;
    assert!(matches!(refused, Err(Failure::Refused(Refusal::NotFound))));
}

#[actix::test]
async fn what_is_told_ready_made_is_shown_as_it_is_and_not_again_when_the_log_is_read() {
    let [here, there] = two_nodes().await;
    let ben = there.connect("ben");
    here.receive("SM1", "one").await;

    let told = news(&here, "ready made", &["ana", "ben"]).await;
    there.tools.hear(told.clone());
    there.tools.hear(told);
    there.follow().await;

    assert_eq!(ben.shown().await, ["ready made"]);
    assert_eq!(there.engine.reached(), here.engine.reached());
}

#[actix::test]
async fn what_is_told_too_early_is_held_until_what_comes_before_it_was_shown() {
    let [here, there] = two_nodes().await;
    let ben = there.connect("ben");
    here.receive("SM1", "first").await;
    let first = news(&here, "first", &["ben"]).await;
    here.receive("SM2", "second").await;
    let second = news(&here, "second", &["ben"]).await;
    here.receive("SM3", "third").await;
    let third = news(&here, "third", &["ben"]).await;

    there.tools.hear(third);
    there.tools.hear(second);
    assert_eq!(ben.shown().await, [""; 0]);
    there.tools.hear(first);

    assert_eq!(ben.shown().await, ["first", "second", "third"]);
}

#[actix::test]
async fn what_is_missing_before_something_told_too_early_is_read_in_the_log() {
    let [here, there] = two_nodes().await;
    let ben = there.connect("ben");
    here.receive("SM1", "lost").await;
    here.receive("SM2", "second").await;

    there.tools.hear(news(&here, "second", &["ben"]).await);
    there.follow().await;

    assert_eq!(ben.shown().await, ["INCOMING:lost", "second"]);
}

#[actix::test]
async fn who_came_too_late_to_be_known_elsewhere_is_shown_it_from_the_record() {
    let [here, there] = two_nodes().await;
    here.receive("SM1", "one").await;
    let told = news(&here, "for ana alone", &["ana"]).await;
    let ben = there.connect("ben");

    there.tools.hear(told);
    assert_eq!(ben.shown().await, [""; 0]);
    there.follow().await;

    assert_eq!(ben.shown().await, ["INCOMING:one"]);
}

#[actix::test]
async fn what_is_told_in_passing_is_done_with_where_nobody_takes_part_and_only_there() {
    let [here, there] = two_nodes().await;
    let (dan, before) = (there.connect("dan"), there.engine.reached());
    here.receive("SM1", "one").await;
    let passing = News { spelled: None, ..news(&here, "", &[]).await };

    there.tools.hear(passing.clone());
    assert_eq!(there.engine.reached(), here.engine.reached());
    let ben = there.connect("ben");
    here.receive("SM2", "two").await;
    there.tools.hear(News { spelled: None, ..news(&here, "", &[]).await });
    assert!(there.engine.reached() < here.engine.reached(), "ben is there to be shown it");
    there.follow().await;

    assert_eq!(ben.shown().await, ["INCOMING:two"]);
    assert_eq!(dan.shown().await, [""; 0]);
    let missed = there.engine.replay(&caller("ben"), before).await.unwrap().unwrap();
    assert_eq!(missed.len(), 2, "by name, and looked up now");
}

#[actix::test]
async fn who_comes_back_to_another_node_is_told_what_they_missed_there_and_here() {
    let [here, there] = two_nodes().await;
    let began = here.engine.reached();
    here.receive("SM1", "one").await;
    there.follow().await;
    there.receive("SM2", "two").await;

    let missed = there.engine.replay(&caller("ben"), began).await.unwrap().unwrap();
    let nothing = there.engine.replay(&caller("dan"), began).await.unwrap().unwrap();

    assert_eq!(missed.len(), 2);
    assert_eq!(nothing.len(), 0);
    here.follow().await;
    let ahead = here.engine.reached();
    assert_eq!(there.engine.replay(&caller("ben"), ahead).await.unwrap(), Some(vec![]));
    let future = Position(ahead.0 + 1);
    assert_eq!(there.engine.replay(&caller("ben"), future).await.unwrap(), None);
}

#[actix::test]
async fn an_offset_of_a_node_that_is_ahead_is_not_from_the_future() {
    let [here, there] = two_nodes().await;
    here.receive("SM1", "one").await;
    let ahead = here.engine.reached();
    assert!(there.engine.reached() < ahead);

    let missed = there.engine.replay(&caller("ben"), ahead).await.unwrap();

    assert_eq!(missed, Some(vec![]));
}

#[actix::test]
async fn a_replay_says_no_more_than_what_was_shown_without_a_gap() {
    let [here, there] = two_nodes().await;
    let began = there.engine.reached();
    here.receive("SM1", "first").await;
    let gap = Position(here.engine.reached().0 + 1);
    let entry = Entry {
        position: Position(gap.0 + 1),
        previous: Position(0),
        conversation: place(&here).await.conversation,
        announcement: Announcement::Conversation { is_new: false, to: To::Participants },
        message: None,
    };
    there.follow().await;
    let participants = vec![user("ana"), user("ben")];

    there.tools.hear(News { entry, participants, spelled: None });
    let missed = there.engine.replay(&caller("ben"), began).await.unwrap().unwrap();

    assert_eq!(missed.len(), 2);
    assert!(missed.iter().all(|missed| missed.position < gap));
}

/// Nothing is stored of it, so both nodes know it only from being told.
#[actix::test]
async fn what_is_shown_again_does_not_come_before_it_was_shown() {
    let [here, there] = two_nodes().await;
    let ben = there.connect("ben");
    here.receive("SM1", "one").await;
    let told = news(&here, "one", &["ben"]).await;
    let after = told.entry.position;
    let packets = news(&here, "one again", &["ben"]).await.spelled.unwrap().packets;

    there.tools.show(crate::ports::Shown { after, with_offset: true, packets });
    assert_eq!(ben.shown().await, [""; 0]);
    there.tools.hear(told);

    assert_eq!(ben.shown().await, ["one", "one again"]);
}

use crate::domain::{Kind, Seq};
use crate::engine::{AddNote, Failure, Place};
use crate::ports::History;
use crate::testing::domain::{key, user};
use crate::testing::{Scene, caller, inbound};

/// The conversation of the scene's one contact.
async fn place(scene: &Scene) -> Place {
    let found = scene.engine.store.find(&key()).await.unwrap().expect("it was begun");
    Place { conversation: found, channel: None }
}

#[actix::test]
async fn an_inbound_message_is_announced_and_shown_to_every_member_and_to_nobody_else() {
    let scene = Scene::with(&["ana", "ben", "dan"], 2).await;
    let (ana, ben, outsider) = (scene.connect("ana"), scene.connect("ben"), scene.connect("dan"));

    scene.receive("SM1", "hello").await;

    let expected = ["new:Joe:1 unread", "INCOMING:hello"];
    assert_eq!(ana.shown().await, expected);
    assert_eq!(ben.shown().await, expected);
    assert_eq!(outsider.shown().await, [""; 0]);
}

#[actix::test]
async fn a_repeated_provider_id_is_stored_shown_and_pushed_once() {
    let scene = Scene::with(&["ana", "ben"], 2).await;
    let ana = scene.connect("ana");

    let first = scene.receive("SM1", "hello").await;
    let again = scene.receive("SM1", "hello").await;

    assert!(first.first_time && !again.first_time);
    assert_eq!(again.message, first.message);
    assert_eq!(scene.store.messages_kept(), 1);
    assert_eq!(ana.shown().await.len(), 2);
    assert_eq!(scene.pushed.users(), [user("ben")], "who is not connected, once");
}

#[actix::test]
async fn a_message_that_cannot_be_stored_is_shown_to_nobody_and_may_be_repeated() {
    let scene = Scene::with(&["ana"], 1).await;
    let ana = scene.connect("ana");
    scene.store.fail_commits(1);

    let answer = scene.engine.receive_inbound(inbound("SM1", "hello")).await;

    assert!(matches!(answer, Err(Failure::Unavailable(_))));
    assert_eq!(ana.shown().await, [""; 0]);
    assert!(scene.receive("SM1", "hello").await.first_time);
    assert_eq!(ana.shown().await.len(), 2);
}

#[actix::test]
async fn a_hundred_first_messages_at_once_make_one_conversation_without_gaps() {
    let scene = Scene::with(&["ana"], 1).await;

    let all = (0..100).map(|n| scene.engine.receive_inbound(inbound(&format!("SM{n}"), "x")));
    for answer in futures_util::future::join_all(all).await {
        assert!(answer.unwrap().first_time);
    }

    let there = place(&scene).await.conversation;
    let placed = scene.store.committed_after(&there, Seq(0), 1_000).await.unwrap();
    let numbers: Vec<_> = placed.iter().map(|placed| placed.seq.0).collect();
    assert_eq!(numbers, (1..=100).collect::<Vec<_>>());
}

#[actix::test]
async fn copies_among_others_that_come_at_once_are_kept_and_shown_once() {
    let scene = Scene::with(&["ana"], 1).await;
    let ana = scene.connect("ana");

    let all = (0..60).map(|n| scene.engine.receive_inbound(inbound(&format!("SM{}", n % 20), "x")));
    let answers = futures_util::future::join_all(all).await;

    let first_times = answers.into_iter().filter(|answer| answer.as_ref().unwrap().first_time);
    assert_eq!(first_times.count(), 20);
    assert_eq!(scene.store.messages_kept(), 20);
    assert_eq!(ana.shown().await.len(), 1 + 20);
}

#[actix::test]
async fn one_of_many_that_could_not_be_stored_costs_the_others_nothing() {
    let scene = Scene::with(&["ana"], 1).await;
    let ana = scene.connect("ana");
    scene.receive("SM", "hello").await;
    scene.store.fail_commits(1);

    let all = (0..20).map(|n| scene.engine.receive_inbound(inbound(&format!("SM{n}"), "x")));
    let answers = futures_util::future::join_all(all).await;

    assert_eq!(answers.iter().filter(|answer| answer.is_err()).count(), 1);
    assert_eq!(scene.store.messages_kept(), 1 + 19);
    assert_eq!(ana.shown().await.len(), 2 + 19);
}

#[actix::test]
async fn a_note_reaches_its_author_and_the_mentioned_alone() {
    let scene = Scene::with(&["ana", "ben", "cleo"], 0).await;
    scene.begin("ana", &["ben", "cleo"]).await;
    let (ana, ben, cleo) = (scene.connect("ana"), scene.connect("ben"), scene.connect("cleo"));
    let note = AddNote {
        place: place(&scene).await,
        uuid: None,
        text: "call her".into(),
        mentions: vec![user("ben")],
        attachments: vec![],
    };

    let noted = scene.engine.add_note(&caller("ana"), note).await.unwrap();

    assert_eq!(noted.view.message.kind, Kind::Note);
    assert_eq!(ana.shown().await, ["ownNOTE:call her"]);
    assert_eq!(ben.shown().await, ["NOTE:call her"]);
    assert_eq!(cleo.shown().await, [""; 0]);
    assert_eq!(scene.pushed.users(), []);
}

#[actix::test]
async fn what_was_missed_is_replayed_to_those_who_may_see_it_without_asking_the_store_again() {
    let scene = Scene::with(&["ana", "ben"], 0).await;
    scene.begin("ana", &["ben"]).await;
    let began = scene.engine.reached();
    for n in 0..3 {
        scene.receive(&format!("SM{n}"), "hello").await;
    }
    let reads = scene.store.reads();

    let missed = scene.engine.replay(&caller("ben"), began).await.unwrap().unwrap();
    let nothing = scene.engine.replay(&caller("dan"), began).await.unwrap().unwrap();

    assert_eq!(missed.len(), 3);
    assert_eq!(nothing.len(), 0);
    assert_eq!(scene.store.reads(), reads, "it was all in memory");
    let future = crate::domain::Position(1_000);
    assert_eq!(scene.engine.replay(&caller("ben"), future).await.unwrap(), None);
}

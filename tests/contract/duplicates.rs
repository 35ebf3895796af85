//! Twice is once: a message that stands in a conversation is not kept there again.
use actors::domain::*;
use actors::ports::CommitError;
use actors::testing::domain::user;

use crate::changes::*;
use crate::{Stage, on_each_backend};

on_each_backend!(
    a_change_with_a_message_committed_twice_is_kept_once,
    a_message_with_a_known_id_is_told_where_it_stands,
    a_message_with_its_authors_known_uuid_is_told_where_it_stands,
    a_message_with_a_known_provider_id_is_told_where_it_stands,
    a_uuid_is_the_authors_own,
    messages_without_provider_id_do_not_repeat_each_other,
    the_same_names_in_another_conversation_are_another_message,
    a_message_may_stand_in_two_conversations,
);

/// A conversation between ana and ben in which one message stands.
async fn standing(stage: &Stage, message: Message) -> (Conversation, Placed) {
    let first = begin("c1", &["ana", "ben"], 1);
    stage.keep(&first).await;
    let change = place(message, &first.next, 10);
    let committed = stage.keep(&change).await;
    (change.next.clone(), placed(&change, *committed.positions.last().unwrap()))
}

async fn assert_repeated(stage: &Stage, again: &Change, known: &Placed) {
    let before = stage.store.load(&again.next.id).await.unwrap();
    let tail = stage.store.tail().await.unwrap();

    match stage.commit(again).await {
        Err(CommitError::Repeated(placed)) => assert_eq!(*placed, *known),
        other => panic!("expected a repeated message, got {other:?}"),
    }

    assert_eq!(stage.store.load(&again.next.id).await.unwrap(), before, "nothing was kept");
    assert_eq!(stage.store.tail().await.unwrap(), tail, "nobody is told");
    let messages = stage.store.committed_after(&again.next.id, Seq(0), 10).await.unwrap();
    assert_eq!(messages, std::slice::from_ref(known));
}

async fn a_change_with_a_message_committed_twice_is_kept_once(stage: Stage) {
    let change = {
        let first = begin("c1", &["ana"], 1);
        stage.keep(&first).await;
        place(incoming("m1"), &first.next, 10)
    };
    let committed = stage.keep(&change).await;

    assert_repeated(&stage, &change, &placed(&change, committed.positions[0])).await;

    let begun = actors::domain::command::Place {
        message: incoming("m2"),
        dated: false,
        members: vec![user("ana")],
    };
    let begun = decide(&begun, &absent("c2"), 20);
    let committed = stage.keep(&begun).await;
    assert_repeated(&stage, &begun, &placed(&begun, committed.positions[1])).await;
}

async fn a_message_with_a_known_id_is_told_where_it_stands(stage: Stage) {
    let (there, known) = standing(&stage, incoming("m1")).await;

    let again = Message { text: "other".into(), ..outgoing("m1", "ana") };

    assert_repeated(&stage, &place(again, &there, 20), &known).await;
}

async fn a_message_with_its_authors_known_uuid_is_told_where_it_stands(stage: Stage) {
    let (there, known) = standing(&stage, outgoing("m1", "ana")).await;

    let again = Message { uuid: known.message.uuid.clone(), ..outgoing("m2", "ana") };

    assert_repeated(&stage, &place(again, &there, 20), &known).await;
    assert_eq!(stage.store.communication(&message_id("m2")).await.unwrap(), None);
}

fn provided(id: &str, provider_id: &str) -> Message {
    Message { provider_id: Some(ProviderMessageId::parse(provider_id).unwrap()), ..incoming(id) }
}

async fn a_message_with_a_known_provider_id_is_told_where_it_stands(stage: Stage) {
    let (there, known) = standing(&stage, provided("m1", "SM1")).await;

    assert_repeated(&stage, &place(provided("m2", "SM1"), &there, 20), &known).await;
}

async fn a_uuid_is_the_authors_own(stage: Stage) {
    let (there, known) = standing(&stage, outgoing("m1", "ana")).await;
    let uuid = || known.message.uuid.clone();

    let of_ben = place(Message { uuid: uuid(), ..outgoing("m2", "ben") }, &there, 20);
    stage.keep(&of_ben).await;
    let of_the_contact = place(Message { uuid: uuid(), ..incoming("m3") }, &of_ben.next, 30);
    stage.keep(&of_the_contact).await;
    let twice = place(Message { uuid: uuid(), ..incoming("m4") }, &of_the_contact.next, 40);
    stage.keep(&twice).await;
}

async fn messages_without_provider_id_do_not_repeat_each_other(stage: Stage) {
    let (there, _) = standing(&stage, incoming("m1")).await;

    stage.keep(&place(incoming("m2"), &there, 20)).await;
}

async fn the_same_names_in_another_conversation_are_another_message(stage: Stage) {
    let first = Message { author: Author::User(user("ana")), ..provided("m1", "SM1") };
    let (_, known) = standing(&stage, first.clone()).await;
    let other = begin("c2", &["ana"], 1);
    stage.keep(&other).await;

    let second = Message { id: message_id("m2"), uuid: known.message.uuid.clone(), ..first };
    stage.keep(&place(second, &other.next, 20)).await;
}

async fn a_message_may_stand_in_two_conversations(stage: Stage) {
    let (_, known) = standing(&stage, incoming("m1")).await;
    let other = begin("c2", &["ana"], 1);
    stage.keep(&other).await;

    let change = place(incoming("m1"), &other.next, 77);
    let committed = stage.keep(&change).await;

    let stands = |id| {
        let store = &stage.store;
        async move { store.message(&conversation_id(id), &message_id("m1")).await.unwrap() }
    };
    assert_eq!(stands("c1").await, Some(known), "as it was stamped there");
    assert_eq!(stands("c2").await, Some(placed(&change, committed.positions[0])));
}

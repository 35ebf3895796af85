use actors::domain::{Json, Timestamp, Uuid};
use actors::ports::ScheduledMessage;
use actors::testing::domain::user;

use crate::changes::*;
use crate::{Stage, on_each_backend};

on_each_backend!(
    what_is_scheduled_is_read_back_to_the_last_field_after_a_restart,
    the_same_uuid_of_the_same_author_is_one_message,
    what_is_due_comes_in_the_order_of_time,
    what_was_withdrawn_cannot_be_claimed_and_what_was_claimed_not_withdrawn,
);

fn later(id: &str, send_at: i64) -> ScheduledMessage {
    ScheduledMessage {
        id: message_id(id),
        account: account_id("default"),
        conversation: conversation_id("c1"),
        author: user("ana"),
        uuid: Uuid::parse(id).unwrap(),
        text: "hello".into(),
        attachments: vec![Json::from_valid(r#"{"url":"https://x/1"}"#)],
        send_at: Timestamp(send_at),
        created_at: Timestamp(1),
    }
}

fn ids(messages: &[ScheduledMessage]) -> Vec<&str> {
    messages.iter().map(|message| message.id.as_str()).collect()
}

impl Stage {
    async fn schedule(&self, message: &ScheduledMessage) -> ScheduledMessage {
        self.store.schedule(message).await.unwrap()
    }

    async fn waiting(&self) -> Vec<ScheduledMessage> {
        self.store.scheduled_in(&conversation_id("c1"), 10).await.unwrap()
    }

    async fn withdraw(&self, id: &str) -> bool {
        let here = conversation_id("c1");
        self.store.withdraw_scheduled(&here, &message_id(id)).await.unwrap()
    }
}

async fn what_is_scheduled_is_read_back_to_the_last_field_after_a_restart(stage: Stage) {
    let message = later("s1", 50);
    assert_eq!(stage.schedule(&message).await, message);

    let stage = stage.reopen().await;

    assert_eq!(stage.waiting().await, std::slice::from_ref(&message));
    assert_eq!(stage.store.scheduled_due(Timestamp(50), 10).await.unwrap(), [message]);
}

async fn the_same_uuid_of_the_same_author_is_one_message(stage: Stage) {
    let first = later("s1", 50);
    stage.schedule(&first).await;

    let again = ScheduledMessage { uuid: first.uuid.clone(), ..later("s2", 60) };
    assert_eq!(stage.schedule(&again).await, first);
    let bens = ScheduledMessage { author: user("ben"), ..again };
    assert_eq!(stage.schedule(&bens).await, bens);
    assert_eq!(ids(&stage.waiting().await), ["s1", "s2"]);
}

async fn what_is_due_comes_in_the_order_of_time(stage: Stage) {
    for (id, at) in [("s1", 30), ("s2", 10), ("s3", 20), ("s4", 40)] {
        stage.schedule(&later(id, at)).await;
    }

    let due = |now, limit| stage.store.scheduled_due(Timestamp(now), limit);
    assert_eq!(ids(&due(30, 10).await.unwrap()), ["s2", "s3", "s1"]);
    assert_eq!(ids(&due(30, 2).await.unwrap()), ["s2", "s3"]);
    stage.store.forget_scheduled(&message_id("s2")).await.unwrap();
    assert_eq!(ids(&due(30, 2).await.unwrap()), ["s3", "s1"]);
}

async fn what_was_withdrawn_cannot_be_claimed_and_what_was_claimed_not_withdrawn(stage: Stage) {
    stage.schedule(&later("s1", 10)).await;
    stage.schedule(&later("s2", 10)).await;
    let elsewhere = conversation_id("c2");
    let store = &stage.store;
    assert!(!store.withdraw_scheduled(&elsewhere, &message_id("s1")).await.unwrap());

    assert!(stage.withdraw("s1").await);
    assert!(!stage.withdraw("s1").await);
    assert!(!store.claim_scheduled(&message_id("s1")).await.unwrap());

    assert!(store.claim_scheduled(&message_id("s2")).await.unwrap());
    assert!(!stage.withdraw("s2").await);
    assert_eq!(stage.waiting().await, []);
    let due = store.scheduled_due(Timestamp(10), 10).await.unwrap();
    assert_eq!(ids(&due), ["s2"], "who claimed it may have died");
    assert!(store.claim_scheduled(&message_id("s2")).await.unwrap());
}

use actors::domain::*;
use actors::ports::Put;

use crate::changes::*;
use crate::{Stage, on_each_backend};

on_each_backend!(
    what_was_put_is_read_back_to_the_last_field,
    what_nobody_has_seen_may_be_put_again_with_other_content,
    what_somebody_has_seen_keeps_its_content,
    what_a_conversation_shows_is_a_communication,
    what_was_put_and_never_emitted_is_remembered_oldest_first,
    what_cannot_be_delivered_is_remembered_behind_the_others,
    what_stands_in_one_of_its_conversations_is_remembered_for_the_other,
    what_was_put_in_one_account_is_not_touched_from_another,
);

fn communication(id: &str) -> Communication {
    Communication {
        message: incoming(id),
        channel: Some(channel_id("sms")),
        conversations: vec![conversation_id("c1")],
        from_number: Some("+12025550143".into()),
        to_number: Some("+12025550199".into()),
        dated: false,
        emitted: false,
    }
}

fn says(text: &str, before: Communication) -> Communication {
    Communication { message: Message { text: text.into(), ..before.message }, ..before }
}

impl Stage {
    async fn put(&self, communication: &Communication) -> Put {
        self.store.put_communication(communication).await.unwrap()
    }

    async fn read(&self, id: &str) -> Communication {
        self.store.communication(&message_id(id)).await.unwrap().unwrap()
    }

    async fn forgotten(&self, when: i64, limit: usize) -> Vec<String> {
        let ids = self.store.forgotten(Timestamp(when), limit).await.unwrap();
        ids.iter().map(ToString::to_string).collect()
    }

    /// Places a message in a conversation that is begun for it.
    async fn show(&self, conversation: &str, message: Message) -> Change {
        let begun = begin(conversation, &["ana"], 1);
        self.keep(&begun).await;
        let change = place(message, &begun.next, 50);
        self.keep(&change).await;
        change
    }
}

async fn what_was_put_is_read_back_to_the_last_field(stage: Stage) {
    let dated = Communication { dated: true, channel: None, ..communication("m1") };
    let dated = Communication {
        message: Message { created_at: Timestamp(5), ..dated.message },
        conversations: vec![],
        ..dated
    };

    for put in [dated, communication("m2")] {
        assert_eq!(stage.put(&put).await, Put::Stored);
        assert_eq!(stage.read(put.message.id.as_str()).await, put);
    }
    assert_eq!(stage.store.communication(&message_id("m3")).await.unwrap(), None);
}

async fn what_nobody_has_seen_may_be_put_again_with_other_content(stage: Stage) {
    let second = Communication { conversations: vec![], ..says("second", communication("m1")) };

    assert_eq!(stage.put(&communication("m1")).await, Put::Stored);
    assert_eq!(stage.put(&second).await, Put::Stored);

    assert_eq!(stage.read("m1").await, second);
}

async fn what_somebody_has_seen_keeps_its_content(stage: Stage) {
    let first = communication("m1");
    stage.put(&first).await;
    stage.show("c1", first.message.clone()).await;
    let shown = Communication { emitted: true, ..stage.read("m1").await };
    stage.store.emitted(&shown).await.unwrap();

    assert_eq!(stage.put(&first).await, Put::Same);
    assert_eq!(stage.put(&says("other", first.clone())).await, Put::Fixed);
    let elsewhere = vec![conversation_id("c9")];
    assert_eq!(stage.put(&Communication { conversations: elsewhere, ..first }).await, Put::Fixed);

    assert_eq!(stage.read("m1").await, shown);
}

async fn what_a_conversation_shows_is_a_communication(stage: Stage) {
    let change = stage.show("c1", incoming("m1")).await;

    let read = stage.read("m1").await;

    assert_eq!(read.message, *change.message.unwrap().1);
    assert_eq!(read.conversations, [conversation_id("c1")]);
    assert!(read.emitted);
    assert_eq!(stage.forgotten(i64::MAX, 10).await, [""; 0], "there was nothing to emit");
}

async fn what_was_put_and_never_emitted_is_remembered_oldest_first(stage: Stage) {
    for (now, id) in [(30, "m1"), (10, "m2"), (20, "m3"), (40, "m4")] {
        stage.clock.set(now);
        stage.put(&communication(id)).await;
    }
    stage.show("c1", communication("m3").message).await;

    assert_eq!(stage.forgotten(40, 10).await, ["m2", "m1"], "m4 was put just now");
    assert_eq!(stage.forgotten(41, 2).await, ["m2", "m1"]);
    stage.store.emitted(&communication("m2")).await.unwrap();
    assert_eq!(stage.forgotten(41, 10).await, ["m1", "m4"]);
    assert!(stage.read("m2").await.emitted && stage.read("m3").await.emitted);
}

async fn what_cannot_be_delivered_is_remembered_behind_the_others(stage: Stage) {
    for (now, id) in [(10, "m1"), (20, "m2")] {
        stage.clock.set(now);
        stage.put(&communication(id)).await;
    }

    stage.store.forget_anew(&message_id("m1"), Timestamp(30)).await.unwrap();

    assert_eq!(stage.forgotten(31, 10).await, ["m2", "m1"]);
    assert_eq!(stage.forgotten(30, 10).await, ["m2"]);
}

/// A crash between two commits of one emit.
async fn what_stands_in_one_of_its_conversations_is_remembered_for_the_other(stage: Stage) {
    let both = vec![conversation_id("c1"), conversation_id("c2")];
    let put = Communication { conversations: both.clone(), ..communication("m1") };
    stage.put(&put).await;
    stage.show("c1", put.message.clone()).await;

    assert_eq!(stage.forgotten(i64::MAX, 10).await, ["m1"]);
    assert_eq!(stage.put(&says("other", put.clone())).await, Put::Fixed, "it was seen");
    assert_eq!(stage.put(&put).await, Put::Same);
    assert_eq!(stage.forgotten(i64::MAX, 10).await, ["m1"]);

    stage.show("c2", put.message.clone()).await;
    stage.store.emitted(&put).await.unwrap();
    assert_eq!(stage.forgotten(i64::MAX, 10).await, [""; 0]);
    assert_eq!(stage.read("m1").await.conversations, both);
}

async fn what_was_put_in_one_account_is_not_touched_from_another(stage: Stage) {
    let first = communication("m1");
    stage.put(&first).await;
    let theirs = says("theirs", first.clone());
    let theirs = Communication {
        message: Message { account: account_id("other"), ..theirs.message },
        ..theirs
    };

    assert_eq!(stage.put(&theirs).await, Put::Fixed);

    assert_eq!(stage.read("m1").await, first);
}

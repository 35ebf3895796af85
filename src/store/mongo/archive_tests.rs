//! Imports that break off between any two steps, or are made whole by somebody else meanwhile.
use std::sync::Arc;

use actors::domain::command::{Command, Place};
use actors::domain::*;
use actors::ports::*;
use actors::testing::domain::{self as made, user};
use tokio::sync::Semaphore;

use super::Step;
use super::broken_off_tests::{Halt, Two};

const STEPS: [Step; 4] =
    [Step::Committed, Step::MessagesWritten, Step::PlacesWritten, Step::LogWritten];

fn here() -> ConversationId {
    made::absent().id
}

fn past(at: i64) -> ArchivedMessage {
    let message = made::incoming(&format!("m{at}"), "hi");
    let message = Message { created_at: Timestamp(at), ..message };
    let communication = Communication {
        message,
        channel: None,
        conversations: vec![here()],
        from_number: None,
        to_number: None,
        dated: true,
        emitted: true,
    };
    ArchivedMessage { communication, stands_in: vec![here()] }
}

fn archived() -> ArchivedConversation {
    ArchivedConversation {
        id: here(),
        key: made::absent().key,
        title: None,
        image: vec![],
        is_open: true,
        created_at: None,
        updated_at: None,
        users: vec![ArchivedUser {
            user: user("ana"),
            is_admin: true,
            show_on_top: false,
            snooze: None,
            is_archived: false,
            unread: 1,
        }],
    }
}

/// A past of one message, and one that came in here since.
async fn lived_on() -> Option<Two> {
    let two = Two::open().await?;
    two.one.keep_conversation(&archived()).await.unwrap();
    two.one.keep_messages(&here(), &[past(20)]).await.unwrap();
    receive(&two, "live1", 100).await;
    // Or the import would first make that one whole.
    two.nothing_pending().await;
    Some(two)
}

async fn receive(two: &Two, id: &str, now: i64) {
    let there = two.other.load(&here()).await.unwrap().unwrap();
    let place = Place { message: made::incoming(id, "hi"), dated: false, members: vec![] };
    let Ok(Decision::Record(change)) = place.decide(&there, Timestamp(now)) else {
        panic!("it is recorded")
    };
    two.other.commit(&change).await.unwrap();
}

impl Two {
    /// What stands in the conversation, by its numbers, after making sure that everything else
    /// says the same.
    async fn numbered(&self) -> Vec<(u64, String)> {
        let there = self.other.load(&here()).await.unwrap().unwrap();
        let all = self.other.committed_after(&here(), Seq(0), 100).await.unwrap();
        assert_eq!(there.last_seq.0, all.len() as u64);
        let own = there.participant(&user("ana")).unwrap();
        let unread = all.iter().filter(|placed| placed.seq > own.read).count();
        assert_eq!(own.unread as usize, unread);
        let query = InboxQuery {
            user: own.user.clone(),
            channel: there.key.channel.clone(),
            state: State::Any,
            sort: Sort::Newest,
            cut: None,
            limit: 10,
            now: Timestamp(1_000),
        };
        assert_eq!(self.other.page(&query).await.unwrap(), [there.inbox_row(own)]);
        all.iter().map(|placed| (placed.seq.0, placed.message.id.to_string())).collect()
    }
}

fn in_order(ids: &[&str]) -> Vec<(u64, String)> {
    (1..).zip(ids).map(|(seq, id)| (seq, (*id).to_owned())).collect()
}

#[tokio::test]
async fn an_import_that_broke_off_is_made_whole_by_whoever_looks_and_again_by_importing() {
    for step in STEPS {
        let Some(two) = lived_on().await else { return };
        let file = [past(10), past(30)];
        *two.one.halt.lock() = Some(Halt::Break(step));
        assert!(two.one.keep_messages(&here(), &file).await.is_err());
        *two.one.halt.lock() = None;

        let wanted = in_order(&["m10", "m20", "m30", "live1"]);
        assert_eq!(two.numbered().await, wanted, "{step:?}");
        two.one.keep_messages(&here(), &file).await.unwrap();
        assert_eq!(two.numbered().await, wanted, "{step:?}");
        receive(&two, "live2", 200).await;
        assert_eq!(two.numbered().await.len(), 5);
    }
}

#[tokio::test]
async fn a_conversation_whose_import_broke_off_is_in_its_lists_once_somebody_looks() {
    for step in STEPS {
        let Some(two) = Two::open().await else { return };
        *two.one.halt.lock() = Some(Halt::Break(step));
        assert!(two.one.keep_conversation(&archived()).await.is_err());

        assert_eq!(two.numbered().await, []);
        assert_eq!(two.other.keep_conversation(&archived()).await.unwrap(), Kept::Stored);
        assert_eq!(two.other.load(&here()).await.unwrap().unwrap().version, 1);
    }
}

/// Whoever began is overtaken by messages and by another import, and goes on at last.
#[tokio::test]
async fn who_comes_late_with_an_import_that_is_whole_moves_nothing() {
    for step in STEPS {
        let Some(two) = lived_on().await else { return };
        let go_on = Arc::new(Semaphore::new(0));
        *two.one.halt.lock() = Some(Halt::Wait(step, Arc::clone(&go_on)));

        let (here, file) = (here(), [past(10), past(30)]);
        let (late, wanted) = tokio::join!(two.one.keep_messages(&here, &file), async {
            while two.numbered().await.len() < 4 {}
            receive(&two, "live2", 200).await;
            two.other.keep_messages(&here, &[past(5), past(15)]).await.unwrap();
            receive(&two, "live3", 300).await;
            let wanted = two.numbered().await;
            go_on.add_permits(100);
            wanted
        });

        late.unwrap();
        let ids = ["m5", "m10", "m15", "m20", "m30", "live1", "live2", "live3"];
        assert_eq!(wanted, in_order(&ids));
        assert_eq!(two.numbered().await, wanted, "{step:?}");
    }
}

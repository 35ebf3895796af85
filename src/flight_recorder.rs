//! Takes down what happens to messages on their way, beside the way: one push into a bounded queue
//! for each hop, written to the store in groups.

use std::sync::Arc;
use std::time::Duration;

use actors::domain::{Json, MessageId, Timestamp, UserId};
use actors::ports::{FlightRecorder, Hop, KeptHop, Store};
use serde_json::{Value, json};
use tokio::sync::{mpsc, watch};
use tokio::task::JoinHandle;

/// Hops that wait to be written. One more is lost and counted: a gap in a trace is better than a
/// message that waits.
const QUEUE: usize = 16_384;
/// Hops written in one go.
const GROUP: usize = 1_024;
/// How long hops gather before they are written, so that a quiet hour costs few commits and a busy
/// one no more than these.
const GATHER: Duration = Duration::from_millis(100);
/// Users named in one hop; of more, only the number is kept.
const NAMED: usize = 200;

type Taken = (MessageId, Timestamp, Hop);

/// Where hops are dropped in.
pub struct Recorder(mpsc::Sender<Taken>);

/// The worker that writes. It ends with its thread, or with [`Recording::stop`].
pub struct Recording {
    halt: watch::Sender<bool>,
    task: JoinHandle<()>,
}

impl FlightRecorder for Recorder {
    fn record(&self, message: &MessageId, at: Timestamp, hop: Hop) {
        if self.0.try_send((message.clone(), at, hop)).is_err() {
            lost(1);
        }
    }
}

fn lost(hops: u64) {
    metrics::counter!("switchboard_trace_hops_lost_total").increment(hops);
}

/// Begins to record on this thread.
pub fn start(store: Arc<dyn Store>) -> (Arc<Recorder>, Recording) {
    let (queue, taken) = mpsc::channel(QUEUE);
    let (halt, halted) = watch::channel(false);
    let task = actix::spawn(write(store, taken, halted));
    (Arc::new(Recorder(queue)), Recording { halt, task })
}

impl Recording {
    /// Writes what waits and ends.
    pub async fn stop(self) {
        self.halt.send_replace(true);
        let _ = self.task.await;
    }
}

async fn write(
    store: Arc<dyn Store>,
    mut taken: mpsc::Receiver<Taken>,
    mut halted: watch::Receiver<bool>,
) {
    let mut group = Vec::with_capacity(GROUP);
    loop {
        tokio::select! {
            biased;
            some = taken.recv_many(&mut group, GROUP) => if some == 0 { return },
            _ = halted.wait_for(|halted| *halted) => return,
        }
        if group.len() < GROUP && !*halted.borrow() {
            tokio::select! {
                () = tokio::time::sleep(GATHER) => {}
                _ = halted.wait_for(|halted| *halted) => {}
            }
            while group.len() < GROUP
                && let Ok(next) = taken.try_recv()
            {
                group.push(next);
            }
        }
        let hops: Vec<_> = group.drain(..).map(kept).collect();
        if let Err(error) = store.keep_hops(&hops).await {
            lost(hops.len() as u64);
            tracing::warn!(%error, hops = hops.len(), "hops are not kept");
        }
    }
}

fn kept((message, at, hop): Taken) -> KeptHop {
    let (name, details) = spelled(hop);
    KeptHop { message, at, hop: name.to_owned(), details: Json::from_valid(details.to_string()) }
}

fn spelled(hop: Hop) -> (&'static str, Value) {
    match hop {
        Hop::Delivered { source, intake, kept_at, again } => (
            "delivered",
            json!({ "source": source, "intake": intake, "kept_at": kept_at.0, "again": again }),
        ),
        Hop::Announced { conversation, position, sessions } => (
            "announced",
            json!({
                "conversation": conversation.as_str(),
                "position": position.0,
                "users": sessions.len(),
                "sessions": counts(&sessions),
            }),
        ),
        Hop::ShownAgain { conversation, sessions } => (
            "shown again",
            json!({
                "conversation": conversation.as_str(),
                "users": sessions.len(),
                "sessions": counts(&sessions),
            }),
        ),
        Hop::Replayed { conversation, user, position } => (
            "replayed",
            json!({
                "conversation": conversation.as_str(),
                "user": user.as_str(),
                "position": position.0,
            }),
        ),
        Hop::Status { status, error_code } => (
            "status",
            json!({ "status": status.map(|status| status.as_str()), "code": error_code }),
        ),
    }
}

fn counts(sessions: &[(UserId, usize)]) -> Value {
    let named = sessions.iter().take(NAMED);
    Value::Object(named.map(|(user, count)| (user.to_string(), json!(count))).collect())
}

#[cfg(test)]
mod tests {
    use actors::Watermark;
    use actors::domain::Position;
    use actors::ports::Hops;
    use actors::testing::MemoryStore;
    use actors::testing::domain::{conversation, user};

    use super::*;

    fn message(id: &str) -> MessageId {
        MessageId::parse(id).unwrap()
    }

    fn announced(position: u64) -> Hop {
        Hop::Announced {
            conversation: conversation(&["ana"]).id,
            position: Position(position),
            sessions: vec![(user("ana"), 2)],
        }
    }

    #[actix::test]
    async fn what_was_recorded_before_a_stop_is_kept_in_order() {
        let watermark = Arc::new(Watermark::starting_at(Position(0)));
        let store = Arc::new(MemoryStore::new(watermark));
        let (recorder, recording) = start(store.clone());

        for n in 1..=3 {
            recorder.record(&message("m1"), Timestamp(n), announced(n as u64));
        }
        recording.stop().await;

        let hops = store.hops_of(&message("m1"), 10).await.unwrap();
        assert_eq!(hops.iter().map(|hop| hop.at.0).collect::<Vec<_>>(), [1, 2, 3]);
        assert_eq!(
            hops[0].details.as_str(),
            r#"{"conversation":"c1","position":1,"sessions":{"ana":2},"users":1}"#
        );
    }

    #[actix::test]
    async fn a_full_queue_costs_a_hop_and_never_waits() {
        let (queue, mut taken) = mpsc::channel(1);
        let recorder = Recorder(queue);

        recorder.record(&message("m1"), Timestamp(1), announced(1));
        recorder.record(&message("m2"), Timestamp(2), announced(2));

        assert_eq!(taken.recv().await.unwrap().0, message("m1"));
        assert!(taken.try_recv().is_err());
    }
}

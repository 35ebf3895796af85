//! Connections as their clients see them, packet by packet, without a network.
use std::cell::RefCell;
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

use actors::domain::{Timestamp, UserId};
use actors::ports::Clock;
use actors::session::{
    Batch, CloseReason, Directory, Frame, Handle, Lease, Namespace, OutboxLimits, Receive, Roster,
    Session, Taken, Worker,
};
use engineioxide_core::Sid;
use futures_util::future::LocalBoxFuture;
use tokio::time::Instant;

use super::engine::Inbound;
use super::*;

const EXPIRES_AFTER: Duration = Duration::from_secs(8);

/// `/v1/x` lets everybody in as the user `ana`; `/slow` after a while; `/never` not in time.
#[derive(Default)]
struct House {
    left: Rc<RefCell<usize>>,
}

struct Guest(Rc<RefCell<usize>>);

impl Drop for Guest {
    fn drop(&mut self) {
        *self.0.borrow_mut() += 1;
    }
}

impl Application for House {
    type Member = Guest;

    fn connect(
        self: Rc<Self>,
        ask: Rc<Connect>,
    ) -> LocalBoxFuture<'static, Result<Admission<Guest>, Rejection>> {
        Box::pin(async move {
            let mut admission = Admission::new(Guest(Rc::clone(&self.left)));
            match &*ask.namespace {
                "/v1/x" => {
                    let ana = UserId::parse("ana").unwrap();
                    admission.audience = Some((Namespace::Conversation, ana).into());
                }
                "/expiring" => {
                    let at = EXPIRES_AFTER.as_millis() as i64;
                    admission.expires_at = Some(Timestamp(at));
                }
                "/slow" => tokio::time::sleep(Duration::from_secs(1)).await,
                "/never" => tokio::time::sleep(Duration::from_secs(60)).await,
                _ => return Err(Rejection::new("Invalid namespace")),
            }
            Ok(admission)
        })
    }

    fn resume(
        self: Rc<Self>,
        _: Rc<Guest>,
        ask: Rc<Connect>,
    ) -> LocalBoxFuture<'static, Result<Resumption, Rejection>> {
        Box::pin(async move {
            let auth = ask.auth.as_ref().map(|auth| auth.get().to_owned());
            let replay = vec![codec::event(&ask.namespace, "missed", &[])];
            Ok(Resumption {
                pid: auth.filter(|auth| auth.contains("pid")).map(|_| "p1".to_owned()),
                replay,
            })
        })
    }

    fn event(self: Rc<Self>, event: Event<Guest>) -> LocalBoxFuture<'static, Option<Answer>> {
        Box::pin(async move {
            match event.name.as_str() {
                "hang" => std::future::pending().await,
                "late" => tokio::time::sleep(Duration::from_millis(50)).await,
                _ => {}
            }
            Some(Answer::json(format!("{:?}", event.name)))
        })
    }
}

/// Stands still; tokio's own time is what passes.
struct Epoch;

impl Clock for Epoch {
    fn now(&self) -> Timestamp {
        Timestamp(0)
    }
}

struct Stage {
    house: Rc<SocketIo<House>>,
    directory: Directory,
    left: Rc<RefCell<usize>>,
}

struct Client {
    handle: Handle<EngineIo<Connection<House>>>,
    lease: Lease,
}

impl Stage {
    fn with(limits: Limits) -> Self {
        tokio::time::pause();
        let directory = Directory::new();
        let roster: Rc<Roster> = Worker::start_here(&directory);
        let app = Rc::new(House::default());
        let left = Rc::clone(&app.left);
        let house = SocketIo {
            app,
            roster,
            pids: Pids::default(),
            limits: Arc::new(limits),
            clock: Arc::new(Epoch),
        };
        Self { house: Rc::new(house), directory, left }
    }

    fn new() -> Self {
        Self::with(Limits { ping_interval: Duration::from_secs(3600), ..Limits::default() })
    }

    async fn open(&self) -> Client {
        let limits = Arc::clone(&self.house.limits);
        let handle = Session::open(OutboxLimits::default(), limits.waiting_events, |_| {
            let connection = Connection::new(Rc::clone(&self.house), Rc::default(), Instant::now());
            EngineIo::new(connection, limits, Sid::new(), false, Box::new(()))
        });
        let lease = handle.outbox.begin_socket();
        let client = Client { handle, lease };
        assert!(client.hear().await.starts_with("0{"));
        client
    }

    async fn joined(&self, connect: &str) -> Client {
        let client = self.open().await;
        client.say(&[connect]).await;
        assert!(client.hear().await.starts_with("40"));
        assert!(client.hear().await.contains("missed"));
        client
    }
}

impl Client {
    async fn say(&self, packets: &[&str]) {
        let packets = packets.iter().map(|text| Inbound::Text((*text).to_owned())).collect();
        // Whether it closed is heard, as a client would.
        let _ = self.handle.address.send(Receive(packets)).await;
    }

    async fn hear(&self) -> String {
        match self.handle.outbox.take(self.lease, 1).await {
            Taken::Frames(frames) => String::from_utf8_lossy(&frames[0].packet()).into_owned(),
            Taken::Closed(reason) => reason.name().to_owned(),
            other => format!("{other:?}"),
        }
    }
}

#[actix::test]
async fn events_are_answered_in_the_order_they_were_sent() {
    let client = Stage::new().joined("40/v1/x,").await;

    client.say(&[r#"42/v1/x,0["late"]"#, r#"42/v1/x,1["fast"]"#]).await;

    assert_eq!(client.hear().await, r#"43/v1/x,0["late"]"#);
    assert_eq!(client.hear().await, r#"43/v1/x,1["fast"]"#);
}

#[actix::test]
async fn an_event_that_is_never_answered_is_answered_503_and_the_next_one_goes_on() {
    let client = Stage::new().joined("40/v1/x,").await;
    let asked = Instant::now();

    client.say(&[r#"42/v1/x,7["hang"]"#, r#"42/v1/x,8["next"]"#]).await;

    assert!(client.hear().await.starts_with(r#"43/v1/x,7[{"success":false,"errno":503"#));
    assert_eq!(asked.elapsed().as_secs(), 5);
    assert_eq!(client.hear().await, r#"43/v1/x,8["next"]"#);
}

#[actix::test]
async fn a_namespace_is_answered_401_and_left_when_its_credential_runs_out() {
    let client = Stage::new().joined("40/expiring,").await;
    client.say(&["40/slow,"]).await;
    assert!(client.hear().await.starts_with("40/slow"));
    assert!(client.hear().await.contains("missed"));

    assert_eq!(client.hear().await, "41/expiring,");
    client.say(&[r#"42/expiring,1["too late"]"#, r#"42/slow,2["fine"]"#]).await;

    assert!(client.hear().await.starts_with(r#"43/expiring,1[{"success":false,"errno":401"#));
    assert_eq!(client.hear().await, r#"43/slow,2["fine"]"#);
    assert_eq!(client.handle.outbox.closed(), None);
}

#[actix::test]
async fn the_newer_socket_of_a_pid_wins_and_the_older_one_leaves_only_that_namespace() {
    let stage = Stage::new();
    let old = stage.joined(r#"40/v1/x,{"pid":"p1"}"#).await;
    let new = stage.open().await;

    new.say(&[r#"40/v1/x,{"pid":"p1"}"#]).await;

    assert!(new.hear().await.contains(r#""pid":"p1""#));
    assert_eq!(old.hear().await, "41/v1/x,");
    old.say(&["3"]).await;
    assert_eq!(old.handle.outbox.closed(), None);
    let ana = UserId::parse("ana").unwrap();
    assert_eq!(stage.directory.sockets_of(&ana, Namespace::Conversation), 1);
    assert_eq!(*stage.left.borrow(), 1);
}

#[actix::test]
async fn what_is_delivered_comes_after_connect_and_replay_and_stops_when_the_socket_leaves() {
    let stage = Stage::new();
    let client = stage.joined("40/v1/x,").await;
    let ana = || vec![UserId::parse("ana").unwrap()];
    let batch =
        |text| Batch { namespace: Namespace::Conversation, to: vec![(Frame::text(text), ana())] };

    stage.directory.deliver(batch("42/v1/x,[\"live\"]"));
    assert_eq!(client.hear().await, "42/v1/x,[\"live\"]");
    client.say(&["41/v1/x"]).await;

    assert!(!stage.directory.watching(Namespace::Conversation));
    assert_eq!(*stage.left.borrow(), 1);
}

#[actix::test]
async fn a_client_that_leaves_takes_its_place_in_the_directory_with_it() {
    let stage = Stage::new();
    let client = stage.joined("40/v1/x,").await;

    client.say(&["1"]).await;

    assert_eq!(client.hear().await, "client_closed");
    tokio::time::sleep(Duration::from_millis(1)).await;
    assert!(!stage.directory.watching(Namespace::Conversation));
    assert_eq!(*stage.left.borrow(), 1);
}

#[actix::test]
async fn a_client_that_leaves_while_it_is_let_in_is_not_in() {
    let stage = Stage::new();
    let client = stage.open().await;

    client.say(&["40/slow,", "41/slow,"]).await;
    tokio::time::sleep(Duration::from_secs(2)).await;

    assert_eq!(*stage.left.borrow(), 1);
    client.say(&["40/nope,"]).await;
    assert_eq!(client.hear().await, r#"44/nope,{"message":"Invalid namespace"}"#);
}

#[actix::test]
async fn events_sent_before_the_door_opened_wait_and_are_an_offence_if_it_does_not() {
    let stage = Stage::new();
    let client = stage.open().await;
    client.say(&["40/slow,", r#"42/slow,1["early"]"#]).await;
    assert!(client.hear().await.starts_with("40/slow"));
    assert!(client.hear().await.contains("missed"));
    assert_eq!(client.hear().await, r#"43/slow,1["early"]"#);

    client.say(&["40/nope,", r#"42/nope,1["early"]"#]).await;
    assert!(client.hear().await.starts_with("44/nope"));
    assert_eq!(client.hear().await, "protocol_violation");
}

#[actix::test]
async fn a_connect_that_is_not_decided_in_time_is_refused_503() {
    let stage = Stage::new();
    let client = stage.open().await;

    client.say(&["40/never,"]).await;

    let heard = client.hear().await;
    assert!(heard.starts_with("44/never,{") && heard.contains("503"), "{heard}");
}

#[actix::test]
async fn who_joins_nothing_is_closed_after_45_seconds() {
    let client = Stage::new().open().await;
    let opened = Instant::now();
    client.say(&["40/nope,"]).await;
    assert!(client.hear().await.starts_with("44/nope"));

    assert_eq!(client.hear().await, "connect_timeout");
    assert_eq!(opened.elapsed().as_secs(), 45);
}

#[actix::test]
async fn an_offence_closes_the_whole_connection() {
    let stage = Stage::new();
    for offence in [
        "40/v1/x,",
        r#"42/other,["m"]"#,
        r#"43/other,0[]"#,
        r#"42/v1/x,["disconnect"]"#,
        "42/v1/x,[]",
        r#"40/a,[]"#,
        "2",
        "0{}",
        "",
        "x",
        "bAQID",
    ] {
        let client = stage.joined("40/v1/x,").await;
        client.say(&[offence]).await;
        assert_eq!(client.hear().await, "protocol_violation", "{offence}");
    }
}

#[actix::test]
async fn who_sends_too_fast_is_answered_429_and_closed_if_it_goes_on() {
    let limits = Limits { events_per_second: 10, event_burst: 4, ..Limits::default() };
    let client = Stage::with(limits).joined("40/v1/x,").await;
    let event = r#"42/v1/x,1["e"]"#;

    client.say(&[event; 4]).await;
    let mut heard = Vec::new();
    for _ in 0..4 {
        heard.push(client.hear().await);
    }
    // The CONNECT was one of the four.
    assert_eq!(heard.iter().filter(|answer| answer.contains("429")).count(), 1, "{heard:?}");

    client.say(&[event; 4]).await;
    while client.handle.outbox.closed().is_none() {
        client.hear().await;
    }
    assert_eq!(client.handle.outbox.closed(), Some(CloseReason::RateLimited));
}

#[actix::test]
async fn a_user_above_the_limit_is_refused_and_the_others_stay() {
    let stage = Stage::with(Limits { connections_per_user: 1, ..Limits::default() });
    let first = stage.joined("40/v1/x,").await;
    let second = stage.open().await;

    second.say(&["40/v1/x,"]).await;

    let heard = second.hear().await;
    assert!(heard.starts_with("44/v1/x,{") && heard.contains("429"), "{heard}");
    assert_eq!(first.handle.outbox.closed(), None);
}

#[actix::test]
async fn a_ping_comes_every_interval_and_silence_ends_it() {
    let client = Stage::with(Limits::default()).joined("40/v1/x,").await;
    let start = Instant::now();

    assert_eq!(client.hear().await, "2");
    assert_eq!(start.elapsed().as_secs(), 25);
    client.say(&["3"]).await;
    assert_eq!(client.hear().await, "2");
    assert_eq!(start.elapsed().as_secs(), 50);
    assert_eq!(client.hear().await, "heartbeat_timeout");
    assert_eq!(start.elapsed().as_secs(), 70);
}

#[actix::test]
async fn another_packet_counts_as_a_sign_of_life_once() {
    let client = Stage::with(Limits::default()).joined("40/v1/x,").await;
    let start = Instant::now();
    assert_eq!(client.hear().await, "2");

    for _ in 0..3 {
        client.say(&[r#"42/v1/x,["busy"]"#]).await;
    }

    assert_eq!(client.hear().await, "heartbeat_timeout");
    assert_eq!(start.elapsed().as_secs(), 65);
}

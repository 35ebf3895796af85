//! The transports over real sockets, with clients that do what no library would.
mod client;
#[allow(dead_code)]
#[path = "../../examples/protocol_fixture.rs"]
mod fixture;

use std::io::Write;
use std::net::SocketAddr;
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use actix_web::dev::ServerHandle;
use client::{Heard, WebSocket, begin, frame, get, header, http, post};
use fixture::Echo;
use futures_util::future::LocalBoxFuture;
use switchboard::socketio::{
    Admission, Answer, Application, Connect, Connection, Event, Hub, Limits, Origins, Rejection,
};

const OPEN: &str = "/engine.io/?EIO=4&transport=websocket";
const POLL: &str = "/engine.io/?EIO=4&transport=polling";

/// Lets everybody in and counts events, each of which takes a moment.
#[derive(Clone, Default)]
struct Counting(Arc<AtomicUsize>);

impl Application for Counting {
    type Member = ();

    fn connect(
        self: Rc<Self>,
        _: Rc<Connect>,
    ) -> LocalBoxFuture<'static, Result<Admission<()>, Rejection>> {
        Box::pin(async { Ok(Admission::new(())) })
    }

    fn event(self: Rc<Self>, _: Event<()>) -> LocalBoxFuture<'static, Option<Answer>> {
        Box::pin(async move {
            tokio::time::sleep(Duration::from_millis(1)).await;
            self.0.fetch_add(1, Ordering::Relaxed);
            None
        })
    }
}

/// A server of its own for each test; it ends with it.
struct Node {
    address: SocketAddr,
    echo: Hub<Echo>,
    events: Arc<AtomicUsize>,
    server: ServerHandle,
    thread: Option<JoinHandle<()>>,
}

impl Node {
    fn start() -> Self {
        let echo = Hub::<Echo>::new(Limits::default(), Origins::of(["https://app.example"]));
        let hub = Hub::<Connection<Counting>>::new(Limits::default(), Origins::same_host());
        let app = Counting::default();
        let (events, kept) = (Arc::clone(&app.0), echo.clone());
        let (ready, started) = std::sync::mpsc::channel();
        let thread = std::thread::spawn(move || {
            actix_web::rt::System::new().block_on(async move {
                let (server, address) = fixture::serve(0, echo, hub, app).unwrap();
                ready.send((server.handle(), address)).unwrap();
                server.await.unwrap();
            });
        });
        let (server, address) = started.recv().unwrap();
        Self { address, echo: kept, events, server, thread: Some(thread) }
    }

    fn websocket(&self) -> WebSocket {
        let mut socket = WebSocket::open(self.address, OPEN);
        assert!(socket.hear_text().starts_with("0{"));
        socket
    }

    /// The target of a fresh polling session.
    fn polling(&self) -> String {
        let (status, open) = get(self.address, POLL);
        assert_eq!(status, 200);
        let sid = open.split('"').nth(3).unwrap();
        format!("{POLL}&sid={sid}")
    }

    fn eventually(&self, what: &str, mut holds: impl FnMut(&Self) -> bool) {
        let give_up = Instant::now() + Duration::from_secs(10);
        while !holds(self) {
            assert!(Instant::now() < give_up, "{what}");
            std::thread::yield_now();
        }
    }
}

impl Drop for Node {
    fn drop(&mut self) {
        let stop = self.server.stop(false);
        actix_web::rt::System::new().block_on(stop);
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

#[test]
fn a_websocket_echoes_text_fragments_and_binary_and_answers_pings() {
    let node = Node::start();
    let mut socket = node.websocket();

    socket.say("4hello");
    socket
        .0
        .write_all(&[frame(0x01, b"4he"), frame(0x89, b"?"), frame(0x80, b"y")].concat())
        .unwrap();
    socket.0.write_all(&frame(0x82, &[1, 2])).unwrap();

    let mut heard: Vec<_> = (0..4).map(|_| socket.hear()).collect();
    let pong = heard.iter().position(|heard| *heard == Heard::Pong(b"?".to_vec()));
    heard.remove(pong.expect("a pong"));
    assert_eq!(heard[..2], [Heard::Text("4hello".into()), Heard::Text("4hey".into())]);
    assert_eq!(heard[2], Heard::Binary(vec![1, 2]));
    socket.say("1");
    assert_eq!(socket.hear(), Heard::Close(1000));
    assert_eq!(socket.hear(), Heard::End);
}

#[test]
fn an_announced_gigabyte_is_refused_before_a_byte_of_it_is_sent() {
    let node = Node::start();
    let mut socket = node.websocket();

    socket.0.write_all(&header(0x82, 1 << 30)).unwrap();

    assert_eq!(socket.hear(), Heard::Close(1009));
    node.eventually("the session ends", |node| node.echo.connections() == 0);
}

#[test]
fn what_came_before_an_offence_is_answered() {
    let node = Node::start();
    let mut socket = node.websocket();

    socket.0.write_all(&[frame(0x81, b"4last"), frame(0x83, b"")].concat()).unwrap();

    assert_eq!(socket.hear_text(), "4last");
    assert_eq!(socket.hear(), Heard::Close(1002));
}

#[test]
fn a_peer_that_stops_reading_loses_its_session_and_the_others_do_not_notice() {
    let node = Node::start();
    let mut stuck = node.websocket();
    let mut other = node.websocket();
    let message = frame(0x81, &[b"4".as_slice(), &[b'x'; 8000]].concat());
    stuck.0.set_write_timeout(Some(Duration::from_secs(1))).unwrap();

    // More than the sockets' own buffers and its outbox hold together.
    for _ in 0..20_000 {
        if node.echo.connections() == 1 || stuck.0.write_all(&message).is_err() {
            break;
        }
    }

    node.eventually("the stuck one ends", |node| node.echo.connections() == 1);
    other.say("4still here");
    assert_eq!(other.hear_text(), "4still here");
}

#[test]
fn what_is_said_just_before_leaving_is_done() {
    let node = Node::start();
    let mut socket = WebSocket::open(node.address, "/socket.io/?EIO=4&transport=websocket");
    socket.hear_text();
    socket.say("40");
    socket.hear_text();

    for _ in 0..20 {
        socket.say(r#"42["count"]"#);
    }
    socket.leave();

    node.eventually("all are counted", |node| node.events.load(Ordering::Relaxed) == 20);
}

#[test]
fn polling_carries_text_and_binary_both_ways() {
    let node = Node::start();
    let session = node.polling();

    assert_eq!(post(node.address, &session, "4a\x1ebAQIDBA=="), (200, "ok".into()));

    assert_eq!(get(node.address, &session), (200, "4a\x1ebAQIDBA==".into()));
}

#[test]
fn a_second_poll_closes_the_session_and_a_body_above_the_limit_does_not() {
    let node = Node::start();
    let session = node.polling();
    let large = "4".repeat(1_000_001);
    assert_eq!(post(node.address, &session, &large).0, 413);
    assert_eq!(post(node.address, &session, "4a").0, 200);
    assert_eq!(get(node.address, &session).1, "4a");

    let first = {
        let (address, session) = (node.address, session.clone());
        std::thread::spawn(move || get(address, &session))
    };
    // Whichever comes second is refused; the one that waited is told.
    let second = get(node.address, &session);
    let mut both = [first.join().unwrap(), second];
    both.sort();

    assert_eq!(both[0], (200, "1".into()));
    assert_eq!(both[1].0, 400);
    let (status, body) = get(node.address, &session);
    assert_eq!((status, body.as_str()), (400, r#"{"code":1,"message":"Session ID unknown"}"#));
}

#[test]
fn an_aborted_poll_ends_the_session() {
    let node = Node::start();
    let session = node.polling();

    let poll = begin(node.address, &session);
    assert_eq!(node.echo.connections(), 1);
    drop(poll);

    node.eventually("the session ends", |node| node.echo.connections() == 0);
}

#[test]
fn an_upgrade_under_traffic_loses_nothing_and_keeps_the_order() {
    let node = Node::start();
    let session = node.polling();
    post(node.address, &session, "40\x1e41\x1e42");
    let mut heard = get(node.address, &session).1;

    let waiting = {
        let (address, session) = (node.address, session.clone());
        std::thread::spawn(move || get(address, &session).1)
    };
    let upgrade = session.replace("polling", "websocket");
    let mut socket = WebSocket::open(node.address, &upgrade);
    socket.say("2probe");
    assert_eq!(socket.hear_text(), "3probe");
    let last = waiting.join().unwrap();
    assert_eq!(last, "6");
    post(node.address, &session, "43\x1e44");
    socket.say("5");
    socket.say("45");

    while !heard.ends_with("45") {
        heard = format!("{heard}\x1e{}", socket.hear_text());
    }
    assert_eq!(heard, "40\x1e41\x1e42\x1e43\x1e44\x1e45");
    assert_eq!(get(node.address, &session).0, 400);
    let mut second = WebSocket::open(node.address, &upgrade);
    assert_eq!(second.hear(), Heard::Close(1000));
    socket.say("4still here");
    assert_eq!(socket.hear_text(), "4still here");
}

#[test]
fn a_page_of_another_origin_gets_in_by_neither_transport() {
    let node = Node::start();
    let websocket = "connection: upgrade\r\nupgrade: websocket\r\nsec-websocket-version: 13\r\n\
                     sec-websocket-key: AAAAAAAAAAAAAAAAAAAAAA==\r\norigin: https://evil.test\r\n";

    for (target, headers) in [(POLL, "origin: https://evil.test\r\n"), (OPEN, websocket)] {
        let (status, body) = http(node.address, "GET", target, headers, b"");
        assert_eq!((status, body.as_str()), (403, r#"{"code":4,"message":"Forbidden"}"#));
    }

    let (status, _) = http(node.address, "GET", POLL, "origin: https://app.example\r\n", b"");
    assert_eq!(status, 200);
    assert_eq!(node.echo.connections(), 1);
}

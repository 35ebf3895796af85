//! What fan-out costs at least: one `write(2)` for each delivery, of a buffer that was framed once.
//! It speaks just enough HTTP, websocket and Socket.IO that the load generator cannot tell. No
//! heartbeat, no limits, no acks; a socket that is full ends the program.
use std::collections::HashMap;
use std::io::{self, Read, Write};
use std::time::Duration;

use mio::net::{TcpListener, TcpStream};
use mio::{Events, Interest, Poll, Token};
use serde::Deserialize;
use serde_json::value::RawValue;

const LISTENER: Token = Token(usize::MAX);
/// The answer to the only key that the load generator sends.
const ACCEPT: &str = "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=";

#[derive(Deserialize)]
struct Emit {
    rooms: Vec<String>,
    data: Box<RawValue>,
}

#[derive(Deserialize)]
struct Auth {
    rooms: Vec<String>,
}

struct Peer {
    stream: TcpStream,
    buffer: Vec<u8>,
    websocket: bool,
}

fn main() {
    let port = std::env::args().nth(1).expect("a port");
    let address = format!("127.0.0.1:{port}").parse().expect("an address");
    let mut poll = Poll::new().expect("a poll");
    let mut listener = TcpListener::bind(address).expect("a free port");
    poll.registry().register(&mut listener, LISTENER, Interest::READABLE).expect("a listener");
    let (mut peers, mut rooms) = (Vec::new(), HashMap::new());
    let mut events = Events::with_capacity(1024);
    loop {
        match poll.poll(&mut events, Some(Duration::from_secs(3600))) {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            polled => polled.expect("a poll"),
        }
        for event in &events {
            if event.token() == LISTENER {
                while let Ok((mut stream, _)) = listener.accept() {
                    let _ = stream.set_nodelay(true);
                    let token = Token(peers.len());
                    let registry = poll.registry();
                    registry.register(&mut stream, token, Interest::READABLE).expect("a peer");
                    peers.push(Some(Peer { stream, buffer: Vec::new(), websocket: false }));
                }
            } else {
                let at = event.token().0;
                if hear(at, &mut peers, &mut rooms).is_none() {
                    peers[at] = None;
                }
            }
        }
    }
}

type Peers = [Option<Peer>];
type Rooms = HashMap<String, Vec<usize>>;

/// `None`: this one has gone.
fn hear(at: usize, peers: &mut Peers, rooms: &mut Rooms) -> Option<()> {
    let mut chunk = [0; 4096];
    loop {
        let peer = peers[at].as_mut()?;
        match peer.stream.read(&mut chunk) {
            Ok(0) => return None,
            Ok(count) => peer.buffer.extend_from_slice(&chunk[..count]),
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => return Some(()),
            Err(_) => return None,
        }
        if peers[at].as_ref()?.websocket {
            joined(at, peers, rooms)?;
        } else {
            requested(at, peers, rooms)?;
        }
    }
}

/// A websocket says one thing that matters: `40/v1/shared,{"rooms":…}`.
fn joined(at: usize, peers: &mut Peers, rooms: &mut Rooms) -> Option<()> {
    let peer = peers[at].as_mut()?;
    let mut packet = std::mem::take(&mut peer.buffer);
    let (head, length) = match packet.get(1)? & 0x7F {
        126 => (8, usize::from(u16::from_be_bytes([packet[2], packet[3]]))),
        short => (6, usize::from(short)),
    };
    let mask: [u8; 4] = packet[head - 4..head].try_into().ok()?;
    let body = packet.get_mut(head..head + length)?;
    body.iter_mut().enumerate().for_each(|(at, byte)| *byte ^= mask[at % 4]);
    if let Some(auth) = body.strip_prefix(b"40/v1/shared,") {
        let auth: Auth = serde_json::from_slice(auth).ok()?;
        for room in auth.rooms {
            rooms.entry(room).or_default().push(at);
        }
        write(&peer.stream, &frame(r#"40/v1/shared,{"sid":"a-socket-id-0000000"}"#));
    }
    Some(())
}

fn requested(at: usize, peers: &mut Peers, rooms: &Rooms) -> Option<()> {
    let peer = peers[at].as_mut()?;
    let end = peer.buffer.windows(4).position(|four| four == b"\r\n\r\n");
    let Some(end) = end.map(|at| at + 4) else { return Some(()) };
    let head = std::str::from_utf8(&peer.buffer[..end]).ok()?;
    if head.starts_with("GET /socket.io/") {
        let accept = format!(
            "HTTP/1.1 101 Switching Protocols\r\nconnection: Upgrade\r\nupgrade: websocket\r\n\
             sec-websocket-accept: {ACCEPT}\r\n\r\n"
        );
        write(&peer.stream, accept.as_bytes());
        write(&peer.stream, &frame(r#"0{"sid":"an-engine-id-0000000"}"#));
        peer.websocket = true;
        peer.buffer = Vec::new();
        return Some(());
    }
    let length = head.lines().find_map(|line| line.strip_prefix("content-length: "));
    let length: usize = length?.parse().ok()?;
    if peer.buffer.len() < end + length {
        return Some(());
    }
    let event = head.split(' ').nth(1)?.strip_prefix("/emit/")?.to_owned();
    let emit: Emit = serde_json::from_slice(&peer.buffer[end..end + length]).ok()?;
    peer.buffer.drain(..end + length);
    let packet = frame(&format!("42/v1/shared,[\"{event}\",{}]", emit.data.get()));
    for member in emit.rooms.iter().filter_map(|room| rooms.get(room)).flatten() {
        write(&peers[*member].as_ref()?.stream, &packet);
    }
    write(&peers[at].as_ref()?.stream, b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok");
    Some(())
}

fn write(mut stream: &TcpStream, bytes: &[u8]) {
    let written = stream.write(bytes).expect("room for it");
    assert_eq!(written, bytes.len(), "room for all of it");
}

fn frame(packet: &str) -> Vec<u8> {
    let mut frame = vec![0x81];
    match packet.len() {
        length @ 0..=125 => frame.push(length as u8),
        length => {
            frame.push(126);
            frame.extend((length as u16).to_be_bytes());
        }
    }
    frame.extend_from_slice(packet.as_bytes());
    frame
}

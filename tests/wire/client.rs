//! Clients that can misbehave: bytes on a loopback socket, no library in between.
use std::io::{Read, Write};
use std::net::{Shutdown, SocketAddr, TcpStream};
use std::time::Duration;

/// One request on a connection of its own: status and body.
pub fn http(
    to: SocketAddr,
    method: &str,
    target: &str,
    headers: &str,
    body: &[u8],
) -> (u16, String) {
    let mut stream = connect(to);
    request(&mut stream, method, target, &format!("connection: close\r\n{headers}"), body);
    let mut answer = Vec::new();
    // What came before a reset still counts.
    let _ = stream.read_to_end(&mut answer);
    let answer = String::from_utf8_lossy(&answer).into_owned();
    let (head, body) = answer.split_once("\r\n\r\n").expect("an HTTP answer");
    let status = head.split(' ').nth(1).and_then(|status| status.parse().ok());
    (status.expect("a status"), body.to_owned())
}

pub fn get(to: SocketAddr, target: &str) -> (u16, String) {
    http(to, "GET", target, "", b"")
}

pub fn post(to: SocketAddr, target: &str, body: &str) -> (u16, String) {
    http(to, "POST", target, "", body.as_bytes())
}

/// A request of which the answer is somebody else's business.
pub fn begin(to: SocketAddr, target: &str) -> TcpStream {
    let mut stream = connect(to);
    request(&mut stream, "GET", target, "", b"");
    stream
}

fn connect(to: SocketAddr) -> TcpStream {
    let stream = TcpStream::connect(to).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(10))).unwrap();
    stream.set_nodelay(true).unwrap();
    stream
}

fn request(stream: &mut TcpStream, method: &str, target: &str, headers: &str, body: &[u8]) {
    let len = body.len();
    let head = format!(
        "{method} {target} HTTP/1.1\r\nhost: localhost\r\ncontent-length: {len}\r\n{headers}\r\n"
    );
    stream.write_all(&[head.as_bytes(), body].concat()).unwrap();
}

pub struct WebSocket(pub TcpStream);

#[derive(Debug, PartialEq, Eq)]
pub enum Heard {
    Text(String),
    Binary(Vec<u8>),
    Pong(Vec<u8>),
    Close(u16),
    /// The connection ended.
    End,
}

impl WebSocket {
    pub fn open(to: SocketAddr, target: &str) -> Self {
        let mut stream = connect(to);
        let head = format!(
            "GET {target} HTTP/1.1\r\nhost: localhost\r\nconnection: upgrade\r\n\
             upgrade: websocket\r\nsec-websocket-version: 13\r\n\
             sec-websocket-key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n"
        );
        stream.write_all(head.as_bytes()).unwrap();
        let mut answer = Vec::new();
        while !answer.ends_with(b"\r\n\r\n") {
            let mut byte = [0];
            stream.read_exact(&mut byte).unwrap();
            answer.push(byte[0]);
        }
        assert!(answer.starts_with(b"HTTP/1.1 101"), "{}", String::from_utf8_lossy(&answer));
        Self(stream)
    }

    pub fn say(&mut self, text: &str) {
        self.0.write_all(&frame(0x81, text.as_bytes())).unwrap();
    }

    pub fn hear(&mut self) -> Heard {
        let Some((first, payload)) = self.frame() else { return Heard::End };
        match first {
            0x81 => Heard::Text(String::from_utf8(payload).unwrap()),
            0x82 => Heard::Binary(payload),
            0x8A => Heard::Pong(payload),
            0x88 => Heard::Close(u16::from_be_bytes([payload[0], payload[1]])),
            other => panic!("frame {other:#x}"),
        }
    }

    pub fn hear_text(&mut self) -> String {
        match self.hear() {
            Heard::Text(text) => text,
            other => panic!("{other:?}"),
        }
    }

    /// Goes away without a word.
    pub fn leave(self) {
        let _ = self.0.shutdown(Shutdown::Both);
    }

    fn frame(&mut self) -> Option<(u8, Vec<u8>)> {
        let mut head = [0; 2];
        self.0.read_exact(&mut head).ok()?;
        let len = match head[1] {
            126 => {
                let mut len = [0; 2];
                self.0.read_exact(&mut len).ok()?;
                usize::from(u16::from_be_bytes(len))
            }
            127 => {
                let mut len = [0; 8];
                self.0.read_exact(&mut len).ok()?;
                usize::try_from(u64::from_be_bytes(len)).ok()?
            }
            short => usize::from(short),
        };
        let mut payload = vec![0; len];
        self.0.read_exact(&mut payload).ok()?;
        Some((head[0], payload))
    }
}

/// A client's frame. Masked with zeros, which changes nothing.
pub fn frame(first: u8, payload: &[u8]) -> Vec<u8> {
    let mut bytes = header(first, payload.len() as u64);
    bytes.extend_from_slice(payload);
    bytes
}

pub fn header(first: u8, len: u64) -> Vec<u8> {
    let mut bytes = vec![first];
    match len {
        0..=125 => bytes.push(0x80 | len as u8),
        126..=0xFFFF => {
            bytes.push(0x80 | 126);
            bytes.extend((len as u16).to_be_bytes());
        }
        _ => {
            bytes.push(0x80 | 127);
            bytes.extend(len.to_be_bytes());
        }
    }
    bytes.extend([0; 4]);
    bytes
}

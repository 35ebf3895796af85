//! A Socket.IO client on a bare websocket: nothing of its own stands between bytes and the clock.
use std::io;
use std::net::SocketAddr;

use bytes::{Buf, BytesMut};
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

const NAMESPACE: &str = "/v1/conversation";

pub struct Socket {
    stream: TcpStream,
    buffer: BytesMut,
    asked: usize,
}

/// Where a session was cut.
#[derive(Clone, Debug, Default)]
pub struct Cut {
    pub pid: Option<String>,
    pub offset: Option<String>,
}

impl Socket {
    /// In the namespace; gives the `pid` that the server named.
    pub async fn join(to: SocketAddr, token: &str, cut: &Cut) -> io::Result<(Self, String)> {
        let mut stream = TcpStream::connect(to).await?;
        stream.set_nodelay(true)?;
        let upgrade = format!(
            "GET /socket.io/?EIO=4&transport=websocket HTTP/1.1\r\nhost: {to}\r\n\
             connection: Upgrade\r\nupgrade: websocket\r\nsec-websocket-version: 13\r\n\
             sec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
        );
        stream.write_all(upgrade.as_bytes()).await?;
        let mut buffer = BytesMut::with_capacity(16 * 1024);
        let end = loop {
            if stream.read_buf(&mut buffer).await? == 0 {
                return Err(wrong("no upgrade"));
            }
            if let Some(end) = buffer.windows(4).position(|four| four == b"\r\n\r\n") {
                break end;
            }
        };
        if !buffer.starts_with(b"HTTP/1.1 101") {
            return Err(wrong("upgrade refused"));
        }
        buffer.advance(end + 4);
        let mut socket = Self { stream, buffer, asked: 0 };
        socket.next().await?;
        let mut auth = json!({ "token": token });
        for (name, value) in [("pid", &cut.pid), ("offset", &cut.offset)] {
            if let Some(value) = value {
                auth[name] = value.as_str().into();
            }
        }
        socket.send(&format!("40{NAMESPACE},{auth}")).await?;
        let answer = socket.next().await?;
        let answer = answer.strip_prefix("40/v1/conversation,").ok_or_else(|| wrong("refused"))?;
        let answer: Value = serde_json::from_str(answer)?;
        let pid = answer["pid"].as_str().ok_or_else(|| wrong("no pid"))?;
        Ok((socket, pid.to_owned()))
    }

    pub async fn send(&mut self, text: &str) -> io::Result<()> {
        let mut frame = vec![0x81];
        match text.len() {
            length @ 0..126 => frame.push(0x80 | length as u8),
            length => {
                frame.push(0x80 | 126);
                frame.extend(u16::try_from(length).map_err(|_| wrong("too long"))?.to_be_bytes());
            }
        }
        // The mask 0: what follows is sent as it is.
        frame.extend([0; 4]);
        frame.extend_from_slice(text.as_bytes());
        self.stream.write_all(&frame).await
    }

    /// The next packet that is no ping; those are answered.
    ///
    /// # Errors
    ///
    /// The server hung up.
    pub async fn next(&mut self) -> io::Result<String> {
        loop {
            while let Some((opcode, body)) = self.frame() {
                match opcode {
                    1 if *body == *b"2" => self.send("3").await?,
                    1 => {
                        let text = String::from_utf8(body.into());
                        return text.map_err(|_| wrong("not UTF-8"));
                    }
                    _ => return Err(wrong("closed")),
                }
            }
            if self.stream.read_buf(&mut self.buffer).await? == 0 {
                return Err(wrong("hung up"));
            }
        }
    }

    /// Emits an event and waits for its ack.
    pub async fn ask(&mut self, event: &str, payload: &Value) -> io::Result<Value> {
        self.asked += 1;
        let id = self.asked;
        self.send(&format!("42{NAMESPACE},{id}[\"{event}\",{payload}]")).await?;
        let wanted = format!("43{NAMESPACE},{id}");
        loop {
            if let Some(ack) = self.next().await?.strip_prefix(&wanted) {
                let mut ack: Vec<Value> = serde_json::from_str(ack)?;
                return ack.pop().ok_or_else(|| wrong("an empty ack"));
            }
        }
    }

    /// A whole frame of the server's, if there is one: opcode and body.
    fn frame(&mut self) -> Option<(u8, BytesMut)> {
        let [first, second] = *self.buffer.first_chunk()?;
        let (head, length) = match second {
            126 => {
                (4, usize::from(u16::from_be_bytes([*self.buffer.get(2)?, *self.buffer.get(3)?])))
            }
            127 => {
                let eight = self.buffer.get(2..10)?.try_into().ok()?;
                (10, usize::try_from(u64::from_be_bytes(eight)).ok()?)
            }
            short => (2, usize::from(short)),
        };
        if self.buffer.len() < head + length {
            return None;
        }
        self.buffer.advance(head);
        Some((first & 0x0f, self.buffer.split_to(length)))
    }
}

/// The offset that an event carries as its last argument.
pub fn offset(packet: &str) -> Option<String> {
    let (rest, offset) = packet.strip_suffix("\"]")?.rsplit_once(",\"")?;
    rest.starts_with("42").then(|| offset.to_owned())
}

fn wrong(what: &'static str) -> io::Error {
    io::Error::other(what)
}

//! A websocket without manners: sends what no library would.
use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::TcpStream;

use super::TestNode;
use super::wait::PATIENCE;

pub struct RawSocket {
    stream: BufReader<TcpStream>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Frame {
    Text(String),
    Binary(Vec<u8>),
    Close(Option<u16>),
    /// The connection is gone.
    Ended,
}

impl RawSocket {
    /// Opens a websocket on `/socket.io/`, and gives the status when that is refused.
    pub fn open(node: &TestNode, headers: &[(&str, &str)]) -> Result<Self, u16> {
        let mut stream = TcpStream::connect(node.address).expect("it listens");
        stream.set_read_timeout(Some(PATIENCE)).expect("a socket option");
        stream.set_write_timeout(Some(PATIENCE)).expect("a socket option");
        let mut head = format!(
            "GET /socket.io/?EIO=4&transport=websocket HTTP/1.1\r\nhost: {}\r\n\
             connection: Upgrade\r\nupgrade: websocket\r\nsec-websocket-version: 13\r\n\
             sec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\n",
            node.address
        );
        for (name, value) in headers {
            head.push_str(&format!("{name}: {value}\r\n"));
        }
        stream.write_all(format!("{head}\r\n").as_bytes()).expect("written");
        let mut stream = BufReader::new(stream);
        let mut line = String::new();
        stream.read_line(&mut line).expect("a status line");
        let status = line.split(' ').nth(1).and_then(|code| code.parse().ok()).expect("a status");
        while line != "\r\n" {
            line.clear();
            stream.read_line(&mut line).expect("a header");
        }
        if status == 101 { Ok(Self { stream }) } else { Err(status) }
    }

    /// Past the handshake, and in `/v1/conversation` as this user.
    pub fn joined(node: &TestNode, token: &str) -> Self {
        let mut socket = Self::open(node, &[]).expect("an upgrade");
        assert!(matches!(socket.read(), Frame::Text(open) if open.starts_with('0')));
        socket.text(&format!("40/v1/conversation,{{\"token\":\"{token}\"}}"));
        let answer = socket.read();
        assert!(
            matches!(&answer, Frame::Text(text) if text.starts_with("40/v1/conversation,")),
            "{answer:?}"
        );
        socket
    }

    pub fn text(&mut self, text: &str) {
        self.announce(1, text.len() as u64);
        self.bytes(text.as_bytes());
    }

    /// The head of a frame of so many bytes, with the mask 0: what follows is sent as it is.
    pub fn announce(&mut self, opcode: u8, length: u64) {
        let mut head = vec![0x80 | opcode];
        match length {
            0..126 => head.push(0x80 | length as u8),
            126..0x1_0000 => {
                head.push(0x80 | 126);
                head.extend((length as u16).to_be_bytes());
            }
            _ => {
                head.push(0x80 | 127);
                head.extend(length.to_be_bytes());
            }
        }
        head.extend([0; 4]);
        self.bytes(&head);
    }

    /// Whether the server still takes them does not matter here.
    pub fn bytes(&mut self, bytes: &[u8]) {
        let _ = self.stream.get_mut().write_all(bytes);
    }

    pub fn read(&mut self) -> Frame {
        self.try_read().unwrap_or_else(|error| {
            let silent =
                matches!(error.kind(), io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut);
            assert!(!silent, "the connection stays open and silent");
            Frame::Ended
        })
    }

    /// Reads until the server closes, or hangs up; gives the texts that came before.
    pub fn read_to_end(&mut self) -> Vec<String> {
        let mut texts = Vec::new();
        loop {
            match self.read() {
                Frame::Text(text) => texts.push(text),
                Frame::Binary(_) => {}
                Frame::Close(_) | Frame::Ended => return texts,
            }
        }
    }

    fn try_read(&mut self) -> io::Result<Frame> {
        let [head, short] = self.take()?;
        let length = match short {
            126 => u64::from(u16::from_be_bytes(self.take()?)),
            127 => u64::from_be_bytes(self.take()?),
            short => u64::from(short),
        };
        let mut body = vec![0; usize::try_from(length).expect("it fits")];
        self.stream.read_exact(&mut body)?;
        Ok(match head & 0x0f {
            1 => Frame::Text(String::from_utf8(body).expect("UTF-8")),
            8 => Frame::Close(body.first_chunk().map(|code| u16::from_be_bytes(*code))),
            _ => Frame::Binary(body),
        })
    }

    fn take<const N: usize>(&mut self) -> io::Result<[u8; N]> {
        let mut bytes = [0; N];
        self.stream.read_exact(&mut bytes)?;
        Ok(bytes)
    }
}

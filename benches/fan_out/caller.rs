//! The service that emits: connections of HTTP that are kept, one request at a time on each.
use std::io::{self, Read, Write};
use std::net::SocketAddr;
use std::rc::Rc;

use mio::net::TcpStream;
use mio::{Interest, Registry, Token};

pub struct Caller {
    stream: TcpStream,
    request: Rc<[u8]>,
    written: usize,
    answer: Vec<u8>,
}

impl Caller {
    pub fn new(to: SocketAddr, registry: &Registry, token: Token) -> Self {
        let stream = std::net::TcpStream::connect(to).expect("it listens");
        stream.set_nodelay(true).expect("an option");
        stream.set_nonblocking(true).expect("an option");
        let mut stream = TcpStream::from_std(stream);
        let both = Interest::READABLE | Interest::WRITABLE;
        registry.register(&mut stream, token, both).expect("room in the poll");
        Self { stream, request: Rc::default(), written: 0, answer: Vec::new() }
    }

    /// Whether it is answered already.
    pub fn ask(&mut self, request: Rc<[u8]>) -> bool {
        assert_eq!(self.written, self.request.len(), "one request at a time");
        (self.request, self.written) = (request, 0);
        self.go_on()
    }

    /// Writes and reads what can be; whether an answer has come.
    pub fn go_on(&mut self) -> bool {
        while self.written < self.request.len() {
            match self.stream.write(&self.request[self.written..]) {
                Ok(count) => self.written += count,
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => break,
                Err(error) => panic!("an emit could not be sent: {error}"),
            }
        }
        let mut chunk = [0; 4096];
        loop {
            match self.stream.read(&mut chunk) {
                Ok(0) => panic!("the server hung up on an emit"),
                Ok(count) => self.answer.extend_from_slice(&chunk[..count]),
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => break,
                Err(error) => panic!("an emit was not answered: {error}"),
            }
        }
        let Some(head) = self.answer.windows(4).position(|four| four == b"\r\n\r\n") else {
            return false;
        };
        let text = String::from_utf8_lossy(&self.answer[..head]).to_ascii_lowercase();
        assert!(text.starts_with("http/1.1 200"), "{}", String::from_utf8_lossy(&self.answer));
        let length = text.lines().find_map(|line| line.strip_prefix("content-length: "));
        let length: usize = length.and_then(|length| length.parse().ok()).expect("a length");
        if self.answer.len() < head + 4 + length {
            return false;
        }
        self.answer.clear();
        true
    }
}

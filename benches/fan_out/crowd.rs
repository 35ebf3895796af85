//! Everybody who is connected to one server, on one thread: frames are counted, pings answered.
use std::io::{self, Read, Write};
use std::net::SocketAddr;
use std::rc::Rc;
use std::time::{Duration, Instant};

use mio::net::TcpStream;
use mio::{Events, Interest, Poll, Token, Waker};

use super::caller::Caller;
use super::scan::Scan;

/// Emits that may be in flight at a time.
pub const CALLERS: usize = 8;
/// Longest that a delivery, or a handshake, may take.
const PATIENCE: Duration = Duration::from_secs(30);
const PING: &[u8] = b"\x81\x012";
const WOKEN: Token = Token(usize::MAX);

pub struct Crowd {
    address: SocketAddr,
    sleeps: bool,
    poll: Poll,
    events: Events,
    callers: Vec<Caller>,
    seats: Vec<Seat>,
    chunk: Vec<u8>,
    /// Since they were last looked at.
    pub seen: u64,
    pub answered: usize,
}

struct Seat {
    stream: TcpStream,
    scan: Scan,
    seen: u32,
}

/// Whether clients sleep while they wait. To wake somebody who sleeps on the same machine costs a
/// server as much as a delivery, and its clients are elsewhere: so, unless asked to, they do not.
pub fn asleep() -> bool {
    std::env::var_os("FAN_OUT_CLIENTS").is_some_and(|how| how == "asleep")
}

impl Crowd {
    pub fn new(address: SocketAddr) -> Self {
        let poll = Poll::new().expect("a poll");
        Self {
            address,
            sleeps: asleep(),
            callers: Vec::new(),
            poll,
            events: Events::with_capacity(4096),
            seats: Vec::new(),
            chunk: vec![0; 256 * 1024],
            seen: 0,
            answered: 0,
        }
    }

    /// One more socket, which joins the namespace with this `auth`.
    pub fn join(&mut self, auth: &str) {
        let mut stream = join(self.address, auth).expect("a handshake that ends well");
        let token = Token(self.seats.len());
        self.poll.registry().register(&mut stream, token, Interest::READABLE).expect("room");
        self.seats.push(Seat { stream, scan: Scan::default(), seen: 0 });
        if self.seats.len().is_multiple_of(100) {
            // The first ones shall not be taken for dead while the last ones come.
            self.listen(Duration::ZERO);
        }
    }

    /// Ends a wait in [`Crowd::listen`].
    pub fn waker(&self) -> Waker {
        Waker::new(self.poll.registry(), WOKEN).expect("room in the poll")
    }

    /// Connects those who emit; a server hangs up on callers that say nothing for a while.
    pub fn call_in(&mut self, callers: usize) {
        let (to, registry) = (self.address, self.poll.registry());
        let caller = |at| Caller::new(to, registry, Token(usize::MAX - 1 - at));
        self.callers = (0..callers).map(caller).collect();
        self.listen(Duration::from_millis(5));
    }

    /// They leave.
    pub fn hang_up(&mut self) {
        self.callers.clear();
    }

    pub fn ask(&mut self, caller: usize, request: Rc<[u8]>) {
        self.answered += usize::from(self.callers[caller].ask(request));
    }

    /// Takes in what is there, or comes within this time.
    pub fn listen(&mut self, at_most: Duration) {
        match self.poll.poll(&mut self.events, Some(at_most)) {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => return,
            polled => polled.expect("a poll"),
        }
        for event in &self.events {
            let at = event.token().0;
            if event.token() == WOKEN {
                continue;
            }
            if let Some(caller) = (usize::MAX - 1).checked_sub(at).filter(|at| *at < CALLERS) {
                self.answered += usize::from(self.callers[caller].go_on());
            } else {
                self.seen += u64::from(self.seats[at].hear(&mut self.chunk));
            }
        }
    }

    /// Until so many frames have come and emits are answered.
    pub fn await_all(&mut self, frames: u64, answers: usize) {
        let begun = Instant::now();
        while self.seen < frames || self.answered < answers {
            self.listen(if self.sleeps { PATIENCE } else { Duration::ZERO });
            let lost = frames.saturating_sub(self.seen);
            let unanswered = answers - self.answered.min(answers);
            assert!(begun.elapsed() < PATIENCE, "{lost} frames lost, {unanswered} unanswered");
        }
    }

    /// What each has seen since this was asked last.
    pub fn look(&mut self) -> impl Iterator<Item = u32> {
        (self.seen, self.answered) = (0, 0);
        self.seats.iter_mut().map(|seat| std::mem::take(&mut seat.seen))
    }
}

impl Seat {
    fn hear(&mut self, chunk: &mut [u8]) -> u32 {
        let mut events = 0;
        loop {
            let count = match self.stream.read(chunk) {
                Ok(0) => panic!("a socket was closed"),
                Ok(count) => count,
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => break,
                Err(error) => panic!("a socket broke: {error}"),
            };
            let held = self.scan.chunk(&chunk[..count]);
            assert!(!held.closed, "a socket was closed by the server");
            events += held.events;
            for _ in 0..held.pings {
                self.stream.write_all(&masked("3")).expect("room for a pong");
            }
            // Less than there was room for: nothing else waits.
            if count < chunk.len() {
                break;
            }
        }
        self.seen += events;
        events
    }
}

fn join(to: SocketAddr, auth: &str) -> io::Result<TcpStream> {
    let mut stream = std::net::TcpStream::connect(to)?;
    stream.set_nodelay(true)?;
    stream.set_read_timeout(Some(PATIENCE))?;
    let upgrade = format!(
        "GET /socket.io/?EIO=4&transport=websocket HTTP/1.1\r\nhost: {to}\r\n\
         connection: Upgrade\r\nupgrade: websocket\r\nsec-websocket-version: 13\r\n\
         sec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
    );
    stream.write_all(upgrade.as_bytes())?;
    // The answer, then the packet that opens.
    let mut heard = Vec::new();
    hear_until(&mut stream, &mut heard, b"0{")?;
    if !heard.starts_with(b"HTTP/1.1 101") {
        return Err(io::Error::other(String::from_utf8_lossy(&heard).into_owned()));
    }
    stream.write_all(&masked(&format!("40/v1/shared,{auth}")))?;
    heard.clear();
    hear_until(&mut stream, &mut heard, b"40/v1/shared,{\"")?;
    stream.set_nonblocking(true)?;
    Ok(TcpStream::from_std(stream))
}

/// Until a packet has come that begins so, with all that came in one piece with it. Nothing is
/// sent after it before somebody emits.
fn hear_until(
    stream: &mut std::net::TcpStream,
    heard: &mut Vec<u8>,
    begin: &[u8],
) -> io::Result<()> {
    let mut chunk = [0; 4096];
    loop {
        let begun = heard.windows(begin.len()).position(|part| part == begin);
        if begun.is_some_and(|at| heard[at..].contains(&b'}')) {
            return Ok(());
        }
        match stream.read(&mut chunk)? {
            0 => return Err(io::ErrorKind::UnexpectedEof.into()),
            count => heard.extend_from_slice(&chunk[..count]),
        }
        // Some begin with a ping.
        if let Some(at) = heard.windows(PING.len()).position(|part| part == PING) {
            heard.drain(at..at + PING.len());
            stream.write_all(&masked("3"))?;
        }
    }
}

/// A client's frame under the mask 0: what follows is sent as it is.
fn masked(packet: &str) -> Vec<u8> {
    let mut frame = vec![0x81];
    match packet.len() {
        length @ 0..126 => frame.push(0x80 | length as u8),
        length => {
            frame.push(0x80 | 126);
            frame.extend(u16::try_from(length).expect("a short packet").to_be_bytes());
        }
    }
    frame.extend([0; 4]);
    frame.extend_from_slice(packet.as_bytes());
    frame
}

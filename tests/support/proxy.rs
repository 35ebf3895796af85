//! What stands between the program and its database, and can be told to fail: a line that is cut, that
//! takes everything and passes nothing on, or that is slow.
use std::io::{Read, Write};
use std::net::{Ipv4Addr, Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::Duration;

/// How the line is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Line {
    Good,
    /// Every connection breaks, and so does every new one: the server is gone.
    Cut,
    /// Connections stand and nothing comes through: the server is stuck, or a firewall drops it all.
    Stalled,
    /// Each piece, either way, takes so long.
    Slow(Duration),
}

pub struct Proxy {
    pub address: SocketAddr,
    state: Arc<State>,
}

struct State {
    line: Mutex<Line>,
    changed: Condvar,
    /// Those that are open, to be broken.
    open: Mutex<Vec<TcpStream>>,
}

impl Proxy {
    /// Stands before this address until the test program ends.
    pub fn before(target: SocketAddr) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a port");
        let address = listener.local_addr().expect("an address");
        let state = Arc::new(State {
            line: Mutex::new(Line::Good),
            changed: Condvar::new(),
            open: Mutex::default(),
        });
        let shared = Arc::clone(&state);
        thread::spawn(move || {
            for client in listener.incoming().flatten() {
                shared.pass(client, target);
            }
        });
        Self { address, state }
    }

    pub fn be(&self, line: Line) {
        *lock(&self.state.line) = line;
        self.state.changed.notify_all();
        if line == Line::Cut {
            for stream in lock(&self.state.open).drain(..) {
                let _ = stream.shutdown(Shutdown::Both);
            }
        }
    }
}

impl State {
    fn pass(self: &Arc<Self>, client: TcpStream, target: SocketAddr) {
        if *lock(&self.line) == Line::Cut {
            return;
        }
        let Ok(server) = TcpStream::connect(target) else { return };
        let _ = (client.set_nodelay(true), server.set_nodelay(true));
        let both = || Some((client.try_clone().ok()?, server.try_clone().ok()?));
        let (Some(there), Some(back), Some(kept)) = (both(), both(), both()) else { return };
        {
            let mut open = lock(&self.open);
            open.extend([kept.0, kept.1]);
        }
        let (one, other) = (Arc::clone(self), Arc::clone(self));
        thread::spawn(move || one.pump(there.0, there.1));
        thread::spawn(move || other.pump(back.1, back.0));
    }

    fn pump(&self, mut from: TcpStream, mut to: TcpStream) {
        let mut piece = vec![0; 64 * 1024];
        while let Ok(length @ 1..) = from.read(&mut piece) {
            if !self.may_pass() || to.write_all(&piece[..length]).is_err() {
                break;
            }
        }
        let _ = (from.shutdown(Shutdown::Both), to.shutdown(Shutdown::Both));
    }

    /// Waits as long as the line says. `false`: it was cut.
    fn may_pass(&self) -> bool {
        let mut line = lock(&self.line);
        loop {
            match *line {
                Line::Good => return true,
                Line::Cut => return false,
                Line::Slow(by) => {
                    drop(line);
                    // What the line is like, not what a test waits for.
                    thread::sleep(by);
                    return *lock(&self.line) != Line::Cut;
                }
                Line::Stalled => {
                    line = self.changed.wait(line).unwrap_or_else(PoisonError::into_inner);
                }
            }
        }
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

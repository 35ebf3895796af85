//! A way from one node to something it needs, that a test can cut, slow down, or hold up without a word.
use std::io::{Read, Write};
use std::net::{Ipv4Addr, Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::Duration;

pub struct Way {
    pub address: SocketAddr,
    way: Arc<Passage>,
}

struct Passage {
    state: Mutex<State>,
    changed: Condvar,
}

struct State {
    is: Is,
    /// Both ends of whatever goes through.
    streams: Vec<TcpStream>,
    target: SocketAddr,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Is {
    Open,
    /// Nothing gets through, and nobody is told.
    Held,
    /// Each piece takes so long.
    Slow(Duration),
    /// Every connection is lost, and new ones are refused.
    Cut,
    Gone,
}

impl Way {
    pub fn to(target: SocketAddr) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a free port");
        let address = listener.local_addr().expect("it has one");
        let state = State { is: Is::Open, streams: Vec::new(), target };
        let way = Arc::new(Passage { state: Mutex::new(state), changed: Condvar::new() });
        let shared = Arc::clone(&way);
        thread::spawn(move || {
            for near in listener.incoming() {
                let Ok(near) = near else { continue };
                if !shared.take(&near) {
                    return;
                }
            }
        });
        Self { address, way }
    }

    pub fn cut(&self) {
        self.way.become_(Is::Cut);
    }

    pub fn hold(&self) {
        self.way.become_(Is::Held);
    }

    pub fn slow_down(&self, by: Duration) {
        self.way.become_(Is::Slow(by));
    }

    /// Where new connections go from now on.
    pub fn aim_at(&self, target: SocketAddr) {
        self.way.state().target = target;
    }

    pub fn mend(&self) {
        self.way.become_(Is::Open);
    }
}

impl Drop for Way {
    fn drop(&mut self) {
        self.way.become_(Is::Gone);
        // Wakes the listener, which ends.
        let _ = TcpStream::connect(self.address);
    }
}

impl Passage {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn become_(&self, is: Is) {
        let mut state = self.state();
        state.is = is;
        if matches!(is, Is::Cut | Is::Gone) {
            for stream in state.streams.drain(..) {
                let _ = stream.shutdown(Shutdown::Both);
            }
        }
        self.changed.notify_all();
    }

    /// `false`: nobody is to be taken any more.
    fn take(self: &Arc<Self>, near: &TcpStream) -> bool {
        let State { is, target, .. } = *self.state();
        match is {
            Is::Gone => return false,
            Is::Cut => return true,
            Is::Open | Is::Held | Is::Slow(_) => {}
        }
        let Ok(far) = TcpStream::connect_timeout(&target, Duration::from_secs(2)) else {
            let _ = near.shutdown(Shutdown::Both);
            return true;
        };
        let _ = (near.set_nodelay(true), far.set_nodelay(true));
        let both = |stream: &TcpStream| stream.try_clone().expect("a second handle");
        let mut state = self.state();
        if state.is == Is::Cut {
            return true;
        }
        state.streams.extend([both(near), both(&far)]);
        drop(state);
        for (from, to) in [(both(near), both(&far)), (far, both(near))] {
            let way = Arc::clone(self);
            thread::spawn(move || way.carry(from, to));
        }
        true
    }

    fn carry(&self, mut from: TcpStream, mut to: TcpStream) {
        let mut part = [0; 16 * 1024];
        while let Ok(length @ 1..) = from.read(&mut part) {
            let mut state = self.state();
            while state.is == Is::Held {
                state = self.changed.wait(state).unwrap_or_else(PoisonError::into_inner);
            }
            let is = state.is;
            drop(state);
            if let Is::Slow(by) = is {
                // What the way is like, not what a test waits for.
                thread::sleep(by);
            }
            if to.write_all(&part[..length]).is_err() {
                break;
            }
        }
        let _ = (from.shutdown(Shutdown::Both), to.shutdown(Shutdown::Both));
        let mut state = self.state();
        let is_over = |stream: &TcpStream| stream.peer_addr().is_err();
        state.streams.retain(|stream| !is_over(stream));
    }
}

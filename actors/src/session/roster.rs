use std::cell::{Cell, RefCell};
use std::collections::{HashMap, VecDeque};
use std::rc::Rc;
use std::sync::Arc;

use smallvec::SmallVec;

use super::{Audience, CloseReason, Directory, Frame, Namespace, Outbox, OutboxLimits, SocketId};
use crate::domain::UserId;

/// Room for sessions that are yet to be written to, which is kept.
const UNWRITTEN: usize = 1024;

/// Who is connected on this server thread, and through which outbox.
pub struct Roster {
    seats: RefCell<Seats>,
    /// Those that were handed something since they were last written to.
    unwritten: RefCell<VecDeque<Rc<Seat>>>,
    directory: Directory,
    worker: usize,
}

#[derive(Default)]
struct Seats {
    users: [HashMap<UserId, SmallVec<[Rc<Seat>; 1]>>; Namespace::ALL.len()],
    sockets: HashMap<SocketId, Rc<Seat>>,
}

struct Seat {
    outbox: Arc<Outbox>,
    unwritten: Cell<bool>,
    /// What came while the socket was not yet told that it is in; `None` once it was.
    held: RefCell<Option<Held>>,
}

/// Over all sockets of a server thread, and of the one that is owed most.
#[derive(Default)]
pub(super) struct Owed {
    pub all: usize,
    pub most: usize,
}

struct Held {
    frames: Vec<Frame>,
    bytes: usize,
    limits: OutboxLimits,
}

/// How a frame goes to those who get it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Way {
    /// Written now: nothing else is at hand that could share the write.
    Straight,
    /// Put into the outbox; [`Roster::write`] writes what is there then.
    Gathered,
}

impl Seat {
    fn show(&self, frame: &Frame, way: Way) {
        if let Some(held) = &mut *self.held.borrow_mut() {
            held.bytes += frame.wire_len();
            held.frames.push(frame.clone());
            if held.frames.len() > held.limits.frames || held.bytes > held.limits.bytes {
                *held = Held { frames: Vec::new(), bytes: 0, limits: held.limits };
                self.outbox.close(CloseReason::Lagging);
            }
            return;
        }
        // A closed outbox belongs to a session that is about to leave this table.
        match way {
            Way::Straight => self.outbox.send(frame),
            Way::Gathered => {
                let _ = self.outbox.push(std::slice::from_ref(frame));
            }
        }
    }
}

/// A socket's place in the roster and in the directory. It leaves both when this is dropped.
pub struct Membership {
    roster: Rc<Roster>,
    audience: Audience,
    socket: SocketId,
    seat: Rc<Seat>,
}

impl Roster {
    pub(super) fn new(directory: Directory, worker: usize) -> Rc<Self> {
        Rc::new(Self {
            seats: RefCell::default(),
            unwritten: RefCell::default(),
            directory,
            worker,
        })
    }

    pub fn directory(&self) -> &Directory {
        &self.directory
    }

    /// A socket joins. From here on everything delivered reaches it, but it is held back until
    /// [`Membership::admit`]; as much of it as `limits` say.
    pub fn join(
        self: &Rc<Self>,
        audience: Audience,
        socket: SocketId,
        outbox: Arc<Outbox>,
        limits: OutboxLimits,
    ) -> Membership {
        let held = Held { frames: Vec::new(), bytes: 0, limits };
        let held = RefCell::new(Some(held));
        let seat = Rc::new(Seat { outbox, unwritten: Cell::new(false), held });
        // Here first, then in the directory: what the directory knows must be found here.
        let mut seats = self.seats.borrow_mut();
        match &audience.user {
            Some(user) => seats.users[audience.namespace.index()]
                .entry(user.clone())
                .or_default()
                .push(Rc::clone(&seat)),
            None => {
                seats.sockets.insert(socket.clone(), Rc::clone(&seat));
            }
        }
        drop(seats);
        self.directory.joined(&audience, &socket, self.worker);
        Membership { roster: Rc::clone(self), audience, socket, seat }
    }

    pub(super) fn worker(&self) -> usize {
        self.worker
    }

    /// Frames that sockets here have yet to be sent.
    pub(super) fn owed(&self) -> Owed {
        let seats = self.seats.borrow();
        let users = seats.users.iter().flat_map(HashMap::values).flatten();
        let depths = users.chain(seats.sockets.values()).map(|seat| seat.outbox.depth());
        depths.fold(Owed::default(), |owed, depth| Owed {
            all: owed.all + depth,
            most: owed.most.max(depth),
        })
    }

    pub(super) fn show(
        &self,
        namespace: Namespace,
        user: &UserId,
        frame: &Frame,
        way: Way,
    ) -> usize {
        let seats = self.seats.borrow();
        let Some(found) = seats.users[namespace.index()].get(user) else { return 0 };
        for seat in found {
            self.hand(seat, frame, way);
        }
        found.len()
    }

    pub(super) fn show_socket(&self, socket: &SocketId, frame: &Frame, way: Way) {
        if let Some(seat) = self.seats.borrow().sockets.get(socket) {
            self.hand(seat, frame, way);
        }
    }

    fn hand(&self, seat: &Rc<Seat>, frame: &Frame, way: Way) {
        seat.show(frame, way);
        if way == Way::Gathered && !seat.unwritten.replace(true) {
            self.unwritten.borrow_mut().push_back(Rc::clone(seat));
        }
    }

    /// Writes to sessions what they were handed, oldest first, and to no more than are `left`;
    /// whether any may be unwritten still.
    pub(super) fn write(&self, left: &mut usize) -> bool {
        while *left > 0 {
            let mut unwritten = self.unwritten.borrow_mut();
            let Some(seat) = unwritten.pop_front() else {
                // A thread that is quiet shall not keep what a burst needed.
                unwritten.shrink_to(UNWRITTEN);
                return false;
            };
            drop(unwritten);
            *left -= 1;
            seat.unwritten.set(false);
            seat.outbox.flush();
        }
        true
    }

    pub(super) fn dismiss(&self, user: &UserId, only: Option<Namespace>, reason: CloseReason) {
        let seats = self.seats.borrow();
        for namespace in Namespace::ALL {
            if only.is_none_or(|only| only == namespace)
                && let Some(found) = seats.users[namespace.index()].get(user)
            {
                found.iter().for_each(|seat| {
                    seat.outbox.close(reason);
                });
            }
        }
    }

    pub(super) fn dismiss_all(&self, reason: CloseReason) {
        let seats = self.seats.borrow();
        let users = seats.users.iter().flat_map(HashMap::values).flatten();
        for seat in users.chain(seats.sockets.values()) {
            seat.outbox.close(reason);
        }
    }

    fn leave(&self, audience: &Audience, socket: &SocketId, seat: &Rc<Seat>) {
        self.directory.left(audience, socket, self.worker);
        let mut seats = self.seats.borrow_mut();
        let Some(user) = &audience.user else {
            seats.sockets.remove(socket);
            return;
        };
        let users = &mut seats.users[audience.namespace.index()];
        if let Some(found) = users.get_mut(user) {
            found.retain(|other| !Rc::ptr_eq(other, seat));
            if found.is_empty() {
                users.remove(user);
            }
        }
    }
}

impl Membership {
    /// The socket is told that it is in, then what it missed, then what came meanwhile; from now
    /// on what is delivered goes straight out.
    ///
    /// # Errors
    ///
    /// The reason for which its outbox is closed.
    pub fn admit(&self, welcome: &[Frame], replay: &[Frame]) -> Result<(), CloseReason> {
        let held = self.seat.held.borrow_mut().take();
        self.seat.outbox.push_owed(welcome)?;
        self.seat.outbox.push_owed(replay)?;
        match held {
            Some(held) => self.seat.outbox.push_owed(&held.frames),
            None => Ok(()),
        }
    }
}

impl Drop for Membership {
    fn drop(&mut self) {
        self.roster.leave(&self.audience, &self.socket, &self.seat);
    }
}

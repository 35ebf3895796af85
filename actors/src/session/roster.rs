use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::rc::Rc;
use std::sync::Arc;

use slotmap::{SlotMap, new_key_type};

use super::{Audience, CloseReason, Directory, Frame, Outbox, OutboxLimits, SocketId};

/// Room for sessions that are yet to be written to, which is kept.
const UNWRITTEN: usize = 1024;

new_key_type! {
    /// A socket's place on its server thread. Whoever sits there later has another one.
    pub(super) struct SeatId;
}

/// Who is connected on this server thread, and through which outbox.
pub struct Roster {
    seats: RefCell<SlotMap<SeatId, Seat>>,
    /// Those that were handed something since they were last written to.
    unwritten: RefCell<VecDeque<SeatId>>,
    directory: Directory,
    worker: u32,
}

/// Small, and side by side with others: a frame to a thousand people touches a thousand of them.
struct Seat {
    outbox: Arc<Outbox>,
    /// What came while the socket was not yet told that it is in; `None` once it was.
    held: RefCell<Option<Box<Held>>>,
    unwritten: Cell<bool>,
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
                (held.frames, held.bytes) = (Vec::new(), 0);
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
    seat: SeatId,
}

impl Roster {
    pub(super) fn new(directory: Directory, worker: u32) -> Rc<Self> {
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
        let held = RefCell::new(Some(Box::new(held)));
        // Here first, then in the directory: what the directory knows must be found here.
        let seat = Seat { outbox, held, unwritten: Cell::new(false) };
        let seat = self.seats.borrow_mut().insert(seat);
        self.directory.joined(&audience, &socket, self.worker, seat);
        Membership { roster: Rc::clone(self), audience, socket, seat }
    }

    pub(super) fn worker(&self) -> u32 {
        self.worker
    }

    /// Frames that sockets here have yet to be sent.
    pub(super) fn owed(&self) -> Owed {
        let seats = self.seats.borrow();
        let depths = seats.values().map(|seat| seat.outbox.depth());
        depths.fold(Owed::default(), |owed, depth| Owed {
            all: owed.all + depth,
            most: owed.most.max(depth),
        })
    }

    /// Hands a frame to who sits there; `false` when they have left.
    pub(super) fn show(&self, id: SeatId, frame: &Frame, way: Way) -> bool {
        let seats = self.seats.borrow();
        let Some(seat) = seats.get(id) else { return false };
        seat.show(frame, way);
        if way == Way::Gathered && !seat.unwritten.replace(true) {
            self.unwritten.borrow_mut().push_back(id);
        }
        true
    }

    /// Writes to sessions what they were handed, oldest first, and to no more than are `left`;
    /// whether any may be unwritten still.
    pub(super) fn write(&self, left: &mut usize) -> bool {
        while *left > 0 {
            let mut unwritten = self.unwritten.borrow_mut();
            let Some(id) = unwritten.pop_front() else {
                // A thread that is quiet shall not keep what a burst needed.
                unwritten.shrink_to(UNWRITTEN);
                return false;
            };
            drop(unwritten);
            *left -= 1;
            if let Some(seat) = self.seats.borrow().get(id) {
                seat.unwritten.set(false);
                seat.outbox.flush();
            }
        }
        true
    }

    pub(super) fn dismiss(&self, seat: SeatId, reason: CloseReason) {
        if let Some(seat) = self.seats.borrow().get(seat) {
            seat.outbox.close(reason);
        }
    }

    pub(super) fn dismiss_all(&self, reason: CloseReason) {
        for seat in self.seats.borrow().values() {
            seat.outbox.close(reason);
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
        let seats = self.roster.seats.borrow();
        // Whoever holds a membership has its seat.
        let Some(Seat { outbox, held, .. }) = seats.get(self.seat) else { return Ok(()) };
        let held = held.borrow_mut().take();
        outbox.push_owed(welcome)?;
        outbox.push_owed(replay)?;
        match held {
            Some(held) => outbox.push_owed(&held.frames),
            None => Ok(()),
        }
    }
}

impl Drop for Membership {
    fn drop(&mut self) {
        let Self { roster, audience, socket, seat } = self;
        roster.directory.left(audience, socket, roster.worker, *seat);
        roster.seats.borrow_mut().remove(*seat);
    }
}

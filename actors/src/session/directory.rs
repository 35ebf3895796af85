use std::collections::{HashMap, HashSet};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

use smallvec::SmallVec;

use super::inbox::{Inbox, Part, Work};
use super::roster::SeatId;
use super::{Audience, CloseReason, Frame, Namespace, SocketId};
use crate::domain::UserId;

/// People who are looked up before others may come or go.
const CHUNK: usize = 256;

/// Frames on their way to people, all in one namespace.
#[derive(Debug)]
pub struct Batch {
    pub namespace: Namespace,
    /// Each frame with those who get it; frames go out in this order.
    pub to: Vec<(Frame, Vec<UserId>)>,
}

/// Who is connected to this node, and in which seat of which server thread. Cheap to clone; usable
/// from any thread; never waits for anything but a look-up.
#[derive(Clone, Default)]
pub struct Directory(Arc<Shared>);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Place {
    worker: u32,
    seat: SeatId,
}

#[derive(Default)]
struct Shared {
    workers: RwLock<Vec<Arc<Inbox>>>,
    places: RwLock<Places>,
    members: [AtomicUsize; Namespace::ALL.len()],
    /// Who came or went since this was asked. Unset: nobody wants to know.
    changed: Mutex<Option<HashSet<UserId>>>,
}

#[derive(Default)]
struct Places {
    /// Most have one.
    users: [HashMap<UserId, SmallVec<[Place; 1]>>; Namespace::ALL.len()],
    /// Of those that joined without a user.
    sockets: HashMap<SocketId, (Namespace, Place)>,
}

/// What each server thread gets of a batch.
#[derive(Default)]
struct Shares(SmallVec<[Share; 8]>);

struct Share {
    worker: u32,
    /// The frame of the batch that was added last.
    frame: usize,
    parts: Vec<Part>,
}

impl Shares {
    fn add(&mut self, number: usize, frame: &Frame, Place { worker, seat }: Place) {
        let Some(share) = self.0.iter_mut().find(|share| share.worker == worker) else {
            let parts = vec![Part { frame: frame.clone(), seats: vec![seat] }];
            self.0.push(Share { worker, frame: number, parts });
            return;
        };
        match share.parts.last_mut().filter(|_| share.frame == number) {
            Some(part) => part.seats.push(seat),
            None => {
                share.frame = number;
                share.parts.push(Part { frame: frame.clone(), seats: vec![seat] });
            }
        }
    }
}

impl Directory {
    pub fn new() -> Self {
        Self::default()
    }

    /// Hands each frame to every socket that its users have in this namespace on this node: one
    /// message per server thread that has any of them.
    ///
    /// Two calls, one of which happened before the other, arrive everywhere in that order.
    pub fn deliver(&self, batch: Batch) {
        let mut shares = Shares::default();
        for (number, (frame, users)) in batch.to.iter().enumerate() {
            for chunk in users.chunks(CHUNK) {
                let places = self.places();
                let here = &places.users[batch.namespace.index()];
                for place in chunk.iter().filter_map(|user| here.get(user)).flatten() {
                    shares.add(number, frame, *place);
                }
            }
        }
        for Share { worker, parts, .. } in shares.0 {
            self.hand(worker, Work::Deliver(parts));
        }
    }

    /// Hands a frame to the one socket with this id, of those that joined without a user. `false`
    /// when there is none in this namespace.
    pub fn deliver_to_socket(&self, namespace: Namespace, id: &SocketId, frame: Frame) -> bool {
        let found = self.places().sockets.get(id).copied();
        let Some((_, place)) = found.filter(|(found, _)| *found == namespace) else {
            return false;
        };
        self.hand(place.worker, Work::Deliver(vec![Part { frame, seats: vec![place.seat] }]));
        true
    }

    /// Whether this user has a socket in this namespace on this node.
    pub fn is_online(&self, user: &UserId, namespace: Namespace) -> bool {
        self.places().users[namespace.index()].contains_key(user)
    }

    /// How many sockets this user has in this namespace on this node.
    pub fn sockets_of(&self, user: &UserId, namespace: Namespace) -> usize {
        self.places().users[namespace.index()].get(user).map_or(0, SmallVec::len)
    }

    /// Whether anybody is in this namespace at all, so that nothing is encoded for nobody.
    pub fn watching(&self, namespace: Namespace) -> bool {
        self.members(namespace) > 0
    }

    /// Sockets in this namespace on this node.
    pub fn members(&self, namespace: Namespace) -> usize {
        self.0.members[namespace.index()].load(Ordering::Acquire)
    }

    /// Ends every connection of this user, after what was delivered before.
    pub fn disconnect_user(&self, user: &UserId, reason: CloseReason) {
        let mut found = SmallVec::<[Place; 4]>::new();
        for users in &self.places().users {
            found.extend(users.get(user).into_iter().flatten().copied());
        }
        for Place { worker, seat } in found {
            self.hand(worker, Work::Dismiss(seat, reason));
        }
    }

    /// Ends every connection that has joined a namespace.
    pub fn disconnect_all(&self, reason: CloseReason) {
        let workers = self.0.workers.read().unwrap_or_else(PoisonError::into_inner);
        for inbox in &*workers {
            inbox.push(Work::DismissAll(reason));
        }
    }

    /// Who came or went since this was asked the last time; nobody the first time.
    pub fn take_changed(&self) -> HashSet<UserId> {
        let mut changed = self.0.changed.lock().unwrap_or_else(PoisonError::into_inner);
        changed.replace(HashSet::new()).unwrap_or_default()
    }

    fn note(&self, user: &UserId) {
        let mut changed = self.0.changed.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(changed) = &mut *changed {
            changed.insert(user.clone());
        }
    }

    pub(super) fn enlist(&self, inbox: Arc<Inbox>) -> u32 {
        let mut workers = self.0.workers.write().unwrap_or_else(PoisonError::into_inner);
        workers.push(inbox);
        u32::try_from(workers.len() - 1).unwrap_or(u32::MAX)
    }

    pub(super) fn joined(&self, audience: &Audience, socket: &SocketId, worker: u32, seat: SeatId) {
        let (namespace, place) = (audience.namespace, Place { worker, seat });
        let mut places = self.places_mut();
        match &audience.user {
            Some(user) => {
                places.users[namespace.index()].entry(user.clone()).or_default().push(place);
            }
            None => {
                places.sockets.insert(socket.clone(), (namespace, place));
            }
        }
        drop(places);
        audience.user.iter().for_each(|user| self.note(user));
        self.0.members[namespace.index()].fetch_add(1, Ordering::AcqRel);
    }

    pub(super) fn left(&self, audience: &Audience, socket: &SocketId, worker: u32, seat: SeatId) {
        let (index, place) = (audience.namespace.index(), Place { worker, seat });
        let mut places = self.places_mut();
        match &audience.user {
            Some(user) => {
                if let Some(found) = places.users[index].get_mut(user) {
                    found.retain(|other| *other != place);
                    if found.is_empty() {
                        places.users[index].remove(user);
                    }
                }
            }
            None => {
                places.sockets.remove(socket);
            }
        }
        drop(places);
        audience.user.iter().for_each(|user| self.note(user));
        self.0.members[index].fetch_sub(1, Ordering::AcqRel);
    }

    fn places(&self) -> RwLockReadGuard<'_, Places> {
        self.0.places.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn places_mut(&self) -> RwLockWriteGuard<'_, Places> {
        self.0.places.write().unwrap_or_else(PoisonError::into_inner)
    }

    fn hand(&self, worker: u32, work: Work) {
        let workers = self.0.workers.read().unwrap_or_else(PoisonError::into_inner);
        if let Some(inbox) = workers.get(worker as usize) {
            inbox.push(work);
        }
    }
}

use std::collections::HashSet;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError, RwLock};

use dashmap::DashMap;
use smallvec::SmallVec;

use super::inbox::{Inbox, Work};
use super::{Audience, CloseReason, Frame, Namespace, SocketId};
use crate::domain::UserId;

/// Frames on their way to people, all in one namespace.
#[derive(Debug)]
pub struct Batch {
    pub namespace: Namespace,
    /// Each frame with those who get it; frames go out in this order.
    pub to: Vec<(Frame, Vec<UserId>)>,
}

/// Who is connected to this node, and on which server thread. Cheap to clone; usable from any
/// thread; never waits.
#[derive(Clone, Default)]
pub struct Directory(Arc<Shared>);

/// On which threads somebody has how many sockets. Most have one.
type Places = SmallVec<[(usize, usize); 1]>;

#[derive(Default)]
struct Shared {
    workers: RwLock<Vec<Arc<Inbox>>>,
    users: [DashMap<UserId, Places>; Namespace::ALL.len()],
    sockets: DashMap<SocketId, (Namespace, usize)>,
    members: [AtomicUsize; Namespace::ALL.len()],
    /// Who came or went since this was asked. Unset: nobody wants to know.
    changed: Mutex<Option<HashSet<UserId>>>,
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
        let users = &self.0.users[batch.namespace.index()];
        let mut wanted = SmallVec::<[usize; 16]>::new();
        for user in batch.to.iter().flat_map(|(_, users)| users) {
            let Some(places) = users.get(user) else { continue };
            for &(worker, _) in places.iter() {
                if !wanted.contains(&worker) {
                    wanted.push(worker);
                }
            }
        }
        let batch = Arc::new(batch);
        for worker in wanted {
            self.hand(worker, Work::Deliver(Arc::clone(&batch)));
        }
    }

    /// Hands a frame to the one socket with this id, of those that joined without a user. `false`
    /// when there is none in this namespace.
    pub fn deliver_to_socket(&self, namespace: Namespace, id: &SocketId, frame: Frame) -> bool {
        let Some((found, worker)) = self.0.sockets.get(id).map(|entry| *entry) else {
            return false;
        };
        if found != namespace {
            return false;
        }
        self.hand(worker, Work::DeliverToSocket(id.clone(), frame));
        true
    }

    /// Whether this user has a socket in this namespace on this node.
    pub fn is_online(&self, user: &UserId, namespace: Namespace) -> bool {
        self.0.users[namespace.index()].contains_key(user)
    }

    /// How many sockets this user has in this namespace on this node.
    pub fn sockets_of(&self, user: &UserId, namespace: Namespace) -> usize {
        let places = self.0.users[namespace.index()].get(user);
        places.map_or(0, |places| places.iter().map(|(_, count)| count).sum())
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
        for worker in 0..self.workers() {
            self.hand(worker, Work::Dismiss(user.clone(), None, reason));
        }
    }

    /// Ends every connection that has joined a namespace.
    pub fn disconnect_all(&self, reason: CloseReason) {
        for worker in 0..self.workers() {
            self.hand(worker, Work::DismissAll(reason));
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

    pub(super) fn enlist(&self, inbox: Arc<Inbox>) -> usize {
        let mut workers = self.0.workers.write().unwrap_or_else(PoisonError::into_inner);
        workers.push(inbox);
        workers.len() - 1
    }

    pub(super) fn joined(&self, audience: &Audience, socket: &SocketId, worker: usize) {
        let index = audience.namespace.index();
        match &audience.user {
            Some(user) => {
                let mut places = self.0.users[index].entry(user.clone()).or_default();
                match places.iter_mut().find(|(at, _)| *at == worker) {
                    Some((_, count)) => *count += 1,
                    None => places.push((worker, 1)),
                }
                drop(places);
                self.note(user);
            }
            None => {
                self.0.sockets.insert(socket.clone(), (audience.namespace, worker));
            }
        }
        self.0.members[index].fetch_add(1, Ordering::AcqRel);
    }

    pub(super) fn left(&self, audience: &Audience, socket: &SocketId, worker: usize) {
        let index = audience.namespace.index();
        match &audience.user {
            Some(user) => {
                // Under the lock of the entry, so that nobody joins between the two steps.
                self.0.users[index].remove_if_mut(user, |_, places| {
                    if let Some((_, count)) = places.iter_mut().find(|(at, _)| *at == worker) {
                        *count -= 1;
                    }
                    places.retain(|(_, count)| *count > 0);
                    places.is_empty()
                });
                self.note(user);
            }
            None => {
                self.0.sockets.remove(socket);
            }
        }
        self.0.members[index].fetch_sub(1, Ordering::AcqRel);
    }

    fn workers(&self) -> usize {
        self.0.workers.read().unwrap_or_else(PoisonError::into_inner).len()
    }

    fn hand(&self, worker: usize, work: Work) {
        let workers = self.0.workers.read().unwrap_or_else(PoisonError::into_inner);
        if let Some(inbox) = workers.get(worker) {
            inbox.push(work);
        }
    }
}

//! Who is connected where. Each node says so of itself: changes as they happen, numbered, and everything
//! when somebody who missed one asks.
//!
//! It decides where things are sent first, and who is told on their devices. What people are told
//! never depends on it.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::ops::Bound::{Excluded, Unbounded};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use actors::domain::{Namespace, NodeId, Timestamp, UserId};
use actors::ports::Guest;
use dashmap::DashMap;
use parking_lot::Mutex;
use smallvec::SmallVec;

use super::envelope::{Garbled, Reader, Wire, Writer};
use super::values::fields;

/// How many sockets a user has, in each of these.
pub const COUNTED: [Namespace; 3] =
    [Namespace::Conversation, Namespace::ConversationLive, Namespace::Shared];
pub type Counts = [u32; COUNTED.len()];

/// Users told of in one go.
const PAGE: usize = 4_000;
/// Most changes kept while everything is asked for; beyond it asking begins anew.
const MOST_KEPT: usize = 10_000;

/// What changed at a node: how it is now, not by how much.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Delta {
    /// The first is 1; there are no gaps.
    pub change: u64,
    pub users: Vec<(UserId, Counts)>,
    /// All of them, if any came or left.
    pub guests: Option<Vec<GuestHere>>,
}

/// A guest, as its own node has it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GuestHere {
    pub socket: Arc<str>,
    pub client: Arc<str>,
    pub since: Timestamp,
}

/// Some of who is connected to a node, in the order of users.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Page {
    /// As it was after this change.
    pub change: u64,
    pub users: Vec<(UserId, Counts)>,
    pub guests: Vec<GuestHere>,
    pub is_last: bool,
}

fields! {
    Delta { change, users, guests }
    GuestHere { socket, client, since }
    Page { change, users, guests, is_last }
}

impl Wire for Counts {
    fn write(&self, to: &mut Writer) {
        self.iter().for_each(|count| count.write(to));
    }

    fn read(from: &mut Reader) -> Result<Self, Garbled> {
        let mut counts = Self::default();
        for count in &mut counts {
            *count = u32::read(from)?;
        }
        Ok(counts)
    }
}

/// Who is connected to this node, as the others are told.
#[derive(Default)]
pub struct Here(Mutex<HereNow>);

#[derive(Default)]
struct HereNow {
    change: u64,
    users: BTreeMap<UserId, Counts>,
    guests: Vec<GuestHere>,
}

impl Here {
    pub fn changes(&self) -> u64 {
        self.0.lock().change
    }

    /// Takes in how it is now. What to tell the others, if it is news.
    pub fn update(
        &self,
        users: Vec<(UserId, Counts)>,
        guests: Option<Vec<GuestHere>>,
    ) -> Option<Delta> {
        let mut now = self.0.lock();
        let mut changed = Vec::new();
        for (user, counts) in users {
            let before = match counts {
                counts if counts == Counts::default() => now.users.remove(&user),
                counts => now.users.insert(user.clone(), counts),
            };
            if before.unwrap_or_default() != counts {
                changed.push((user, counts));
            }
        }
        let guests = guests.filter(|guests| *guests != now.guests);
        if let Some(guests) = &guests {
            now.guests.clone_from(guests);
        }
        if changed.is_empty() && guests.is_none() {
            return None;
        }
        now.change += 1;
        Some(Delta { change: now.change, users: changed, guests })
    }

    pub fn page(&self, after: Option<&UserId>) -> Page {
        let now = self.0.lock();
        let beyond = after.map_or(Unbounded, Excluded);
        let mut rest = now.users.range::<UserId, _>((beyond, Unbounded));
        let users: Vec<_> =
            rest.by_ref().take(PAGE).map(|(user, counts)| (user.clone(), *counts)).collect();
        let is_last = rest.next().is_none();
        let guests = if is_last { now.guests.clone() } else { Vec::new() };
        Page { change: now.change, users, guests, is_last }
    }
}

/// Who is connected to the other nodes, as far as they told.
#[derive(Default)]
pub struct Elsewhere {
    users: DashMap<UserId, SmallVec<[(NodeId, Counts); 1]>>,
    watched: [AtomicUsize; COUNTED.len()],
    pictures: Mutex<HashMap<NodeId, Picture>>,
}

#[derive(Default)]
struct Picture {
    /// Known up to this change. Unset: everything is to be asked for.
    change: Option<u64>,
    /// Changes that came while it is asked. Unset: it is not.
    kept: Option<Vec<Delta>>,
    guests: Vec<GuestHere>,
}

impl Elsewhere {
    pub fn sockets(&self, user: &UserId, namespace: Namespace) -> usize {
        let Some(index) = index(namespace) else { return 0 };
        let found = self.users.get(user);
        found.map_or(0, |places| places.iter().map(|(_, counts)| counts[index] as usize).sum())
    }

    pub fn is_watched(&self, namespace: Namespace) -> bool {
        index(namespace).is_some_and(|index| self.watched[index].load(Ordering::Acquire) > 0)
    }

    pub fn is_at(&self, node: &NodeId, user: &UserId, namespace: Namespace) -> bool {
        let (Some(index), Some(places)) = (index(namespace), self.users.get(user)) else {
            return false;
        };
        places.iter().any(|(at, counts)| at == node && counts[index] > 0)
    }

    /// The nodes to which any of these is connected.
    pub fn nodes_of<'a>(&self, users: impl Iterator<Item = &'a UserId>) -> HashSet<NodeId> {
        let mut nodes = HashSet::new();
        for user in users {
            if let Some(places) = self.users.get(user) {
                nodes.extend(places.iter().map(|(node, _)| node.clone()));
            }
        }
        nodes
    }

    pub fn guests(&self) -> Vec<Guest> {
        let pictures = self.pictures.lock();
        let guests = pictures.iter().flat_map(|(node, picture)| {
            picture.guests.iter().map(|guest| Guest {
                node: node.clone(),
                socket: Arc::clone(&guest.socket),
                client: Arc::clone(&guest.client),
                since: guest.since,
            })
        });
        guests.collect()
    }

    /// Takes in a change.
    pub fn hear(&self, node: &NodeId, delta: Delta) {
        let mut pictures = self.pictures.lock();
        let picture = pictures.entry(node.clone()).or_default();
        if let Some(kept) = &mut picture.kept {
            match kept.len() < MOST_KEPT {
                true => kept.push(delta),
                false => picture.kept = None,
            }
            return;
        }
        match picture.change {
            Some(change) if delta.change == change + 1 => {
                picture.change = Some(delta.change);
                self.apply(node, &delta.users);
                if let Some(guests) = delta.guests {
                    picture.guests = guests;
                }
            }
            Some(change) if delta.change <= change => {}
            _ => picture.change = None,
        }
    }

    /// A node says how many changes there were. `true`: everything is to be asked for now, by who
    /// is told so and nobody else until [`Elsewhere::asked`].
    pub fn must_ask(&self, node: &NodeId, changes: u64) -> bool {
        let mut pictures = self.pictures.lock();
        let picture = pictures.entry(node.clone()).or_default();
        if picture.kept.is_some() || picture.change.is_some_and(|change| change >= changes) {
            return false;
        }
        picture.kept = Some(Vec::new());
        true
    }

    /// What a node answered, page by page; `None`: it did not, to its end.
    pub fn asked(&self, node: &NodeId, pages: Option<Vec<Page>>) {
        let mut pictures = self.pictures.lock();
        let Some(picture) = pictures.get_mut(node) else { return };
        let (kept, pages) = (picture.kept.take(), pages);
        // Left meanwhile, or more happened than could be kept.
        let (Some(kept), Some(pages)) = (kept, pages) else {
            picture.change = None;
            return;
        };
        self.drop_users(node);
        for page in &pages {
            self.apply(node, &page.users);
        }
        let as_of = |user: &UserId| {
            let page = pages.iter().find(|page| {
                page.is_last || page.users.last().is_some_and(|(last, _)| user <= last)
            });
            page.map_or(0, |page| page.change)
        };
        let (mut change, mut guests) = (0, Vec::new());
        if let Some(last) = pages.last() {
            (change, guests) = (last.change, last.guests.clone());
        }
        for delta in kept {
            let later = delta.users.into_iter().filter(|(user, _)| as_of(user) < delta.change);
            self.apply(node, &later.collect::<Vec<_>>());
            if delta.change > change {
                guests = delta.guests.unwrap_or(guests);
                change = delta.change;
            }
        }
        (picture.change, picture.guests) = (Some(change), guests);
    }

    /// A node is gone, and with it whoever was connected to it.
    pub fn forget(&self, node: &NodeId) {
        let mut pictures = self.pictures.lock();
        pictures.remove(node);
        self.drop_users(node);
    }

    fn apply(&self, node: &NodeId, users: &[(UserId, Counts)]) {
        for (user, counts) in users {
            let mut places = self.users.entry(user.clone()).or_default();
            let at = places.iter().position(|(at, _)| at == node);
            let before = at.map(|at| places.swap_remove(at).1).unwrap_or_default();
            if *counts != Counts::default() {
                places.push((node.clone(), *counts));
            }
            let is_gone = places.is_empty();
            drop(places);
            if is_gone {
                self.users.remove_if(user, |_, places| places.is_empty());
            }
            self.count(&before, counts);
        }
    }

    fn drop_users(&self, node: &NodeId) {
        self.users.retain(|_, places| {
            places.retain(|(at, counts)| {
                let stays = at != node;
                if !stays {
                    self.count(counts, &Counts::default());
                }
                stays
            });
            !places.is_empty()
        });
    }

    fn count(&self, before: &Counts, now: &Counts) {
        for (index, watched) in self.watched.iter().enumerate() {
            watched.fetch_add(now[index] as usize, Ordering::AcqRel);
            watched.fetch_sub(before[index] as usize, Ordering::AcqRel);
        }
    }
}

fn index(namespace: Namespace) -> Option<usize> {
    COUNTED.iter().position(|counted| *counted == namespace)
}

#[cfg(test)]
mod tests {
    use actors::testing::domain::user;

    use super::*;

    const WATCHED: Namespace = Namespace::Conversation;

    fn node(name: &str) -> NodeId {
        NodeId::parse(name).unwrap()
    }

    fn counts(sockets: u32) -> Counts {
        [sockets, 0, 0]
    }

    fn join(here: &Here, name: &str, sockets: u32) -> Delta {
        here.update(vec![(user(name), counts(sockets))], None).expect("it is news")
    }

    fn everything(here: &Here) -> Vec<Page> {
        let mut pages = vec![here.page(None)];
        while let Some(last) = pages.last().filter(|page| !page.is_last) {
            let after = last.users.last().map(|(user, _)| user.clone());
            pages.push(here.page(after.as_ref()));
        }
        pages
    }

    #[test]
    fn changes_add_up_to_who_is_there_and_nothing_is_left_of_who_went() {
        let (here, elsewhere, n1) = (Here::default(), Elsewhere::default(), node("n1"));
        assert!(elsewhere.must_ask(&n1, 0), "nothing is known of a new node");
        elsewhere.asked(&n1, Some(everything(&here)));

        elsewhere.hear(&n1, join(&here, "ana", 2));
        assert_eq!(elsewhere.sockets(&user("ana"), WATCHED), 2);
        assert!(elsewhere.is_at(&n1, &user("ana"), WATCHED));
        assert!(elsewhere.is_watched(WATCHED) && !elsewhere.is_watched(Namespace::Shared));
        assert_eq!(
            elsewhere.nodes_of([&user("ana"), &user("ben")].into_iter()),
            [n1.clone()].into()
        );

        elsewhere.hear(&n1, join(&here, "ana", 0));
        assert_eq!(elsewhere.sockets(&user("ana"), WATCHED), 0);
        assert!(!elsewhere.is_watched(WATCHED) && elsewhere.users.is_empty());
        assert!(!elsewhere.must_ask(&n1, here.changes()));
    }

    #[test]
    fn a_change_that_was_missed_is_found_out_and_everything_asked_for_once() {
        let (here, elsewhere, n1) = (Here::default(), Elsewhere::default(), node("n1"));
        elsewhere.must_ask(&n1, 0);
        elsewhere.asked(&n1, Some(everything(&here)));
        join(&here, "ana", 1);
        elsewhere.hear(&n1, join(&here, "ben", 1));

        assert!(elsewhere.must_ask(&n1, here.changes()));
        assert!(!elsewhere.must_ask(&n1, here.changes()), "it is being asked");
        let pages = everything(&here);
        elsewhere.hear(&n1, join(&here, "ana", 0));
        elsewhere.asked(&n1, Some(pages));

        assert_eq!(elsewhere.sockets(&user("ana"), WATCHED), 0, "left while it was asked");
        assert_eq!(elsewhere.sockets(&user("ben"), WATCHED), 1);
        assert!(!elsewhere.must_ask(&n1, here.changes()));
    }

    #[test]
    fn who_changed_between_two_pages_is_as_the_later_word_says() {
        let (here, elsewhere, n1) = (Here::default(), Elsewhere::default(), node("n1"));
        let many = (0..PAGE + 1).map(|n| (user(&format!("u{n:05}")), counts(1))).collect();
        here.update(many, None);
        assert!(elsewhere.must_ask(&n1, 1));
        let (first, last) = (user("u00000"), user(&format!("u{PAGE:05}")));

        let mut pages = vec![here.page(None)];
        for name in [first.as_str(), last.as_str()] {
            elsewhere.hear(&n1, join(&here, name, 2));
        }
        pages.push(here.page(pages[0].users.last().map(|(user, _)| user)));
        elsewhere.hear(&n1, join(&here, last.as_str(), 3));
        elsewhere.asked(&n1, Some(pages));

        assert_eq!(elsewhere.sockets(&first, WATCHED), 2);
        assert_eq!(elsewhere.sockets(&last, WATCHED), 3);
        assert!(!elsewhere.must_ask(&n1, here.changes()));
    }

    #[test]
    fn of_a_node_that_is_gone_nobody_and_no_guest_is_left() {
        let (here, elsewhere) = (Here::default(), Elsewhere::default());
        let guest = GuestHere { socket: "s".into(), client: "c".into(), since: Timestamp(1) };
        here.update(vec![(user("ana"), counts(1))], Some(vec![guest]));
        for name in ["n1", "n2"] {
            elsewhere.must_ask(&node(name), 1);
            elsewhere.asked(&node(name), Some(everything(&here)));
        }
        assert_eq!(elsewhere.sockets(&user("ana"), WATCHED), 2);

        elsewhere.forget(&node("n1"));

        assert_eq!(elsewhere.sockets(&user("ana"), WATCHED), 1);
        let guests = elsewhere.guests();
        assert_eq!((guests.len(), guests[0].node.as_str()), (1, "n2"));
    }
}

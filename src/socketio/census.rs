use std::net::IpAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use dashmap::DashMap;

/// How many connections there are, in all and from each network address.
#[derive(Clone, Default)]
pub(super) struct Census(Arc<Counts>);

#[derive(Default)]
struct Counts {
    all: AtomicUsize,
    peers: DashMap<IpAddr, usize>,
}

/// A connection is counted until this is dropped.
pub(super) struct Place {
    counts: Arc<Counts>,
    peer: Option<IpAddr>,
}

impl Census {
    /// Counts one more; `None` when one of the limits (0: none) is reached.
    pub fn admit(&self, peer: Option<IpAddr>, most: usize, most_of_peer: usize) -> Option<Place> {
        let before = self.0.all.fetch_add(1, Ordering::AcqRel);
        // From here on dropping it takes back what was counted.
        let mut place = Place { counts: Arc::clone(&self.0), peer: None };
        metrics::gauge!("switchboard_socket_connections").increment(1.0);
        if most > 0 && before >= most {
            return None;
        }
        if let Some(peer) = peer {
            let mut count = self.0.peers.entry(peer).or_insert(0);
            if most_of_peer > 0 && *count >= most_of_peer {
                return None;
            }
            *count += 1;
            place.peer = Some(peer);
        }
        Some(place)
    }

    pub fn all(&self) -> usize {
        self.0.all.load(Ordering::Acquire)
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.counts.all.fetch_sub(1, Ordering::AcqRel);
        metrics::gauge!("switchboard_socket_connections").decrement(1.0);
        if let Some(peer) = &self.peer {
            self.counts.peers.remove_if_mut(peer, |_, count| {
                *count -= 1;
                *count == 0
            });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_peer_above_its_limit_is_turned_away_and_others_are_not() {
        let census = Census::default();
        let (one, other) = ([127, 0, 0, 1].into(), [127, 0, 0, 2].into());
        let first = census.admit(Some(one), 3, 1);

        assert!(first.is_some());
        assert!(census.admit(Some(one), 3, 1).is_none());
        let second = census.admit(Some(other), 3, 1);
        assert!(second.is_some());
        assert_eq!(census.all(), 2);

        drop(first);
        assert!(census.admit(Some(one), 3, 1).is_some());
        drop(second);
        assert_eq!((census.all(), census.0.peers.len()), (0, 0));
    }

    #[test]
    fn a_full_house_turns_everybody_away_until_somebody_leaves() {
        let census = Census::default();
        let (first, second) = (census.admit(None, 2, 0), census.admit(None, 2, 0));

        assert!(first.is_some() && second.is_some());
        assert!(census.admit(None, 2, 0).is_none());

        drop(first);
        assert!(census.admit(None, 2, 0).is_some());
    }
}

//! How many calls somebody may make.
use std::net::{IpAddr, Ipv6Addr};
use std::num::NonZeroU32;
use std::sync::atomic::{AtomicU64, Ordering};

use governor::clock::{Clock, DefaultClock};
use governor::{DefaultKeyedRateLimiter, Quota, RateLimiter};

use crate::auth::KeyHash;

/// Most spenders remembered, some hundred bytes each. Those beyond share one allowance.
const MOST_SPENDERS: usize = 10_000;
/// So often those are forgotten who have their whole allowance again.
const CALLS_BETWEEN_SWEEPS: u64 = 1_024;

/// Whose allowance a call takes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Spender {
    Key(KeyHash),
    /// Where nobody has a key. Never from a header, which anybody can write.
    Peer(IpAddr),
    Everybody,
}

impl Spender {
    /// One IPv6 host commonly has a network of 64 bits to itself.
    pub fn peer(address: IpAddr) -> Self {
        match address.to_canonical() {
            IpAddr::V6(address) => {
                let network = u128::from(address) & !u128::from(u64::MAX);
                Self::Peer(Ipv6Addr::from(network).into())
            }
            v4 => Self::Peer(v4),
        }
    }
}

/// Counts calls by spender: so many at once, after that evenly spread.
pub struct RateLimit {
    calls: DefaultKeyedRateLimiter<Spender>,
    clock: DefaultClock,
    most: usize,
    asked: AtomicU64,
}

impl RateLimit {
    /// None at all is read as one.
    pub fn per_minute(calls: u32) -> Self {
        Self::bounded(calls, MOST_SPENDERS)
    }

    fn bounded(calls: u32, most: usize) -> Self {
        let quota = Quota::per_minute(NonZeroU32::new(calls).unwrap_or(NonZeroU32::MIN));
        Self {
            calls: RateLimiter::keyed(quota),
            clock: DefaultClock::default(),
            most,
            asked: AtomicU64::new(0),
        }
    }

    /// Takes one call from an allowance.
    ///
    /// # Errors
    ///
    /// It is spent; in so many whole seconds (at least one) there is a call again.
    pub fn take(&self, spender: Spender) -> Result<(), u64> {
        if self.asked.fetch_add(1, Ordering::Relaxed).is_multiple_of(CALLS_BETWEEN_SWEEPS) {
            self.calls.retain_recent();
        }
        let full = self.calls.len() >= self.most && !matches!(spender, Spender::Key(_));
        let spender = if full { Spender::Everybody } else { spender };
        self.calls.check_key(&spender).map_err(|until| {
            let wait = until.wait_time_from(self.clock.now());
            (wait.as_secs() + u64::from(wait.subsec_nanos() > 0)).max(1)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn peer(number: u8) -> Spender {
        Spender::peer(IpAddr::from([10, 0, 0, number]))
    }

    #[test]
    fn each_has_an_allowance_of_their_own() {
        let limit = RateLimit::per_minute(2);

        assert_eq!([limit.take(peer(1)), limit.take(peer(1))], [Ok(()), Ok(())]);
        let wait = limit.take(peer(1)).unwrap_err();

        assert!((1..=30).contains(&wait), "{wait}");
        assert_eq!(limit.take(peer(2)), Ok(()));
        assert_eq!(limit.take(Spender::Key([0; 32])), Ok(()));
    }

    #[test]
    fn beyond_the_bound_strangers_share_one_allowance_and_keys_keep_theirs() {
        let limit = RateLimit::bounded(1, 2);
        limit.take(peer(1)).unwrap();
        limit.take(peer(2)).unwrap();

        assert_eq!(limit.take(peer(3)), Ok(()));
        assert!(limit.take(peer(4)).is_err());

        assert_eq!(limit.take(Spender::Key([0; 32])), Ok(()));
        assert!(limit.calls.len() <= 4);
    }

    #[test]
    fn one_network_of_64_bits_is_one_spender() {
        let peer = |address: &str| Spender::peer(address.parse().unwrap());

        assert_eq!(peer("2001:db8::1"), peer("2001:db8::ffff:2"));
        assert_ne!(peer("2001:db8::1"), peer("2001:db8:0:1::1"));
        assert_eq!(peer("::ffff:10.0.0.1"), peer("10.0.0.1"));
    }
}

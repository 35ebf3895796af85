//! How many calls somebody may make.
use std::net::{IpAddr, Ipv6Addr};
use std::num::NonZeroU32;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use governor::clock::{Clock, DefaultClock};
use governor::middleware::StateInformationMiddleware;
use governor::state::keyed::DefaultKeyedStateStore;
use governor::{Quota, RateLimiter};

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

type Calls =
    RateLimiter<Spender, DefaultKeyedStateStore<Spender>, DefaultClock, StateInformationMiddleware>;

/// Counts calls by spender: so many at once, after that evenly spread.
pub struct RateLimit {
    calls: Calls,
    clock: DefaultClock,
    most: usize,
    asked: AtomicU64,
}

impl RateLimit {
    /// None at all is read as one.
    pub fn per_minute(calls: u32) -> Self {
        Self::bounded(calls, Duration::from_secs(60), MOST_SPENDERS)
    }

    /// So many calls in so long a time. None at all is read as one.
    pub fn per(time: Duration, calls: u32) -> Self {
        Self::bounded(calls, time, MOST_SPENDERS)
    }

    fn bounded(calls: u32, time: Duration, most: usize) -> Self {
        let calls = NonZeroU32::new(calls).unwrap_or(NonZeroU32::MIN);
        let each = Quota::with_period((time / calls.get()).max(Duration::from_nanos(1)));
        let quota = each.unwrap_or_else(|| Quota::per_minute(calls)).allow_burst(calls);
        Self {
            calls: RateLimiter::keyed(quota).with_middleware(),
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
        self.take_one_of(spender).map(|_| ())
    }

    /// The same; how many calls are left at once.
    ///
    /// # Errors
    ///
    /// As [`Self::take`].
    pub fn take_one_of(&self, spender: Spender) -> Result<u32, u64> {
        if self.asked.fetch_add(1, Ordering::Relaxed).is_multiple_of(CALLS_BETWEEN_SWEEPS) {
            self.calls.retain_recent();
        }
        let full = self.calls.len() >= self.most && !matches!(spender, Spender::Key(_));
        let spender = if full { Spender::Everybody } else { spender };
        let taken = self.calls.check_key(&spender);
        taken.map(|state| state.remaining_burst_capacity()).map_err(|until| {
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
        let limit = RateLimit::bounded(1, Duration::from_secs(60), 2);
        limit.take(peer(1)).unwrap();
        limit.take(peer(2)).unwrap();

        assert_eq!(limit.take(peer(3)), Ok(()));
        assert!(limit.take(peer(4)).is_err());

        assert_eq!(limit.take(Spender::Key([0; 32])), Ok(()));
        assert!(limit.calls.len() <= 4);
    }

    #[test]
    fn what_is_left_is_told_and_comes_back_with_time() {
        let limit = RateLimit::per(Duration::from_secs(10), 1_000);

        assert_eq!(limit.take_one_of(peer(1)), Ok(999));
        assert!(limit.take_one_of(peer(1)).is_ok_and(|left| left >= 998));
    }

    #[test]
    fn one_network_of_64_bits_is_one_spender() {
        let peer = |address: &str| Spender::peer(address.parse().unwrap());

        assert_eq!(peer("2001:db8::1"), peer("2001:db8::ffff:2"));
        assert_ne!(peer("2001:db8::1"), peer("2001:db8:0:1::1"));
        assert_eq!(peer("::ffff:10.0.0.1"), peer("10.0.0.1"));
    }
}

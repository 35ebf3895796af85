use std::collections::HashMap;
use std::time::Duration;

use actors::domain::ChannelId;
use tokio::time::Instant;

/// Fewest messages of one sender in hand at a time. More wait in the store, so that a sender with
/// a long queue does not stand in front of all others.
const IN_HAND: usize = 16;

/// When each sender may send next. A sender is a channel: its address is its own.
#[derive(Default)]
pub struct Slots(HashMap<ChannelId, Sender>);

struct Sender {
    free_at: Instant,
    every: Duration,
    in_hand: usize,
    /// Sent back to wait in the store since the last look.
    sent_back: u32,
}

/// What a message is told that wants to go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Turn {
    At(Instant),
    /// Not soon: to be asked again after this.
    Later(Duration),
}

impl Slots {
    /// Each taken turn is given back with [`Slots::done`].
    pub fn turn(&mut self, channel: &ChannelId, every: Duration, now: Instant) -> Turn {
        let fresh = || Sender { free_at: now, every, in_hand: 0, sent_back: 0 };
        let sender = self.0.entry(channel.clone()).or_insert_with(fresh);
        // As many as go in the time two calls may take, if that is more.
        let most = IN_HAND.max((2.0 / every.as_secs_f64().max(0.001)) as usize);
        if sender.in_hand >= most {
            sender.sent_back += 1;
            let ahead = u32::try_from(most).unwrap_or(u32::MAX).saturating_add(sender.sent_back);
            return Turn::Later(every.saturating_mul(ahead));
        }
        sender.in_hand += 1;
        let at = sender.free_at.max(now);
        sender.free_at = at + sender.every;
        Turn::At(at)
    }

    pub fn done(&mut self, channel: &ChannelId) {
        if let Some(sender) = self.0.get_mut(channel) {
            sender.in_hand = sender.in_hand.saturating_sub(1);
        }
    }

    /// Forgets senders that have nothing in hand and no turn to wait for.
    pub fn look_again(&mut self, now: Instant) {
        self.0.retain(|_, sender| {
            sender.sent_back = 0;
            sender.in_hand > 0 || sender.free_at > now
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    fn channel(id: &str) -> ChannelId {
        ChannelId::parse(id).unwrap()
    }

    #[test]
    fn one_sender_goes_at_its_rate_and_the_others_do_not_wait_for_it() {
        let (mut slots, now) = (Slots::default(), Instant::now());

        let turns = [0, 1, 2].map(|_| slots.turn(&channel("a"), SECOND, now));

        assert_eq!(turns, [0, 1, 2].map(|n| Turn::At(now + n * SECOND)));
        assert_eq!(slots.turn(&channel("b"), SECOND, now), Turn::At(now));
    }

    #[test]
    fn a_long_queue_waits_in_the_store_each_for_about_its_turn() {
        let (mut slots, now) = (Slots::default(), Instant::now());
        for _ in 0..IN_HAND {
            slots.turn(&channel("a"), SECOND, now);
        }

        let next = [(); 2].map(|()| slots.turn(&channel("a"), SECOND, now));
        slots.done(&channel("a"));

        assert_eq!(next, [Turn::Later(SECOND * 17), Turn::Later(SECOND * 18)]);
        assert_eq!(slots.turn(&channel("a"), SECOND, now), Turn::At(now + SECOND * 16));
    }

    #[test]
    fn a_sender_is_remembered_while_its_rate_binds_it() {
        let (mut slots, now) = (Slots::default(), Instant::now());
        slots.turn(&channel("a"), SECOND, now);
        slots.done(&channel("a"));

        slots.look_again(now);
        assert_eq!(slots.turn(&channel("a"), SECOND, now), Turn::At(now + SECOND));
        slots.done(&channel("a"));
        slots.look_again(now + SECOND * 2);

        assert!(slots.0.is_empty());
    }
}

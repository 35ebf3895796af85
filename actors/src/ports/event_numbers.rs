use super::Unavailable;
use crate::domain::{AccountId, Position};

/// Numbers for what a team is told: 1, 2, 3, … in each account, so that whoever listens notices what
/// it missed. Positions would not do: their steps betray what is told to some people only.
///
/// Events are numbered when somebody first asks for them, a stretch of the log at a time. A stretch
/// is kept whole or not at all, and only by the first who comes with it.
#[async_trait::async_trait]
pub trait EventNumbers: Send + Sync {
    /// How far an account's events were numbered; zero when they never were.
    ///
    /// # Errors
    ///
    /// [`Unavailable`]: unknown. So with every question below.
    async fn numbered(&self, account: &AccountId) -> Result<Numbered, Unavailable>;

    /// Numbers the next stretch. `false`: somebody else went on from there, and nothing was kept.
    ///
    /// # Errors
    ///
    /// [`Unavailable`]: perhaps kept; look again how far it is.
    async fn number_events(
        &self,
        account: &AccountId,
        from: Numbered,
        stretch: &Stretch,
    ) -> Result<bool, Unavailable>;

    /// Up to `limit` numbered events, in order.
    async fn events_after(
        &self,
        account: &AccountId,
        after: After,
        limit: usize,
    ) -> Result<Vec<NumberedEvent>, Unavailable>;

    /// Forgets the numbers of events up to a position: the log no longer holds them.
    async fn forget_numbers(&self, up_to: Position) -> Result<(), Unavailable>;
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Numbered {
    /// The newest number; 0 when there is none.
    pub last: u64,
    /// Every event up to here has its number.
    pub reached: Position,
}

/// A stretch of the log, beginning where the last one ended.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Stretch {
    /// What in it is an event for the team, in order.
    pub events: Vec<Position>,
    pub reached: Position,
    /// Something before it was forgotten unnumbered. One number is left out for that, so that a gap
    /// shows.
    pub gap: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum After {
    Number(u64),
    Position(Position),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NumberedEvent {
    pub number: u64,
    pub position: Position,
}

impl Stretch {
    /// The number of its first event.
    pub fn first(&self, from: Numbered) -> u64 {
        from.last + 1 + u64::from(self.gap)
    }

    /// How far it is afterwards.
    pub fn numbered(&self, from: Numbered) -> Numbered {
        let last = self.first(from) + self.events.len() as u64 - 1;
        Numbered { last, reached: self.reached }
    }
}

use super::Unavailable;
use crate::domain::{
    AccountId, Disabled, Entry, Parked, Position, Progress, Subscription, SubscriptionId, Timestamp,
};

/// Most subscriptions one account may have.
pub const MOST_SUBSCRIPTIONS: usize = 100;
/// Most parked events kept for one subscription; the oldest go first.
pub const MOST_PARKED: usize = 1_000;

/// Who outside wants to be told, and how far each has come. What they are told is read from the
/// log, so a subscription holds a position and no queue.
#[async_trait::async_trait]
pub trait Subscriptions: Send + Sync {
    /// # Errors
    ///
    /// [`Unavailable`]: unknown. So with every question below; what was to be kept may or may not
    /// be, and asking again is safe.
    async fn subscription(&self, id: &SubscriptionId) -> Result<Option<Standing>, Unavailable>;

    /// Every subscription of an account, in the order of their ids.
    async fn subscriptions_of(&self, account: &AccountId) -> Result<Vec<Standing>, Unavailable>;

    /// Up to `limit` subscriptions that are to be served: active, and not disabled.
    async fn subscriptions_in_force(&self, limit: usize) -> Result<Vec<Standing>, Unavailable>;

    /// Whether there is any, in force or not: for its sake the log is kept longer.
    async fn any_subscription(&self) -> Result<bool, Unavailable>;

    /// Keeps it. A new one is told what comes after `beginning`; one that is there goes on where it
    /// is, is due at once and no longer disabled.
    ///
    /// # Errors
    ///
    /// - [`SubscribeError::OtherAccount`], [`SubscribeError::TooMany`]: nothing changed.
    /// - [`SubscribeError::Unavailable`]: as above.
    async fn put_subscription(
        &self,
        subscription: &Subscription,
        beginning: &Progress,
    ) -> Result<(), SubscribeError>;

    /// Forgets it and what was parked; `false` when it was not there.
    async fn drop_subscription(&self, id: &SubscriptionId) -> Result<bool, Unavailable>;

    /// Keeps what came of a delivery, whole or not at all. `false`: the subscription was changed
    /// or rewound since it was of this revision, and nothing was kept.
    async fn settle(
        &self,
        id: &SubscriptionId,
        revision: u64,
        settled: &Settled,
    ) -> Result<bool, Unavailable>;

    /// Begins anew from there; `false` when there is no such subscription.
    async fn rewind(&self, id: &SubscriptionId, beginning: &Progress) -> Result<bool, Unavailable>;

    /// Up to `limit` parked events, the latest parked first.
    async fn parked(&self, id: &SubscriptionId, limit: usize) -> Result<Vec<Parked>, Unavailable>;

    /// What the log says of one account after one position and up to another: looks at up to
    /// `limit` entries of any account.
    async fn log_of(
        &self,
        account: &AccountId,
        after: Position,
        up_to: Position,
        limit: usize,
    ) -> Result<LogPage, Unavailable>;

    /// The position before everything that was committed at an instant or later. `None`: some of
    /// it may have been forgotten.
    async fn position_before(&self, when: Timestamp) -> Result<Option<Position>, Unavailable>;
}

/// A subscription as it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Standing {
    pub subscription: Subscription,
    /// Rises with each put and rewind, not with deliveries.
    pub revision: u64,
    pub progress: Progress,
    pub disabled: Option<Disabled>,
}

/// What came of trying.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settled {
    pub progress: Progress,
    pub parked: Option<Parked>,
    pub disabled: Option<Disabled>,
}

/// Some of the log, of one account.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LogPage {
    /// Each with when it was committed, oldest first.
    pub entries: Vec<(Entry, Timestamp)>,
    /// Up to here everything of the account is in `entries`.
    pub reached: Position,
    /// The log begins later than where the page was to begin: something may be missing.
    pub forgotten: bool,
}

#[derive(Debug, thiserror::Error)]
pub enum SubscribeError {
    #[error("it belongs to another account")]
    OtherAccount,
    #[error("the account has {MOST_SUBSCRIPTIONS} subscriptions already")]
    TooMany,
    #[error(transparent)]
    Unavailable(#[from] Unavailable),
}

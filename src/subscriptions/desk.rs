//! Where other services subscribe, change their mind, and ask to be told again.

use std::sync::Arc;

use actors::domain::{AccountId, Parked, Progress, Subscription, SubscriptionId, Timestamp};
use actors::engine::Engine;
use actors::ports::{Standing, SubscribeError, Unavailable};
use tokio::sync::Notify;

use super::event_name::EventNames;
use super::target::{Policy, TargetError};

pub struct Desk {
    pub engine: Engine,
    pub names: Arc<EventNames>,
    pub policy: Policy,
    /// Told when a subscription was put, dropped or rewound.
    pub changed: Arc<Notify>,
}

/// From where a subscription wants to be told again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Replay {
    Since(Timestamp),
    /// This very event, by its `webhook-id`, and what came after it.
    From(String),
}

#[derive(Debug, thiserror::Error)]
pub enum ReplayError {
    #[error("webhook not found")]
    NotFound,
    #[error("from has to be an ISO-8601 instant or a webhook-id of this subscription")]
    NoEvent,
    #[error("from lies before what is still recorded")]
    Forgotten,
    #[error(transparent)]
    Unavailable(#[from] Unavailable),
}

impl Desk {
    /// # Errors
    ///
    /// [`TargetError`] as [`Policy::check`] says.
    pub fn check(&self, url: &str) -> Result<(), TargetError> {
        self.policy.check(url).map(drop)
    }

    /// # Errors
    ///
    /// [`Unavailable`]: unknown. So with every question below.
    pub async fn get(&self, id: &SubscriptionId) -> Result<Option<Standing>, Unavailable> {
        self.engine.store.subscription(id).await
    }

    pub async fn of_account(&self, account: &AccountId) -> Result<Vec<Standing>, Unavailable> {
        self.engine.store.subscriptions_of(account).await
    }

    pub async fn parked(
        &self,
        id: &SubscriptionId,
        limit: usize,
    ) -> Result<Vec<Parked>, Unavailable> {
        self.engine.store.parked(id, limit).await
    }

    /// Keeps a subscription; a new one is told what happens from now on.
    ///
    /// # Errors
    ///
    /// As [`actors::ports::Subscriptions::put_subscription`].
    pub async fn put(&self, subscription: &Subscription) -> Result<(), SubscribeError> {
        let beginning = Progress::beginning(self.engine.reached(), self.engine.clock.now());
        self.engine.store.put_subscription(subscription, &beginning).await?;
        self.changed.notify_one();
        Ok(())
    }

    pub async fn forget(&self, id: &SubscriptionId) -> Result<bool, Unavailable> {
        let was_there = self.engine.store.drop_subscription(id).await?;
        self.changed.notify_one();
        Ok(was_there)
    }

    /// Tells everything again from there on, each event under the name it had.
    ///
    /// # Errors
    ///
    /// [`ReplayError`] names what is wrong; nothing changed then.
    pub async fn replay(&self, id: &SubscriptionId, from: Replay) -> Result<(), ReplayError> {
        let store = &self.engine.store;
        let standing = store.subscription(id).await?.ok_or(ReplayError::NotFound)?;
        let before = match from {
            Replay::Since(when) => {
                store.position_before(when).await?.ok_or(ReplayError::Forgotten)?
            }
            Replay::From(name) => {
                let owner = EventNames::owner(&standing.subscription);
                let event = self.names.position(&owner, &name).ok_or(ReplayError::NoEvent)?;
                if event <= store.floor().await? {
                    return Err(ReplayError::Forgotten);
                }
                actors::domain::Position(event.0.saturating_sub(1))
            }
        };
        // Never ahead: what is still owed must not be skipped.
        let before = before.min(standing.progress.reached);
        let beginning = Progress::beginning(before, self.engine.clock.now());
        if !store.rewind(id, &beginning).await? {
            return Err(ReplayError::NotFound);
        }
        self.changed.notify_one();
        Ok(())
    }
}

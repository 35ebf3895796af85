use std::sync::Arc;

use super::{Engine, Failure};
use crate::conversation::{Outcome, Within, Written};
use crate::domain::Timestamp;
use crate::domain::command::FollowContext;
use crate::ports::{Unavailable, Unspread};
use crate::registry::Target;

/// Contexts spread in one go.
const AT_ONCE: usize = 256;

impl Engine {
    /// Has every conversation of a contact follow what the team keeps about them. Each tells its
    /// people, if it is news there.
    ///
    /// # Errors
    ///
    /// [`Failure::Unavailable`]: some may follow; whoever asks next, or upkeep, goes on.
    pub(super) async fn spread(&self, unspread: &Unspread) -> Result<(), Failure> {
        let context = &unspread.context;
        for id in self.store.of_contact(&context.account, &context.contact).await? {
            let follow = FollowContext {
                labels: context.labels(),
                is_open: unspread.is_open,
                assignee: unspread.assignee.clone(),
            };
            let within = Within { account: context.account.clone(), channel: None };
            match self.write_to(Target::Id(id), within, Arc::new(follow)).await {
                // Deleted meanwhile.
                Ok(_) | Err(Failure::NotFound(_) | Failure::Refused(_)) => {}
                Err(failure) => return Err(failure),
            }
        }
        Ok(self.store.spread(&context.contact, context.version).await?)
    }

    /// Spreads contexts that were changed before an instant by somebody who did not come to it. How
    /// many were spread; call again while it is not zero.
    ///
    /// # Errors
    ///
    /// [`Unavailable`]: some were spread; calling again spreads only the others.
    pub async fn spread_contexts(&self, before: Timestamp) -> Result<usize, Unavailable> {
        let mut spread = 0;
        for unspread in &self.store.unspread(before, AT_ONCE).await? {
            match self.spread(unspread).await {
                Ok(()) => spread += 1,
                Err(Failure::Unavailable(cause)) => return Err(cause),
                Err(failure) => tracing::warn!(error = %failure, "context not spread"),
            }
        }
        Ok(spread)
    }

    /// A conversation that was just begun carries the labels that its contact had when it was looked
    /// for. Whoever changed them since found no conversation to tell.
    pub(super) async fn catch_up(&self, written: Written) -> Result<Written, Failure> {
        let begun = written.outcome == Outcome::Recorded && written.conversation.version == 1;
        if !begun {
            return Ok(written);
        }
        let key = written.conversation.key.clone();
        let Some(context) = self.store.context(&key.contact).await? else { return Ok(written) };
        if context.labels() == written.conversation.team.labels {
            return Ok(written);
        }
        let follow = FollowContext { labels: context.labels(), is_open: None, assignee: None };
        let within = Within { account: key.account, channel: None };
        let target = Target::Id(written.conversation.id.clone());
        let caught_up = self.write_once(target, within, Arc::new(follow)).await?;
        Ok(Written { conversation: caught_up.conversation, ..written })
    }
}

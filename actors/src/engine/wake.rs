use std::sync::Arc;

use super::{Engine, Failure};
use crate::conversation::Within;
use crate::domain::command::Wake;
use crate::ports::Unavailable;
use crate::registry::Target;

/// Snoozes said to be over in one go.
const AT_ONCE: usize = 256;

impl Engine {
    /// Tells users whose snooze is over. How many there were; call again while it is not zero.
    ///
    /// # Errors
    ///
    /// [`Unavailable`]: some may have been told; calling again tells only the others.
    pub async fn wake_snoozed(&self) -> Result<usize, Unavailable> {
        let over = self.store.snoozes_over(self.clock.now(), AT_ONCE).await?;
        let mut woken = 0;
        for (id, user) in over {
            let Some(conversation) = self.store.load(&id).await? else { continue };
            let within = Within { account: conversation.key.account, channel: None };
            match self.write_to(Target::Id(id), within, Arc::new(Wake { user })).await {
                Ok(_) => woken += 1,
                Err(Failure::Unavailable(cause)) => return Err(cause),
                Err(failure) => tracing::warn!(error = %failure, "snooze not ended"),
            }
        }
        Ok(woken)
    }
}

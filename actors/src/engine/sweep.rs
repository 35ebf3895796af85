use super::{Engine, Failure, Route};
use crate::domain::Timestamp;
use crate::ports::Unavailable;

/// Communications delivered in one sweep.
const AT_ONCE: usize = 256;

impl Engine {
    /// Delivers communications that were put before `when` and whose emit call never came.
    /// How many were delivered; call again while it is not zero.
    ///
    /// One that has nowhere to go is tried again later, behind the others.
    ///
    /// # Errors
    ///
    /// [`Unavailable`]: some may have been delivered; sweeping again is safe.
    pub async fn sweep_forgotten(&self, when: Timestamp) -> Result<usize, Unavailable> {
        let mut delivered = 0;
        for id in self.store.forgotten(when, AT_ONCE).await? {
            match self.emit_message(&Route::Any, &id).await {
                Ok(()) => delivered += 1,
                Err(Failure::Unavailable(cause)) => return Err(cause),
                Err(failure) => {
                    tracing::warn!(message.id = %id, error = %failure, "communication not delivered");
                    self.store.forget_anew(&id, self.clock.now()).await?;
                }
            }
        }
        Ok(delivered)
    }
}

use super::{Caller, Engine, Failure, Place, SendMessage};
use crate::ports::{ScheduledMessage, Unavailable};

/// Scheduled messages sent in one go.
const AT_ONCE: usize = 256;

impl Engine {
    /// Sends what was scheduled and whose time has come. How many were due; call again while it
    /// is not zero.
    ///
    /// One whose author left is dropped. One to a contact who opted out meanwhile is shown to people
    /// like any other and fails on its way, so that they know.
    ///
    /// # Errors
    ///
    /// [`Unavailable`]: some may have been sent; calling again sends only the others.
    pub async fn send_scheduled(&self) -> Result<usize, Unavailable> {
        let due = self.store.scheduled_due(self.clock.now(), AT_ONCE).await?;
        let count = due.len();
        for scheduled in due {
            // From here on nobody is told that it was withdrawn.
            if !self.store.claim_scheduled(&scheduled.id).await? {
                continue;
            }
            let id = scheduled.id.clone();
            match self.send_now(scheduled).await {
                Ok(()) => {}
                Err(Failure::Unavailable(cause)) => return Err(cause),
                Err(failure) => {
                    tracing::warn!(message.id = %id, error = %failure, "dropped a scheduled message");
                }
            }
            self.store.forget_scheduled(&id).await?;
        }
        Ok(count)
    }

    /// Twice is once: the UUID is the message's own.
    async fn send_now(&self, scheduled: ScheduledMessage) -> Result<(), Failure> {
        let ScheduledMessage { account, conversation, author, uuid, text, attachments, .. } =
            scheduled;
        let user = self.store.user(&author).await?;
        if !user.is_some_and(|user| user.active && user.account == account) {
            return Err(Failure::NotFound("author"));
        }
        let caller = Caller { user: author, account };
        let place = Place { conversation, channel: None };
        let uuid = Some(uuid);
        let ask = SendMessage { place, uuid, text, attachments, if_last_seen: None };
        let conversation = self.read(&caller, &ask.place).await?;
        self.enter(&caller, conversation, ask).await.map(|_| ())
    }
}

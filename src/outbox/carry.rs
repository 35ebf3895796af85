//! One message on its way to the provider.
//!
//! Whatever happens between two lines, the next worker finds out: the status leaves `queued` only
//! when the outcome is known, and the message leaves the outbox only after people were told.

use std::time::Duration;

use actors::domain::{ProviderMessageId, Status, Timestamp};
use actors::engine::{Engine, Failure};
use actors::ports::{
    ConsentEntry, ConsentWord, Due, Evidence, Outgoing, Provider, SendError, Unavailable,
};

use super::code;
use super::pace::Pace;
use super::route::{NoWay, Route};

/// Times the store is asked to keep a name that a provider just gave.
const TRIES: u32 = 20;

#[derive(Clone)]
pub struct Carrier {
    pub engine: Engine,
    pub pace: Pace,
}

/// What a look at the provider shows of a message that may have been handed over.
enum Found {
    Taken(ProviderMessageId),
    Nothing,
    /// It was told, or put off; nothing more to do now.
    Settled,
}

impl Carrier {
    /// What can be told without calling anybody. `true` when that was all.
    ///
    /// # Errors
    ///
    /// [`Unavailable`]: the store is away; the message stays due. So with everything below.
    pub async fn known(&self, due: &Due) -> Result<bool, Unavailable> {
        if due.message.status.is_some_and(|status| status != Status::Queued) {
            self.engine.store.leave(&due.message.id).await?;
            return Ok(true);
        }
        if due.provider_id.is_some() {
            self.tell(due, Status::Sent, None).await?;
            return Ok(true);
        }
        Ok(false)
    }

    pub async fn fail(&self, due: &Due, code: &str) -> Result<(), Unavailable> {
        tracing::info!(message.id = %due.message.id, code, "message to a contact failed");
        count("failed");
        self.tell(due, Status::Failed, Some(code.to_owned())).await
    }

    pub async fn no_way(&self, due: &Due, NoWay(code): NoWay) -> Result<(), Unavailable> {
        // It may have been sent while there was a way.
        let code = if due.called_at.is_some() { code::UNKNOWN_OUTCOME } else { code };
        self.fail(due, code).await
    }

    /// Hands a message over, once.
    pub async fn carry(
        &self,
        due: &Due,
        route: &Route,
        outgoing: &Outgoing,
    ) -> Result<(), Unavailable> {
        if let Some(since) = due.called_at {
            match self.look_up(due, &*route.provider, outgoing, since).await? {
                Found::Taken(name) => return self.taken(due, &name).await,
                Found::Settled => return Ok(()),
                Found::Nothing => {}
            }
        }
        let (store, id) = (&self.engine.store, &due.message.id);
        if store.opted_out(&route.key.contact, &route.key.channel).await? {
            return self.fail(due, code::OPTED_OUT).await;
        }
        if due.attempts >= self.pace.most_attempts || self.is_too_old(due) {
            return self.fail(due, code::GAVE_UP).await;
        }
        // Without a text and without a link there is nothing a provider could carry.
        if outgoing.text.trim().is_empty() && outgoing.media.is_empty() {
            return self.fail(due, code::GAVE_UP).await;
        }
        if !store.calling(due, self.now()).await? {
            return Ok(());
        }
        let wait = self.after(self.pace.wait(due.attempts + 1));
        match route.provider.send(outgoing).await {
            Ok(name) => self.taken(due, &name).await,
            Err(SendError::NotNow(why)) => {
                tracing::warn!(message.id = %id, why, "provider does not take a message now");
                count("put_off");
                store.put_off(id, wait).await
            }
            Err(SendError::LockedOut(why)) => {
                locked_out(&why);
                store.put_off(id, wait).await
            }
            Err(SendError::Unknown(why)) => {
                tracing::warn!(message.id = %id, why, "provider did not say whether it took a message");
                count("in_doubt");
                store.in_doubt(id, wait.max(self.after(self.pace.settle))).await
            }
            Err(SendError::Never(code)) => self.fail(due, &code).await,
            Err(SendError::OptedOut(code)) => {
                let entry = ConsentEntry {
                    account: due.account.clone(),
                    contact: route.key.contact.clone(),
                    channel: route.key.channel.clone(),
                    says: ConsentWord::OptOut,
                    at: self.now(),
                    evidence: Evidence::Provider { message: id.clone(), code },
                };
                store.record_consent(&entry).await?;
                self.fail(due, code::OPTED_OUT).await
            }
        }
    }

    async fn look_up(
        &self,
        due: &Due,
        provider: &dyn Provider,
        outgoing: &Outgoing,
        since: Timestamp,
    ) -> Result<Found, Unavailable> {
        let (store, id) = (&self.engine.store, &due.message.id);
        let settled = Timestamp(since.0.saturating_add(millis(self.pace.settle)));
        if self.now() < settled {
            store.in_doubt(id, settled).await?;
            return Ok(Found::Settled);
        }
        match provider.look_up(outgoing, since).await {
            Ok(names) => {
                for name in names {
                    let known = store.by_provider_id(&name).await?;
                    if known.is_none_or(|sent| sent.message == *id) {
                        return Ok(Found::Taken(name));
                    }
                }
                Ok(Found::Nothing)
            }
            Err(SendError::Never(_) | SendError::OptedOut(_)) => {
                self.fail(due, code::UNKNOWN_OUTCOME).await?;
                Ok(Found::Settled)
            }
            Err(error) => {
                if self.is_too_old(due) {
                    self.fail(due, code::UNKNOWN_OUTCOME).await?;
                    return Ok(Found::Settled);
                }
                if let SendError::LockedOut(why) = &error {
                    locked_out(why);
                }
                tracing::warn!(message.id = %id, %error, "cannot look a message up");
                store.in_doubt(id, self.after(self.pace.wait(due.attempts))).await?;
                Ok(Found::Settled)
            }
        }
    }

    /// Keeps the name before people are told: reports of delivery may come at once.
    async fn taken(&self, due: &Due, name: &ProviderMessageId) -> Result<(), Unavailable> {
        let mut tries = 0;
        loop {
            tries += 1;
            match self.engine.store.taken(&due.message.id, name).await {
                // Given up, it would be looked up, which not every provider allows.
                Err(_) if tries < TRIES => tokio::time::sleep(self.pace.tick).await,
                kept => break kept?,
            }
        }
        count("sent");
        self.tell(due, Status::Sent, None).await
    }

    async fn tell(
        &self,
        due: &Due,
        status: Status,
        code: Option<String>,
    ) -> Result<(), Unavailable> {
        let (conversation, id) = (&due.conversation, &due.message.id);
        match self.engine.report_status(conversation, id, status, code).await {
            Ok(()) => {}
            Err(Failure::Unavailable(cause)) => return Err(cause),
            Err(failure) => {
                tracing::warn!(message.id = %id, error = %failure, "nobody to tell a status");
            }
        }
        self.engine.store.leave(id).await
    }

    fn is_too_old(&self, due: &Due) -> bool {
        let age = self.now().0.saturating_sub(due.message.created_at.0);
        age > millis(self.pace.most_age)
    }

    fn now(&self) -> Timestamp {
        self.engine.clock.now()
    }

    pub fn after(&self, wait: Duration) -> Timestamp {
        Timestamp(self.now().0.saturating_add(millis(wait)))
    }
}

fn millis(duration: Duration) -> i64 {
    i64::try_from(duration.as_millis()).unwrap_or(i64::MAX)
}

/// Worth an alarm: nothing gets through until somebody looks.
fn locked_out(why: &str) {
    tracing::error!(why, "provider does not take our credentials; messages to contacts wait");
    count("locked_out");
}

fn count(outcome: &'static str) {
    metrics::counter!("switchboard_outbox_total", "outcome" => outcome).increment(1);
}

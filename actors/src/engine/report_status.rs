use std::sync::Arc;

use super::{Engine, Failure};
use crate::conversation::Within;
use crate::domain::{ConversationId, MessageId, Refusal, Status, command};
use crate::registry::Target;

/// Times a report is looked at anew because another one came first.
const TRIES: usize = 8;

impl Engine {
    /// Takes in what a provider says of an outgoing message, and tells people if it is news. In
    /// any order, any number of times.
    ///
    /// # Errors
    ///
    /// [`Failure::NotFound`] when there is no such outgoing message.
    pub async fn report_status(
        &self,
        conversation: &ConversationId,
        message: &MessageId,
        status: Status,
        error_code: Option<String>,
    ) -> Result<(), Failure> {
        for _ in 0..TRIES {
            let found = self.store.message(conversation, message).await?;
            let message = found.ok_or(Failure::NotFound("message"))?.message;
            let within = Within { account: message.account.clone(), channel: None };
            let error_code = error_code.clone();
            let report = Arc::new(command::ReportStatus { message, status, error_code });
            match self.write_to(Target::Id(conversation.clone()), within, report).await {
                Err(Failure::Refused(Refusal::StatusMoved)) => {}
                other => return other.map(|_| ()),
            }
        }
        Err(Refusal::StatusMoved.into())
    }
}

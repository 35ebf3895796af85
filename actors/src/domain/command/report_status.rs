use std::sync::Arc;

use super::Command;
use crate::domain::{
    Announcement, Change, Conversation, Decision, Kind, Message, Refusal, Status, StatusChange,
    Timestamp,
};

/// Take in what a provider says of a message on its way. In any order, any number of times.
#[derive(Clone, Debug)]
pub struct ReportStatus {
    /// As it stood when the report was looked at.
    pub message: Arc<Message>,
    pub status: Status,
    pub error_code: Option<String>,
}

impl Command for ReportStatus {
    fn decide(&self, conversation: &Conversation, _: Timestamp) -> Result<Decision, Refusal> {
        if !conversation.exists() || self.message.kind != Kind::Outgoing {
            return Err(Refusal::NotFound);
        }
        let from = self.message.status;
        let joined = from.map_or(self.status, |from| from.join(self.status));
        if from == Some(joined) {
            return Ok(Decision::Unchanged);
        }
        let failed = matches!(joined, Status::Failed | Status::Undelivered);
        let message = Message {
            status: Some(joined),
            error_code: self.error_code.clone().filter(|_| failed),
            ..(*self.message).clone()
        };
        let change = Change::record(conversation.clone(), vec![Announcement::Status]);
        let Decision::Record(mut change) = change else { return Ok(change) };
        change.status = Some(StatusChange { message: Arc::new(message), from });
        Ok(Decision::Record(change))
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use crate::domain::{Decision, Message, Status, Timestamp, command::*};
    use crate::testing::domain::{conversation, outgoing};

    #[test]
    fn a_report_that_says_nothing_new_changes_nothing() {
        let there = conversation(&["ana"]);
        let known = Some(Status::Delivered);
        let message = Arc::new(Message { status: known, ..outgoing("m1", "ana", "x") });
        let report = |status| {
            let message = Arc::clone(&message);
            ReportStatus { message, status, error_code: None }.decide(&there, Timestamp(1))
        };

        assert_eq!(report(Status::Sent), Ok(Decision::Unchanged));
        assert_eq!(report(Status::Delivered), Ok(Decision::Unchanged));
        let Ok(Decision::Record(change)) = report(Status::Read) else { panic!("read is news") };
        assert_eq!(change.status.unwrap().message.status, Some(Status::Read));
    }
}

use super::Writer;
use crate::ports::ScheduledMessage;

/// A message that waits for its time, as every participant sees it.
#[derive(Clone, Debug, PartialEq)]
pub struct ScheduledView {
    pub message: ScheduledMessage,
    pub sent_by: Writer,
}

use crate::domain::{ContactId, ConversationId, MessageId, Uuid};

/// Names for what we create: 24 lower-case hex digits that rise with time, and random UUIDs.
pub trait Ids: Send + Sync {
    fn conversation(&self) -> ConversationId;
    fn message(&self) -> MessageId;
    fn contact(&self) -> ContactId;
    fn uuid(&self) -> Uuid;
}

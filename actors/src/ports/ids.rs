use crate::domain::{ContactId, ContactStatusId, ConversationId, MessageId, TagId, Uuid};

/// Names for what we create: 24 lower-case hex digits that rise with time, and random UUIDs.
pub trait Ids: Send + Sync {
    fn conversation(&self) -> ConversationId;
    fn message(&self) -> MessageId;
    fn contact(&self) -> ContactId;
    fn tag(&self) -> TagId;
    fn contact_status(&self) -> ContactStatusId;
    fn uuid(&self) -> Uuid;
}

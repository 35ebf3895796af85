//! Values and rules. Nothing here waits, sends, stores or reads a clock.
mod address;
mod archive;
mod change;
pub mod command;
pub mod consent;
mod conversation;
mod id;
mod inbox;
mod labels;
mod lead_score;
mod mail_address;
mod message;
mod namespace;
mod people;
mod phone;
#[cfg(test)]
mod properties;
mod prospect;
mod push;
mod sight;
mod subscription;
mod team;
mod team_key;
mod unread;
mod values;
mod words;

pub use address::{Outcome, Target, Within};
pub use archive::{ArchivedConversation, ArchivedMessage, ArchivedUser, Past, Wish, Wishes};
pub use change::{Announcement, Change, Decision, Entry, Refusal, StatusChange, To};
pub use consent::ConsentWord;
pub use conversation::{Activity, Conversation, Key, Participant, Snooze};
pub use id::{
    AccountId, ChannelId, ContactId, ContactStatusId, ConversationId, IdError, MessageId, NodeId,
    ProviderMessageId, SubscriptionId, TagId, TeamKeyId, UserId,
};
pub use inbox::{InboxRow, State};
pub use labels::{ContactLabels, ContactStatus, LabelFilter, LabelId, Tag};
pub use lead_score::{
    AutoTag, Because, CountField, Given, LeadScore, Profile, ScoreRule, ScoreRules, ScoreTest,
    TextField,
};
pub use mail_address::{MailAddress, MailAddressError};
pub use message::{Author, Communication, Email, Kind, Message, Placed, Status};
pub use namespace::Namespace;
pub use people::{Account, Channel, ChannelKind, Contact, PushToken, User};
pub use phone::{PhoneNumber, PhoneNumberError};
pub use prospect::{ContextPatch, ProspectContext, TagPatch, Valuation, ValuationError};
pub use push::{PushDecision, PushReason, PushState};
pub use sight::{Sight, Viewer};
pub use subscription::{
    Disabled, EventKind, Form, Parked, Progress, SecretError, SigningSecret, Subscription,
};
pub use team::{LastOutgoing, Medium, TeamFilter, TeamState};
pub use team_key::TeamKey;
pub use values::{Json, Position, Seq, Timestamp, Uuid, UuidError};
pub use words::{Words, ends_of_number, words_of};

//! Conversations that another service inserted straight into the collection. The first who looks at
//! one takes it over: from then on it has a version, and its users have inbox rows.
//!
//! Its messages of before are not taken in; that is what an import is for.
use actors::domain::{Conversation, ConversationId};
use actors::ports::Unavailable;
use bson::{Bson, Document, doc};

use super::ask::ask;
use super::collections::CONVERSATIONS;
use super::fields::{field, id};
use super::foreign::plain;
use super::pending::Pending;
use super::{Mongo, conversation_document};
use crate::documents::{Fields, Invalid, conversation};

/// What a service may write. Anything else in its documents is its own.
const KNOWN: &[&str] = &[
    "account_id",
    "channel_id",
    "contact_id",
    "createdAt",
    "image",
    "is_open",
    "title",
    "updatedAt",
    "users",
];
const KNOWN_OF_USERS: &[&str] =
    &["user_id", "is_admin", "unread_count", "show_on_top", "snooze_until", "is_archived"];

impl Mongo {
    /// Takes a conversation over, unless somebody else does. `false`: it makes no conversation.
    ///
    /// # Errors
    ///
    /// [`Unavailable`]: it is taken over or not.
    pub(super) async fn take_over(&self, document: &Document) -> Result<bool, Unavailable> {
        let name = id(document, "_id", ConversationId::parse)?;
        let first = match self.first_version(&name, document) {
            Ok(first) => first,
            Err(Invalid(fault)) => {
                tracing::warn!(conversation.id = %name, fault, "conversation of another service passed over");
                return Ok(false);
            }
        };
        let mut after = conversation_document::state(&first);
        after.extend(conversation_document::key(&first.key));
        after.insert("last_position", 0_i64);
        after.insert("pending", Pending::empty(Vec::new()).document());
        let still = doc! { "_id": document.get("_id"), "version": Bson::Null };
        let update = doc! { "$set": after };
        ask("taking over", self.collection(CONVERSATIONS).update_one(still, update)).await?;
        Ok(true)
    }

    fn first_version(
        &self,
        name: &ConversationId,
        document: &Document,
    ) -> Result<Conversation, Invalid> {
        let mut known = plain(document, KNOWN);
        if let Some(Bson::Array(users)) = field(document, "users") {
            let users = users.iter().map(|user| match user {
                Bson::Document(user) => plain(user, KNOWN_OF_USERS),
                id => plain(&doc! { "user_id": id }, KNOWN_OF_USERS),
            });
            known["users"] = users.collect();
        }
        let archived = conversation::read(name.clone(), Fields::of(known)?)?;
        let absent = Conversation::absent(name.clone(), archived.key.clone());
        let mut first = absent.as_archived(&archived, self.clock.now());
        first.version = 1;
        // As others counted, until its user reads.
        for (own, theirs) in first.participants.iter_mut().zip(&archived.users) {
            own.unread = theirs.unread;
        }
        Ok(first)
    }
}

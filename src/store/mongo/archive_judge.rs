//! Messages of the past: which of them may come in, and writing what they say.
use actors::domain::{ArchivedMessage, Author, ConversationId, Message};
use actors::ports::{ArchiveError, Unavailable};
use bson::{Bson, Document, doc};

use super::ask::{find_all, find_one};
use super::bulk::Update;
use super::collections::{COMMUNICATIONS, CONVERSATIONS, PLACEMENTS};
use super::fields::{account, field, list};
use super::message_document::{Kept, OURS, beside_content, content, dotted, is_ours, kept};
use super::{Mongo, communications, history, ids, placement};

/// Messages written in one question, and how many bytes of them.
const AT_ONCE: usize = 500;
const MOST_BYTES: usize = 4 * 1024 * 1024;

/// Pieces that one question can carry; of one message at least.
pub fn chunks(messages: &[ArchivedMessage]) -> Vec<&[ArchivedMessage]> {
    let mut chunks = Vec::new();
    let mut rest = messages;
    while !rest.is_empty() {
        let mut bytes = 0;
        let fit = rest.iter().take(AT_ONCE).take_while(|archived| {
            bytes += archived.communication.message.bytes();
            bytes <= MOST_BYTES
        });
        let (chunk, others) = rest.split_at(fit.count().max(1));
        chunks.push(chunk);
        rest = others;
    }
    chunks
}

/// Placements that have a name of one of some messages.
pub struct Named(Vec<Document>);

impl Named {
    fn has(placement: &Document, name: &str) -> bool {
        let names = list(placement, "names").unwrap_or_default();
        names.iter().any(|known| known.as_str() == Some(name))
    }

    /// Whether another message of the same author has the name of one of these.
    pub fn refused(&self, messages: &[ArchivedMessage]) -> Option<ArchiveError> {
        let taken =
            messages.iter().map(|archived| &archived.communication.message).any(|message| {
                let Author::User(author) = &message.author else { return false };
                let name = placement::by_uuid(author, &message.uuid);
                let id = ids::id(message.id.as_str());
                self.0
                    .iter()
                    .any(|there| Self::has(there, &name) && there.get("message") != Some(&id))
            });
        taken.then_some(ArchiveError::UuidTaken)
    }

    pub fn without_those_that_stand(
        self,
        messages: &[ArchivedMessage],
    ) -> impl Iterator<Item = Message> {
        let further = messages.iter().map(|archived| &archived.communication.message);
        further
            .filter(move |message| {
                let id = ids::id(message.id.as_str());
                !self.0.iter().any(|there| there.get("message") == Some(&id))
            })
            .cloned()
    }
}

impl Mongo {
    pub(super) async fn named_like(
        &self,
        here: &ConversationId,
        messages: &[ArchivedMessage],
    ) -> Result<Named, Unavailable> {
        let messages = messages.iter().map(|archived| &archived.communication.message);
        let names: Vec<_> = messages.flat_map(placement::names).collect();
        let (placements, limit) = (self.collection(PLACEMENTS), names.len());
        let filter = history::named(here, names);
        Ok(Named(find_all("importing", &placements, filter, doc! {}, limit).await?))
    }

    /// Why one of these may not come into a conversation.
    pub(super) async fn refused_messages(
        &self,
        here: &ConversationId,
        messages: &[ArchivedMessage],
    ) -> Result<Option<ArchiveError>, Unavailable> {
        let filter = doc! { "_id": ids::id(here.as_str()) };
        let there = find_one("importing", &self.collection(CONVERSATIONS), filter).await?;
        let Some(there) = there else { return Ok(Some(ArchiveError::NotFound)) };
        let is_of = |message: &Message| {
            field(&there, "account_id") == Some(&ids::id(message.account.as_str()))
                && field(&there, "contact_id") == Some(&ids::id(message.contact.as_str()))
        };
        if !messages.iter().all(|archived| is_of(&archived.communication.message)) {
            return Ok(Some(ArchiveError::NotFound));
        }
        for document in self.known_communications(messages).await? {
            let known = messages.iter().find(|archived| {
                let id = ids::id(archived.communication.message.id.as_str());
                document.get("_id") == Some(&id)
            });
            let Some(ArchivedMessage { communication, .. }) = known else { continue };
            if account(&document)? != communication.message.account {
                return Ok(Some(ArchiveError::Elsewhere));
            }
            let known: Option<Kept> = is_ours(&document).then(|| kept(&document)).transpose()?;
            if known.is_some_and(|known| known.fixed && !known.is_put_again(communication)) {
                return Ok(Some(ArchiveError::Differs));
            }
        }
        Ok(self.named_like(here, messages).await?.refused(messages))
    }

    async fn known_communications(
        &self,
        messages: &[ArchivedMessage],
    ) -> Result<Vec<Document>, Unavailable> {
        let ids: Vec<Bson> = messages
            .iter()
            .map(|archived| ids::id(archived.communication.message.id.as_str()))
            .collect();
        let (limit, filter) = (ids.len(), doc! { "_id": { "$in": ids } });
        let communications = self.collection(COMMUNICATIONS);
        find_all("importing", &communications, filter, doc! {}, limit).await
    }

    /// Writes messages as such that stand in all their conversations, unless they are fixed.
    pub(super) async fn write_archived(
        &self,
        messages: &[ArchivedMessage],
    ) -> Result<(), Unavailable> {
        let write = |archived: &ArchivedMessage| {
            let ArchivedMessage { communication, stands_in } = archived;
            let message = &communication.message;
            let id_list = |all: &[ConversationId]| ids::ids(all.iter().map(ConversationId::as_str));
            let account = ids::id(message.account.as_str());
            let mut set = content(message, self.clock.now());
            set.extend(communications::standing(communication));
            set.insert("conversation_id", id_list(stands_in));
            set.extend(dotted(beside_content(message)));
            set.extend(dotted(doc! {
                "dated": communication.dated,
                "addressed": id_list(&communication.conversations),
                "put_at": Bson::Null,
                "emitted": true,
                "fixed": true,
            }));
            set.insert("account_id", account.clone());
            Update {
                filter: doc! {
                    "_id": ids::id(message.id.as_str()),
                    "account_id": { "$in": [account, Bson::Null] },
                    format!("{OURS}.fixed"): { "$ne": true },
                },
                change: doc! { "$set": set },
                upsert: true,
            }
        };
        let all = messages.iter().map(write).collect();
        self.update_all("importing", COMMUNICATIONS, all).await.map(drop)
    }
}

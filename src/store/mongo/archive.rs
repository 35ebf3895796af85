//! What was lived elsewhere comes in here. The rules are the domain's; this loads and writes.
//!
//! What imports know of a conversation stands in its document, so that it changes with it: the
//! version that the last one left behind (at any other, something has happened here since), and
//! how many messages users wished to find unread.
use std::sync::Arc;

use actors::domain::{
    ArchivedConversation, ArchivedMessage, Conversation, ConversationId, Message, Past, Position,
    Seq, UserId, Wish, Wishes,
};
use actors::ports::{Archive, ArchiveError, Conversations, History, Kept, Unavailable};
use bson::{Bson, Document, doc};

use super::archive_judge::chunks;
use super::ask::{ask, ask_unique, find_one};
use super::collections::CONVERSATIONS;
use super::commit::nothing_pending;
use super::conversation_document::{key, state};
use super::fields::{Senseless, id, inner, list, number, optional_integer, seq, signed};
use super::judge::Head;
use super::pending::Pending;
use super::renumber::Renumbering;
use super::{Mongo, Step, ids};

/// Times something is imported anew because somebody changed the conversation meanwhile.
const TRIES: usize = 16;
/// Messages of the past that are read at a time.
const PAGE: usize = 1_000;

#[async_trait::async_trait]
impl Archive for Mongo {
    async fn admit_conversation(
        &self,
        archived: &ArchivedConversation,
    ) -> Result<(), ArchiveError> {
        self.refused_conversation(archived).await?.map_or(Ok(()), Err)
    }

    async fn keep_conversation(
        &self,
        archived: &ArchivedConversation,
    ) -> Result<Kept, ArchiveError> {
        for _ in 0..TRIES {
            if let Some(refused) = self.refused_conversation(archived).await? {
                return Err(refused);
            }
            let there = self.archived(&archived.id).await?;
            if there.as_ref().is_some_and(|there| !there.is_only_archived()) {
                return Ok(Kept::LivedOn);
            }
            let there = there.unwrap_or_else(|| There::absent(archived));
            let next = there.conversation.as_archived(archived, self.clock.now());
            let wishes = archived.users.iter().filter_map(|own| {
                let read = next.participant(&own.user)?.read;
                Some((own.user.clone(), Wish { unread: own.unread, read }))
            });
            let past = Past::with(self.past(&archived.id).await?, []);
            let (next, wishes) = next.with_past(&past, &wishes.collect());
            if next == there.conversation && wishes == there.wishes {
                return Ok(Kept::Stored);
            }
            if self.step_by_import(&there, next, &wishes, None).await? {
                return Ok(Kept::Stored);
            }
        }
        Err(changing().into())
    }

    async fn admit_message(&self, message: &ArchivedMessage) -> Result<(), ArchiveError> {
        for conversation in &message.stands_in {
            let message = std::slice::from_ref(message);
            if let Some(refused) = self.refused_messages(conversation, message).await? {
                return Err(refused);
            }
        }
        Ok(())
    }

    async fn keep_messages(
        &self,
        conversation: &ConversationId,
        messages: &[ArchivedMessage],
    ) -> Result<(), ArchiveError> {
        let mut in_order: Vec<_> = messages.to_vec();
        in_order.sort_by(|a, b| {
            let order = |archived: &ArchivedMessage| {
                let message = &archived.communication.message;
                (message.created_at, message.id.clone())
            };
            order(a).cmp(&order(b))
        });
        let chunks = chunks(&in_order);
        for chunk in &chunks {
            if let Some(refused) = self.refused_messages(conversation, chunk).await? {
                return Err(refused);
            }
        }
        let mut known = None;
        for chunk in chunks {
            self.write_archived(chunk).await?;
            known = Some(self.place_archived(conversation, chunk, known).await?);
        }
        Ok(())
    }
}

/// A conversation, and what imports know of it.
struct There {
    conversation: Conversation,
    head: Head,
    /// The version that an import left behind.
    version: Option<u64>,
    wishes: Wishes,
}

impl There {
    fn absent(archived: &ArchivedConversation) -> Self {
        Self {
            conversation: Conversation::absent(archived.id.clone(), archived.key.clone()),
            head: Head::ABSENT,
            version: None,
            wishes: Wishes::new(),
        }
    }

    /// Whether nothing but imports has changed it.
    fn is_only_archived(&self) -> bool {
        self.version == Some(self.conversation.version)
    }
}

impl Mongo {
    async fn archived(&self, id: &ConversationId) -> Result<Option<There>, Unavailable> {
        let name = ids::id(id.as_str());
        let Some((conversation, head)) = self.load_finished(&name).await? else { return Ok(None) };
        let filter = doc! { "_id": name };
        let document = find_one("importing", &self.collection(CONVERSATIONS), filter).await?;
        let document = document.unwrap_or_default();
        // If it changed in between, what is decided on both is refused.
        let known = inner(&document, "imported")?;
        let version = optional_integer(known, "version")?;
        let version = version.and_then(|version| u64::try_from(version).ok());
        Ok(Some(There { conversation, head, version, wishes: wishes(known)? }))
    }

    /// The messages that stand first because they were imported.
    async fn past(&self, id: &ConversationId) -> Result<Vec<Arc<Message>>, Unavailable> {
        let (mut past, mut after) = (Vec::new(), Seq(0));
        loop {
            let page = self.committed_after(id, after, PAGE).await?;
            after = page.last().map_or(after, |last| last.seq);
            let is_last = page.len() < PAGE;
            let count = page.len();
            let old = page.into_iter().take_while(|placed| placed.position == Position(0));
            let known = past.len();
            past.extend(old.map(|placed| placed.message));
            if is_last || past.len() < known + count {
                return Ok(past);
            }
        }
    }

    /// Puts those where they belong that do not stand in the conversation yet. The past as it is then,
    /// for the next ones.
    async fn place_archived(
        &self,
        id: &ConversationId,
        chunk: &[ArchivedMessage],
        mut known: Option<(u64, Vec<Arc<Message>>)>,
    ) -> Result<(u64, Vec<Arc<Message>>), ArchiveError> {
        for _ in 0..TRIES {
            let there = self.archived(id).await?.ok_or(ArchiveError::NotFound)?;
            let version = there.conversation.version;
            // Looked at after the version was: it is of this very one, or is refused.
            let names = self.named_like(id, chunk).await?;
            if let Some(refused) = names.refused(chunk) {
                return Err(refused);
            }
            let before = match known.take() {
                Some((of, past)) if of == version => past,
                _ => self.past(id).await?,
            };
            let further: Vec<_> = names.without_those_that_stand(chunk).collect();
            if further.is_empty() {
                return Ok((version, before));
            }
            let past = Past::with(before, further);
            let (next, wishes) = there.conversation.with_past(&past, &there.wishes);
            let last = there.conversation.last_seq;
            let renumbering = Renumbering::of(id, version + 1, &past, last);
            if self.step_by_import(&there, next, &wishes, Some(renumbering)).await? {
                return Ok((version + 1, past.after));
            }
        }
        Err(changing().into())
    }

    /// Writes the next version of a conversation, and what follows. `false`: it is not as it was.
    async fn step_by_import(
        &self,
        there: &There,
        mut next: Conversation,
        wishes: &Wishes,
        renumbering: Option<Renumbering>,
    ) -> Result<bool, Unavailable> {
        let only_archived = renumbering.is_none() || there.is_only_archived();
        next.version += 1;
        let pending = Pending { renumbering, ..Pending::empty(Vec::new()) };
        let id = ids::id(next.id.as_str());
        let conversations = self.collection(CONVERSATIONS);
        let mut after = state(&next);
        after.insert("pending", pending.document());
        let version = if only_archived { Some(next.version) } else { there.version };
        after.insert("imported", imported(version, wishes));
        self.heads.invalidate(&next.id);
        let stands = if there.conversation.exists() {
            let mut before = doc! {
                "_id": &id,
                "version": signed(there.conversation.version),
                "pending.id": nothing_pending(there.head.finished),
            };
            before.extend(key(&next.key));
            let update = conversations.update_one(before, doc! { "$set": after });
            ask("importing", update).await?.matched_count == 1
        } else {
            let mut whole = doc! { "_id": &id };
            whole.extend(key(&next.key));
            whole.extend(after);
            ask_unique("importing", conversations.insert_one(whole)).await?.is_some()
        };
        if !stands {
            return Ok(false);
        }
        self.reached(Step::Committed).await?;
        if let Some(pending) = self.finish(&next, pending).await? {
            self.clear(&id, pending.id).await?;
        }
        Ok(true)
    }

    async fn refused_conversation(
        &self,
        archived: &ArchivedConversation,
    ) -> Result<Option<ArchiveError>, Unavailable> {
        let key = &archived.key;
        if let Some(there) = self.load(&archived.id).await? {
            return Ok((there.key != *key).then_some(ArchiveError::Elsewhere));
        }
        Ok(self.find(key).await?.map(|_| ArchiveError::KeyTaken))
    }
}

fn changing() -> Unavailable {
    Unavailable::new("importing", "the conversation keeps changing")
}

fn imported(version: Option<u64>, wishes: &Wishes) -> Document {
    let wish = |(user, wish): (&UserId, &Wish)| {
        Bson::from(doc! {
            "user": ids::id(user.as_str()),
            "unread": i64::from(wish.unread),
            "read": signed(wish.read.0),
        })
    };
    doc! {
        "version": version.map(signed),
        "wishes": wishes.iter().map(wish).collect::<Vec<_>>(),
    }
}

fn wishes(imported: &Document) -> Result<Wishes, Senseless> {
    let wish = |wish: &Bson| {
        let wish = wish.as_document().ok_or(Senseless)?;
        let unread = u32::try_from(number(wish, "unread")?).map_err(|_| Senseless)?;
        Ok((id(wish, "user", UserId::parse)?, Wish { unread, read: seq(wish, "read")? }))
    };
    list(imported, "wishes")?.iter().map(wish).collect()
}

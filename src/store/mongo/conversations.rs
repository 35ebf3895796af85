use actors::domain::{AccountId, Change, ContactId, Conversation, ConversationId, Key, Position};
use actors::ports::{CommitError, Committed, Conversations, Unavailable};
use bson::oid::ObjectId;
use bson::{Bson, Document, doc};

use super::ask::{find_all, find_one};
use super::collections::CONVERSATIONS;
use super::fields::{date, field, flag, id, optional_timestamp, position};
use super::judge::Head;
use super::pending::Pending;
use super::{Mongo, conversation_document, ids};

/// Times a conversation is looked at because what is pending there changes at every look.
const LOOKS: usize = 8;
/// Most conversations of one key: one, and those that were deleted before it was begun.
const OF_KEY: usize = 1_000;
/// Most conversations of one contact: one on each channel, and deleted ones.
const OF_CONTACT: usize = 1_000;

#[async_trait::async_trait]
impl Conversations for Mongo {
    async fn load(&self, id: &ConversationId) -> Result<Option<Conversation>, Unavailable> {
        let loaded = self.load_finished(&ids::id(id.as_str())).await?;
        Ok(loaded.map(|(conversation, _)| conversation))
    }

    async fn find(&self, key: &Key) -> Result<Option<ConversationId>, Unavailable> {
        for account in names_of(&key.account) {
            let mut filter = conversation_document::key(key);
            filter.insert("account_id", account);
            let conversations = self.collection(CONVERSATIONS);
            let found = find_all("finding", &conversations, filter, doc! {}, OF_KEY).await?;
            for document in &found {
                if !flag(document, "deleted")? {
                    return Ok(Some(id(document, "_id", ConversationId::parse)?));
                }
            }
        }
        Ok(None)
    }

    async fn of_contact(
        &self,
        account: &AccountId,
        contact: &ContactId,
    ) -> Result<Vec<ConversationId>, Unavailable> {
        let conversations = self.collection(CONVERSATIONS);
        let mut oldest_first = Vec::new();
        for account in names_of(account) {
            let theirs = doc! { "account_id": account, "contact_id": ids::id(contact.as_str()) };
            let found = find_all("finding", &conversations, theirs, doc! {}, OF_CONTACT).await?;
            for document in &found {
                if flag(document, "deleted")? {
                    continue;
                }
                let id = id(document, "_id", ConversationId::parse)?;
                oldest_first.push((optional_timestamp(document, "createdAt")?, id));
            }
        }
        oldest_first.sort();
        Ok(oldest_first.into_iter().map(|(_, id)| id).collect())
    }

    async fn commit(&self, change: &Change) -> Result<Committed, CommitError> {
        let outcome = self.commit_some(std::slice::from_ref(change)).await.pop();
        outcome.unwrap_or_else(|| Err(Unavailable::new("committing", "no outcome").into()))
    }

    async fn commit_all(&self, changes: &[Change]) -> Vec<Result<Committed, CommitError>> {
        let mut outcomes = Vec::with_capacity(changes.len());
        while outcomes.len() < changes.len() && outcomes.last().is_none_or(Result::is_ok) {
            let some = self.commit_some(&changes[outcomes.len()..]).await;
            if some.is_empty() {
                break;
            }
            outcomes.extend(some);
        }
        outcomes
    }

    async fn finish_commits(&self, limit: usize) -> Result<usize, Unavailable> {
        self.settle_doubtful().await?;
        // Not those that are being written out just now.
        let old = self.patience.as_secs();
        let filter = doc! {
            "pending.positions": { "$gte": 0_i64 },
            "pending.id": { "$lt": made_before(old) },
        };
        let conversations = self.collection(CONVERSATIONS);
        let found = find_all("finishing", &conversations, filter, doc! {}, limit).await?;
        for conversation in &found {
            let id = conversation.get("_id").unwrap_or(&Bson::Null);
            self.load_finished(id).await?;
        }
        Ok(found.len())
    }
}

impl Mongo {
    /// A conversation and its head, after finishing what was pending there.
    ///
    /// # Errors
    ///
    /// [`Unavailable`]: unknown.
    pub(super) async fn load_finished(
        &self,
        name: &Bson,
    ) -> Result<Option<(Conversation, Head)>, Unavailable> {
        let conversations = self.collection(CONVERSATIONS);
        for _ in 0..LOOKS {
            let found = find_one("loading", &conversations, doc! { "_id": name }).await?;
            let Some(document) = found else { return Ok(None) };
            if !conversation_document::is_ours(&document) {
                match self.take_over(&document).await? {
                    true => continue,
                    false => return Ok(None),
                }
            }
            let conversation = conversation_document::read(&document)?;
            let last = position(&document, "last_position")?;
            let head = |last, finished| Head { version: conversation.version, last, finished };
            let Some(pending) = pending(&document)? else {
                let head = head(last, None);
                self.heads.insert(conversation.id.clone(), head.clone());
                return Ok(Some((conversation, head)));
            };
            let here = self.heads.get(&conversation.id).and_then(|head| head.finished);
            if here == Some(pending.id) {
                // It was, by this very store.
                return Ok(Some((conversation.clone(), head(last, here))));
            }
            if let Some(pending) = self.finish(&conversation, pending).await? {
                self.clear(name, pending.id).await?;
                let newest = pending.positions.last().and_then(|p| u64::try_from(*p).ok());
                let head = head(newest.map_or(last, Position), None);
                return Ok(Some((conversation, head)));
            }
        }
        Err(Unavailable::new("loading", "the conversation keeps changing elsewhere"))
    }

    /// What is pending of this very version.
    ///
    /// # Errors
    ///
    /// [`Unavailable`]: unknown.
    pub(super) async fn pending_of(
        &self,
        next: &Conversation,
    ) -> Result<Option<Pending>, Unavailable> {
        let filter = doc! {
            "_id": ids::id(next.id.as_str()),
            "version": super::fields::signed(next.version),
        };
        let found = find_one("committing", &self.collection(CONVERSATIONS), filter).await?;
        Ok(found.map(|found| pending(&found)).transpose()?.flatten())
    }

    pub(super) fn now(&self) -> Bson {
        date(self.clock.now())
    }
}

/// How documents name an account. Another service may leave out the one of those that name none.
pub fn names_of(account: &AccountId) -> impl Iterator<Item = Bson> + use<> {
    let none = (*account == AccountId::default_account()).then_some(Bson::Null);
    std::iter::once(ids::id(account.as_str())).chain(none)
}

/// What is pending in a conversation.
pub fn pending(document: &Document) -> Result<Option<Pending>, super::fields::Senseless> {
    let there = field(document, "pending").and_then(Bson::as_document);
    there.map(Pending::read).transpose()
}

/// An id that is larger than all that were made this long ago.
fn made_before(seconds: u64) -> ObjectId {
    let now = u64::from_be_bytes({
        let mut wide = [0; 8];
        wide[4..].copy_from_slice(&ObjectId::new().bytes()[..4]);
        wide
    });
    let then = u32::try_from(now.saturating_sub(seconds)).unwrap_or(u32::MAX);
    let mut bytes = [0; 12];
    bytes[..4].copy_from_slice(&then.to_be_bytes());
    ObjectId::from_bytes(bytes)
}

#[cfg(test)]
mod tests {
    use actors::domain::Timestamp;

    use super::*;

    #[test]
    fn what_is_made_now_was_not_made_before() {
        let now = ObjectId::new();

        assert!(now > made_before(0) && made_before(10) < made_before(5));
        let ten_ago = Timestamp(now.timestamp().timestamp_millis() - 10_000);
        let limit = made_before(10).timestamp().timestamp_millis();
        assert!((ten_ago.0 - limit).abs() <= 1_000);
    }
}

use actors::domain::ConversationId;
use actors::ports::{Conversations, Export, Record, RecordKind, Unavailable};
use bson::oid::ObjectId;
use bson::{Document, doc};
use futures_util::{StreamExt, TryStreamExt, stream};

use super::ask::find_all;
use super::collections::*;
use super::fields::{Senseless, id};
use super::labels::{status, tag};
use super::message_document::{OURS, kept};
use super::people_documents::{account, channel, contact, push_token, user};
use super::{Mongo, ids};

/// Conversations that are loaded at a time.
const AT_ONCE: usize = 16;

#[async_trait::async_trait]
impl Export for Mongo {
    async fn records(
        &self,
        of: RecordKind,
        after: Option<&str>,
        limit: usize,
    ) -> Result<Vec<Record>, Unavailable> {
        let after = after.unwrap_or_default();
        let page = match of {
            RecordKind::PushToken => self.devices_after(after, limit).await?,
            of => self.page_by_id(of, after, limit).await?,
        };
        if of == RecordKind::Conversation {
            return self.whole_conversations(&page, limit).await;
        }
        let mut records = page.iter().map(|one| record(of, one)).collect::<Result<Vec<_>, _>>()?;
        // The server sorts ids of different kinds apart.
        records.sort_by_cached_key(Record::name);
        records.truncate(limit);
        Ok(records)
    }
}

impl Mongo {
    async fn page_by_id(
        &self,
        of: RecordKind,
        after: &str,
        limit: usize,
    ) -> Result<Vec<Document>, Unavailable> {
        let collection = self.collection(collection(of));
        let mut page = Vec::new();
        for mut filter in beyond("_id", after) {
            if of == RecordKind::Communication {
                filter.insert(format!("{OURS}.emitted"), true);
            }
            let some = find_all("exporting", &collection, filter, doc! { "_id": 1 }, limit);
            page.extend(some.await?);
        }
        Ok(page)
    }

    async fn devices_after(&self, after: &str, limit: usize) -> Result<Vec<Document>, Unavailable> {
        let (user, token) = after.split_once('\n').unwrap_or_default();
        let further = doc! { "user_id": ids::id(user), "token": { "$gt": token } };
        let tokens = self.collection(PUSH_TOKENS);
        let mut page = Vec::new();
        for filter in std::iter::once(further).chain(beyond("user_id", user)) {
            let order = doc! { "user_id": 1, "token": 1 };
            page.extend(find_all("exporting", &tokens, filter, order, limit).await?);
        }
        Ok(page)
    }

    /// After finishing what is pending there, and taking over what another service inserted.
    async fn whole_conversations(
        &self,
        page: &[Document],
        limit: usize,
    ) -> Result<Vec<Record>, Unavailable> {
        let ids = page.iter().map(|document| id(document, "_id", ConversationId::parse));
        let mut ids: Vec<_> = ids.collect::<Result<_, _>>()?;
        ids.sort();
        ids.truncate(limit);
        let load = |id: ConversationId| async move { self.load(&id).await };
        let loaded = stream::iter(ids.into_iter().map(load)).buffered(AT_ONCE);
        let loaded: Vec<_> = loaded.try_collect().await?;
        let whole = loaded.into_iter().flatten().map(|one| Record::Conversation(Box::new(one)));
        Ok(whole.collect())
    }
}

fn collection(of: RecordKind) -> &'static str {
    match of {
        RecordKind::Account => ACCOUNTS,
        RecordKind::Channel => CHANNELS,
        RecordKind::User => USERS,
        RecordKind::Contact => CONTACTS,
        RecordKind::PushToken => PUSH_TOKENS,
        RecordKind::Tag => TAGS,
        RecordKind::ContactStatus => STATUSES,
        RecordKind::Conversation => CONVERSATIONS,
        RecordKind::Communication => COMMUNICATIONS,
    }
}

fn record(of: RecordKind, document: &Document) -> Result<Record, Senseless> {
    Ok(match of {
        RecordKind::Account => Record::Account(account(document)?),
        RecordKind::Channel => Record::Channel(channel(document)?),
        RecordKind::User => Record::User(user(document)?),
        RecordKind::Contact => Record::Contact(contact(document)?),
        RecordKind::PushToken => Record::PushToken(push_token(document)?),
        RecordKind::Tag => Record::Tag(tag(document)?),
        RecordKind::ContactStatus => Record::ContactStatus(status(document)?),
        RecordKind::Communication => Record::Communication(Box::new(kept(document)?.communication)),
        RecordKind::Conversation => return Err(Senseless),
    })
}

/// What has an id after this one, as texts: of the ids that are kept as texts, and of those that are
/// ObjectIds.
fn beyond(field: &str, after: &str) -> impl Iterator<Item = Document> {
    let texts = doc! { field: { "$gt": after } };
    let object_ids = least_after(after).map(|least| doc! { field: { "$gte": least } });
    std::iter::once(texts).chain(object_ids)
}

/// The least ObjectId whose hex digits come after a text.
fn least_after(text: &str) -> Option<ObjectId> {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let mut least = [b'0'; 24];
    for (place, digit) in least.iter_mut().enumerate() {
        let Some(byte) = text.as_bytes().get(place) else { return read(&least) };
        // The least digit that does not come before this byte.
        match DIGITS.iter().find(|digit| *digit >= byte) {
            Some(same) if same == byte => *digit = *same,
            Some(later) => {
                *digit = *later;
                return read(&least);
            }
            None => return next(least, place),
        }
    }
    // It is a text that begins with this id, and so comes not before it.
    next(least, 24)
}

/// The least that comes after all that begin with these digits.
fn next(mut least: [u8; 24], digits: usize) -> Option<ObjectId> {
    for digit in least[..digits].iter_mut().rev() {
        match *digit {
            b'f' => *digit = b'0',
            b'9' => {
                *digit = b'a';
                return read(&least);
            }
            _ => {
                *digit += 1;
                return read(&least);
            }
        }
    }
    None
}

fn read(hex: &[u8; 24]) -> Option<ObjectId> {
    std::str::from_utf8(hex).ok().and_then(|hex| ObjectId::parse_str(hex).ok())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn before(id: ObjectId) -> Option<String> {
        let number = u128::from_str_radix(&id.to_hex(), 16).unwrap();
        number.checked_sub(1).map(|before| format!("{before:024x}"))
    }

    proptest! {
        #[test]
        fn the_least_id_after_a_text_is_after_it_and_the_one_before_is_not(
            text in "[0-9a-g:@Z!]{0,26}"
        ) {
            match least_after(&text) {
                Some(least) => {
                    prop_assert!(least.to_hex() > text);
                    prop_assert!(before(least).is_none_or(|before| before <= text));
                }
                None => prop_assert!(*"ffffffffffffffffffffffff" <= *text),
            }
        }
    }
}

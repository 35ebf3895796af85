//! Messages and contacts by their words: the newest first, from the index of words.
use std::collections::HashSet;
use std::sync::Arc;

use actors::domain::{AccountId, Contact, ConversationId, Placed, UserId, Words};
use actors::ports::{ContactSearch, MessageSearch, Reader, Search, SearchCut, Unavailable};
use bson::{Bson, Document, doc};

use super::ask::{find_all, find_one};
use super::collections::{CONTACTS, CONVERSATIONS, INBOX, PLACEMENTS};
use super::fields::{field, text};
use super::inbox_row::{ARCHIVED, PRESENT};
use super::indexes::{Index, index};
use super::search_terms::{OF_CONTACTS, OF_MESSAGES, beginning, whole};
use super::{Mongo, ids, order, people_documents, placement};

pub const INDEXES: &[Index] = &[
    // What waits has no terms, and stands first.
    index(PLACEMENTS, &[("terms", 1), ("found", -1)]),
    index(CONTACTS, &[("switchboard.terms", 1)]),
];

/// Up to here whoever searches has indexed first what waits; more is left to the upkeep.
const AT_ONCE: usize = 256;
/// In so many conversations at most a user's search asks for each of them; in more, the newest
/// messages of the account are looked through, of which many are theirs then.
const FEW: usize = 200;
/// Messages looked through in one go, and how often.
const LOOKED_THROUGH: usize = 200;
const LOOKS: usize = 50;

const DURING: &str = "searching";

#[async_trait::async_trait]
impl Search for Mongo {
    async fn search_messages(&self, query: &MessageSearch) -> Result<Vec<Placed>, Unavailable> {
        self.index_what_waits().await;
        let found = match &query.reader {
            Reader::Team => {
                let public = doc! { "is_public": true };
                self.found(query, cut(query), &[public], query.limit).await?
            }
            Reader::User(user) => self.found_by_user(query, user).await?,
        };
        let mut placed = Vec::with_capacity(found.len());
        for placement in &found {
            placed.extend(self.placed_at(placement).await?);
        }
        Ok(placed)
    }

    async fn search_contacts(
        &self,
        query: &ContactSearch,
    ) -> Result<Vec<Arc<Contact>>, Unavailable> {
        self.index_what_waits().await;
        let contacts = self.collection(CONTACTS);
        let mut these = beginning(OF_CONTACTS, &query.account, &query.words);
        if let Some(before) = &query.before {
            let filter = doc! { "_id": ids::id(before.as_str()) };
            let Some(there) = find_one(DURING, &contacts, filter).await? else {
                return Ok(Vec::new());
            };
            let age = there.get_document("switchboard").ok().and_then(|ours| ours.get("age"));
            these.insert("switchboard.age", doc! { "$lt": age.cloned().unwrap_or(Bson::Null) });
        }
        let newest = doc! { "switchboard.age": -1 };
        let found = find_all(DURING, &contacts, these, newest, query.limit).await?;
        let read = found.iter().map(|one| people_documents::contact(one).map(Arc::new));
        let found: Vec<Arc<Contact>> = read.collect::<Result<_, _>>()?;
        Ok(found.into_iter().filter(|one| one.account == query.account).collect())
    }

    async fn which_match(
        &self,
        account: &AccountId,
        words: &Words,
        conversations: &[ConversationId],
    ) -> Result<Vec<ConversationId>, Unavailable> {
        let mut matching = Vec::new();
        for conversation in conversations {
            if self.matches(account, words, conversation).await? {
                matching.push(conversation.clone());
            }
        }
        Ok(matching)
    }

    async fn index_waiting(&self, limit: usize) -> Result<usize, Unavailable> {
        Ok(self.index_contacts(limit).await? + self.index_messages(limit).await?)
    }
}

impl Mongo {
    /// So that who wrote something finds it.
    async fn index_what_waits(&self) {
        if let Err(error) = self.index_waiting(AT_ONCE).await {
            // What is indexed is found all the same.
            tracing::warn!(%error, "searched without what was committed last");
        }
    }

    /// Placements of messages that hold all words, the newest first.
    async fn found(
        &self,
        query: &MessageSearch,
        cut: Option<Document>,
        narrowed: &[Document],
        limit: usize,
    ) -> Result<Vec<Document>, Unavailable> {
        let mut these = whole(OF_MESSAGES, &query.account, &query.words);
        these.extend(cut.map(|cut| ("found".to_owned(), cut.into())));
        these.insert("$and", narrowed.to_vec());
        let placements = self.collection(PLACEMENTS);
        find_all(DURING, &placements, these, doc! { "found": -1 }, limit).await
    }

    async fn found_by_user(
        &self,
        query: &MessageSearch,
        user: &UserId,
    ) -> Result<Vec<Document>, Unavailable> {
        let name = ids::id(user.as_str());
        let theirs = doc! { "$or": [{ "is_public": true }, { "readers": name.clone() }] };
        let lists = doc! { "user": name, "list": { "$in": [PRESENT, ARCHIVED] } };
        let own = find_all(DURING, &self.collection(INBOX), lists, doc! {}, FEW + 1).await?;
        if own.len() <= FEW {
            let own: Vec<_> =
                own.iter().filter_map(|row| field(row, "conversation").cloned()).collect();
            let narrowed = [theirs, doc! { "conversation": { "$in": own } }];
            return self.found(query, cut(query), &narrowed, query.limit).await;
        }
        let (mut cut, mut found) = (cut(query), Vec::new());
        for _ in 0..LOOKS {
            let page =
                self.found(query, cut, std::slice::from_ref(&theirs), LOOKED_THROUGH).await?;
            let own = self.own_of(user, &page).await?;
            let is_own = |placement: &&Document| {
                field(placement, "conversation").is_some_and(|id| own.contains(&id.to_string()))
            };
            found.extend(page.iter().filter(is_own).cloned());
            let Some(last) = page.last().filter(|_| page.len() == LOOKED_THROUGH) else { break };
            if found.len() >= query.limit {
                break;
            }
            cut = Some(doc! { "$lt": text(last, "found")? });
        }
        found.truncate(query.limit);
        Ok(found)
    }

    /// The conversations of these placements that the user takes part in.
    async fn own_of(
        &self,
        user: &UserId,
        page: &[Document],
    ) -> Result<HashSet<String>, Unavailable> {
        let conversations: Vec<_> =
            page.iter().filter_map(|one| field(one, "conversation").cloned()).collect();
        let rows = doc! {
            "user": ids::id(user.as_str()),
            "conversation": { "$in": conversations },
            "list": { "$in": [PRESENT, ARCHIVED] },
        };
        let rows = find_all(DURING, &self.collection(INBOX), rows, doc! {}, LOOKED_THROUGH).await?;
        Ok(rows.iter().filter_map(|row| Some(field(row, "conversation")?.to_string())).collect())
    }

    async fn matches(
        &self,
        account: &AccountId,
        words: &Words,
        conversation: &ConversationId,
    ) -> Result<bool, Unavailable> {
        let here = ids::id(conversation.as_str());
        let mut said = whole(OF_MESSAGES, account, words);
        said.extend(doc! { "conversation": here.clone(), "is_public": true });
        if find_one(DURING, &self.collection(PLACEMENTS), said).await?.is_some() {
            return Ok(true);
        }
        let filter = doc! { "_id": here, "account_id": ids::id(account.as_str()) };
        let there = find_one(DURING, &self.collection(CONVERSATIONS), filter).await?;
        let Some(contact) = there.and_then(|there| there.get("contact_id").cloned()) else {
            return Ok(false);
        };
        let mut named = doc! { "_id": contact };
        named.extend(beginning(OF_CONTACTS, account, words));
        Ok(find_one(DURING, &self.collection(CONTACTS), named).await?.is_some())
    }
}

fn cut(query: &MessageSearch) -> Option<Document> {
    let SearchCut { at, message, conversation } = query.cut.as_ref()?;
    let name = placement::name(conversation, message);
    Some(doc! { "$lt": order::key(*at, &name) })
}

//! Messages and contacts by their words: the newest first, straight from the index.
use std::sync::Arc;

use actors::domain::{AccountId, Contact, ConversationId, MessageId, Placed, UserId, Words};
use actors::ports::{ContactSearch, MessageSearch, Reader, Search, SearchCut, Unavailable};
use rusqlite::{Connection, OptionalExtension, Result, params};

use super::columns::{parsed, signed};
use super::message_row::one_placed;
use super::readers::in_one_picture;
use super::search_index::{
    Mark, all_beginning, all_of, first_id, id_of, index_contacts, index_messages,
};
use super::{Sqlite, history, people_rows};
use crate::store::found_by::words_of_contact;

/// Up to here whoever searches has indexed first what waits; more is left to the upkeep.
const AT_ONCE: usize = 256;
/// In so many conversations at most a user's search asks for each of them; in more, the newest
/// messages of the account are looked through, of which many are theirs then.
const FEW: usize = 200;

pub const OF_TEAM: &str = "\
    SELECT d.conversation, d.message FROM search_messages f \
    CROSS JOIN search_docs d ON d.id = f.rowid \
    WHERE f.search_messages MATCH ?1 AND f.rowid < ?2 ORDER BY f.rowid DESC LIMIT ?3";

/// A note of somebody else that does not even hold the user's name is none of theirs.
pub const OF_USER: &str = "\
    SELECT d.conversation, d.message FROM search_messages f \
    CROSS JOIN search_docs d ON d.id = f.rowid \
    CROSS JOIN communications c ON c.id = d.message \
    WHERE f.search_messages MATCH ?1 AND f.rowid < ?2 \
        AND EXISTS (SELECT 1 FROM participants p \
            WHERE p.conversation = d.conversation AND p.user = ?4 AND p.removed = 0) \
        AND (c.kind <> 'NOTE' OR c.author_user = ?4 OR instr(c.mentions, ?5) > 0) \
    ORDER BY f.rowid DESC LIMIT ?3";

pub const OWN: &str = "\
    SELECT conversation FROM participants INDEXED BY inbox_any \
    WHERE user = ?1 AND removed = 0 AND is_archived = 0 \
    UNION ALL \
    SELECT conversation FROM participants INDEXED BY inbox_archived \
    WHERE user = ?1 AND removed = 0 AND is_archived = 1 \
    LIMIT ?2";

pub const CONTACTS: &str = "\
    SELECT c.id, c.account, c.name, c.email, c.phone, c.image, c.details FROM search_contacts f \
    CROSS JOIN contacts c ON c.age = f.rowid \
    WHERE f.search_contacts MATCH ?1 AND f.rowid < ?2 AND c.account = ?4 \
    ORDER BY f.rowid DESC LIMIT ?3";

pub const AGE: &str = "SELECT age FROM contacts WHERE id = ?1";

const HOLDS: &str = "SELECT 1 FROM search_messages WHERE search_messages MATCH ?1 LIMIT 1";
pub const CONTACT_OF: &str = "\
    SELECT c.id, c.account, c.name, c.email, c.phone, c.image, c.details \
    FROM conversationprospects v CROSS JOIN contacts c ON c.id = v.contact \
    WHERE v.id = ?1 AND v.account = ?2";

#[async_trait::async_trait]
impl Search for Sqlite {
    async fn search_messages(&self, query: &MessageSearch) -> Result<Vec<Placed>, Unavailable> {
        self.index_what_waits().await?;
        let query = query.clone();
        let read = move |db: &Connection| in_one_picture(db, |db| messages(db, &query));
        self.readers.run("search_messages", read).await
    }

    async fn search_contacts(
        &self,
        query: &ContactSearch,
    ) -> Result<Vec<Arc<Contact>>, Unavailable> {
        self.index_what_waits().await?;
        let query = query.clone();
        let read = move |db: &Connection| in_one_picture(db, |db| contacts(db, &query));
        self.readers.run("search_contacts", read).await
    }

    async fn which_match(
        &self,
        account: &AccountId,
        words: &Words,
        conversations: &[ConversationId],
    ) -> Result<Vec<ConversationId>, Unavailable> {
        let (account, words, asked) = (account.clone(), words.clone(), conversations.to_vec());
        let read = move |db: &Connection| {
            in_one_picture(db, |db| {
                let mut matching = Vec::new();
                for conversation in asked {
                    if matches(db, &account, &words, &conversation)? {
                        matching.push(conversation);
                    }
                }
                Ok(matching)
            })
        };
        self.readers.run("which_match", read).await
    }

    async fn index_waiting(&self, limit: usize) -> Result<usize, Unavailable> {
        let work = move |db: &Connection| {
            let index = || Ok(index_contacts(db, limit)? + index_messages(db, limit)?);
            index().map_err(|error: rusqlite::Error| Unavailable::new("indexing", error))
        };
        self.writer.run("indexing", work).await
    }
}

const ANY_WAITING: &str = "\
    SELECT EXISTS (SELECT 1 FROM search_waiting) OR EXISTS (SELECT 1 FROM search_waiting_contacts)";

impl Sqlite {
    /// So that who wrote something finds it.
    async fn index_what_waits(&self) -> Result<(), Unavailable> {
        let read =
            |db: &Connection| db.prepare_cached(ANY_WAITING)?.query_row([], |row| row.get(0));
        let any: bool = self.readers.run("search_waiting", read).await?;
        if any && let Err(error) = self.index_waiting(AT_ONCE).await {
            // What is indexed is found all the same.
            tracing::warn!(%error, "searched without what was committed last");
        }
        Ok(())
    }
}

fn messages(db: &Connection, query: &MessageSearch) -> Result<Vec<Placed>> {
    let before = match &query.cut {
        None => i64::MAX,
        Some(SearchCut { at, message, conversation }) => id_of(db, *at, conversation, message)?
            .unwrap_or_else(|| first_id(*at, conversation.as_str(), message.as_str())),
    };
    let limit = signed(query.limit as u64);
    let named = match &query.reader {
        Reader::Team => {
            let marks = [Mark::Account(&query.account), Mark::Public];
            let all = all_of(&marks, &query.words);
            let mut found = db.prepare_cached(OF_TEAM)?;
            found.query_map(params![all, before, limit], names)?.collect::<Result<Vec<_>>>()?
        }
        Reader::User(user) => {
            let Some(all) = of_user(db, query, user)? else { return Ok(Vec::new()) };
            let mention = serde_json::to_string(user.as_str()).unwrap_or_default();
            let mut found = db.prepare_cached(OF_USER)?;
            let row = params![all, before, limit, user.as_str(), mention];
            found.query_map(row, names)?.collect::<Result<Vec<_>>>()?
        }
    };
    let mut placed = Vec::with_capacity(named.len());
    for (conversation, message) in named {
        let name = [conversation.as_str(), message.as_str()];
        placed.extend(one_placed(db, history::MESSAGE, name)?);
    }
    Ok(placed)
}

/// What a user's search asks the index; `None`: they take part in nothing.
fn of_user(db: &Connection, query: &MessageSearch, user: &UserId) -> Result<Option<String>> {
    let few = signed(FEW as u64 + 1);
    let own: Vec<ConversationId> = db
        .prepare_cached(OWN)?
        .query_map(params![user.as_str(), few], |row| parsed(row, 0, ConversationId::parse))?
        .collect::<Result<_>>()?;
    if own.is_empty() {
        return Ok(None);
    }
    let all = all_of(&[Mark::Account(&query.account)], &query.words);
    if own.len() > FEW {
        return Ok(Some(all));
    }
    let each: Vec<_> =
        own.iter().map(|id| format!("\"{}\"", Mark::Conversation(id).word())).collect();
    Ok(Some(format!("({}) AND {all}", each.join(" OR "))))
}

fn names(row: &rusqlite::Row) -> Result<(ConversationId, MessageId)> {
    Ok((parsed(row, 0, ConversationId::parse)?, parsed(row, 1, MessageId::parse)?))
}

fn contacts(db: &Connection, query: &ContactSearch) -> Result<Vec<Arc<Contact>>> {
    let before = match &query.before {
        None => Some(i64::MAX),
        Some(id) => {
            db.prepare_cached(AGE)?.query_row([id.as_str()], |row| row.get(0)).optional()?
        }
    };
    let Some(before) = before else { return Ok(Vec::new()) };
    let all = all_beginning(&query.account, &query.words);
    let row = params![all, before, signed(query.limit as u64), query.account.as_str()];
    db.prepare_cached(CONTACTS)?
        .query_map(row, |row| people_rows::contact(row).map(Arc::new))?
        .collect()
}

fn matches(
    db: &Connection,
    account: &AccountId,
    words: &Words,
    conversation: &ConversationId,
) -> Result<bool> {
    let marks = [Mark::Account(account), Mark::Conversation(conversation), Mark::Public];
    if db.prepare_cached(HOLDS)?.exists([all_of(&marks, words)])? {
        return Ok(true);
    }
    let names = [conversation.as_str(), account.as_str()];
    let contact =
        db.prepare_cached(CONTACT_OF)?.query_row(names, people_rows::contact).optional()?;
    // The index would look up everybody who bears the name before it says anything of one.
    Ok(contact.is_some_and(|contact| {
        contact.account == *account && words.begin_in(&words_of_contact(&contact).join(" "))
    }))
}

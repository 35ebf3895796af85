//! How messages and contacts stand in the index of words, and how they come into it.
use actors::domain::{AccountId, Contact, ConversationId, Kind, MessageId, Timestamp, Words};
use rusqlite::{Connection, OptionalExtension, Result, params};

use super::columns::signed;
use super::people_rows;
use crate::store::found_by::{words_of_contact, words_of_message};

/// Begins every mark: a character of private use, which is in no word.
const MARK: char = '\u{e000}';
/// Bits of a document's id behind its milliseconds.
const TIE_BITS: u32 = 20;
/// Documents of one instant and one tie that are told apart.
const MOST_TIED: i64 = 64;

/// The marks that narrow a search.
pub enum Mark<'a> {
    Account(&'a AccountId),
    Conversation(&'a ConversationId),
    /// It is no note.
    Public,
}

impl Mark<'_> {
    pub fn word(&self) -> String {
        match self {
            Self::Account(id) => format!("{MARK}a{:016x}", hash(&[id.as_str()])),
            Self::Conversation(id) => format!("{MARK}c{:016x}", hash(&[id.as_str()])),
            Self::Public => format!("{MARK}p"),
        }
    }
}

/// FNV-1a: kept in files, so it may never change. Who is found by it is looked at again.
fn hash(names: &[&str]) -> u64 {
    let bytes = names.iter().flat_map(|name| name.bytes().chain([0]));
    bytes.fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    })
}

/// Where the document of a message begins to be looked for.
pub fn first_id(at: Timestamp, conversation: &str, message: &str) -> i64 {
    let furthest = i64::MAX >> TIE_BITS;
    let tie = hash(&[conversation, message]) & ((1 << TIE_BITS) - 1);
    (at.0.clamp(-furthest, furthest - 1) << TIE_BITS) | tie as i64
}

pub const DOC: &str = "SELECT conversation, message FROM search_docs WHERE id = ?1";

/// The document of a message, if it is indexed.
pub fn id_of(
    db: &Connection,
    at: Timestamp,
    conversation: &ConversationId,
    message: &MessageId,
) -> Result<Option<i64>> {
    let first = first_id(at, conversation.as_str(), message.as_str());
    for id in first..first + MOST_TIED {
        let there: Option<(String, String)> = db
            .prepare_cached(DOC)?
            .query_row([id], |row| Ok((row.get(0)?, row.get(1)?)))
            .optional()?;
        match there {
            None => return Ok(None),
            Some((c, m)) if c == conversation.as_str() && m == message.as_str() => {
                return Ok(Some(id));
            }
            Some(_) => {}
        }
    }
    Ok(None)
}

pub const WAITING: &str = "\
    SELECT w.place, w.conversation, w.message, p.created_at, c.account, c.kind, c.text, c.email \
    FROM search_waiting w \
    CROSS JOIN placements p ON p.conversation = w.conversation AND p.message = w.message \
    CROSS JOIN communications c ON c.id = w.message \
    ORDER BY w.place LIMIT ?1";
const DONE: &str = "DELETE FROM search_waiting WHERE place <= ?1";
const ADD_DOC: &str = "\
    INSERT INTO search_docs (id, conversation, message) VALUES (?1, ?2, ?3) \
    ON CONFLICT DO NOTHING";
const ADD_WORDS: &str = "INSERT INTO search_messages (rowid, words) VALUES (?1, ?2)";

struct Waiting {
    place: i64,
    id: i64,
    conversation: String,
    message: String,
    words: String,
}

/// Indexes up to `limit` messages; how many there were.
pub fn index_messages(db: &Connection, limit: usize) -> Result<usize> {
    let mut waiting: Vec<Waiting> = db
        .prepare_cached(WAITING)?
        .query_map([signed(limit as u64)], |row| {
            let (conversation, message): (String, String) = (row.get(1)?, row.get(2)?);
            let id = first_id(Timestamp(row.get(3)?), &conversation, &message);
            let (account, kind): (String, String) = (row.get(4)?, row.get(5)?);
            let is_public = kind != Kind::Note.as_str();
            let text: String = row.get(6)?;
            let email: Option<String> = row.get(7)?;
            let said = words_of_message(&text, email.as_deref());
            let marks = marks(&account, &conversation, is_public);
            let words = joined(said.into_iter().chain(marks));
            Ok(Waiting { place: row.get(0)?, id, conversation, message, words })
        })?
        .collect::<Result<_>>()?;
    let Some(last) = waiting.iter().map(|one| one.place).max() else {
        // What waits and stands nowhere any more would wait for ever.
        return db.prepare_cached("DELETE FROM search_waiting")?.execute([]).map(|_| 0);
    };
    let count = waiting.len();
    // Out of order, each would be written apart.
    waiting.sort_by_key(|one| one.id);
    for one in waiting {
        for id in one.id..one.id + MOST_TIED {
            let doc = params![id, one.conversation, one.message];
            if db.prepare_cached(ADD_DOC)?.execute(doc)? > 0 {
                db.prepare_cached(ADD_WORDS)?.execute(params![id, one.words])?;
                break;
            }
        }
    }
    db.prepare_cached(DONE)?.execute([last])?;
    Ok(count)
}

fn marks(account: &str, conversation: &str, is_public: bool) -> impl Iterator<Item = String> {
    let account = AccountId::parse(account).ok();
    let conversation = ConversationId::parse(conversation).ok();
    let account = account.map(|id| Mark::Account(&id).word());
    let conversation = conversation.map(|id| Mark::Conversation(&id).word());
    let public = is_public.then(|| Mark::Public.word());
    [account, conversation, public].into_iter().flatten()
}

/// Each word once, since how often it stands there makes no difference.
fn joined(words: impl Iterator<Item = String>) -> String {
    let mut words: Vec<_> = words.collect();
    words.sort_unstable();
    words.dedup();
    words.join(" ")
}

const WAITING_CONTACTS: &str = "\
    SELECT w.age, c.id, c.account, c.name, c.email, c.phone, c.image, c.details \
    FROM search_waiting_contacts w CROSS JOIN contacts c ON c.age = w.age ORDER BY w.age LIMIT ?1";
const DONE_CONTACTS: &str = "DELETE FROM search_waiting_contacts WHERE age <= ?1";
const FORGET_CONTACT: &str = "DELETE FROM search_contacts WHERE rowid = ?1";
const ADD_CONTACT: &str = "INSERT INTO search_contacts (rowid, words) VALUES (?1, ?2)";

/// Indexes up to `limit` contacts as they are now; how many there were.
pub fn index_contacts(db: &Connection, limit: usize) -> Result<usize> {
    let waiting: Vec<(i64, Contact)> = db
        .prepare_cached(WAITING_CONTACTS)?
        .query_map([signed(limit as u64)], |row| {
            Ok((row.get(0)?, people_rows::contact_from(row, 1)?))
        })?
        .collect::<Result<_>>()?;
    let Some((last, _)) = waiting.last() else { return Ok(0) };
    for (age, contact) in &waiting {
        let mark = Mark::Account(&contact.account).word();
        let words = joined(words_of_contact(contact).into_iter().chain([mark]));
        db.prepare_cached(FORGET_CONTACT)?.execute([age])?;
        db.prepare_cached(ADD_CONTACT)?.execute(params![age, words])?;
    }
    db.prepare_cached(DONE_CONTACTS)?.execute([last])?;
    Ok(waiting.len())
}

/// All of these, in the words of FTS5. A word is letters and digits, so quotes hold it.
pub fn all_of(marks: &[Mark<'_>], words: &Words) -> String {
    let marks = marks.iter().map(Mark::word);
    let quoted = |word: String| format!("\"{word}\"");
    let all: Vec<_> = marks.chain(words.iter().map(str::to_owned)).map(quoted).collect();
    all.join(" AND ")
}

/// All of these words, each as the beginning of one.
pub fn all_beginning(account: &AccountId, words: &Words) -> String {
    let beginnings = words.beginnings();
    if beginnings.is_empty() {
        return all_of(&[Mark::Account(account)], words);
    }
    let mark = format!("\"{}\"", Mark::Account(account).word());
    let begins = beginnings.iter().map(|word| format!("\"{word}\"*"));
    std::iter::once(mark).chain(begins).collect::<Vec<_>>().join(" AND ")
}

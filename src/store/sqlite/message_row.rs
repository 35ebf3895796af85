//! Messages between the domain and their rows.
use std::sync::Arc;

use actors::domain::{
    AccountId, Author, ChannelId, Communication, ContactId, ConversationId, Email, Json, Kind,
    Message, MessageId, Placed, ProviderMessageId, Status, UserId, Uuid,
};
use rusqlite::{Connection, Error, OptionalExtension, Params, Result, Row};

use super::columns::{
    jsons, jsons_column, message_id, parsed, parsed_option, position, seq, texts, texts_column,
    timestamp, word,
};
use crate::store::same_communication::says_the_same;

/// The columns of a message in the order [`message`] reads them; the last is its `created_at`.
macro_rules! message_columns {
    () => {
        "c.id, c.account, c.uuid, c.kind, c.author_user, c.author_contact, c.contact, c.text, \
         c.attachments, c.mentions, c.provider_id, c.medium, c.email, c.status, c.error_code, "
    };
}

/// Messages where they stand; a condition on `p` follows.
macro_rules! select_placed {
    ($rest:literal) => {
        concat!(
            "SELECT ",
            $crate::store::sqlite::message_row::message_columns!(),
            "p.created_at, p.conversation, p.seq, p.position \
             FROM placements p CROSS JOIN communications c ON c.id = p.message ",
            $rest
        )
    };
}

pub(super) use {message_columns, select_placed};

pub const SELECT_COMMUNICATION: &str = concat!(
    "SELECT ",
    message_columns!(),
    "c.created_at, c.channel, c.from_number, c.to_number, c.dated, c.addressed, c.conversations, \
     c.emitted FROM communications c WHERE c.id = ?1"
);

fn message(row: &Row) -> Result<Message> {
    let author_user = parsed_option(row, 4, UserId::parse)?;
    let author_contact = parsed_option(row, 5, ContactId::parse)?;
    let author = match (author_user, author_contact) {
        (Some(user), _) => Author::User(user),
        (None, Some(contact)) => Author::Contact(contact),
        (None, None) => Author::System,
    };
    Ok(Message {
        id: message_id(row, 0)?,
        account: parsed(row, 1, AccountId::parse)?,
        uuid: parsed(row, 2, Uuid::parse)?,
        kind: parsed(row, 3, word(Kind::parse))?,
        author,
        contact: parsed(row, 6, ContactId::parse)?,
        text: row.get(7)?,
        attachments: jsons(row, 8)?,
        mentions: texts(row, 9, UserId::parse)?,
        provider_id: parsed_option(row, 10, ProviderMessageId::parse)?,
        medium: row.get(11)?,
        email: parsed_option(row, 12, |text| Ok::<_, Error>(Email(Json::from_valid(text))))?,
        status: parsed_option(row, 13, word(Status::parse))?,
        error_code: row.get(14)?,
        created_at: timestamp(row, 15)?,
    })
}

fn placed(row: &Row) -> Result<Placed> {
    Ok(Placed {
        message: Arc::new(message(row)?),
        conversation: parsed(row, 16, ConversationId::parse)?,
        seq: seq(row, 17)?,
        position: position(row, 18)?,
    })
}

/// All rows of a query made with `select_placed`.
pub fn all_placed(db: &Connection, sql: &str, params: impl Params) -> Result<Vec<Placed>> {
    db.prepare_cached(sql)?.query_map(params, placed)?.collect()
}

/// The first row of such a query.
pub fn one_placed(db: &Connection, sql: &str, params: impl Params) -> Result<Option<Placed>> {
    db.prepare_cached(sql)?.query_row(params, placed).optional()
}

/// A communication, and what only the store knows of it.
pub struct Kept {
    pub communication: Communication,
    /// As it was put; what it stands in now is in the communication.
    pub addressed: Vec<ConversationId>,
}

impl Kept {
    pub fn is_put_again(&self, again: &Communication) -> bool {
        says_the_same(&self.communication, &self.addressed, again)
    }
}

pub fn kept(db: &Connection, id: &MessageId) -> Result<Option<Kept>> {
    let read = |row: &Row| {
        Ok(Kept {
            communication: Communication {
                message: message(row)?,
                channel: parsed_option(row, 16, ChannelId::parse)?,
                from_number: row.get(17)?,
                to_number: row.get(18)?,
                dated: row.get(19)?,
                conversations: texts(row, 21, ConversationId::parse)?,
                emitted: row.get(22)?,
            },
            addressed: texts(row, 20, ConversationId::parse)?,
        })
    };
    db.prepare_cached(SELECT_COMMUNICATION)?.query_row([id.as_str()], read).optional()
}

/// Where a communication is on its way, beside its content.
pub struct Standing<'a> {
    pub channel: Option<&'a str>,
    pub from_number: Option<&'a str>,
    pub to_number: Option<&'a str>,
    pub dated: bool,
    /// JSON arrays of ids.
    pub addressed: &'a str,
    pub conversations: &'a str,
    pub fixed: bool,
    pub emitted: bool,
    pub put_at: Option<i64>,
}

macro_rules! write_communication {
    ($on_conflict:literal) => {
        concat!(
            "INSERT INTO communications (id, account, uuid, kind, author_user, author_contact, \
             contact, text, attachments, mentions, created_at, provider_id, medium, email, status, \
             error_code, channel, from_number, to_number, dated, addressed, conversations, fixed, \
             emitted, put_at) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, \
             ?15, ?16, ?17, ?18, ?19, ?20, ?21, ?22, ?23, ?24, ?25) ON CONFLICT (id) DO UPDATE \
             SET uuid = ?3, kind = ?4, author_user = ?5, author_contact = ?6, contact = ?7, \
             text = ?8, attachments = ?9, mentions = ?10, created_at = ?11, provider_id = ?12, \
             medium = ?13, email = ?14, status = ?15, error_code = ?16, ",
            $on_conflict,
            " WHERE fixed = 0 AND account = ?2"
        )
    };
}

/// Takes a communication in, or its new content as long as nobody has seen the old.
pub const PUT: &str = write_communication!(
    "channel = ?17, from_number = ?18, to_number = ?19, dated = ?20, addressed = ?21, \
     conversations = ?22, put_at = ?25"
);

/// Takes in what was emitted elsewhere, long ago.
pub const ARCHIVE: &str = write_communication!(
    "channel = ?17, from_number = ?18, to_number = ?19, dated = ?20, addressed = ?21, \
     conversations = ?22, fixed = ?23, emitted = ?24, put_at = ?25"
);

/// Takes in what a conversation shows. One that was put stands in all its conversations at once
/// only if this is the only one it names.
pub const PLACE: &str = write_communication!("fixed = 1, emitted = (addressed = ?22)");

/// Runs [`PUT`], [`ARCHIVE`] or [`PLACE`]; says whether it wrote.
pub fn write(db: &Connection, sql: &str, message: &Message, standing: &Standing) -> Result<bool> {
    let (author_user, author_contact) = match &message.author {
        Author::User(user) => (Some(user.as_str()), None),
        Author::Contact(contact) => (None, Some(contact.as_str())),
        Author::System => (None, None),
    };
    let rows = db.prepare_cached(sql)?.execute(rusqlite::params![
        message.id.as_str(),
        message.account.as_str(),
        message.uuid.as_str(),
        message.kind.as_str(),
        author_user,
        author_contact,
        message.contact.as_str(),
        message.text,
        jsons_column(&message.attachments),
        texts_column(message.mentions.iter().map(UserId::as_str)),
        message.created_at.0,
        message.provider_id.as_ref().map(ProviderMessageId::as_str),
        message.medium,
        message.email.as_ref().map(|email| email.0.as_str()),
        message.status.map(Status::as_str),
        message.error_code,
        standing.channel,
        standing.from_number,
        standing.to_number,
        standing.dated,
        standing.addressed,
        standing.conversations,
        standing.fixed,
        standing.emitted,
        standing.put_at,
    ])?;
    Ok(rows > 0)
}

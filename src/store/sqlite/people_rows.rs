//! Reference data between the domain and its rows, and the statements for them.
use actors::domain::{
    Account, AccountId, Channel, ChannelId, ChannelKind, Contact, ContactId, User, UserId,
};
use rusqlite::{Result, Row};

use super::columns::{json, parsed, texts, user_id};

pub const ACCOUNT: &str = "SELECT id, name, time_zone FROM accounts WHERE id = ?1";

pub const USER: &str =
    "SELECT id, account, name, email, image, role, active FROM users WHERE id = ?1";

pub const USERS: &str =
    "SELECT id, account, name, email, image, role, active FROM users WHERE active = 1 LIMIT ?1";

pub const MEMBERS: &str = "\
    SELECT id, account, name, email, image, role, active, created_at FROM users \
    WHERE account = ?1 AND active = 1 ORDER BY rowid";

pub const CONTACT: &str =
    "SELECT id, account, name, email, phone, image, details FROM contacts WHERE id = ?1";

pub const CONTACT_BY_PHONE: &str = "\
    SELECT id, account, name, email, phone, image, details FROM contacts \
    WHERE account = ?1 AND phone = ?2 ORDER BY age LIMIT 1";

pub const CONTACT_BY_EMAIL: &str = "\
    SELECT id, account, name, email, phone, image, details FROM contacts \
    WHERE account = ?1 AND lower(email) = lower(?2) AND email IS NOT NULL ORDER BY age LIMIT 1";

pub const CHANNEL: &str = "\
    SELECT id, account, kind, name, address, members, message_requests FROM channels \
    WHERE id = ?1";

pub const CHANNELS_OF: &str = "\
    SELECT id, account, kind, name, address, members, message_requests FROM channels \
    WHERE account = ?1 ORDER BY rowid";

pub const CHANNEL_BY_ADDRESS: &str = "\
    SELECT id, account, kind, name, address, members, message_requests FROM channels \
    WHERE kind = ?1 AND address_key = ?2";

pub const PUSH_TOKENS: &str = "SELECT user, token FROM push_tokens WHERE user = ?1";

pub const PUT_ACCOUNT: &str = "\
    INSERT INTO accounts (id, name, time_zone) VALUES (?1, ?2, ?3) \
    ON CONFLICT (id) DO UPDATE SET name = ?2, time_zone = ?3";

pub const PUT_USER: &str = "\
    INSERT INTO users (id, account, name, email, image, role, active, created_at) \
    VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8) \
    ON CONFLICT (id) DO UPDATE SET name = ?3, email = ?4, image = ?5, role = ?6, active = ?7 \
    WHERE account = ?2";

pub const PUT_CONTACT: &str = "\
    INSERT INTO contacts (id, account, name, email, phone, image, details) \
    VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7) \
    ON CONFLICT (id) DO UPDATE SET name = ?3, email = ?4, phone = ?5, image = ?6, details = ?7 \
    WHERE account = ?2";

pub const PUT_CHANNEL: &str = "\
    INSERT INTO channels (id, account, kind, name, address, address_key, members, \
        message_requests) \
    VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8) \
    ON CONFLICT (id) DO UPDATE SET kind = ?3, name = ?4, address = ?5, address_key = ?6, \
        members = ?7, message_requests = ?8 \
    WHERE account = ?2";

pub const ADDRESS_TAKEN: &str =
    "SELECT id FROM channels WHERE kind = ?1 AND address_key = ?2 AND id <> ?3";

pub fn account(row: &Row) -> Result<Account> {
    Ok(Account { id: parsed(row, 0, AccountId::parse)?, name: row.get(1)?, time_zone: row.get(2)? })
}

pub fn user(row: &Row) -> Result<User> {
    Ok(User {
        id: user_id(row, 0)?,
        account: parsed(row, 1, AccountId::parse)?,
        name: row.get(2)?,
        email: row.get(3)?,
        image: row.get(4)?,
        role: row.get(5)?,
        active: row.get(6)?,
    })
}

pub fn contact(row: &Row) -> Result<Contact> {
    contact_from(row, 0)
}

/// A contact whose columns begin with this one.
pub fn contact_from(row: &Row, first: usize) -> Result<Contact> {
    Ok(Contact {
        id: parsed(row, first, ContactId::parse)?,
        account: parsed(row, first + 1, AccountId::parse)?,
        name: row.get(first + 2)?,
        email: row.get(first + 3)?,
        phone: row.get(first + 4)?,
        image: row.get(first + 5)?,
        details: json(row, first + 6)?,
    })
}

pub fn channel(row: &Row) -> Result<Channel> {
    Ok(Channel {
        id: parsed(row, 0, ChannelId::parse)?,
        account: parsed(row, 1, AccountId::parse)?,
        kind: ChannelKind(row.get(2)?),
        name: row.get(3)?,
        address: row.get(4)?,
        members: texts(row, 5, UserId::parse)?,
        message_requests: row.get(6)?,
    })
}

pub type ContactRow =
    (String, String, Option<String>, Option<String>, Option<String>, Option<String>, String);

pub fn contact_row(contact: &Contact) -> ContactRow {
    (
        contact.id.to_string(),
        contact.account.to_string(),
        contact.name.clone(),
        contact.email.clone(),
        contact.phone.clone(),
        contact.image.clone(),
        contact.details.as_str().to_owned(),
    )
}

//! Reference data. Read through [`crate::store::PeopleCache`], so these are not the hot path.
use std::sync::Arc;

use actors::domain::{
    Account, AccountId, Channel, ChannelId, ChannelKind, Contact, ContactId, PhoneNumber,
    PushToken, User, UserId,
};
use actors::ports::{People, PutError, Unavailable};
use rusqlite::{Connection, OptionalExtension, Params, Result, Row, params};

use super::Sqlite;
use super::columns::{json, parsed, texts, texts_column, user_id};
use crate::store::address_key;

pub const ACCOUNT: &str = "SELECT id, name, time_zone FROM accounts WHERE id = ?1";

pub const USER: &str =
    "SELECT id, account, name, email, image, role, active FROM users WHERE id = ?1";

pub const CONTACT: &str =
    "SELECT id, account, name, email, phone, image, details FROM contacts WHERE id = ?1";

pub const CONTACT_BY_PHONE: &str = "\
    SELECT id, account, name, email, phone, image, details FROM contacts \
    WHERE account = ?1 AND phone = ?2 ORDER BY age LIMIT 1";

pub const CHANNEL: &str = "\
    SELECT id, account, kind, name, address, members, message_requests FROM channels \
    WHERE id = ?1";

pub const CHANNEL_BY_ADDRESS: &str = "\
    SELECT id, account, kind, name, address, members, message_requests FROM channels \
    WHERE kind = ?1 AND address_key = ?2";

pub const PUSH_TOKENS: &str = "SELECT user, token FROM push_tokens WHERE user = ?1";

const PUT_ACCOUNT: &str = "\
    INSERT INTO accounts (id, name, time_zone) VALUES (?1, ?2, ?3) \
    ON CONFLICT (id) DO UPDATE SET name = ?2, time_zone = ?3";

const PUT_USER: &str = "\
    INSERT INTO users (id, account, name, email, image, role, active) \
    VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7) \
    ON CONFLICT (id) DO UPDATE SET name = ?3, email = ?4, image = ?5, role = ?6, active = ?7 \
    WHERE account = ?2";

const PUT_CONTACT: &str = "\
    INSERT INTO contacts (id, account, name, email, phone, image, details) \
    VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7) \
    ON CONFLICT (id) DO UPDATE SET name = ?3, email = ?4, phone = ?5, image = ?6, details = ?7 \
    WHERE account = ?2";

const PUT_CHANNEL: &str = "\
    INSERT INTO channels (id, account, kind, name, address, address_key, members, \
        message_requests) \
    VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8) \
    ON CONFLICT (id) DO UPDATE SET kind = ?3, name = ?4, address = ?5, address_key = ?6, \
        members = ?7, message_requests = ?8 \
    WHERE account = ?2";

pub const ADDRESS_TAKEN: &str =
    "SELECT id FROM channels WHERE kind = ?1 AND address_key = ?2 AND id <> ?3";

fn account(row: &Row) -> Result<Account> {
    Ok(Account { id: parsed(row, 0, AccountId::parse)?, name: row.get(1)?, time_zone: row.get(2)? })
}

fn user(row: &Row) -> Result<User> {
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

fn contact(row: &Row) -> Result<Contact> {
    Ok(Contact {
        id: parsed(row, 0, ContactId::parse)?,
        account: parsed(row, 1, AccountId::parse)?,
        name: row.get(2)?,
        email: row.get(3)?,
        phone: row.get(4)?,
        image: row.get(5)?,
        details: json(row, 6)?,
    })
}

fn channel(row: &Row) -> Result<Channel> {
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

fn failed(error: rusqlite::Error) -> Unavailable {
    Unavailable::new("putting", error)
}

impl Sqlite {
    async fn one<T: Send + Sync + 'static>(
        &self,
        operation: &'static str,
        sql: &'static str,
        names: Vec<String>,
        read: fn(&Row) -> Result<T>,
    ) -> Result<Option<Arc<T>>, Unavailable> {
        let question = move |db: &Connection| {
            let names = rusqlite::params_from_iter(names);
            db.prepare_cached(sql)?.query_row(names, |row| read(row).map(Arc::new)).optional()
        };
        self.readers.run(operation, question).await
    }

    /// An upsert that touches no row of another account.
    async fn put<P: Params + Send + 'static>(
        &self,
        sql: &'static str,
        row: P,
    ) -> Result<(), PutError> {
        let work = move |db: &Connection| put(db, sql, row);
        self.writer.run("putting", work).await
    }
}

fn put(db: &Connection, sql: &str, row: impl Params) -> Result<(), PutError> {
    let rows = db.prepare_cached(sql).and_then(|mut put| put.execute(row)).map_err(failed)?;
    if rows == 0 { Err(PutError::OtherAccount) } else { Ok(()) }
}

fn put_channel(db: &Connection, channel: &Channel) -> Result<(), PutError> {
    let key = channel.address.as_deref().map(address_key);
    let (id, kind) = (channel.id.as_str(), channel.kind.0.as_str());
    let members = texts_column(channel.members.iter().map(UserId::as_str));
    let taken = db
        .prepare_cached(ADDRESS_TAKEN)
        .and_then(|mut taken| taken.exists(params![kind, key, id]))
        .map_err(failed)?;
    let other_account = db
        .prepare_cached(CHANNEL)
        .and_then(|mut known| known.query_row([id], self::channel).optional())
        .map_err(failed)?
        .is_some_and(|known| known.account != channel.account);
    if other_account {
        return Err(PutError::OtherAccount);
    }
    if taken {
        return Err(PutError::Taken);
    }
    let row = params![
        id,
        channel.account.as_str(),
        kind,
        channel.name,
        channel.address,
        key,
        members,
        channel.message_requests,
    ];
    put(db, PUT_CHANNEL, row)
}

type ContactRow =
    (String, String, Option<String>, Option<String>, Option<String>, Option<String>, String);

fn contact_row(contact: &Contact) -> ContactRow {
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

#[async_trait::async_trait]
impl People for Sqlite {
    async fn account(&self, id: &AccountId) -> Result<Option<Arc<Account>>, Unavailable> {
        self.one("account", ACCOUNT, vec![id.to_string()], account).await
    }

    async fn channel(&self, id: &ChannelId) -> Result<Option<Arc<Channel>>, Unavailable> {
        self.one("channel", CHANNEL, vec![id.to_string()], channel).await
    }

    async fn user(&self, id: &UserId) -> Result<Option<Arc<User>>, Unavailable> {
        self.one("user", USER, vec![id.to_string()], user).await
    }

    async fn contact(&self, id: &ContactId) -> Result<Option<Arc<Contact>>, Unavailable> {
        self.one("contact", CONTACT, vec![id.to_string()], contact).await
    }

    async fn channel_by_address(
        &self,
        kind: &ChannelKind,
        address: &str,
    ) -> Result<Option<Arc<Channel>>, Unavailable> {
        let names = vec![kind.0.clone(), address_key(address)];
        self.one("channel_by_address", CHANNEL_BY_ADDRESS, names, channel).await
    }

    async fn put_account(&self, account: &Account) -> Result<(), PutError> {
        let row = (account.id.to_string(), account.name.clone(), account.time_zone.clone());
        self.put(PUT_ACCOUNT, row).await
    }

    async fn put_channel(&self, channel: &Channel) -> Result<(), PutError> {
        let channel = channel.clone();
        self.writer.run("putting", move |db| put_channel(db, &channel)).await
    }

    async fn put_user(&self, user: &User) -> Result<(), PutError> {
        let row = (
            user.id.to_string(),
            user.account.to_string(),
            user.name.clone(),
            user.email.clone(),
            user.image.clone(),
            user.role.clone(),
            user.active,
        );
        self.put(PUT_USER, row).await
    }

    async fn put_contact(&self, contact: &Contact) -> Result<(), PutError> {
        self.put(PUT_CONTACT, contact_row(contact)).await
    }

    async fn contact_by_phone(
        &self,
        phone: &PhoneNumber,
        fresh: Contact,
    ) -> Result<Arc<Contact>, Unavailable> {
        let names = vec![fresh.account.to_string(), phone.as_str().to_owned()];
        let known = self.one("contact_by_phone", CONTACT_BY_PHONE, names, contact).await?;
        if let Some(known) = known {
            return Ok(known);
        }
        // Whoever asks next must find it, so it is kept under the number that was asked for.
        let fresh = Contact { phone: Some(phone.as_str().to_owned()), ..fresh };
        let work = move |db: &Connection| {
            // Looked up again where nobody else writes.
            let known = db
                .prepare_cached(CONTACT_BY_PHONE)
                .and_then(|mut known| {
                    let names = params![fresh.account.as_str(), fresh.phone];
                    known.query_row(names, contact).optional()
                })
                .map_err(failed)?;
            match known {
                Some(known) => Ok(Arc::new(known)),
                None => match put(db, PUT_CONTACT, contact_row(&fresh)) {
                    Ok(()) => Ok(Arc::new(fresh)),
                    Err(error) => Err(Unavailable::new("putting", error)),
                },
            }
        };
        self.writer.run("putting", work).await
    }

    async fn put_push_token(&self, token: &PushToken) -> Result<(), Unavailable> {
        let row = [token.user.to_string(), token.token.clone()];
        let work = move |db: &Connection| {
            let sql =
                "INSERT INTO push_tokens (user, token) VALUES (?1, ?2) ON CONFLICT DO NOTHING";
            db.prepare_cached(sql)?.execute(row)
        };
        self.writer.run("putting", move |db| work(db).map(drop).map_err(failed)).await
    }

    async fn drop_push_token(&self, token: &PushToken) -> Result<(), Unavailable> {
        let row = [token.user.to_string(), token.token.clone()];
        let work = move |db: &Connection| {
            let sql = "DELETE FROM push_tokens WHERE user = ?1 AND token = ?2";
            db.prepare_cached(sql)?.execute(row)
        };
        self.writer.run("putting", move |db| work(db).map(drop).map_err(failed)).await
    }

    async fn push_tokens(&self, user: &UserId) -> Result<Vec<PushToken>, Unavailable> {
        let user = user.clone();
        let read = move |db: &Connection| {
            let token = |row: &Row| Ok(PushToken { user: user_id(row, 0)?, token: row.get(1)? });
            db.prepare_cached(PUSH_TOKENS)?.query_map([user.as_str()], token)?.collect()
        };
        self.readers.run("push_tokens", read).await
    }
}

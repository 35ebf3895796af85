//! Reference data. Read through a [`crate::store::PeopleCache`], so these are not the hot path.
use std::sync::Arc;

use actors::domain::{
    Account, AccountId, Channel, ChannelId, ChannelKind, Contact, ContactId, MailAddress,
    PhoneNumber, PushToken, User, UserId,
};
use actors::ports::{Clock, Member, People, PutError, Unavailable};
use rusqlite::{Connection, OptionalExtension, Params, Result, Row, params};

use super::columns::{signed, texts_column, timestamp, user_id};
use super::people_rows::*;
use super::{Readers, Sqlite, Writer, people_rows};
use crate::store::address_key;
use crate::store::people_cache::people_through_cache;

people_through_cache!(Sqlite);

/// The tables as they are; what was read lately is remembered in front of them.
pub struct PeopleTables {
    pub writer: Arc<Writer>,
    pub readers: Arc<Readers>,
    pub clock: Arc<dyn Clock>,
}

fn failed(error: rusqlite::Error) -> Unavailable {
    Unavailable::new("putting", error)
}

impl PeopleTables {
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

    /// So many users, whoever they are.
    pub async fn some_users(&self, limit: u64) -> Result<Vec<User>, Unavailable> {
        let limit = signed(limit);
        let read = move |db: &Connection| db.prepare(USERS)?.query_map([limit], user)?.collect();
        self.readers.run("users", read).await
    }

    /// The oldest contact by what `sql` compares, or `fresh`.
    async fn contact_by(
        &self,
        operation: &'static str,
        sql: &'static str,
        by: &str,
        fresh: Contact,
    ) -> Result<Arc<Contact>, Unavailable> {
        let names = vec![fresh.account.to_string(), by.to_owned()];
        if let Some(known) = self.one(operation, sql, names.clone(), contact).await? {
            return Ok(known);
        }
        let fresh = Arc::new(fresh);
        let work = move |db: &Connection| {
            // Looked up again where nobody else writes.
            let known = db
                .prepare_cached(sql)
                .and_then(|mut known| {
                    let names = rusqlite::params_from_iter(&names);
                    known.query_row(names, contact).optional()
                })
                .map_err(failed)?;
            match known {
                Some(known) => Ok(Arc::new(known)),
                None => match put(db, PUT_CONTACT, contact_row(&fresh)) {
                    Ok(()) => Ok(Arc::clone(&fresh)),
                    Err(error) => Err(Unavailable::new("putting", error)),
                },
            }
        };
        self.writer.run("putting", work).await
    }

    /// An upsert that touches no row of another account.
    async fn put<P: Params + Clone + Send + 'static>(
        &self,
        sql: &'static str,
        row: P,
    ) -> Result<(), PutError> {
        let work = move |db: &Connection| put(db, sql, row.clone());
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
        .and_then(|mut known| known.query_row([id], people_rows::channel).optional())
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

#[async_trait::async_trait]
impl People for PeopleTables {
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

    async fn channels_of(&self, account: &AccountId) -> Result<Vec<Arc<Channel>>, Unavailable> {
        let account = account.clone();
        let read = move |db: &Connection| {
            db.prepare_cached(CHANNELS_OF)?
                .query_map([account.as_str()], |row| people_rows::channel(row).map(Arc::new))?
                .collect()
        };
        self.readers.run("channels_of", read).await
    }

    async fn members_of(&self, account: &AccountId) -> Result<Vec<Member>, Unavailable> {
        let account = account.clone();
        let read = move |db: &Connection| {
            let member = |row: &Row| {
                Ok(Member { user: Arc::new(people_rows::user(row)?), since: timestamp(row, 7)? })
            };
            db.prepare_cached(MEMBERS)?.query_map([account.as_str()], member)?.collect()
        };
        self.readers.run("members_of", read).await
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
            self.clock.now().0,
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
        // Whoever asks next must find it, so it is kept under the number that was asked for.
        let fresh = Contact { phone: Some(phone.as_str().to_owned()), ..fresh };
        self.contact_by("contact_by_phone", CONTACT_BY_PHONE, phone.as_str(), fresh).await
    }

    async fn contact_by_email(
        &self,
        address: &MailAddress,
        fresh: Contact,
    ) -> Result<Arc<Contact>, Unavailable> {
        let fresh = Contact { email: Some(address.as_str().to_owned()), ..fresh };
        self.contact_by("contact_by_email", CONTACT_BY_EMAIL, address.as_str(), fresh).await
    }

    async fn put_push_token(&self, token: &PushToken) -> Result<(), Unavailable> {
        let (user, token) = (token.user.to_string(), token.token.clone());
        let work = move |db: &Connection| {
            let sql =
                "INSERT INTO push_tokens (user, token) VALUES (?1, ?2) ON CONFLICT DO NOTHING";
            db.prepare_cached(sql)?.execute([&user, &token])
        };
        self.writer.run("putting", move |db| work(db).map(drop).map_err(failed)).await
    }

    async fn drop_push_token(&self, token: &PushToken) -> Result<(), Unavailable> {
        let (user, token) = (token.user.to_string(), token.token.clone());
        let work = move |db: &Connection| {
            let sql = "DELETE FROM push_tokens WHERE user = ?1 AND token = ?2";
            db.prepare_cached(sql)?.execute([&user, &token])
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

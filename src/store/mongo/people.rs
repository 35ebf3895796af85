//! Reference data. Read through a [`PeopleCache`], so these are not the hot path.
use std::sync::Arc;

use actors::domain::{
    Account, AccountId, Channel, ChannelId, ChannelKind, Contact, ContactId, MailAddress,
    PhoneNumber, PushToken, User, UserId,
};
use actors::ports::{Clock, Member, People, PutError, Unavailable};
use bson::{Bson, Document, doc};
use futures_util::TryStreamExt;
use mongodb::options::{Collation, CollationStrength, FindOptions};
use mongodb::{Collection, Database};

use super::ask::{ask, ask_unique, find_all, find_by, find_one};
use super::collections::{ACCOUNTS, CHANNELS, CONTACTS, PUSH_TOKENS, USERS};
use super::fields::{Senseless, date, optional_timestamp};
use super::indexes::{Index, Only, index, unique};
use super::people_documents::{self, contact, push_token};
use super::put::put;
use super::{Mongo, ids};
use crate::store::address_key;
use crate::store::people_cache::{ENTRIES, people_through_cache};

people_through_cache!(Mongo);

pub const INDEXES: &[Index] = &[
    // An inbound message finds its contact, the oldest first. Not unique: imports may bring two
    // contacts with one number.
    index(CONTACTS, &[("account_id", 1), ("phone", 1), ("createdAt", 1), ("switchboard.age", 1)]),
    // And a mail its sender, whatever the case.
    Index {
        any_case: true,
        ..index(CONTACTS, &[("account_id", 1), ("email", 1), ("createdAt", 1)])
    },
    // Of those who make a contact for one number at a time, one succeeds.
    Index {
        only: Some(Only::Has("switchboard.made_for")),
        ..unique(CONTACTS, &[("switchboard.made_for", 1)])
    },
    // A provider names the receiver; there must be one answer.
    Index {
        only: Some(Only::Has("address_key")),
        ..unique(CHANNELS, &[("kind", 1), ("address_key", 1)])
    },
    index(USERS, &[("account_id", 1), ("createdAt", 1), ("_id", 1)]),
    // An account's, in the order they were first put.
    index(CHANNELS, &[("account_id", 1), ("createdAt", 1), ("_id", 1)]),
    unique(PUSH_TOKENS, &[("user_id", 1), ("token", 1)]),
];

const BY_ADDRESS: &str = "kind_1_address_key_1";

/// Most devices of one user that are read.
const MOST_TOKENS: usize = 1_000;
/// Most channels of one account that are read.
const MOST_CHANNELS: usize = 10_000;
/// Most users of one account that are read.
const MOST_MEMBERS: usize = 10_000;
/// Users read ahead in one question.
const USERS_AT_ONCE: usize = 5_000;
/// Times a contact is looked for that others make, or move to another number, meanwhile.
const TRIES: usize = 5;

const PUTTING: &str = "putting";

/// The collections as they are; what was read lately is remembered in front of them.
pub struct PeopleCollections {
    pub database: Database,
    pub clock: Arc<dyn Clock>,
}

impl Mongo {
    /// Reads users before anybody else could, as many as are remembered.
    ///
    /// # Errors
    ///
    /// [`Unavailable`]: they were not read, or one makes no sense. Whoever is needed is read then.
    pub async fn read_users_ahead(&self) -> Result<(), Unavailable> {
        let most = usize::try_from(ENTRIES).unwrap_or(usize::MAX);
        let users = self.people.inner().collection(USERS);
        let (mut after, mut read) = (Bson::MinKey, 0);
        while read < most {
            let filter = doc! { "_id": { "$gt": after.clone() } };
            let order = doc! { "_id": 1 };
            let page = find_all("users", &users, filter, order, USERS_AT_ONCE).await?;
            let Some(last) = page.last().and_then(|last| last.get("_id")) else { break };
            after = last.clone();
            read += page.len();
            let page: Result<Vec<_>, _> = page.iter().map(people_documents::user).collect();
            self.people.begin_with(page?.into_iter().filter(|user| user.active).collect());
        }
        Ok(())
    }
}

/// What a contact is looked for by.
enum By<'a> {
    Phone(&'a PhoneNumber),
    Email(&'a MailAddress),
}

impl By<'_> {
    fn field(&self) -> (&'static str, &str) {
        match self {
            Self::Phone(phone) => ("phone", phone.as_str()),
            Self::Email(address) => ("email", address.as_str()),
        }
    }

    fn is_of(&self, contact: &Contact) -> bool {
        match self {
            Self::Phone(phone) => contact.phone.as_deref() == Some(phone.as_str()),
            Self::Email(address) => {
                contact.email.as_deref().is_some_and(|known| address.same(known))
            }
        }
    }

    /// Unique among contacts that were made because nobody was found by it. No id holds a line
    /// feed.
    fn made_for(&self, account: &AccountId) -> String {
        let (field, value) = self.field();
        format!("{field}\n{account}\n{}", value.to_ascii_lowercase())
    }
}

/// Letters alike but for their case, as an index with `any_case` has them.
pub fn any_case() -> Collation {
    Collation::builder().locale("en").strength(CollationStrength::Secondary).build()
}

impl PeopleCollections {
    fn collection(&self, name: &str) -> Collection<Document> {
        self.database.collection(name)
    }

    async fn one<T>(
        &self,
        collection: &str,
        filter: Document,
        read: fn(&Document) -> Result<T, Senseless>,
    ) -> Result<Option<Arc<T>>, Unavailable> {
        let found = find_one("reading", &self.collection(collection), filter).await?;
        Ok(found.as_ref().map(read).transpose()?.map(Arc::new))
    }

    /// The oldest contact of an account by a number or address.
    async fn oldest(
        &self,
        by: &By<'_>,
        account: &AccountId,
    ) -> Result<Option<Contact>, Unavailable> {
        let (field, value) = by.field();
        let mut options = FindOptions::builder()
            .sort(doc! { "createdAt": 1, "switchboard.age": 1, "_id": 1 })
            .build();
        options.collation = matches!(by, By::Email(_)).then(any_case);
        let filter = doc! { "account_id": ids::of_account(account), field: value };
        let first = async {
            let contacts = self.collection(CONTACTS);
            let mut found = contacts.find(filter).with_options(options).await?;
            while let Some(document) = found.try_next().await? {
                // What the index takes for the same need not be.
                let known = contact(&document)
                    .map(|known| (known.account == *account && by.is_of(&known)).then_some(known));
                if !matches!(known, Ok(None)) {
                    return Ok(Some(known));
                }
            }
            Ok(None)
        };
        let found = ask("reading", first).await?;
        Ok(found.transpose()?.flatten())
    }

    /// The oldest contact by a number or address, or `fresh`.
    async fn contact_by(&self, by: By<'_>, fresh: Contact) -> Result<Arc<Contact>, Unavailable> {
        let contacts = self.collection(CONTACTS);
        let made_for = by.made_for(&fresh.account);
        for _ in 0..TRIES {
            if let Some(known) = self.oldest(&by, &fresh.account).await? {
                return Ok(Arc::new(known));
            }
            let now = self.clock.now();
            let document = people_documents::fresh_contact(&fresh, &made_for, now);
            if ask_unique(PUTTING, contacts.insert_one(document)).await?.is_some() {
                return Ok(Arc::new(fresh));
            }
            // Somebody was faster. Changing nothing waits until theirs is kept for good, which
            // reading does not.
            let theirs = doc! { "switchboard.made_for": &made_for };
            let nothing = doc! { "$unset": { "switchboard.nothing": "" } };
            let theirs = ask(PUTTING, contacts.find_one_and_update(theirs, nothing)).await?;
            let Some(theirs) = theirs else { continue };
            let known = contact(&theirs)?;
            if by.is_of(&known) {
                return Ok(Arc::new(known));
            }
            // Another service moved it to another number since, so that it is in nobody's way.
            let (field, _) = by.field();
            let moved = doc! {
                "_id": ids::id(known.id.as_str()),
                "switchboard.made_for": &made_for,
                field: theirs.get(field).cloned().unwrap_or(Bson::Null),
            };
            let free = doc! { "$unset": { "switchboard.made_for": "" } };
            ask(PUTTING, contacts.update_one(moved, free)).await?;
        }
        Err(Unavailable::new(PUTTING, "others change the same contact all the time"))
    }
}

#[async_trait::async_trait]
impl People for PeopleCollections {
    async fn account(&self, id: &AccountId) -> Result<Option<Arc<Account>>, Unavailable> {
        self.one(ACCOUNTS, by_id(id.as_str()), people_documents::account).await
    }

    async fn channel(&self, id: &ChannelId) -> Result<Option<Arc<Channel>>, Unavailable> {
        self.one(CHANNELS, by_id(id.as_str()), people_documents::channel).await
    }

    async fn user(&self, id: &UserId) -> Result<Option<Arc<User>>, Unavailable> {
        self.one(USERS, by_id(id.as_str()), people_documents::user).await
    }

    async fn contact(&self, id: &ContactId) -> Result<Option<Arc<Contact>>, Unavailable> {
        self.one(CONTACTS, by_id(id.as_str()), contact).await
    }

    async fn channels_of(&self, account: &AccountId) -> Result<Vec<Arc<Channel>>, Unavailable> {
        let channels = self.collection(CHANNELS);
        let filter = doc! { "account_id": ids::of_account(account) };
        let sort = doc! { "createdAt": 1, "_id": 1 };
        let found = find_all("reading", &channels, filter, sort, MOST_CHANNELS).await?;
        Ok(found
            .iter()
            .map(|one| people_documents::channel(one).map(Arc::new))
            .collect::<Result<_, _>>()?)
    }

    async fn members_of(&self, account: &AccountId) -> Result<Vec<Member>, Unavailable> {
        let users = self.collection(USERS);
        let filter = doc! { "account_id": ids::of_account(account), "active": { "$ne": false } };
        let sort = doc! { "createdAt": 1, "_id": 1 };
        let found = find_all("reading", &users, filter, sort, MOST_MEMBERS).await?;
        let member = |document: &Document| {
            let user = Arc::new(people_documents::user(document)?);
            let since = optional_timestamp(document, "createdAt")?.unwrap_or_default();
            Ok(Member { user, since })
        };
        Ok(found.iter().map(member).collect::<Result<_, Senseless>>()?)
    }

    async fn channel_by_address(
        &self,
        kind: &ChannelKind,
        address: &str,
    ) -> Result<Option<Arc<Channel>>, Unavailable> {
        let key = doc! { "$eq": address_key(address), "$exists": true };
        let filter = doc! { "kind": &kind.0, "address_key": key };
        let (channels, asked) = (self.collection(CHANNELS), (filter, doc! {}));
        let found = find_by(BY_ADDRESS, "reading", &channels, asked, 1).await?;
        Ok(found.first().map(people_documents::channel).transpose()?.map(Arc::new))
    }

    async fn put_account(&self, account: &Account) -> Result<(), PutError> {
        let change = people_documents::put_account(account, self.clock.now());
        let accounts = self.collection(ACCOUNTS);
        let put = accounts.update_one(by_id(account.id.as_str()), change).upsert(true);
        Ok(ask(PUTTING, put).await.map(drop)?)
    }

    async fn put_channel(&self, channel: &Channel) -> Result<(), PutError> {
        let change = people_documents::put_channel(channel, self.clock.now());
        let id = ids::id(channel.id.as_str());
        put(&self.collection(CHANNELS), id, &channel.account, change).await
    }

    async fn put_user(&self, user: &User) -> Result<(), PutError> {
        let change = people_documents::put_user(user, self.clock.now());
        put(&self.collection(USERS), ids::id(user.id.as_str()), &user.account, change).await
    }

    async fn put_contact(&self, contact: &Contact) -> Result<(), PutError> {
        let change = people_documents::put_contact(contact, self.clock.now());
        let id = ids::id(contact.id.as_str());
        put(&self.collection(CONTACTS), id, &contact.account, change).await
    }

    async fn contact_by_phone(
        &self,
        phone: &PhoneNumber,
        fresh: Contact,
    ) -> Result<Arc<Contact>, Unavailable> {
        // Whoever asks next must find it, so it is kept under the number that was asked for.
        let fresh = Contact { phone: Some(phone.as_str().to_owned()), ..fresh };
        self.contact_by(By::Phone(phone), fresh).await
    }

    async fn contact_by_email(
        &self,
        address: &MailAddress,
        fresh: Contact,
    ) -> Result<Arc<Contact>, Unavailable> {
        let fresh = Contact { email: Some(address.as_str().to_owned()), ..fresh };
        self.contact_by(By::Email(address), fresh).await
    }

    async fn put_push_token(&self, token: &PushToken) -> Result<(), Unavailable> {
        let now = date(self.clock.now());
        let change = doc! { "$setOnInsert": { "createdAt": now.clone(), "updatedAt": now } };
        let tokens = self.collection(PUSH_TOKENS);
        let put = tokens.update_one(by_token(token), change).upsert(true);
        // Refused: it was put at the same time.
        ask_unique(PUTTING, put).await.map(drop)
    }

    async fn drop_push_token(&self, token: &PushToken) -> Result<(), Unavailable> {
        let tokens = self.collection(PUSH_TOKENS);
        ask(PUTTING, tokens.delete_one(by_token(token))).await.map(drop)
    }

    async fn push_tokens(&self, user: &UserId) -> Result<Vec<PushToken>, Unavailable> {
        let filter = doc! { "user_id": ids::id(user.as_str()) };
        let tokens = self.collection(PUSH_TOKENS);
        let all = find_all("reading", &tokens, filter, doc! { "token": 1 }, MOST_TOKENS).await?;
        Ok(all.iter().map(push_token).collect::<Result<_, _>>()?)
    }
}

fn by_id(id: &str) -> Document {
    doc! { "_id": ids::id(id) }
}

fn by_token(token: &PushToken) -> Document {
    doc! { "user_id": ids::id(token.user.as_str()), "token": &token.token }
}

//! People that were read lately, kept in memory for a while.
mod kept;
mod through;

use std::sync::{Arc, OnceLock};
use std::time::Duration;

use actors::domain::{
    Account, AccountId, Channel, ChannelId, ChannelKind, Contact, ContactId, MailAddress,
    PhoneNumber, PushToken, User, UserId,
};
use actors::ports::{Cluster, Member, People, Person, PutError, Unavailable};
use moka::sync::Cache;

use self::kept::Kept;
pub(super) use self::through::people_through_cache;
use super::address_key;

/// How long another process's change may go unseen.
const LIFETIME: Duration = Duration::from_secs(60);
/// Entries per kind. The one longest unused makes room.
pub(super) const ENTRIES: u64 = 50_000;

/// Remembers what any [`People`] said. What this process puts, it reads back at once.
pub struct PeopleCache<P> {
    people: P,
    accounts: Kept<AccountId, Account>,
    channels: Kept<ChannelId, Channel>,
    users: Kept<UserId, User>,
    contacts: Kept<ContactId, Contact>,
    /// Whose number it is in an account; believed only if that contact still says so.
    phones: Kept<(AccountId, String), ContactId>,
    /// Whose address it was; believed only if that channel still says so.
    addresses: Cache<(ChannelKind, String), ChannelId>,
    /// Who else remembers what is put here.
    others: OnceLock<Arc<dyn Cluster>>,
}

impl<P: People> PeopleCache<P> {
    pub fn new(people: P) -> Self {
        Self {
            people,
            accounts: Kept::new(ENTRIES, LIFETIME),
            channels: Kept::new(ENTRIES, LIFETIME),
            users: Kept::new(ENTRIES, LIFETIME),
            contacts: Kept::new(ENTRIES, LIFETIME),
            phones: Kept::new(ENTRIES, LIFETIME),
            addresses: Cache::builder().max_capacity(ENTRIES).time_to_live(LIFETIME).build(),
            others: OnceLock::new(),
        }
    }

    /// Whatever came of a put, it may have been kept.
    async fn tell<T>(&self, put: impl Future<Output = T>, person: Person) -> T {
        let done = put.await;
        if let Some(others) = self.others.get() {
            others.changed(&person);
        }
        done
    }

    pub fn inner(&self) -> &P {
        &self.people
    }

    /// Users as they were read just now, before anybody else could: so that a storm of sessions
    /// that come back after a restart does not read them one by one.
    pub fn begin_with(&self, users: Vec<User>) {
        for user in users {
            self.users.begin_with(user.id.clone(), user);
        }
    }
}

#[async_trait::async_trait]
impl<P: People> People for PeopleCache<P> {
    async fn account(&self, id: &AccountId) -> Result<Option<Arc<Account>>, Unavailable> {
        self.accounts.read(id, self.people.account(id)).await
    }

    async fn channel(&self, id: &ChannelId) -> Result<Option<Arc<Channel>>, Unavailable> {
        self.channels.read(id, self.people.channel(id)).await
    }

    async fn user(&self, id: &UserId) -> Result<Option<Arc<User>>, Unavailable> {
        self.users.read(id, self.people.user(id)).await
    }

    async fn contact(&self, id: &ContactId) -> Result<Option<Arc<Contact>>, Unavailable> {
        self.contacts.read(id, self.people.contact(id)).await
    }

    async fn channels_of(&self, account: &AccountId) -> Result<Vec<Arc<Channel>>, Unavailable> {
        self.people.channels_of(account).await
    }

    async fn members_of(&self, account: &AccountId) -> Result<Vec<Member>, Unavailable> {
        self.people.members_of(account).await
    }

    async fn channel_by_address(
        &self,
        kind: &ChannelKind,
        address: &str,
    ) -> Result<Option<Arc<Channel>>, Unavailable> {
        let name = (kind.clone(), address_key(address));
        if let Some(id) = self.addresses.get(&name)
            && let Some(channel) = self.channel(&id).await?
            && channel.kind == name.0
            && channel.address.as_deref().map(address_key).as_ref() == Some(&name.1)
        {
            return Ok(Some(channel));
        }
        let channel = self.people.channel_by_address(kind, address).await?;
        if let Some(channel) = &channel {
            self.addresses.insert(name, channel.id.clone());
        }
        Ok(channel)
    }

    async fn put_account(&self, account: &Account) -> Result<(), PutError> {
        let put = self.accounts.put(&account.id, self.people.put_account(account));
        self.tell(put, Person::Account(account.id.clone())).await
    }

    async fn put_channel(&self, channel: &Channel) -> Result<(), PutError> {
        let put = self.channels.put(&channel.id, self.people.put_channel(channel));
        self.tell(put, Person::Channel(channel.id.clone())).await
    }

    async fn put_user(&self, user: &User) -> Result<(), PutError> {
        let put = self.users.put(&user.id, self.people.put_user(user));
        self.tell(put, Person::User(user.id.clone())).await
    }

    async fn put_contact(&self, contact: &Contact) -> Result<(), PutError> {
        let put = self.contacts.put(&contact.id, self.people.put_contact(contact));
        match &contact.phone {
            // An older contact may have come to this number.
            Some(phone) => {
                let number = (contact.account.clone(), phone.clone());
                let put = self.phones.put(&number, put);
                self.tell(put, Person::Contact(contact.id.clone())).await
            }
            None => self.tell(put, Person::Contact(contact.id.clone())).await,
        }
    }

    async fn contact_by_phone(
        &self,
        phone: &PhoneNumber,
        fresh: Contact,
    ) -> Result<Arc<Contact>, Unavailable> {
        let (account, number) = (fresh.account.clone(), Some(phone.as_str()));
        let name = (account, phone.as_str().to_owned());
        let mut found = None;
        let id = self.phones.read(&name, async {
            let contact = self.people.contact_by_phone(phone, fresh.clone()).await?;
            let id = Arc::new(contact.id.clone());
            found = Some(contact);
            Ok(Some(id))
        });
        let id = id.await?;
        if let Some(contact) = found {
            return Ok(contact);
        }
        if let Some(id) = id
            && let Some(contact) = self.contact(&id).await?
            && contact.account == name.0
            && contact.phone.as_deref() == number
        {
            return Ok(contact);
        }
        self.people.contact_by_phone(phone, fresh).await
    }

    async fn contact_by_email(
        &self,
        address: &MailAddress,
        fresh: Contact,
    ) -> Result<Arc<Contact>, Unavailable> {
        self.people.contact_by_email(address, fresh).await
    }

    async fn put_push_token(&self, token: &PushToken) -> Result<(), Unavailable> {
        self.people.put_push_token(token).await
    }

    async fn drop_push_token(&self, token: &PushToken) -> Result<(), Unavailable> {
        self.people.drop_push_token(token).await
    }

    async fn push_tokens(&self, user: &UserId) -> Result<Vec<PushToken>, Unavailable> {
        self.people.push_tokens(user).await
    }

    /// A number that moved to another contact is believed only if its contact still says so.
    fn forget(&self, person: &Person) {
        match person {
            Person::Account(id) => self.accounts.forget(id),
            Person::Channel(id) => self.channels.forget(id),
            Person::User(id) => self.users.forget(id),
            Person::Contact(id) => self.contacts.forget(id),
        }
    }

    fn tell_changes_to(&self, others: Arc<dyn Cluster>) {
        let _ = self.others.set(others);
    }
}

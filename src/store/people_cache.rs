//! People that were read lately, kept in memory for a while.
use std::hash::{BuildHasher, Hash, RandomState};
use std::sync::Arc;
use std::time::Duration;

use actors::domain::{
    Account, AccountId, Channel, ChannelId, ChannelKind, Contact, ContactId, MailAddress,
    PhoneNumber, PushToken, User, UserId,
};
use actors::ports::{People, PutError, Unavailable};
use moka::sync::Cache;
use parking_lot::Mutex;

use super::address_key;

/// How long another process's change may go unseen.
const LIFETIME: Duration = Duration::from_secs(60);
/// Entries per kind. The one longest unused makes room.
const ENTRIES: u64 = 50_000;
/// Two keys that share a counter cost each other at most a second reading.
const COUNTERS: usize = 64;

/// Remembers what any [`People`] said. What this process puts, it reads back at once.
pub struct PeopleCache<P> {
    people: P,
    accounts: Kept<AccountId, Account>,
    channels: Kept<ChannelId, Channel>,
    users: Kept<UserId, User>,
    contacts: Kept<ContactId, Contact>,
    /// Whose address it was; believed only if that channel still says so.
    addresses: Cache<(ChannelKind, String), ChannelId>,
}

/// What was read, and how often each was put meanwhile.
///
/// Someone may read an old value, then be overtaken by a put, and then come to keep it. A value
/// is therefore kept only if nothing was put since before it was read.
struct Kept<K, V> {
    values: Cache<K, Arc<V>>,
    puts: [Mutex<u64>; COUNTERS],
    hasher: RandomState,
}

impl<K, V> Kept<K, V>
where
    K: Hash + Eq + Clone + Send + Sync + 'static,
    V: Send + Sync + 'static,
{
    fn new() -> Self {
        Self {
            values: Cache::builder().max_capacity(ENTRIES).time_to_live(LIFETIME).build(),
            puts: std::array::from_fn(|_| Mutex::new(0)),
            hasher: RandomState::new(),
        }
    }

    fn puts(&self, key: &K) -> &Mutex<u64> {
        &self.puts[self.hasher.hash_one(key) as usize % COUNTERS]
    }

    /// What does not exist is not remembered: it is often about to.
    async fn read(
        &self,
        key: &K,
        read: impl Future<Output = Result<Option<Arc<V>>, Unavailable>>,
    ) -> Result<Option<Arc<V>>, Unavailable> {
        if let Some(value) = self.values.get(key) {
            return Ok(Some(value));
        }
        let before = *self.puts(key).lock();
        let value = read.await?;
        if let Some(value) = &value {
            let puts = self.puts(key).lock();
            if *puts == before {
                self.values.insert(key.clone(), Arc::clone(value));
            }
        }
        Ok(value)
    }

    /// Forgets when the put is over, whatever came of it: a failed one may have been kept.
    ///
    /// The new value is not inserted, since of two puts at once we cannot tell which was last.
    async fn put<T>(&self, key: &K, put: impl Future<Output = T>) -> T {
        struct Forget<'a, K: Hash + Eq + Clone + Send + Sync + 'static, V: Send + Sync + 'static>(
            &'a Kept<K, V>,
            &'a K,
        );
        impl<K: Hash + Eq + Clone + Send + Sync + 'static, V: Send + Sync + 'static> Drop
            for Forget<'_, K, V>
        {
            fn drop(&mut self) {
                let mut puts = self.0.puts(self.1).lock();
                *puts += 1;
                self.0.values.invalidate(self.1);
            }
        }
        // Also when the caller stops waiting.
        let _forget = Forget(self, key);
        put.await
    }
}

impl<P: People> PeopleCache<P> {
    pub fn new(people: P) -> Self {
        Self {
            people,
            accounts: Kept::new(),
            channels: Kept::new(),
            users: Kept::new(),
            contacts: Kept::new(),
            addresses: Cache::builder().max_capacity(ENTRIES).time_to_live(LIFETIME).build(),
        }
    }

    pub fn inner(&self) -> &P {
        &self.people
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
        self.accounts.put(&account.id, self.people.put_account(account)).await
    }

    async fn put_channel(&self, channel: &Channel) -> Result<(), PutError> {
        self.channels.put(&channel.id, self.people.put_channel(channel)).await
    }

    async fn put_user(&self, user: &User) -> Result<(), PutError> {
        self.users.put(&user.id, self.people.put_user(user)).await
    }

    async fn put_contact(&self, contact: &Contact) -> Result<(), PutError> {
        self.contacts.put(&contact.id, self.people.put_contact(contact)).await
    }

    async fn contact_by_phone(
        &self,
        phone: &PhoneNumber,
        fresh: Contact,
    ) -> Result<Arc<Contact>, Unavailable> {
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
}

#[cfg(test)]
mod tests {
    use futures_util::FutureExt;
    use tokio::sync::oneshot;

    use super::*;

    fn kept() -> (Kept<u8, &'static str>, u8) {
        (Kept::new(), 7)
    }

    async fn says(value: &'static str) -> Result<Option<Arc<&'static str>>, Unavailable> {
        Ok(Some(Arc::new(value)))
    }

    #[tokio::test]
    async fn what_was_read_is_not_asked_for_again() {
        let (kept, key) = kept();

        kept.read(&key, says("first")).await.unwrap();

        assert_eq!(**kept.read(&key, says("second")).await.unwrap().unwrap(), *"first");
    }

    #[tokio::test]
    async fn a_reader_overtaken_by_a_put_does_not_keep_what_it_read() {
        let (kept, key) = kept();
        let (release, wait) = oneshot::channel();
        let mut slow = Box::pin(kept.read(&key, async {
            wait.await.unwrap();
            says("old").await
        }));
        assert!(slow.as_mut().now_or_never().is_none());

        kept.put(&key, async {}).await;
        release.send(()).unwrap();

        assert_eq!(**slow.await.unwrap().unwrap(), *"old", "it asked before the put");
        assert_eq!(**kept.read(&key, says("new")).await.unwrap().unwrap(), *"new");
    }

    #[tokio::test]
    async fn a_put_whose_caller_stopped_waiting_makes_forgotten_too() {
        let (kept, key) = kept();
        kept.read(&key, says("old")).await.unwrap();

        assert!(kept.put(&key, std::future::pending::<()>()).now_or_never().is_none());

        assert_eq!(**kept.read(&key, says("new")).await.unwrap().unwrap(), *"new");
    }
}

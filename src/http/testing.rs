//! People in memory, for tests of what stands above the store.

use std::collections::HashMap;
use std::hash::Hash;
use std::sync::Arc;

use actors::Watermark;
use actors::domain::*;
use actors::ports::{
    Clock, CommitError, Committed, Communications, Conversations, Member, People, Put, PutError,
    TeamKeys, Unavailable,
};
use actors::testing::MemoryStore;
use parking_lot::Mutex;

/// A moment that does not pass.
pub struct FixedClock(pub Timestamp);

impl Clock for FixedClock {
    fn now(&self) -> Timestamp {
        self.0
    }
}

type Table<K, V> = Mutex<HashMap<K, Arc<V>>>;

/// Enough of the People and Communications ports to try a face against.
#[derive(Default)]
pub struct MemoryPeople {
    accounts: Table<AccountId, Account>,
    channels: Table<ChannelId, Channel>,
    users: Table<UserId, User>,
    contacts: Table<ContactId, Contact>,
    tokens: Mutex<Vec<PushToken>>,
    communications: Table<MessageId, Communication>,
}

/// An active user of the default account.
pub fn user(name: &str) -> User {
    User {
        id: UserId::parse(name).unwrap(),
        account: AccountId::default_account(),
        name: name.to_uppercase(),
        email: format!("{name}@example.com"),
        image: None,
        role: None,
        active: true,
    }
}

fn get<K: Eq + Hash, V>(table: &Table<K, V>, id: &K) -> Result<Option<Arc<V>>, Unavailable> {
    Ok(table.lock().get(id).cloned())
}

fn put<K: Eq + Hash, V: Clone>(
    table: &Table<K, V>,
    id: K,
    value: &V,
    account: impl Fn(&V) -> &AccountId,
) -> Result<(), PutError> {
    let mut table = table.lock();
    if table.get(&id).is_some_and(|there| account(there) != account(value)) {
        return Err(PutError::OtherAccount);
    }
    table.insert(id, Arc::new(value.clone()));
    Ok(())
}

#[async_trait::async_trait]
impl People for MemoryPeople {
    async fn account(&self, id: &AccountId) -> Result<Option<Arc<Account>>, Unavailable> {
        get(&self.accounts, id)
    }

    async fn channel(&self, id: &ChannelId) -> Result<Option<Arc<Channel>>, Unavailable> {
        get(&self.channels, id)
    }

    async fn user(&self, id: &UserId) -> Result<Option<Arc<User>>, Unavailable> {
        get(&self.users, id)
    }

    async fn contact(&self, id: &ContactId) -> Result<Option<Arc<Contact>>, Unavailable> {
        get(&self.contacts, id)
    }

    async fn channels_of(&self, account: &AccountId) -> Result<Vec<Arc<Channel>>, Unavailable> {
        let theirs = |channel: &&Arc<Channel>| channel.account == *account;
        Ok(self.channels.lock().values().filter(theirs).cloned().collect())
    }

    async fn members_of(&self, _: &AccountId) -> Result<Vec<Member>, Unavailable> {
        Ok(Vec::new())
    }

    async fn channel_by_address(
        &self,
        kind: &ChannelKind,
        address: &str,
    ) -> Result<Option<Arc<Channel>>, Unavailable> {
        let matches = |c: &&Arc<Channel>| c.kind == *kind && c.address.as_deref() == Some(address);
        Ok(self.channels.lock().values().find(matches).cloned())
    }

    async fn put_account(&self, account: &Account) -> Result<(), PutError> {
        put(&self.accounts, account.id.clone(), account, |account| &account.id)
    }

    async fn put_channel(&self, channel: &Channel) -> Result<(), PutError> {
        let taken = |other: &Arc<Channel>| {
            other.id != channel.id
                && other.kind == channel.kind
                && other.address.is_some()
                && other.address == channel.address
        };
        if self.channels.lock().values().any(taken) {
            return Err(PutError::Taken);
        }
        put(&self.channels, channel.id.clone(), channel, |channel| &channel.account)
    }

    async fn put_user(&self, user: &User) -> Result<(), PutError> {
        put(&self.users, user.id.clone(), user, |user| &user.account)
    }

    async fn put_contact(&self, contact: &Contact) -> Result<(), PutError> {
        put(&self.contacts, contact.id.clone(), contact, |contact| &contact.account)
    }

    async fn contact_by_phone(
        &self,
        _: &PhoneNumber,
        fresh: Contact,
    ) -> Result<Arc<Contact>, Unavailable> {
        Ok(Arc::new(fresh))
    }

    async fn contact_by_email(
        &self,
        _: &MailAddress,
        fresh: Contact,
    ) -> Result<Arc<Contact>, Unavailable> {
        Ok(Arc::new(fresh))
    }

    async fn put_push_token(&self, token: &PushToken) -> Result<(), Unavailable> {
        let mut tokens = self.tokens.lock();
        if !tokens.contains(token) {
            tokens.push(token.clone());
        }
        Ok(())
    }

    async fn drop_push_token(&self, token: &PushToken) -> Result<(), Unavailable> {
        self.tokens.lock().retain(|kept| kept != token);
        Ok(())
    }

    async fn push_tokens(&self, user: &UserId) -> Result<Vec<PushToken>, Unavailable> {
        Ok(self.tokens.lock().iter().filter(|token| token.user == *user).cloned().collect())
    }
}

#[async_trait::async_trait]
impl Communications for MemoryPeople {
    async fn put_communication(&self, new: &Communication) -> Result<Put, Unavailable> {
        let mut kept = self.communications.lock();
        if let Some(there) = kept.get(&new.message.id).filter(|there| there.emitted) {
            let same = Communication { emitted: true, ..new.clone() } == **there;
            return Ok(if same { Put::Same } else { Put::Fixed });
        }
        kept.insert(new.message.id.clone(), Arc::new(new.clone()));
        Ok(Put::Stored)
    }

    async fn communication(&self, id: &MessageId) -> Result<Option<Communication>, Unavailable> {
        Ok(self.communications.lock().get(id).map(|kept| (**kept).clone()))
    }

    async fn forgotten(&self, _: Timestamp, _: usize) -> Result<Vec<MessageId>, Unavailable> {
        Ok(Vec::new())
    }

    async fn forget_anew(&self, _: &MessageId, _: Timestamp) -> Result<(), Unavailable> {
        Ok(())
    }

    async fn emitted(&self, communication: &Communication) -> Result<(), Unavailable> {
        let emitted = Communication { emitted: true, ..communication.clone() };
        self.communications.lock().insert(communication.message.id.clone(), Arc::new(emitted));
        Ok(())
    }
}

/// No conversation is there, and none can be made.
#[async_trait::async_trait]
impl Conversations for MemoryPeople {
    async fn load(&self, _: &ConversationId) -> Result<Option<Conversation>, Unavailable> {
        Ok(None)
    }

    async fn find(&self, _: &Key) -> Result<Option<ConversationId>, Unavailable> {
        Ok(None)
    }

    async fn of_contact(
        &self,
        _: &AccountId,
        _: &ContactId,
    ) -> Result<Vec<ConversationId>, Unavailable> {
        Ok(Vec::new())
    }

    async fn commit(&self, _: &Change) -> Result<Committed, CommitError> {
        Err(CommitError::Stale)
    }
}

/// A place for team keys that has none yet.
pub fn team_keys() -> Arc<dyn TeamKeys> {
    let watermark = Watermark::starting_at(Position(0));
    Arc::new(MemoryStore::new(Arc::new(watermark)))
}

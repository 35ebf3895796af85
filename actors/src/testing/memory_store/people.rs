//! People; of accounts and devices nothing is kept, since no actor asks for them.
use std::sync::Arc;

use async_trait::async_trait;

use super::MemoryStore;
use crate::domain::*;
use crate::ports::*;

#[async_trait]
impl People for MemoryStore {
    async fn account(&self, _: &AccountId) -> Result<Option<Arc<Account>>, Unavailable> {
        Ok(None)
    }

    async fn channel(&self, id: &ChannelId) -> Result<Option<Arc<Channel>>, Unavailable> {
        Ok(self.kept().channels.get(id).cloned())
    }

    async fn channels_of(&self, account: &AccountId) -> Result<Vec<Arc<Channel>>, Unavailable> {
        let kept = self.kept();
        Ok(kept.channels.values().filter(|c| c.account == *account).cloned().collect())
    }

    async fn user(&self, id: &UserId) -> Result<Option<Arc<User>>, Unavailable> {
        Ok(self.kept().users.get(id).cloned())
    }

    async fn contact(&self, id: &ContactId) -> Result<Option<Arc<Contact>>, Unavailable> {
        Ok(self.kept().contacts.get(id).cloned())
    }

    async fn members_of(&self, account: &AccountId) -> Result<Vec<Member>, Unavailable> {
        let kept = self.kept();
        let theirs = kept.users.values().filter(|user| user.active && user.account == *account);
        let member = |user: &Arc<User>| Member { user: Arc::clone(user), since: Timestamp(0) };
        let mut members: Vec<_> = theirs.map(member).collect();
        members.sort_by(|a, b| a.user.id.cmp(&b.user.id));
        Ok(members)
    }

    async fn channel_by_address(
        &self,
        kind: &ChannelKind,
        address: &str,
    ) -> Result<Option<Arc<Channel>>, Unavailable> {
        let kept = self.kept();
        let here = |c: &&Arc<Channel>| c.kind == *kind && c.address.as_deref() == Some(address);
        Ok(kept.channels.values().find(here).cloned())
    }

    async fn put_account(&self, _: &Account) -> Result<(), PutError> {
        Ok(())
    }

    async fn put_channel(&self, channel: &Channel) -> Result<(), PutError> {
        self.kept().channels.insert(channel.id.clone(), Arc::new(channel.clone()));
        Ok(())
    }

    async fn put_user(&self, user: &User) -> Result<(), PutError> {
        self.kept().users.insert(user.id.clone(), Arc::new(user.clone()));
        Ok(())
    }

    async fn put_contact(&self, contact: &Contact) -> Result<(), PutError> {
        self.kept().contacts.insert(contact.id.clone(), Arc::new(contact.clone()));
        Ok(())
    }

    async fn contact_by_phone(
        &self,
        phone: &PhoneNumber,
        fresh: Contact,
    ) -> Result<Arc<Contact>, Unavailable> {
        let mut kept = self.kept();
        let there = kept.contacts.values().find(|contact| {
            contact.account == fresh.account && contact.phone.as_deref() == Some(phone.as_str())
        });
        if let Some(there) = there {
            return Ok(Arc::clone(there));
        }
        let fresh = Arc::new(fresh);
        kept.contacts.insert(fresh.id.clone(), Arc::clone(&fresh));
        Ok(fresh)
    }

    async fn contact_by_email(
        &self,
        address: &MailAddress,
        fresh: Contact,
    ) -> Result<Arc<Contact>, Unavailable> {
        let mut kept = self.kept();
        let there = kept.contacts.values().find(|contact| {
            let known = contact.email.as_deref();
            contact.account == fresh.account && known.is_some_and(|known| address.same(known))
        });
        if let Some(there) = there {
            return Ok(Arc::clone(there));
        }
        let fresh = Arc::new(fresh);
        kept.contacts.insert(fresh.id.clone(), Arc::clone(&fresh));
        Ok(fresh)
    }

    async fn put_push_token(&self, _: &PushToken) -> Result<(), Unavailable> {
        Ok(())
    }

    async fn drop_push_token(&self, _: &PushToken) -> Result<(), Unavailable> {
        Ok(())
    }

    async fn push_tokens(&self, _: &UserId) -> Result<Vec<PushToken>, Unavailable> {
        Ok(Vec::new())
    }
}

use std::sync::Arc;

use super::{Caller, Engine, Failure};
use crate::domain::command::Begin;
use crate::domain::{AccountId, ChannelId, ContactId, Key, UserId};
use crate::registry::Target;

/// Begin a conversation with a contact, or reopen and join the one that is there.
#[derive(Clone, Debug)]
pub struct AddConversation {
    pub contact: ContactId,
    pub channel: ChannelId,
    pub users: Vec<UserId>,
    pub title: Option<String>,
    pub image: Vec<String>,
}

impl Engine {
    /// # Errors
    ///
    /// [`Failure::NotFound`] when contact, channel or any user is unknown in the caller's
    /// account; nothing changed then. [`Failure::Unavailable`]: perhaps done; repeating is safe.
    pub async fn add_conversation(
        &self,
        caller: &Caller,
        ask: AddConversation,
    ) -> Result<(), Failure> {
        let contact = self.store.contact(&ask.contact).await?;
        contact
            .filter(|contact| contact.account == caller.account)
            .ok_or(Failure::NotFound("contact"))?;
        self.known_channel(caller, &ask.channel).await?;
        self.known_users(caller, &ask.users).await?;

        let account = caller.account.clone();
        let key = Key { account, contact: ask.contact, channel: ask.channel };
        let begin =
            Begin { by: caller.user.clone(), users: ask.users, title: ask.title, image: ask.image };
        self.write_to(Target::Key(key), caller.within(None), Arc::new(begin)).await?;
        Ok(())
    }

    pub(super) async fn known_channel(
        &self,
        caller: &Caller,
        id: &ChannelId,
    ) -> Result<(), Failure> {
        let channel = self.store.channel(id).await?;
        let known = channel.is_some_and(|channel| channel.account == caller.account);
        known.then_some(()).ok_or(Failure::NotFound("channel"))
    }

    pub(super) async fn known_users(&self, caller: &Caller, ids: &[UserId]) -> Result<(), Failure> {
        self.users_of(&caller.account, ids).await
    }

    pub(super) async fn users_of(
        &self,
        account: &AccountId,
        ids: &[UserId],
    ) -> Result<(), Failure> {
        for id in ids {
            let user = self.store.user(id).await?;
            let known = user.is_some_and(|user| user.active && user.account == *account);
            known.then_some(()).ok_or(Failure::NotFound("user"))?;
        }
        Ok(())
    }
}

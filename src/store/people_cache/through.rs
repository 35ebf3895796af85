//! A store keeps its cache inside, so that nothing but people has to pass through it.

/// `people_through_cache!(Store)`: a store with a field `people` answers for people out of it.
macro_rules! people_through_cache {
    ($store:ty) => {
        $crate::store::people_cache::people_through_cache! { @ $store:
            account(id: &AccountId) -> Result<Option<Arc<Account>>, Unavailable>;
            channel(id: &ChannelId) -> Result<Option<Arc<Channel>>, Unavailable>;
            user(id: &UserId) -> Result<Option<Arc<User>>, Unavailable>;
            contact(id: &ContactId) -> Result<Option<Arc<Contact>>, Unavailable>;
            channels_of(account: &AccountId) -> Result<Vec<Arc<Channel>>, Unavailable>;
            members_of(account: &AccountId) -> Result<Vec<actors::ports::Member>, Unavailable>;
            channel_by_address(
                kind: &ChannelKind,
                address: &str,
            ) -> Result<Option<Arc<Channel>>, Unavailable>;
            put_account(account: &Account) -> Result<(), PutError>;
            put_channel(channel: &Channel) -> Result<(), PutError>;
            put_user(user: &User) -> Result<(), PutError>;
            put_contact(contact: &Contact) -> Result<(), PutError>;
            contact_by_phone(
                phone: &PhoneNumber,
                fresh: Contact,
            ) -> Result<Arc<Contact>, Unavailable>;
            contact_by_email(
                address: &MailAddress,
                fresh: Contact,
            ) -> Result<Arc<Contact>, Unavailable>;
            put_push_token(token: &PushToken) -> Result<(), Unavailable>;
            drop_push_token(token: &PushToken) -> Result<(), Unavailable>;
            push_tokens(user: &UserId) -> Result<Vec<PushToken>, Unavailable>;
        }
    };
    (@ $store:ty: $($method:ident($($name:ident: $of:ty),* $(,)?) -> $answer:ty;)*) => {
        #[async_trait::async_trait]
        impl People for $store {
            $(async fn $method(&self, $($name: $of),*) -> $answer {
                self.people.$method($($name),*).await
            })*

            fn forget(&self, person: &actors::ports::Person) {
                People::forget(&self.people, person);
            }

            fn tell_changes_to(&self, others: Arc<dyn actors::ports::Cluster>) {
                self.people.tell_changes_to(others);
            }
        }
    };
}

pub(in crate::store) use people_through_cache;

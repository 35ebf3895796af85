use std::sync::Arc;

use actors::domain::{Channel, Contact, Key, PhoneNumber};
use actors::ports::{Due, Provider, Store, Unavailable};

use super::code;
use crate::provider::{Providers, email};

/// From whom to whom a message goes, and who carries it.
pub struct Route {
    pub key: Key,
    pub channel: Arc<Channel>,
    pub provider: Arc<dyn Provider>,
    pub from: String,
    pub to: String,
}

/// Why there is no way: the `error_code` to tell people.
pub struct NoWay(pub &'static str);

impl Route {
    /// # Errors
    ///
    /// [`Unavailable`]: unknown.
    pub async fn find(
        store: &dyn Store,
        providers: &Providers,
        due: &Due,
    ) -> Result<Result<Self, NoWay>, Unavailable> {
        let Some(conversation) = store.load(&due.conversation).await? else {
            return Ok(Err(NoWay(code::NO_ADDRESS)));
        };
        let key = conversation.key;
        let Some(channel) = store.channel(&key.channel).await? else {
            return Ok(Err(NoWay(code::NO_ADDRESS)));
        };
        let Some(provider) = providers.of(&channel.kind).cloned() else {
            return Ok(Err(NoWay(code::NO_PROVIDER)));
        };
        let contact = store.contact(&key.contact).await?;
        let to = contact.and_then(|contact| address(&channel, &contact));
        let (Some(from), Some(to)) = (channel.address.clone(), to) else {
            return Ok(Err(NoWay(code::NO_ADDRESS)));
        };
        Ok(Ok(Self { key, channel, provider, from, to }))
    }
}

/// Where the contact is reached from this channel.
fn address(channel: &Channel, contact: &Contact) -> Option<String> {
    if channel.kind == email() {
        return contact.email.clone().filter(|mailbox| mailbox.contains('@'));
    }
    contact.phone.clone().filter(|phone| PhoneNumber::parse(phone).is_ok())
}

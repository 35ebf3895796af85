//! Conversations and their messages: everything they name has to be there already.
use std::collections::{BTreeMap, HashMap};

use actors::domain::{
    AccountId, ArchivedConversation, ArchivedMessage, Author, Communication, ConversationId, Key,
    Kind, UserId, Uuid,
};
use actors::ports::{ArchiveError, Kept, Store, Unavailable};
use futures_util::{StreamExt, TryStreamExt, stream};

use super::Fault;
use crate::documents::communication::Draft;
use crate::documents::resolve;

/// Documents that are on their way to the store at once, so that they share its commits.
const AT_ONCE: usize = 64;

/// What was read, and the line it stands on.
pub(super) type Lined<T> = (usize, T);

pub(super) struct Judge<'a> {
    store: &'a dyn Store,
    /// Looked up so far.
    keys: HashMap<ConversationId, Option<Key>>,
}

impl<'a> Judge<'a> {
    pub fn new(store: &'a dyn Store) -> Self {
        Self { store, keys: HashMap::new() }
    }

    /// Looks for everything that these conversations name, and for what would be refused.
    ///
    /// # Errors
    ///
    /// The [`Fault`] of every line that has one.
    pub async fn conversations(
        &self,
        documents: &[Lined<ArchivedConversation>],
    ) -> Result<(), Vec<Fault>> {
        let (mut faults, mut keys) = (Vec::new(), HashMap::new());
        for (line, conversation) in documents {
            let mut fault = |what: String| faults.push(Fault { line: *line, what });
            if let Some(first) = keys.insert(&conversation.key, line) {
                fault(format!("line {first} is about the same contact and channel"));
            }
            match self.unknown_in(conversation).await {
                Ok(None) => {}
                Ok(Some(what)) => {
                    fault(what.into());
                    continue;
                }
                Err(error) => {
                    fault(error.to_string());
                    continue;
                }
            }
            if let Err(error) = self.store.admit_conversation(conversation).await {
                fault(error.to_string());
            }
        }
        if faults.is_empty() { Ok(()) } else { Err(faults) }
    }

    async fn unknown_in(
        &self,
        conversation: &ArchivedConversation,
    ) -> Result<Option<&'static str>, Unavailable> {
        let Key { account, contact, channel } = &conversation.key;
        let contact = self.store.contact(contact).await?;
        if contact.is_none_or(|contact| contact.account != *account) {
            return Ok(Some("contact_id names nobody of this account"));
        }
        let channel = self.store.channel(channel).await?;
        if channel.is_none_or(|channel| channel.account != *account) {
            return Ok(Some("channel_id names no channel of this account"));
        }
        for own in &conversation.users {
            if !self.works_in(&own.user, account).await? {
                return Ok(Some("users names somebody who is no user of this account"));
            }
        }
        Ok(None)
    }

    async fn works_in(&self, user: &UserId, account: &AccountId) -> Result<bool, Unavailable> {
        Ok(self.store.user(user).await?.is_some_and(|user| user.account == *account))
    }

    /// Finds out whose each message is and where it stands, and what would be refused.
    ///
    /// # Errors
    ///
    /// The [`Fault`] of every line that has one.
    pub async fn messages(
        &mut self,
        drafts: Vec<Lined<Draft>>,
    ) -> Result<Vec<Lined<ArchivedMessage>>, Vec<Fault>> {
        let mut faults = Vec::new();
        let mut messages = Vec::with_capacity(drafts.len());
        let mut names: HashMap<(ConversationId, UserId, Uuid), usize> = HashMap::new();
        for (line, draft) in drafts {
            let message = match self.message(draft).await {
                Ok(message) => message,
                Err(what) => {
                    faults.push(Fault { line, what });
                    continue;
                }
            };
            let written = &message.communication.message;
            if let Author::User(author) = &written.author {
                for conversation in &message.stands_in {
                    let name = (conversation.clone(), author.clone(), written.uuid.clone());
                    if let Some(first) = names.insert(name, line) {
                        let what = format!("line {first} has the same author and UUID");
                        faults.push(Fault { line, what });
                        break;
                    }
                }
            }
            messages.push((line, message));
        }
        if faults.is_empty() { Ok(messages) } else { Err(faults) }
    }

    async fn message(&mut self, draft: Draft) -> Result<ArchivedMessage, String> {
        let resolved = resolve(draft, self.store, self.store).await;
        let mut communication = resolved.map_err(|fault| fault.to_string())?;
        communication.emitted = true;
        let stands_in = self.place(&communication).await.map_err(|error| error.to_string())??;
        let message = ArchivedMessage { communication, stands_in };
        self.store.admit_message(&message).await.map_err(|error| error.to_string())?;
        Ok(message)
    }

    /// Where a message stands, or who or what it names that is not there.
    async fn place(
        &mut self,
        communication: &Communication,
    ) -> Result<Result<Vec<ConversationId>, &'static str>, Unavailable> {
        let message = &communication.message;
        if let Author::User(author) = &message.author
            && !self.works_in(author, &message.account).await?
        {
            return Ok(Err("sent_by names nobody of this account"));
        }
        for user in &message.mentions {
            if !self.works_in(user, &message.account).await? {
                return Ok(Err("mentions names nobody of this account"));
            }
        }
        for id in &communication.conversations {
            match self.key(id).await? {
                None => return Ok(Err("conversation_id names an unknown conversation")),
                Some(key) if key.account != message.account || key.contact != message.contact => {
                    return Ok(Err("conversation_id names a conversation of another contact"));
                }
                Some(_) => {}
            }
        }
        if !communication.conversations.is_empty() {
            return Ok(Ok(communication.conversations.clone()));
        }
        if message.kind != Kind::Incoming {
            return Ok(Err("conversation_id is required"));
        }
        let stands_in = self.of_contact(communication).await?;
        Ok(if stands_in.is_empty() {
            Err("its contact has no conversation where it could stand")
        } else {
            Ok(stands_in)
        })
    }

    async fn key(&mut self, id: &ConversationId) -> Result<Option<Key>, Unavailable> {
        if let Some(known) = self.keys.get(id) {
            return Ok(known.clone());
        }
        let key = self.store.load(id).await?.map(|conversation| conversation.key);
        self.keys.insert(id.clone(), key.clone());
        Ok(key)
    }

    /// Where an incoming message stands that names no conversation: where it was put before, so
    /// that importing it again puts it nowhere else; else in those of its contact and channel.
    async fn of_contact(
        &mut self,
        communication: &Communication,
    ) -> Result<Vec<ConversationId>, Unavailable> {
        let known = self.store.communication(&communication.message.id).await?;
        if let Some(known) = known.filter(|known| known.emitted && !known.conversations.is_empty())
        {
            return Ok(known.conversations);
        }
        let (account, contact) = (&communication.message.account, &communication.message.contact);
        let mut stands_in = Vec::new();
        for id in self.store.of_contact(account, contact).await? {
            let channel = self.key(&id).await?.map(|key| key.channel);
            if communication.channel.is_none() || communication.channel == channel {
                stands_in.push(id);
            }
        }
        Ok(stands_in)
    }
}

/// Writes conversations that were judged. How many were left as they are, because something
/// happened to them here since they were imported first.
///
/// # Errors
///
/// One that could not be written. Doing it all again is safe.
pub(super) async fn keep_conversations(
    documents: &[Lined<ArchivedConversation>],
    store: &dyn Store,
) -> Result<usize, Fault> {
    let kept = stream::iter(documents).map(|(line, conversation)| async move {
        store.keep_conversation(conversation).await.map_err(|error| fault(*line, &error))
    });
    let lived_on = kept
        .buffer_unordered(AT_ONCE)
        .try_fold(0, |count, kept| async move { Ok(count + usize::from(kept == Kept::LivedOn)) });
    lived_on.await
}

/// Writes messages that were judged, all of one conversation together.
///
/// # Errors
///
/// The first line of a conversation that could not be written. Doing it all again is safe.
pub(super) async fn keep_messages(
    messages: Vec<Lined<ArchivedMessage>>,
    store: &dyn Store,
) -> Result<(), Fault> {
    let mut by_conversation: BTreeMap<ConversationId, (usize, Vec<ArchivedMessage>)> =
        BTreeMap::new();
    for (line, message) in messages {
        for conversation in &message.stands_in {
            let (_, here) =
                by_conversation.entry(conversation.clone()).or_insert_with(|| (line, Vec::new()));
            here.push(message.clone());
        }
    }
    let kept = stream::iter(by_conversation).map(|(id, (line, messages))| async move {
        store.keep_messages(&id, &messages).await.map_err(|error| fault(line, &error))
    });
    kept.buffer_unordered(AT_ONCE).try_collect().await
}

fn fault(line: usize, error: &ArchiveError) -> Fault {
    let what = format!("{error}; importing the file again is safe");
    Fault { line, what }
}

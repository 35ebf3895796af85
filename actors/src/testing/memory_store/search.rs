//! Search by going through everything there is.
use std::sync::Arc;

use async_trait::async_trait;

use super::MemoryStore;
use crate::domain::*;
use crate::ports::*;

fn is_found(contact: &Contact, words: &Words) -> bool {
    let given = [&contact.name, &contact.email].into_iter().flatten();
    let mut text: String = given.map(|field| format!("{field} ")).collect();
    for end in ends_of_number(contact.phone.as_deref().unwrap_or_default()) {
        text.push_str(&format!("{end} "));
    }
    words.begin_in(&text)
}

#[async_trait]
impl Search for MemoryStore {
    async fn search_messages(&self, query: &MessageSearch) -> Result<Vec<Placed>, Unavailable> {
        let viewer = match &query.reader {
            Reader::Team => Viewer::Team,
            Reader::User(user) => Viewer::User(user.clone()),
        };
        let place = |placed: &Placed| {
            (placed.message.created_at, placed.message.id.clone(), placed.conversation.clone())
        };
        let kept = self.kept();
        let seen = |placed: &&Placed| {
            let there = kept.conversations.get(&placed.conversation);
            there.is_some_and(|there| {
                there.key.account == query.account
                    && there.sight(&placed.message, &viewer).is_some()
            })
        };
        let beyond = |placed: &&Placed| {
            query.cut.as_ref().is_none_or(|SearchCut { at, message, conversation }| {
                place(placed) < (*at, message.clone(), conversation.clone())
            })
        };
        let holds = |placed: &&Placed| query.words.hold_in(&placed.message.text);
        let found = kept.messages.iter().filter(seen).filter(beyond).filter(holds);
        let mut found: Vec<_> = found.cloned().collect();
        found.sort_by_key(place);
        found.reverse();
        found.truncate(query.limit);
        Ok(found)
    }

    async fn search_contacts(
        &self,
        query: &ContactSearch,
    ) -> Result<Vec<Arc<Contact>>, Unavailable> {
        let kept = self.kept();
        let theirs = kept.contacts.values().filter(|contact| contact.account == query.account);
        let mut found: Vec<_> = theirs
            .filter(|contact| is_found(contact, &query.words))
            .filter(|contact| query.before.as_ref().is_none_or(|before| contact.id < *before))
            .cloned()
            .collect();
        found.sort_by_key(|contact| contact.id.clone());
        found.reverse();
        found.truncate(query.limit);
        Ok(found)
    }

    async fn which_match(
        &self,
        account: &AccountId,
        words: &Words,
        conversations: &[ConversationId],
    ) -> Result<Vec<ConversationId>, Unavailable> {
        let kept = self.kept();
        let matches = |id: &&ConversationId| {
            let Some(there) = kept.conversations.get(*id) else { return false };
            let contact = kept.contacts.get(&there.key.contact);
            let mut messages = kept.messages.iter().filter(|placed| placed.conversation == **id);
            there.key.account == *account
                && (contact.is_some_and(|contact| is_found(contact, words))
                    || messages.any(|placed| {
                        there.sight(&placed.message, &Viewer::Team).is_some()
                            && words.hold_in(&placed.message.text)
                    }))
        };
        Ok(conversations.iter().filter(matches).cloned().collect())
    }

    async fn index_waiting(&self, _: usize) -> Result<usize, Unavailable> {
        Ok(0)
    }
}

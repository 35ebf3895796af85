use std::collections::HashMap;
use std::sync::Arc;

use futures_util::future::try_join_all;

use super::{ConversationView, LabelsView, MessageView, TeamConversationView, Writer};
use crate::domain::{
    Author, Conversation, Json, Kind, Message, MessageId, Participant, Sight, Timestamp, UserId,
    Viewer,
};
use crate::ports::{Links, Store, Unavailable};

/// Fills in the people of one conversation, looking each message up once for all viewers.
pub struct Composer<'a> {
    store: &'a dyn Store,
    links: &'a dyn Links,
    conversation: Arc<Conversation>,
    now: Timestamp,
    users: Option<Vec<Writer>>,
    labels: Option<LabelsView>,
    messages: HashMap<MessageId, Option<Arc<Message>>>,
}

impl<'a> Composer<'a> {
    pub fn new(
        store: &'a dyn Store,
        links: &'a dyn Links,
        conversation: Arc<Conversation>,
        now: Timestamp,
    ) -> Self {
        let messages = HashMap::new();
        Self { store, links, conversation, now, users: None, labels: None, messages }
    }

    /// A message that need not be looked up; unset if there is none of this id.
    pub fn know(&mut self, id: &MessageId, message: Option<Arc<Message>>) {
        self.messages.insert(id.clone(), message);
    }

    /// # Errors
    ///
    /// [`Unavailable`]: nothing is known. So with everything below.
    pub async fn message(
        &self,
        message: &Arc<Message>,
        sight: Sight,
    ) -> Result<MessageView, Unavailable> {
        Ok(MessageView {
            conversation: self.conversation.id.clone(),
            message: self.with_links(message),
            sent_by: self.writer(&message.author).await?,
            is_sender: sight == Sight::Own,
        })
    }

    /// Only what a contact sent is a file of ours: whoever writes the name of one into a message
    /// gets no link for it.
    fn with_links(&self, message: &Arc<Message>) -> Arc<Message> {
        if message.kind != Kind::Incoming || message.attachments.is_empty() {
            return Arc::clone(message);
        }
        let shown = |attachment: &Json| {
            self.links.shown(attachment, self.now).unwrap_or_else(|| attachment.clone())
        };
        let attachments = message.attachments.iter().map(shown).collect();
        Arc::new(Message { attachments, ..(**message).clone() })
    }

    /// The conversation as one of its participants sees it.
    pub async fn conversation(
        &mut self,
        own: &Participant,
    ) -> Result<ConversationView, Unavailable> {
        Ok(ConversationView {
            conversation: Arc::clone(&self.conversation),
            own: own.clone(),
            at: self.now,
            contact: self.store.contact(&self.conversation.key.contact).await?,
            users: self.users().await?,
            labels: self.labels().await?,
            last_activity: self.last_activity(own).await?,
        })
    }

    /// The conversation as the team sees it, who is nobody in person.
    pub async fn team_conversation(&mut self) -> Result<TeamConversationView, Unavailable> {
        let conversation = Arc::clone(&self.conversation);
        let contact = self.store.contact(&conversation.key.contact).await?;
        let last_activity = match &conversation.last_public {
            Some(activity) => self.seen(&activity.message, &Viewer::Team).await?,
            None => None,
        };
        let users = self.users().await?;
        let channel = self.store.channel(&conversation.key.channel).await?;
        let labels = self.labels().await?;
        let people = (contact, channel, users);
        Ok(TeamConversationView::new(&conversation, people, labels, last_activity))
    }

    async fn last_activity(
        &mut self,
        own: &Participant,
    ) -> Result<Option<MessageView>, Unavailable> {
        let conversation = Arc::clone(&self.conversation);
        let Some(activity) = conversation.last_activity(own) else { return Ok(None) };
        self.seen(&activity.message, &Viewer::User(own.user.clone())).await
    }

    async fn seen(
        &mut self,
        id: &MessageId,
        viewer: &Viewer,
    ) -> Result<Option<MessageView>, Unavailable> {
        let conversation = Arc::clone(&self.conversation);
        let message = match self.messages.get(id) {
            Some(known) => known.clone(),
            None => {
                let found = self.store.message(&conversation.id, id).await?;
                let found = found.map(|placed| placed.message);
                self.messages.insert(id.clone(), found.clone());
                found
            }
        };
        let Some(message) = message else { return Ok(None) };
        match conversation.sight(&message, viewer) {
            Some(sight) => self.message(&message, sight).await.map(Some),
            None => Ok(None),
        }
    }

    async fn users(&mut self) -> Result<Vec<Writer>, Unavailable> {
        if self.users.is_none() {
            let people = self.conversation.participants().map(|p| self.user(&p.user));
            self.users = Some(try_join_all(people).await?);
        }
        Ok(self.users.clone().unwrap_or_default())
    }

    /// Nearly always there are none.
    async fn labels(&mut self) -> Result<LabelsView, Unavailable> {
        if let Some(labels) = &self.labels {
            return Ok(labels.clone());
        }
        let mut labels = LabelsView::default();
        let worn = &self.conversation.team.labels;
        for tag in &worn.tags {
            labels.tags.extend(self.store.tag(tag).await?);
        }
        if let Some(status) = &worn.status {
            labels.status = self.store.contact_status(status).await?;
        }
        Ok(self.labels.insert(labels).clone())
    }

    async fn user(&self, id: &UserId) -> Result<Writer, Unavailable> {
        let user = self.store.user(id).await?;
        Ok(user.map_or_else(|| Writer::Gone(id.to_string()), Writer::User))
    }

    async fn writer(&self, author: &Author) -> Result<Writer, Unavailable> {
        match author {
            Author::System => Ok(Writer::System),
            Author::User(id) => self.user(id).await,
            Author::Contact(id) => {
                let contact = self.store.contact(id).await?;
                Ok(contact.map_or_else(|| Writer::Gone(id.to_string()), Writer::Contact))
            }
        }
    }
}

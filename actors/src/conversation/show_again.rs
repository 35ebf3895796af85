//! Somebody asks that people see once more what is already kept. Nothing changes.

use std::sync::Arc;

use actix::prelude::*;

use super::ConversationActor;
use crate::domain::{Message, To};
use crate::ports::Hop;

/// Show something again, in the order of everything else this conversation shows.
#[derive(Clone, Debug, Message)]
#[rtype(result = "()")]
pub struct ShowAgain(pub What);

#[derive(Clone, Debug)]
pub enum What {
    Message(Arc<Message>),
    Conversation { is_new: bool },
}

impl Handler<ShowAgain> for ConversationActor {
    type Result = AtomicResponse<Self, ()>;

    fn handle(&mut self, ShowAgain(what): ShowAgain, _: &mut Self::Context) -> Self::Result {
        self.asked_lately = true;
        let (tools, conversation) = (Arc::clone(&self.tools), Arc::clone(&self.conversation));
        let shown = async move {
            let offset = tools.watermark.value();
            match what {
                What::Message(message) => {
                    let sessions = tools.sessions_of(&conversation, &message);
                    tools.tell_message(&conversation, &message, offset).await;
                    let hop = Hop::ShownAgain { conversation: conversation.id.clone(), sessions };
                    tools.recorder.record(&message.id, tools.clock.now(), hop);
                }
                What::Conversation { is_new } => {
                    let to = To::Participants;
                    tools.tell_conversation(&conversation, &to, is_new, None, offset).await;
                }
            }
        };
        AtomicResponse::new(Box::pin(shown.into_actor(self)))
    }
}

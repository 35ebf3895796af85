//! Somebody asks that people see once more what is already kept. Nothing changes.

use std::sync::Arc;
use std::time::Duration;

use actix::prelude::*;

use super::publish::Reach;
use super::{ConversationActor, Tools};
use crate::domain::{Conversation, Message, Position, To};
use crate::ports::{Company, Hop, Shown, Unavailable};

/// Show something again, in the order of everything else this conversation shows.
#[derive(Clone, Debug, Message)]
#[rtype(result = "Result<(), Unavailable>")]
pub struct ShowAgain(pub What);

#[derive(Clone, Debug)]
pub enum What {
    /// A message, which was announced at this position.
    Message(Arc<Message>, Position),
    Conversation {
        is_new: bool,
    },
}

/// How long to wait for what another node announced to be shown here.
const PATIENCE: Duration = Duration::from_secs(2);

impl Handler<ShowAgain> for ConversationActor {
    type Result = AtomicResponse<Self, Result<(), Unavailable>>;

    fn handle(&mut self, ShowAgain(what): ShowAgain, _: &mut Self::Context) -> Self::Result {
        self.asked_lately = true;
        let (tools, conversation) = (Arc::clone(&self.tools), Arc::clone(&self.conversation));
        let shown = async move {
            let now = tools.as_it_is_now(conversation).await?;
            tools.show_again(&now, what).await;
            Ok(now)
        };
        AtomicResponse::new(Box::pin(shown.into_actor(self).map(|shown, this, _| {
            this.conversation = shown?;
            Ok(())
        })))
    }
}

impl Tools {
    /// Another node may have written to it since it was read.
    async fn as_it_is_now(
        &self,
        known: Arc<Conversation>,
    ) -> Result<Arc<Conversation>, Unavailable> {
        if self.cluster.company() == Company::Alone {
            return Ok(known);
        }
        Ok(self.store.load(&known.id).await?.map_or(known, Arc::new))
    }

    async fn show_again(&self, conversation: &Arc<Conversation>, what: What) {
        let reach = match self.cluster.company() {
            Company::Together => Reach::Everywhere,
            _ => Reach::Here,
        };
        let after = match &what {
            // Again is not before.
            What::Message(_, position) => *position,
            What::Conversation { .. } => Position::default(),
        };
        if !self.watermark.is_handed(after) {
            self.gate.look_up();
            if !self.watermark.wait_for(after, PATIENCE).await {
                return;
            }
        }
        let offset = self.watermark.value();
        let spelling = match &what {
            What::Message(message, _) => {
                let sessions = self.sessions_of(conversation, message);
                let spelling = self.spell_message(conversation, message, offset, reach).await;
                let hop = Hop::ShownAgain { conversation: conversation.id.clone(), sessions };
                self.recorder.record(&message.id, self.clock.now(), hop);
                spelling
            }
            What::Conversation { is_new } => {
                let to = To::Participants;
                self.spell_conversation(conversation, &to, *is_new, None, offset, reach).await
            }
        };
        if let (Some(spelling), Reach::Everywhere) = (&spelling, reach) {
            let packets = spelling.ready().packets;
            self.cluster.show(Shown { after, with_offset: true, packets });
        }
        self.deliver(spelling);
    }
}

//! This node, as the others have it.

use std::sync::Arc;

use bytes::Bytes;

use super::{Engine, Failure};
use crate::conversation::Tools;
use crate::domain::{Position, UserId};
use crate::ports::{Ask, Declined, Done, Neighbour, News, Person, Shown};
use crate::session::{CloseReason, Namespace, SocketId};

/// What others ask of this node goes to its engine, what they tell it to its sessions.
pub struct Node {
    pub engine: Engine,
    pub tools: Arc<Tools>,
}

#[async_trait::async_trait]
impl Neighbour for Node {
    /// Here and nowhere else: who asks has looked where it is at home, and two nodes that disagree must
    /// not send each other on.
    async fn carry_out(&self, ask: Ask) -> Result<Done, Declined> {
        let done = match ask {
            Ask::Write { target, within, command } => {
                let written = self.engine.write_here(target, within, command).await;
                written.map(|written| Done {
                    conversation: written.conversation.id.clone(),
                    message: written.message.map(|placed| placed.message.id.clone()),
                    outcome: written.outcome,
                })
            }
            Ask::ShowAgain { conversation, again } => {
                let shown = self.engine.show_again_here(&conversation, again).await;
                let outcome = crate::domain::Outcome::Unchanged;
                shown.map(|()| Done { conversation, message: None, outcome })
            }
        };
        done.map_err(|failure| match failure {
            Failure::Refused(refusal) => Declined::Refused(refusal),
            Failure::NotFound(_) => Declined::NotFound,
            _ => Declined::Unable,
        })
    }

    fn hear(&self, news: News) {
        self.tools.hear(news);
    }

    fn heard_of(&self, newest: Position) {
        self.tools.watermark.heard_of(newest);
    }

    fn look_up(&self) {
        self.tools.gate.look_up();
    }

    fn show(&self, shown: Shown) {
        self.tools.show(shown);
    }

    fn show_guest(&self, socket: &str, packet: Bytes) {
        let frame = self.tools.presenter.ready_made(&packet, None);
        let socket = SocketId::new(socket);
        self.tools.sessions.deliver_to_socket(Namespace::LeadFinder, &socket, frame);
    }

    fn dismiss(&self, user: &UserId) {
        self.tools.sessions.disconnect_user(user, CloseReason::Dismissed);
    }

    fn changed(&self, person: &Person) {
        self.engine.store.forget(person);
    }

    fn is_able(&self) -> bool {
        self.tools.gate.reaches_the_store()
    }

    fn newest(&self) -> Position {
        self.tools.watermark.newest()
    }
}

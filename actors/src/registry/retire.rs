//! A conversation that stopped is forgotten.

use actix::prelude::*;

use super::Registry;
use crate::conversation::ConversationActor;
use crate::domain::{ConversationId, Key};

/// Forget a conversation's actor. Another one that was woken meanwhile stays.
#[derive(Clone, Debug, Message)]
#[rtype(result = "()")]
pub struct Retire {
    pub id: ConversationId,
    pub key: Key,
    pub address: Addr<ConversationActor>,
}

impl Handler<Retire> for Registry {
    type Result = ();

    fn handle(&mut self, gone: Retire, _: &mut Self::Context) {
        if self.awake.get(&gone.id) == Some(&gone.address) {
            self.awake.remove(&gone.id);
            // Another one may have its key by now.
            if self.by_key.get(&gone.key) == Some(&gone.id) {
                self.by_key.remove(&gone.key);
            }
            metrics::gauge!("switchboard_conversations_awake").set(self.awake.len() as f64);
        }
    }
}

//! Find a conversation, waking or beginning it if need be.

use actix::prelude::*;
use tokio::sync::oneshot;

use super::Registry;
use crate::conversation::ConversationActor;
use crate::domain::{Conversation, Target};
use crate::ports::{Ids, Store, Unavailable};

/// Find the actor of a conversation. Repeating it finds the same one.
#[derive(Debug, Message)]
#[rtype(result = "()")]
pub struct Find {
    pub target: Target,
    pub answer: oneshot::Sender<Found>,
}

/// `None`: there is no conversation of this id.
pub type Found = Result<Option<Addr<ConversationActor>>, Unavailable>;

impl Handler<Find> for Registry {
    type Result = ();

    /// Look-ups go side by side; those for the same conversation share one.
    fn handle(&mut self, Find { target, answer }: Find, ctx: &mut Self::Context) {
        let id = match &target {
            Target::Id(id) => Some(id),
            Target::Key(key) => self.by_key.get(key),
        };
        if let Some(there) = id.and_then(|id| self.is_awake(id)) {
            let _ = answer.send(Ok(Some(there)));
            return;
        }
        if let Some(waiting) = self.waiting.get_mut(&target) {
            waiting.push(answer);
            return;
        }
        if self.awake.len() + self.waiting.len() >= self.most_awake {
            let cause = Unavailable::new("waking", "too many conversations are awake");
            let _ = answer.send(Err(cause));
            return;
        }
        self.waiting.insert(target.clone(), vec![answer]);
        let (store, ids) = (self.tools.store.clone(), self.ids.clone());
        let asked = target.clone();
        let looked_up = async move { look_up(&*store, &*ids, &asked).await };
        ctx.spawn(looked_up.into_actor(self).map(move |found, this, ctx| {
            this.answer(&target, found, ctx);
        }));
    }
}

async fn look_up(
    store: &dyn Store,
    ids: &dyn Ids,
    target: &Target,
) -> Result<Option<Conversation>, Unavailable> {
    let found = match target {
        Target::Id(id) => store.load(id).await?,
        Target::Key(key) => match store.find(key).await? {
            Some(id) => store.load(&id).await?,
            None => None,
        },
    };
    let found = found.filter(|conversation| !conversation.deleted);
    match (found, target) {
        (None, Target::Key(key)) => {
            let absent = Conversation::absent(ids.conversation(), key.clone());
            let context = store.context(&key.contact).await?;
            Ok(Some(match context {
                Some(context) => absent.of_contact(&context),
                None => absent,
            }))
        }
        (found, _) => Ok(found),
    }
}

impl Registry {
    fn answer(
        &mut self,
        target: &Target,
        found: Result<Option<Conversation>, Unavailable>,
        ctx: &Context<Self>,
    ) {
        let address = match found {
            Ok(conversation) => Ok(conversation.map(|c| self.wake(c, ctx))),
            Err(cause) => Err(cause.to_string()),
        };
        for answer in self.waiting.remove(target).unwrap_or_default() {
            let _ = answer.send(address.clone().map_err(|c| Unavailable::new("loading", c)));
        }
    }
}

use super::{Caller, Engine, Failure, Place};
use crate::domain::{Conversation, MessageId, Placed, Sight, Uuid, Viewer};
use crate::ports::{Cut, Direction};
use crate::view::{Composer, ConversationView, MessageView};

/// A page of messages around one of them, which is part of it.
#[derive(Clone, Debug)]
pub struct MessagesAround {
    pub place: Place,
    /// A message's id, or the UUID of one the caller wrote.
    pub anchor: String,
    pub limit: usize,
    pub direction: Direction,
}

#[derive(Clone, Debug, PartialEq)]
pub struct AroundList {
    pub conversation: ConversationView,
    pub messages: Vec<MessageView>,
    /// Further in the direction asked for.
    pub next: Option<Cut>,
    /// The other way.
    pub prev: Option<Cut>,
}

impl Engine {
    /// # Errors
    ///
    /// [`Failure::NotFound`] when the caller takes no part, or there is no such message for them.
    pub async fn messages_around(
        &self,
        caller: &Caller,
        ask: &MessagesAround,
    ) -> Result<AroundList, Failure> {
        let conversation = self.read(caller, &ask.place).await?;
        let own = caller.own(&conversation)?.clone();
        let viewer = Viewer::User(caller.user.clone());
        let anchor = self.anchor(caller, &conversation, &ask.anchor).await?;
        let cut = cut_at(&anchor.0);
        let side = |direction| {
            self.visible(&conversation, &viewer, Some(cut.clone()), direction, ask.limit)
        };
        let (mut older, mut newer) = (side(Direction::Older).await?, side(Direction::Newer).await?);

        let room = ask.limit.saturating_sub(1);
        let after = newer.len().min((room - room / 2).max(room.saturating_sub(older.len())));
        let before = older.len().min(room - after);
        let further = |side: &[(Placed, Sight)], taken: usize| {
            let following = side.get(taken)?;
            let last = taken.checked_sub(1).and_then(|at| side.get(at)).unwrap_or(&anchor);
            let shared = following.0.message.created_at == last.0.message.created_at;
            let mut cut = cut_at(&last.0);
            cut.id = cut.id.filter(|_| shared);
            Some(cut)
        };
        let (past, present) = (further(&older, before), further(&newer, after));
        older.truncate(before);
        newer.truncate(after);

        newer.reverse();
        let mut seen = newer;
        seen.push(anchor);
        seen.extend(older);
        let (mut next, mut prev) = (past, present);
        if ask.direction == Direction::Newer {
            seen.reverse();
            std::mem::swap(&mut next, &mut prev);
        }
        let mut composer =
            Composer::new(&*self.store, &*self.links, conversation, self.clock.now());
        let mut messages = Vec::with_capacity(seen.len());
        for (placed, sight) in seen {
            messages.push(composer.message(&placed.message, sight).await?);
        }
        let conversation = composer.conversation(&own).await?;
        Ok(AroundList { conversation, messages, next, prev })
    }

    /// One answer for what is not there, stands elsewhere or is a note of others.
    async fn anchor(
        &self,
        caller: &Caller,
        conversation: &Conversation,
        name: &str,
    ) -> Result<(Placed, Sight), Failure> {
        let viewer = Viewer::User(caller.user.clone());
        let seen = |placed: Option<Placed>| {
            let placed = placed?;
            let sight = conversation.sight(&placed.message, &viewer)?;
            Some((placed, sight))
        };
        let by_id = match MessageId::parse(name) {
            Ok(id) => seen(self.store.message(&conversation.id, &id).await?),
            Err(_) => None,
        };
        // What may not be seen must not stand in the way either: somebody who writes under a
        // guessed id as UUID would learn whether it is taken.
        let found = match (by_id, Uuid::parse(name)) {
            (None, Ok(uuid)) => {
                seen(self.store.message_by_uuid(&conversation.id, &caller.user, &uuid).await?)
            }
            (by_id, _) => by_id,
        };
        found.ok_or(Failure::NotFound("message"))
    }
}

fn cut_at(placed: &Placed) -> Cut {
    Cut { at: placed.message.created_at, id: Some(placed.message.id.clone()) }
}

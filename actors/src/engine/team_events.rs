use super::Engine;
use crate::domain::{AccountId, Announcement, Entry, EventKind, Position, Timestamp, To, Viewer};
use crate::ports::Unavailable;
use crate::view::{Composer, MessageView, StatusView, TeamConversationView};

/// Something that happened in an account, as the team may see it now.
#[derive(Clone, Debug, PartialEq)]
pub struct TeamEvent {
    pub position: Position,
    /// When it was committed.
    pub at: Timestamp,
    pub what: TeamNews,
}

#[derive(Clone, Debug, PartialEq)]
pub enum TeamNews {
    Message(MessageView),
    /// The latest there is.
    Status(StatusView),
    /// As it is now; what it was in between nobody needs.
    Conversation {
        view: Box<TeamConversationView>,
        is_new: bool,
    },
}

impl TeamNews {
    pub fn kind(&self) -> EventKind {
        match self {
            Self::Message(_) => EventKind::MessageCreated,
            Self::Status(_) => EventKind::MessageStatus,
            Self::Conversation { .. } => EventKind::ConversationUpdated,
        }
    }
}

/// Some of what happened.
#[derive(Clone, Debug, PartialEq)]
pub struct TeamEvents {
    /// Oldest first.
    pub events: Vec<TeamEvent>,
    /// Up to here everything of the account is in `events`.
    pub reached: Position,
    /// Something before the first of them may have been forgotten.
    pub forgotten: bool,
}

impl Engine {
    /// What happened in an account after a position, as far as the team may know of it. A note is
    /// not there, and neither is what is one user's own. Looks at up to `limit` announcements.
    ///
    /// # Errors
    ///
    /// [`Unavailable`]: it cannot be told now.
    pub async fn team_events(
        &self,
        account: &AccountId,
        after: Position,
        limit: usize,
    ) -> Result<TeamEvents, Unavailable> {
        let page = self.store.log_of(account, after, self.reached(), limit).await?;
        let mut events = Vec::new();
        for (entry, at) in &page.entries {
            if let Some(what) = self.team_news(entry, *at).await? {
                events.push(TeamEvent { position: entry.position, at: *at, what });
            }
        }
        Ok(TeamEvents { events, reached: page.reached, forgotten: page.forgotten })
    }

    pub(super) async fn team_news(
        &self,
        entry: &Entry,
        at: Timestamp,
    ) -> Result<Option<TeamNews>, Unavailable> {
        if matches!(&entry.announcement, Announcement::Conversation { to: To::User(_), .. }) {
            return Ok(None);
        }
        let Some(conversation) = self.store.load(&entry.conversation).await? else {
            return Ok(None);
        };
        let conversation = std::sync::Arc::new(conversation);
        let mut composer =
            Composer::new(&*self.store, &*self.links, conversation.clone(), self.clock.now());
        if let Announcement::Conversation { is_new, .. } = entry.announcement {
            let view = Box::new(composer.team_conversation().await?);
            return Ok(Some(TeamNews::Conversation { view, is_new }));
        }
        let Some(id) = &entry.message else { return Ok(None) };
        let Some(placed) = self.store.message(&conversation.id, id).await? else {
            return Ok(None);
        };
        let message = placed.message;
        let Some(sight) = conversation.sight(&message, &Viewer::Team) else { return Ok(None) };
        Ok(Some(if entry.announcement == Announcement::Status {
            TeamNews::Status(StatusView::new(conversation.id.clone(), &message, at))
        } else {
            TeamNews::Message(composer.message(&message, sight).await?)
        }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::{AddNote, Change};
    use crate::testing::domain::user;
    use crate::testing::{Scene, caller, inbound};

    use crate::domain::ConversationId;
    use crate::engine::Place;
    use crate::ports::Log;

    async fn told(scene: &Scene) -> Vec<TeamNews> {
        let account = AccountId::default_account();
        let page = scene.engine.team_events(&account, Position(0), 100).await.unwrap();
        assert_eq!(page.reached, scene.engine.reached());
        page.events.into_iter().map(|event| event.what).collect()
    }

    async fn only_conversation(scene: &Scene) -> ConversationId {
        scene.store.entries_after(Position(0), 1).await.unwrap()[0].conversation.clone()
    }

    #[actix::test]
    async fn the_team_learns_of_messages_and_never_of_a_note() {
        let scene = Scene::with(&["ana", "ben"], 2).await;
        scene.engine.receive_inbound(inbound("p1", "one")).await.unwrap();
        let before = told(&scene).await;

        let note = AddNote {
            place: Place { conversation: only_conversation(&scene).await, channel: None },
            uuid: None,
            text: "they will not pay".into(),
            mentions: vec![user("ben")],
            attachments: Vec::new(),
        };
        scene.engine.add_note(&caller("ana"), note).await.unwrap();

        let kinds: Vec<_> = before.iter().map(TeamNews::kind).collect();
        assert_eq!(kinds, [EventKind::ConversationUpdated, EventKind::MessageCreated]);
        assert_eq!(told(&scene).await, before, "not even the conversation looks different");
    }

    #[actix::test]
    async fn what_is_one_users_own_is_no_news_to_the_team_and_nor_is_a_note_that_ends_it() {
        let scene = Scene::with(&["ana", "ben"], 2).await;
        scene.engine.receive_inbound(inbound("p1", "one")).await.unwrap();
        let place = Place { conversation: only_conversation(&scene).await, channel: None };
        let before = told(&scene).await;

        scene.engine.change(&caller("ben"), &place, Change::Archive(true)).await.unwrap();
        let note = AddNote {
            place,
            uuid: None,
            text: "come back".into(),
            mentions: vec![user("ben")],
            attachments: Vec::new(),
        };
        scene.engine.add_note(&caller("ana"), note).await.unwrap();

        assert_eq!(told(&scene).await, before);
    }

    #[actix::test]
    async fn another_account_is_told_nothing() {
        let scene = Scene::with(&["ana", "ben"], 2).await;
        scene.engine.receive_inbound(inbound("p1", "one")).await.unwrap();

        let other = AccountId::parse("other").unwrap();
        let page = scene.engine.team_events(&other, Position(0), 100).await.unwrap();

        assert!(page.events.is_empty());
        assert_eq!(page.reached, scene.engine.reached());
    }
}

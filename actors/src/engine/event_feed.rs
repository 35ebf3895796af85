use super::{Engine, TeamNews};
use crate::domain::{AccountId, ConversationId, Entry, EventKind, Position, Timestamp};
use crate::ports::{After, NumberedEvent, Stretch, Unavailable};

/// What happened in an account, with the number by which the team knows it.
#[derive(Clone, Debug, PartialEq)]
pub struct NumberedNews {
    pub number: u64,
    pub position: Position,
    pub at: Timestamp,
    pub conversation: ConversationId,
    /// As the team may see it now; `None` when nothing of it is left to see.
    pub what: Option<TeamNews>,
}

impl NumberedNews {
    pub fn kind(&self) -> EventKind {
        self.what.as_ref().map_or(EventKind::ConversationUpdated, TeamNews::kind)
    }
}

/// Some of what happened, by number.
#[derive(Clone, Debug, PartialEq)]
pub struct EventFeed {
    /// In order. Numbers rise by one; where they do not, something was forgotten.
    pub events: Vec<NumberedNews>,
    /// Everything up to here is in `events`, or is none.
    pub reached: Position,
    /// Whether there are more.
    pub more: bool,
}

/// Announcements looked at in one go while numbering.
const PAGE: usize = 500;
/// So often for one question; the next one goes on.
const GOES: usize = 10;

impl Engine {
    /// What happened in an account after a number or position. The first who asks has what is still
    /// recorded numbered.
    ///
    /// # Errors
    ///
    /// [`Unavailable`]: it cannot be told now.
    pub async fn event_feed(
        &self,
        account: &AccountId,
        after: After,
        limit: usize,
    ) -> Result<EventFeed, Unavailable> {
        let numbered = self.number_what_happened(account).await?;
        let mut found = self.store.events_after(account, after, limit + 1).await?;
        let more = found.len() > limit;
        found.truncate(limit);
        let reached = found.last().filter(|_| more).map_or(numbered, |last| last.position);
        Ok(EventFeed { events: self.told(account, &found).await?, reached, more })
    }

    /// Numbers what happened since; up to where it came.
    async fn number_what_happened(&self, account: &AccountId) -> Result<Position, Unavailable> {
        let now = self.reached();
        let mut from = self.store.numbered(account).await?;
        for _ in 0..GOES {
            if from.reached >= now {
                break;
            }
            let page = self.store.log_of(account, from.reached, now, PAGE).await?;
            let mut stretch = Stretch {
                reached: page.reached,
                // Nobody missed what was before they first asked.
                gap: page.forgotten && from.reached > Position(0),
                ..Stretch::default()
            };
            for (entry, at) in &page.entries {
                if self.team_news(entry, *at).await?.is_some() {
                    stretch.events.push(entry.position);
                }
            }
            // Whoever else came first numbered the same.
            let _ = self.store.number_events(account, from, &stretch).await?;
            from = self.store.numbered(account).await?;
        }
        Ok(from.reached)
    }

    /// Numbered events with what there is to say of them. What the log no longer holds is left out.
    async fn told(
        &self,
        account: &AccountId,
        numbered: &[NumberedEvent],
    ) -> Result<Vec<NumberedNews>, Unavailable> {
        let (Some(first), Some(last)) = (numbered.first(), numbered.last()) else {
            return Ok(Vec::new());
        };
        let mut entries: Vec<(Entry, Timestamp)> = Vec::new();
        let mut after = Position(first.position.0.saturating_sub(1));
        while after < last.position {
            let page = self.store.log_of(account, after, last.position, PAGE).await?;
            after = page.reached;
            entries.extend(page.entries);
        }
        let mut events = Vec::with_capacity(numbered.len());
        for NumberedEvent { number, position } in numbered {
            let at = entries.binary_search_by_key(position, |(entry, _)| entry.position);
            let Some((entry, at)) = at.ok().map(|at| &entries[at]) else { continue };
            let what = self.team_news(entry, *at).await?;
            events.push(NumberedNews {
                number: *number,
                position: *position,
                at: *at,
                conversation: entry.conversation.clone(),
                what,
            });
        }
        Ok(events)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::{AddNote, Place};
    use crate::ports::Log;
    use crate::testing::domain::user;
    use crate::testing::{Scene, caller, inbound};

    async fn numbers(scene: &Scene, after: After, limit: usize) -> (Vec<(u64, EventKind)>, bool) {
        let account = AccountId::default_account();
        let feed = scene.engine.event_feed(&account, after, limit).await.unwrap();
        let kind = |news: &NumberedNews| (news.number, news.what.as_ref().unwrap().kind());
        (feed.events.iter().map(kind).collect(), feed.more)
    }

    async fn note(scene: &Scene) {
        let entry = &scene.store.entries_after(Position(0), 1).await.unwrap()[0];
        let note = AddNote {
            place: Place { conversation: entry.conversation.clone(), channel: None },
            uuid: None,
            text: "they will not pay".into(),
            mentions: vec![user("ben")],
            attachments: Vec::new(),
        };
        scene.engine.add_note(&caller("ana"), note).await.unwrap();
    }

    #[actix::test]
    async fn a_note_takes_no_number_so_that_numbers_show_none() {
        let scene = Scene::with(&["ana", "ben"], 2).await;
        scene.receive("p1", "one").await;
        note(&scene).await;
        scene.receive("p2", "two").await;
        note(&scene).await;

        let (all, more) = numbers(&scene, After::Number(0), 10).await;

        let [began, message] = [EventKind::ConversationUpdated, EventKind::MessageCreated];
        assert_eq!(all, [(1, began), (2, message), (3, message)]);
        assert!(!more);
    }

    #[actix::test]
    async fn numbers_go_on_where_they_were_and_pages_say_whether_there_is_more() {
        let scene = Scene::with(&["ana", "ben"], 2).await;
        scene.receive("p1", "one").await;
        let (first, more) = numbers(&scene, After::Number(0), 1).await;
        assert_eq!((first[0].0, more), (1, true));
        scene.receive("p2", "two").await;

        let (rest, more) = numbers(&scene, After::Number(1), 10).await;

        assert_eq!((rest.iter().map(|one| one.0).collect::<Vec<_>>(), more), (vec![2, 3], false));
        let other = AccountId::parse("other").unwrap();
        let feed = scene.engine.event_feed(&other, After::Number(0), 10).await.unwrap();
        assert_eq!((feed.events.len(), feed.reached), (0, scene.engine.reached()));
        scene.engine.receive_inbound(inbound("p3", "three")).await.unwrap();
        let since = After::Position(feed.reached);
        assert_eq!(numbers(&scene, since, 10).await.0, [(4, EventKind::MessageCreated)]);
    }
}

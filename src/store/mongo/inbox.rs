use actors::domain::{ConversationId, InboxRow, State, Timestamp, UserId};
use actors::ports::{Inbox, InboxQuery, Sort, Unavailable};
use bson::{Document, doc};

use super::ask::{find_all, find_by};
use super::collections::INBOX;
use super::fields::{date, id};
use super::inbox_row::{ARCHIVED, PRESENT, read};
use super::{Mongo, ids, order};

/// A page of one band of a list: pinned rows, or others.
pub struct Band {
    pub filter: Document,
    pub sort: Document,
    pub index: &'static str,
}

#[async_trait::async_trait]
impl Inbox for Mongo {
    async fn page(&self, query: &InboxQuery) -> Result<Vec<InboxRow>, Unavailable> {
        let mut rows = Vec::new();
        if query.cut.as_ref().is_none_or(|cut| cut.pinned) {
            self.read_band(query, true, &mut rows).await?;
        }
        if query.state != State::Priority && rows.len() < query.limit {
            self.read_band(query, false, &mut rows).await?;
        }
        Ok(rows)
    }

    async fn snoozes_over(
        &self,
        now: Timestamp,
        limit: usize,
    ) -> Result<Vec<(ConversationId, UserId)>, Unavailable> {
        let (filter, sort) = snoozes_over(now);
        let rows =
            find_all("reading snoozes", &self.collection(INBOX), filter, sort, limit).await?;
        let name = |row: &Document| {
            let conversation = id(row, "conversation", ConversationId::parse)?;
            Ok((conversation, id(row, "user", UserId::parse)?))
        };
        rows.iter().map(name).collect()
    }
}

pub fn snoozes_over(now: Timestamp) -> (Document, Document) {
    let over = doc! { "snooze_until": { "$lte": date(now) } };
    (over, doc! { "snooze_until": 1 })
}

impl Mongo {
    async fn read_band(
        &self,
        query: &InboxQuery,
        pinned: bool,
        rows: &mut Vec<InboxRow>,
    ) -> Result<(), Unavailable> {
        let Band { filter, sort, index } = band(query, pinned);
        let room = query.limit - rows.len();
        let inbox = self.collection(INBOX);
        let found = find_by(index, "reading a list", &inbox, (filter, sort), room).await?;
        for row in &found {
            rows.push(read(row)?);
        }
        Ok(())
    }
}

pub fn band(query: &InboxQuery, pinned: bool) -> Band {
    let (index, holds) = match query.state {
        // Its pinned band is what has priority.
        State::Any | State::Priority => (LISTS, doc! { "list": PRESENT }),
        State::Archived => (LISTS, doc! { "list": ARCHIVED }),
        State::Open => {
            let awake = doc! { "$not": { "$gt": date(query.now) } };
            (OPEN, doc! { "list": PRESENT, "is_open": true, "snooze_until": awake })
        }
        State::Close => (OPEN, doc! { "list": PRESENT, "is_open": false }),
        State::Snooze => {
            (SNOOZED, doc! { "list": PRESENT, "snooze_until": { "$gt": date(query.now) } })
        }
        State::Unread => (UNREAD, doc! { "list": PRESENT, "is_unread": true }),
    };
    let falling = query.sort == Sort::Newest;
    let cut = query.cut.as_ref().filter(|cut| cut.pinned == pinned);
    let cut = cut.map(|cut| (cut.at, cut.id.as_ref().map(ConversationId::as_str)));
    let mut filter = doc! {
        "user": ids::id(query.user.as_str()),
        "channel": ids::id(query.channel.as_str()),
        "show_on_top": pinned,
    };
    filter.extend(holds);
    if let Some(after) = order::after(cut, falling) {
        filter.insert("order", after);
    }
    Band { filter, sort: doc! { "order": if falling { -1 } else { 1 } }, index }
}

/// The names of `indexes.rs`.
const LISTS: &str = "user_1_channel_1_list_1_show_on_top_1_order_1";
const OPEN: &str = "user_1_channel_1_list_1_is_open_1_show_on_top_1_order_1_snooze_until_1";
const UNREAD: &str = "user_1_channel_1_list_1_is_unread_1_show_on_top_1_order_1";
const SNOOZED: &str = "user_1_channel_1_list_1_show_on_top_1_order_1_snooze_until_1";

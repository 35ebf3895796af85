//! One document says how far an account's events are numbered. A stretch is kept in it before its
//! numbers are written out, so that whoever finds it unfinished finishes it.
use actors::domain::{AccountId, Position};
use actors::ports::{After, EventNumbers, Numbered, NumberedEvent, Stretch, Unavailable};
use bson::{Bson, Document, doc};

use super::ask::{ask, ask_unique, find_all, find_one};
use super::bulk::Update;
use super::collections::{EVENT_FEEDS, EVENT_NUMBERS};
use super::fields::{Senseless, field, list, number, position, signed};
use super::indexes::{Index, index};
use super::{Mongo, ids};

pub const INDEXES: &[Index] = &[
    index(EVENT_NUMBERS, &[("account", 1), ("number", 1)]),
    index(EVENT_NUMBERS, &[("account", 1), ("position", 1)]),
    // What the log forgot.
    index(EVENT_NUMBERS, &[("position", 1)]),
];

const NUMBERING: &str = "numbering events";

#[async_trait::async_trait]
impl EventNumbers for Mongo {
    async fn numbered(&self, account: &AccountId) -> Result<Numbered, Unavailable> {
        let Some(feed) = self.finished_feed(account).await? else { return Ok(Numbered::default()) };
        Ok(Numbered { last: number(&feed, "last")?, reached: position(&feed, "reached")? })
    }

    async fn number_events(
        &self,
        account: &AccountId,
        from: Numbered,
        stretch: &Stretch,
    ) -> Result<bool, Unavailable> {
        self.finished_feed(account).await?;
        let next = stretch.numbered(from);
        let numbers: Vec<_> = (stretch.first(from)..)
            .zip(&stretch.events)
            .map(|(number, at)| doc! { "number": signed(number), "position": signed(at.0) })
            .collect();
        let name = ids::id(account.as_str());
        let feeds = self.collection(EVENT_FEEDS);
        let state = doc! {
            "last": signed(next.last), "reached": signed(next.reached.0), "unwritten": numbers,
        };
        let same = doc! {
            "_id": name.clone(),
            "last": signed(from.last),
            "reached": signed(from.reached.0),
            "unwritten": Bson::Null,
        };
        let step = ask(NUMBERING, feeds.update_one(same, doc! { "$set": state.clone() })).await?;
        let mut kept = step.matched_count == 1;
        if !kept && from == Numbered::default() {
            let mut first = doc! { "_id": name };
            first.extend(state);
            kept = ask_unique(NUMBERING, feeds.insert_one(first)).await?.is_some();
        }
        if kept {
            self.finished_feed(account).await?;
        }
        Ok(kept)
    }

    async fn events_after(
        &self,
        account: &AccountId,
        after: After,
        limit: usize,
    ) -> Result<Vec<NumberedEvent>, Unavailable> {
        self.finished_feed(account).await?;
        let (by, after) = match after {
            After::Number(number) => ("number", number),
            After::Position(position) => ("position", position.0),
        };
        let filter = doc! { "account": ids::id(account.as_str()), by: { "$gt": signed(after) } };
        let numbers = self.collection(EVENT_NUMBERS);
        let found = find_all("reading events", &numbers, filter, doc! { by: 1 }, limit).await?;
        let event = |one: &Document| {
            Ok(NumberedEvent {
                number: number(one, "number")?,
                position: position(one, "position")?,
            })
        };
        Ok(found.iter().map(event).collect::<Result<Vec<_>, Senseless>>()?)
    }

    async fn forget_numbers(&self, up_to: Position) -> Result<(), Unavailable> {
        let old = doc! { "position": { "$lte": signed(up_to.0) } };
        let numbers = self.collection(EVENT_NUMBERS);
        ask("forgetting numbers", numbers.delete_many(old)).await.map(drop)
    }
}

impl Mongo {
    /// How far an account is, once every number up to there is written out.
    async fn finished_feed(&self, account: &AccountId) -> Result<Option<Document>, Unavailable> {
        let own = doc! { "_id": ids::id(account.as_str()) };
        let feeds = self.collection(EVENT_FEEDS);
        let Some(feed) = find_one(NUMBERING, &feeds, own).await? else { return Ok(None) };
        if field(&feed, "unwritten").is_none() {
            return Ok(Some(feed));
        }
        let mut updates = Vec::new();
        for one in list(&feed, "unwritten")? {
            let one = one.as_document().ok_or(Senseless)?;
            // A text, as a placement's.
            let name = format!("{account}\n{}", number(one, "number")?);
            let mut written = one.clone();
            written.insert("account", ids::id(account.as_str()));
            updates.push(Update {
                filter: doc! { "_id": name },
                change: doc! { "$setOnInsert": written },
                upsert: true,
            });
        }
        self.update_all(NUMBERING, EVENT_NUMBERS, updates).await?;
        let same = doc! { "_id": feed.get("_id"), "last": feed.get("last"), "reached": feed.get("reached") };
        let done = doc! { "$unset": { "unwritten": "" } };
        ask(NUMBERING, feeds.update_one(same, done)).await?;
        Ok(Some(feed))
    }
}

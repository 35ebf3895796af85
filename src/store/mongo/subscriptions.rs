use actors::domain::{
    AccountId, Disabled, EventKind, Form, Parked, Position, Progress, SigningSecret, Subscription,
    SubscriptionId, Timestamp,
};
use actors::ports::{
    LogPage, MOST_PARKED, MOST_SUBSCRIPTIONS, Settled, Standing, SubscribeError, Subscriptions,
    Unavailable,
};
use bson::spec::BinarySubtype;
use bson::{Binary, Bson, Document, doc};
use futures_util::TryStreamExt;

use super::ask::{ask, ask_unique};
use super::collections::SUBSCRIPTIONS;
use super::fields::{
    Senseless, date, flag, id, list, number, optional_text, optional_timestamp, parsed_text,
    position, signed, text, text_or_null, timestamp, word,
};
use super::indexes::{Index, Only, partial, unique};
use super::{Mongo, ids};

pub const INDEXES: &[Index] = &[
    // An account has so many places for subscriptions, and each is one's.
    unique(SUBSCRIPTIONS, &[("account", 1), ("slot", 1)]),
    partial(SUBSCRIPTIONS, &[("is_disabled", 1), ("_id", 1)], Only::Is("active", true)),
];

/// Times a free place is looked for that others take meanwhile.
const TRIES: usize = 2 * MOST_SUBSCRIPTIONS;

const KEEPING: &str = "keeping a subscription";

#[async_trait::async_trait]
impl Subscriptions for Mongo {
    async fn subscription(&self, id: &SubscriptionId) -> Result<Option<Standing>, Unavailable> {
        Ok(self.standings(by_id(id), 1).await?.into_iter().next())
    }

    async fn subscriptions_of(&self, account: &AccountId) -> Result<Vec<Standing>, Unavailable> {
        let theirs = doc! { "account": ids::id(account.as_str()) };
        let mut all = self.standings(theirs, MOST_SUBSCRIPTIONS).await?;
        // The server sorts ids of different kinds apart.
        all.sort_by(|a, b| a.subscription.id.cmp(&b.subscription.id));
        Ok(all)
    }

    async fn subscriptions_in_force(&self, limit: usize) -> Result<Vec<Standing>, Unavailable> {
        self.standings(doc! { "active": true, "is_disabled": false }, limit).await
    }

    async fn any_subscription(&self) -> Result<bool, Unavailable> {
        let any = self.collection(SUBSCRIPTIONS);
        let any = any.find_one(doc! {}).projection(doc! { "_id": 1 });
        Ok(ask("reading", any).await?.is_some())
    }

    async fn put_subscription(
        &self,
        subscription: &Subscription,
        beginning: &Progress,
    ) -> Result<(), SubscribeError> {
        let subscriptions = self.collection(SUBSCRIPTIONS);
        let account = ids::id(subscription.account.as_str());
        for _ in 0..TRIES {
            let mut own = by_id(&subscription.id);
            own.insert("account", account.clone());
            let again = subscriptions.update_one(own, asked_anew(subscription, beginning));
            if ask(KEEPING, again).await?.matched_count > 0 {
                return Ok(());
            }
            if self.subscription(&subscription.id).await?.is_some() {
                return Err(SubscribeError::OtherAccount);
            }
            let taken = self.slots(&account).await?;
            let free = (0..MOST_SUBSCRIPTIONS as i64).find(|slot| !taken.contains(slot));
            let free = free.ok_or(SubscribeError::TooMany)?;
            let insert = subscriptions.insert_one(document(subscription, beginning, free));
            if ask_unique(KEEPING, insert).await?.is_some() {
                return Ok(());
            }
        }
        Err(Unavailable::new(KEEPING, "others subscribe all the time").into())
    }

    async fn drop_subscription(&self, id: &SubscriptionId) -> Result<bool, Unavailable> {
        let subscriptions = self.collection(SUBSCRIPTIONS);
        Ok(ask(KEEPING, subscriptions.delete_one(by_id(id))).await?.deleted_count > 0)
    }

    async fn settle(
        &self,
        id: &SubscriptionId,
        revision: u64,
        settled: &Settled,
    ) -> Result<bool, Unavailable> {
        let Settled { progress, parked, disabled } = settled;
        let mut fields = progress_fields(progress);
        fields.insert("is_disabled", disabled.is_some());
        let (at, reason) = disabled.as_ref().map(|it| (date(it.at), it.reason.as_str())).unzip();
        fields.insert("disabled_at", at.unwrap_or(Bson::Null));
        fields.insert("disabled_reason", text_or_null(reason));
        let mut settle = doc! { "$set": fields };
        if let Some(parked) = parked {
            let keep = doc! { "$each": [parked_document(parked)], "$slice": -(MOST_PARKED as i32) };
            settle.insert("$push", doc! { "parked": keep });
        }
        let mut unchanged = by_id(id);
        unchanged.insert("revision", signed(revision));
        let subscriptions = self.collection(SUBSCRIPTIONS);
        Ok(ask(KEEPING, subscriptions.update_one(unchanged, settle)).await?.matched_count > 0)
    }

    async fn rewind(&self, id: &SubscriptionId, beginning: &Progress) -> Result<bool, Unavailable> {
        let rewind = doc! { "$set": progress_fields(beginning), "$inc": { "revision": 1_i64 } };
        let subscriptions = self.collection(SUBSCRIPTIONS);
        Ok(ask(KEEPING, subscriptions.update_one(by_id(id), rewind)).await?.matched_count > 0)
    }

    async fn parked(&self, id: &SubscriptionId, limit: usize) -> Result<Vec<Parked>, Unavailable> {
        let last = -i32::try_from(limit.min(MOST_PARKED)).unwrap_or(i32::MAX);
        if last == 0 {
            return Ok(Vec::new());
        }
        let subscription = self.collection(SUBSCRIPTIONS);
        let subscription = subscription
            .find_one(by_id(id))
            .projection(doc! { "_id": 0, "parked": { "$slice": last } });
        let Some(found) = ask("reading", subscription).await? else { return Ok(Vec::new()) };
        Ok(list(&found, "parked")?.iter().rev().map(parked).collect::<Result<_, _>>()?)
    }

    async fn log_of(
        &self,
        account: &AccountId,
        after: Position,
        up_to: Position,
        limit: usize,
    ) -> Result<LogPage, Unavailable> {
        self.page_of_account(account, after, up_to, limit).await
    }

    async fn position_before(&self, when: Timestamp) -> Result<Option<Position>, Unavailable> {
        self.place_before(when).await
    }
}

impl Mongo {
    async fn standings(
        &self,
        filter: Document,
        limit: usize,
    ) -> Result<Vec<Standing>, Unavailable> {
        let limit = i64::try_from(limit.max(1)).unwrap_or(i64::MAX);
        let found = async {
            let subscriptions = self.collection(SUBSCRIPTIONS);
            // What was given up is much, and asked for by itself.
            let found = subscriptions.find(filter).projection(doc! { "parked": 0 });
            found.sort(doc! { "_id": 1 }).limit(limit).await?.try_collect::<Vec<Document>>().await
        };
        let found = ask("reading", found).await?;
        Ok(found.iter().map(standing).collect::<Result<_, _>>()?)
    }

    /// The places that an account's subscriptions have.
    async fn slots(&self, account: &Bson) -> Result<Vec<i64>, Unavailable> {
        let found = async {
            let subscriptions = self.collection(SUBSCRIPTIONS);
            let found = subscriptions.find(doc! { "account": account.clone() });
            let found = found.projection(doc! { "_id": 0, "slot": 1 }).await?;
            found.try_collect::<Vec<Document>>().await
        };
        let found = ask("reading", found).await?;
        let slot = |found: &Document| number(found, "slot").map(signed);
        Ok(found.iter().map(slot).collect::<Result<_, _>>()?)
    }
}

fn by_id(id: &SubscriptionId) -> Document {
    doc! { "_id": ids::id(id.as_str()) }
}

fn asked(subscription: &Subscription) -> Document {
    let events: Vec<_> = subscription.events.iter().map(|kind| kind.as_str()).collect();
    let secret = subscription.secret.expose().to_vec();
    doc! {
        "url": &subscription.url,
        "events": events,
        "secret": Binary { subtype: BinarySubtype::Generic, bytes: secret },
        "active": subscription.active,
        "form": subscription.form.as_str(),
        "is_disabled": false,
    }
}

/// How far it came stays.
fn asked_anew(subscription: &Subscription, beginning: &Progress) -> Document {
    let mut fields = asked(subscription);
    fields.insert("attempts", 0);
    fields.insert("due_at", date(beginning.due_at));
    for gone in ["failing_since", "last_failure", "disabled_at", "disabled_reason"] {
        fields.insert(gone, Bson::Null);
    }
    doc! { "$set": fields, "$inc": { "revision": 1_i64 } }
}

fn document(subscription: &Subscription, beginning: &Progress, slot: i64) -> Document {
    let mut document = by_id(&subscription.id);
    document.insert("account", ids::id(subscription.account.as_str()));
    document.insert("slot", slot);
    document.extend(asked(subscription));
    document.insert("revision", 1_i64);
    document.extend(progress_fields(beginning));
    document
}

fn progress_fields(progress: &Progress) -> Document {
    doc! {
        "reached": signed(progress.reached.0),
        "attempts": i64::from(progress.attempts),
        "due_at": date(progress.due_at),
        "failing_since": progress.failing_since.map_or(Bson::Null, date),
        "last_failure": text_or_null(progress.last_failure.as_deref()),
    }
}

fn parked_document(parked: &Parked) -> Document {
    doc! {
        "position": signed(parked.position.0),
        "kind": text_or_null(parked.kind.map(EventKind::as_str)),
        "at": date(parked.at),
        "attempts": i64::from(parked.attempts),
        "reason": &parked.reason,
    }
}

fn standing(document: &Document) -> Result<Standing, Senseless> {
    let event = |value: &Bson| value.as_str().and_then(EventKind::parse).ok_or(Senseless);
    let secret = document.get_binary_generic("secret").map_err(|_| Senseless)?;
    let disabled = optional_timestamp(document, "disabled_at")?;
    let reason = optional_text(document, "disabled_reason")?.unwrap_or_default();
    Ok(Standing {
        subscription: Subscription {
            id: id(document, "_id", SubscriptionId::parse)?,
            account: id(document, "account", AccountId::parse)?,
            url: text(document, "url")?.to_owned(),
            events: list(document, "events")?.iter().map(event).collect::<Result<_, _>>()?,
            secret: SigningSecret::of(secret).map_err(|_| Senseless)?,
            active: flag(document, "active")?,
            form: parsed_text(document, "form", word(Form::parse))?.unwrap_or_default(),
        },
        revision: number(document, "revision")?,
        progress: Progress {
            reached: position(document, "reached")?,
            attempts: attempts(document)?,
            due_at: timestamp(document, "due_at")?,
            failing_since: optional_timestamp(document, "failing_since")?,
            last_failure: optional_text(document, "last_failure")?.map(str::to_owned),
        },
        disabled: disabled.map(|at| Disabled { at, reason: reason.to_owned() }),
    })
}

fn parked(value: &Bson) -> Result<Parked, Senseless> {
    let document = value.as_document().ok_or(Senseless)?;
    Ok(Parked {
        position: position(document, "position")?,
        kind: parsed_text(document, "kind", word(EventKind::parse))?,
        at: timestamp(document, "at")?,
        attempts: attempts(document)?,
        reason: text(document, "reason")?.to_owned(),
    })
}

fn attempts(document: &Document) -> Result<u32, Senseless> {
    u32::try_from(number(document, "attempts")?).map_err(|_| Senseless)
}

use actors::domain::{AccountId, ChannelId, ConsentWord, ContactId, MessageId, Timestamp};
use actors::ports::{Consent, ConsentEntry, Evidence, Flagged, Unavailable};
use bson::{Document, doc};
use mongodb::options::ReturnDocument;

use super::ask::{Failure, ask, ask_unique, find_all};
use super::collections::{CONSENTS, COUNTERS};
use super::fields::{
    Senseless, date, id, number, optional_id, optional_integer, optional_text, parsed_text, signed,
    timestamp, word,
};
use super::indexes::{Index, Only, index, partial, unique};
use super::{Mongo, ids};

/// `_id` is the place in the ledger.
pub const INDEXES: &[Index] = &[
    // The same evidence counts once.
    Index {
        only: Some(Only::Has("message")),
        ..unique(CONSENTS, &[("message", 1), ("channel", 1), ("says", 1)])
    },
    partial(CONSENTS, &[("contact", 1), ("channel", 1), ("_id", -1)], Only::Is("decides", true)),
    index(CONSENTS, &[("account", 1), ("contact", 1), ("_id", -1)]),
    // Few: those about which nothing was decided since.
    partial(CONSENTS, &[("account", 1), ("_id", -1)], Only::Is("is_open", true)),
];

/// The document that counts places.
const COUNTER: &str = "consents";

const RECORDING: &str = "recording consent";

#[async_trait::async_trait]
impl Consent for Mongo {
    async fn record_consent(&self, entry: &ConsentEntry) -> Result<(), Unavailable> {
        let place = self.next_place().await?;
        let consents = self.collection(CONSENTS);
        let insert = consents.insert_one(document(entry, place));
        // Refused: this evidence is there, and the place stays empty.
        let is_new = ask_unique(RECORDING, insert).await?.is_some();
        if is_new && entry.says.decides() {
            let before = doc! { "$lt": place };
            let settled = doc! { "is_open": true, "account": ids::id(entry.account.as_str()),
            "contact": ids::id(entry.contact.as_str()),
            "channel": ids::id(entry.channel.as_str()), "_id": before };
            // Not for good: whoever lists doubts looks again whether they are.
            let close = doc! { "$unset": { "is_open": "" } };
            ask(RECORDING, consents.update_many(settled, close)).await?;
        }
        Ok(())
    }

    async fn opted_out(
        &self,
        contact: &ContactId,
        channel: &ChannelId,
    ) -> Result<bool, Unavailable> {
        let latest = self.latest_decision(ids::id(contact.as_str()), ids::id(channel.as_str()));
        let Some(latest) = latest.await? else { return Ok(false) };
        let says = parsed_text(&latest, "says", word(ConsentWord::parse))?;
        Ok(says == Some(ConsentWord::OptOut))
    }

    async fn consent_of(
        &self,
        account: &AccountId,
        contact: &ContactId,
        limit: usize,
    ) -> Result<Vec<ConsentEntry>, Unavailable> {
        let account = ids::id(account.as_str());
        let theirs = doc! { "account": account, "contact": ids::id(contact.as_str()) };
        let consents = self.collection(CONSENTS);
        let all = find_all("reading", &consents, theirs, doc! { "_id": -1 }, limit).await?;
        Ok(all.iter().map(entry).collect::<Result<_, _>>()?)
    }

    async fn doubtful(
        &self,
        account: &AccountId,
        before: Option<u64>,
        limit: usize,
    ) -> Result<Vec<Flagged>, Unavailable> {
        let consents = self.collection(CONSENTS);
        let mut before = before.map_or(i64::MAX, signed);
        let mut flagged = Vec::new();
        while flagged.len() < limit {
            let open = doc! { "account": ids::id(account.as_str()), "is_open": true,
            "_id": { "$lt": before } };
            let page = find_all("reading", &consents, open, doc! { "_id": -1 }, limit).await?;
            for doubt in &page {
                let place = number(doubt, "_id")?;
                before = signed(place);
                if flagged.len() < limit && !self.is_settled(doubt, before).await? {
                    flagged.push(Flagged { place, entry: entry(doubt)? });
                }
            }
            if page.len() < limit {
                break;
            }
        }
        Ok(flagged)
    }
}

impl Mongo {
    async fn next_place(&self) -> Result<i64, Unavailable> {
        let counters = self.collection(COUNTERS);
        let rise = counters
            .find_one_and_update(doc! { "_id": COUNTER }, doc! { "$inc": { "value": 1_i64 } })
            .upsert(true)
            .return_document(ReturnDocument::After);
        let counter = ask(RECORDING, rise).await?;
        let place = counter.map_or(Ok(None), |counter| optional_integer(&counter, "value"))?;
        place.ok_or_else(|| Unavailable::new(RECORDING, Failure::Senseless))
    }

    async fn latest_decision(
        &self,
        contact: bson::Bson,
        channel: bson::Bson,
    ) -> Result<Option<Document>, Unavailable> {
        let decisions = doc! { "contact": contact, "channel": channel, "decides": true };
        let consents = self.collection(CONSENTS);
        let latest = find_all("reading", &consents, decisions, doc! { "_id": -1 }, 1).await?;
        Ok(latest.into_iter().next())
    }

    /// Whether something was decided since; then it is closed, which a crash may have left undone.
    async fn is_settled(&self, doubt: &Document, place: i64) -> Result<bool, Unavailable> {
        let there = |key| doubt.get(key).cloned().ok_or(Senseless);
        let latest = self.latest_decision(there("contact")?, there("channel")?).await?;
        let decided = latest.map_or(Ok(None), |latest| optional_integer(&latest, "_id"))?;
        let is_settled = decided.is_some_and(|decided| decided > place);
        if is_settled {
            let close = doc! { "$unset": { "is_open": "" } };
            ask(RECORDING, self.collection(CONSENTS).update_one(doc! { "_id": place }, close))
                .await?;
        }
        Ok(is_settled)
    }
}

fn document(entry: &ConsentEntry, place: i64) -> Document {
    let mut document = doc! {
        "_id": place,
        "account": ids::id(entry.account.as_str()),
        "contact": ids::id(entry.contact.as_str()),
        "channel": ids::id(entry.channel.as_str()),
        "says": entry.says.as_str(),
        "at": date(entry.at),
        "decides": entry.says.decides(),
    };
    match &entry.evidence {
        Evidence::Message(message) => {
            document.insert("message", ids::id(message.as_str()));
        }
        Evidence::Provider { message, code } => {
            document.insert("message", ids::id(message.as_str()));
            document.insert("code", code);
        }
        Evidence::Operator(words) => {
            document.insert("words", words);
        }
    }
    if entry.says == ConsentWord::Doubtful {
        document.insert("is_open", true);
    }
    document
}

fn entry(document: &Document) -> Result<ConsentEntry, Senseless> {
    let message = optional_id(document, "message", MessageId::parse)?;
    let owned = |key| Ok(optional_text(document, key)?.map(str::to_owned));
    let evidence = match (message, owned("code")?) {
        (Some(message), Some(code)) => Evidence::Provider { message, code },
        (Some(message), None) => Evidence::Message(message),
        (None, _) => Evidence::Operator(owned("words")?.unwrap_or_default()),
    };
    let at: Timestamp = timestamp(document, "at")?;
    Ok(ConsentEntry {
        account: id(document, "account", AccountId::parse)?,
        contact: id(document, "contact", ContactId::parse)?,
        channel: id(document, "channel", ChannelId::parse)?,
        says: parsed_text(document, "says", word(ConsentWord::parse))?.ok_or(Senseless)?,
        at,
        evidence,
    })
}

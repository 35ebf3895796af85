//! Who may be written to, for the operator's services: the ledger of a contact, what an operator
//! adds to it, and what waits for a person.
//!
//! | path                            | does                                             |
//! |---------------------------------|--------------------------------------------------|
//! | `GET /v1/contacts/{id}/consent` | state per channel, and the ledger, newest first  |
//! | `PUT /v1/contacts/{id}/consent` | `{channel_id, says, evidence}` adds an entry     |
//! | `GET /v1/consent/doubtful`      | what reads like an opt-out, still undecided      |

use std::sync::Arc;

use actix_web::http::Method;
use actix_web::web::{self, Data, Path, ServiceConfig};
use actix_web::{HttpRequest, HttpResponse};
use actors::domain::{AccountId, ChannelId, Contact, ContactId};
use actors::ports::{Clock, ConsentEntry, ConsentWord, Evidence, Store};
use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::{JsonBody, path, resource, success_with};
use crate::answer::Fault;
use crate::auth::ServiceKey;
use crate::documents::Fields;
use crate::time;

/// Entries of the ledger that are shown, and looked through.
const SHOWN: usize = 1_000;
const DEFAULT_LIMIT: usize = 20;
const MAX_LIMIT: usize = 100;
/// Longest evidence, in bytes.
const MAX_EVIDENCE: usize = 2_000;

/// What the routes ask.
#[derive(Clone)]
pub struct Ledger {
    pub store: Arc<dyn Store>,
    pub clock: Arc<dyn Clock>,
}

pub fn configure(config: &mut ServiceConfig, ledger: Ledger) {
    config
        .app_data(Data::new(ledger))
        .service(resource(
            "/v1/contacts/{id}/consent",
            [(Method::GET, web::to(get)), (Method::PUT, web::to(put))],
        ))
        .service(resource("/v1/consent/doubtful", [(Method::GET, web::to(doubtful))]));
}

async fn get(_: ServiceKey, ledger: Data<Ledger>, id: Path<String>) -> Result<HttpResponse, Fault> {
    let contact = ledger.contact(&id).await?;
    Ok(success_with(ledger.view(&contact).await?))
}

async fn put(
    _: ServiceKey,
    ledger: Data<Ledger>,
    id: Path<String>,
    body: JsonBody,
) -> Result<HttpResponse, Fault> {
    let contact = ledger.contact(&id).await?;
    let mut fields = Fields::of(body.0)?;
    let channel = fields.id("channel_id", ChannelId::parse)?;
    let channel = channel.ok_or_else(|| Fault::invalid("channel_id is required"))?;
    let says = ConsentWord::parse(&fields.text("says", 16)?).filter(|says| says.decides());
    let says = says.ok_or_else(|| Fault::invalid("says has to be opt_in or opt_out"))?;
    let evidence = Evidence::Operator(fields.text("evidence", MAX_EVIDENCE)?);
    fields.end()?;
    let known = ledger.store.channel(&channel).await?;
    if known.is_none_or(|known| known.account != contact.account) {
        return Err(Fault::NotFound("channel"));
    }
    let entry = ConsentEntry {
        account: contact.account.clone(),
        contact: contact.id.clone(),
        channel,
        says,
        at: ledger.clock.now(),
        evidence,
    };
    if !ledger.stands(&entry).await? {
        ledger.store.record_consent(&entry).await?;
    }
    Ok(success_with(ledger.view(&contact).await?))
}

#[derive(Deserialize)]
struct Page {
    account_id: Option<String>,
    limit: Option<String>,
    next: Option<String>,
}

/// Newest first. `next` goes on where the page ends, and is null on the last one.
async fn doubtful(
    _: ServiceKey,
    request: HttpRequest,
    ledger: Data<Ledger>,
) -> Result<HttpResponse, Fault> {
    let page = web::Query::<Page>::from_query(request.query_string())
        .map_err(|_| Fault::invalid("account_id, limit and next may be given once each"))?;
    let account = page.account_id.as_deref().map(|id| path::id(id, AccountId::parse));
    let account = account.transpose()?.unwrap_or_else(AccountId::default_account);
    let limit = page.limit.as_deref().map_or(Some(DEFAULT_LIMIT), |limit| limit.parse().ok());
    let limit = limit
        .filter(|limit| (1..=MAX_LIMIT).contains(limit))
        .ok_or_else(|| Fault::invalid(format!("limit has to be a number from 1 to {MAX_LIMIT}")))?;
    let before = page.next.as_deref().map(|next| {
        next.parse().map_err(|_| Fault::invalid("next has to be one that a page answered"))
    });
    let before = before.transpose()?;
    let mut found = ledger.store.doubtful(&account, before, limit + 1).await?;
    let more = found.len() > limit;
    found.truncate(limit);
    let next = found.last().filter(|_| more).map(|last| last.place.to_string());
    let shown: Vec<_> = found.iter().map(|flagged| entry(&flagged.entry)).collect();
    Ok(HttpResponse::Ok().json(json!({
        "success": true,
        "message": "SUCCESS",
        "data": shown,
        "paging": { "limit": limit, "next": next },
    })))
}

impl Ledger {
    async fn contact(&self, id: &str) -> Result<Arc<Contact>, Fault> {
        let id = path::id(id, ContactId::parse)?;
        self.store.contact(&id).await?.ok_or(Fault::NotFound("contact"))
    }

    async fn view(&self, contact: &Contact) -> Result<Value, Fault> {
        let entries = self.store.consent_of(&contact.account, &contact.id, SHOWN).await?;
        let mut channels = Map::new();
        for ConsentEntry { channel, .. } in &entries {
            if !channels.contains_key(channel.as_str()) {
                let out = self.store.opted_out(&contact.id, channel).await?;
                let state = if out { "opted_out" } else { "may_be_written_to" };
                channels.insert(channel.to_string(), json!(state));
            }
        }
        let entries: Vec<_> = entries.iter().map(entry).collect();
        Ok(json!({ "contact_id": contact.id.as_str(), "channels": channels, "ledger": entries }))
    }

    /// Whether this is what counts already, for the same reason: the same PUT again adds nothing.
    async fn stands(&self, new: &ConsentEntry) -> Result<bool, Fault> {
        let entries = self.store.consent_of(&new.account, &new.contact, SHOWN).await?;
        let decides = |entry: &&ConsentEntry| entry.channel == new.channel && entry.says.decides();
        let last = entries.iter().find(decides);
        Ok(last.is_some_and(|last| last.says == new.says && last.evidence == new.evidence))
    }
}

fn entry(entry: &ConsentEntry) -> Value {
    let evidence = match &entry.evidence {
        Evidence::Message(message) => json!({ "message_id": message.as_str() }),
        Evidence::Provider { message, code } => {
            json!({ "message_id": message.as_str(), "code": code })
        }
        Evidence::Operator(words) => json!({ "words": words }),
    };
    json!({
        "account_id": entry.account.as_str(),
        "contact_id": entry.contact.as_str(),
        "channel_id": entry.channel.as_str(),
        "says": entry.says.as_str(),
        "at": time::format(entry.at),
        "evidence": evidence,
    })
}

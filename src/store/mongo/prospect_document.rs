//! What teams keep about contacts, between the domain and `prospects`: one document for each contact.
use actors::domain::{
    AccountId, ContactId, ContactStatusId, ProspectContext, TagId, Timestamp, UserId, Valuation,
};
use actors::ports::Unspread;
use bson::{Bson, Document, doc};

use super::fields::{
    self, Senseless, date, field, flag, id, id_or_null, number, optional_id, optional_text, signed,
    text_or_null,
};
use super::ids;

/// Everything but the contact, which never changes.
pub fn state(unspread: &Unspread, now: Timestamp) -> Document {
    let Unspread { context, is_open, assignee } = unspread;
    let ordered = assignee.as_ref().map(|user| {
        doc! { "user": id_or_null(user.as_ref().map(UserId::as_str)) }
    });
    doc! {
        "account_id": ids::id(context.account.as_str()),
        "notes": text_or_null(context.notes.as_deref()),
        "valuation": context.valuation.map(Valuation::amount),
        "tags": ids::ids(context.tags.iter().map(TagId::as_str)),
        "status": id_or_null(context.status.as_ref().map(ContactStatusId::as_str)),
        "assignee": id_or_null(context.assignee.as_ref().map(UserId::as_str)),
        "done": context.done,
        "version": signed(context.version),
        "unspread_since": date(now),
        "ordered_open": *is_open,
        "ordered_assignee": ordered,
    }
}

pub fn read(document: &Document) -> Result<Unspread, Senseless> {
    let ordered = match field(document, "ordered_assignee") {
        None => None,
        Some(ordered) => {
            let ordered = ordered.as_document().ok_or(Senseless)?;
            Some(optional_id(ordered, "user", UserId::parse)?)
        }
    };
    let open = field(document, "ordered_open").map(|open| open.as_bool().ok_or(Senseless));
    Ok(Unspread { context: context(document)?, is_open: open.transpose()?, assignee: ordered })
}

pub fn context(document: &Document) -> Result<ProspectContext, Senseless> {
    Ok(ProspectContext {
        contact: id(document, "_id", ContactId::parse)?,
        account: id(document, "account_id", AccountId::parse)?,
        notes: optional_text(document, "notes")?.map(str::to_owned),
        valuation: valuation(document)?,
        tags: fields::ids(document, "tags", TagId::parse)?,
        status: optional_id(document, "status", ContactStatusId::parse)?,
        assignee: optional_id(document, "assignee", UserId::parse)?,
        done: flag(document, "done")?,
        version: number(document, "version")?,
    })
}

fn valuation(document: &Document) -> Result<Option<Valuation>, Senseless> {
    let Some(amount) = field(document, "valuation") else { return Ok(None) };
    let amount = match *amount {
        Bson::Double(amount) => amount,
        Bson::Int32(amount) => f64::from(amount),
        Bson::Int64(amount) => amount as f64,
        _ => return Err(Senseless),
    };
    Valuation::of(amount).map(Some).map_err(|_| Senseless)
}

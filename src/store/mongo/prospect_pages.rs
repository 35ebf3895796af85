//! Contacts in the orders of teams' lists. Each list is driven by the index that narrows it most;
//! what else is asked for is looked at row by row, never at more rows than [`LOOKED_AT`].
use std::collections::HashMap;
use std::sync::Arc;

use actors::domain::{ContactId, ContactStatusId, ProspectContext, TagId};
use actors::ports::Unavailable;
use actors::ports::{People, ProspectOrder, ProspectPage, ProspectQuery, ProspectRow, Prospects};
use bson::{Bson, Document, doc};

use super::ask::find_all;
use super::collections::{CONTACTS, PROSPECTS};
use super::people_documents::contact;
use super::{Mongo, ids, prospect_document};

/// Contacts looked at in one question.
const LOOKED_AT: usize = 1_000;

const READING: &str = "listing contacts";

impl Mongo {
    /// As [`Prospects::prospects`].
    ///
    /// # Errors
    ///
    /// [`Unavailable`]: unknown.
    pub(super) async fn prospect_page(
        &self,
        query: &ProspectQuery,
    ) -> Result<ProspectPage, Unavailable> {
        // One more tells whether any is left.
        let looked_at = if query.filter == Default::default() { query.limit } else { LOOKED_AT };
        let mut found = self.candidates(query, looked_at + 1).await?;
        let mut more = found.len() > looked_at;
        found.truncate(looked_at);
        let mut rows = Vec::new();
        let mut last = None;
        let mut left = found.into_iter();
        while rows.len() < query.limit
            && let Some(row) = left.next()
        {
            last = Some(query.order.going_on_after(&row));
            if query.filter.holds(&row.context.tags, row.context.status.as_ref()) {
                rows.push(row);
            }
        }
        more |= left.next().is_some();
        Ok(ProspectPage { rows, next: last.filter(|_| more) })
    }

    async fn candidates(
        &self,
        query: &ProspectQuery,
        limit: usize,
    ) -> Result<Vec<ProspectRow>, Unavailable> {
        let filter = &query.filter;
        let mut these = doc! { "account_id": ids::id(query.account.as_str()) };
        let sort = match &query.order {
            ProspectOrder::Valuation { after } => {
                // Whoever is worth anything, nothing included; some servers take `$gte: 0` for more
                // than 0 when they read an index.
                let mut worth = doc! { "$gt": -1.0 };
                if let Some((valuation, id)) = after {
                    let most = valuation.amount();
                    worth.insert("$lte", most);
                    let mut behind = vec![doc! { "valuation": { "$lt": most } }];
                    behind.extend(below(id));
                    these.insert("$or", behind);
                }
                these.insert("valuation", worth);
                doc! { "valuation": -1, "_id": -1 }
            }
            ProspectOrder::Id { after } => {
                if filter.tags.is_empty() && filter.statuses.is_empty() {
                    return self.contacts_from(query, after.as_ref(), limit).await;
                }
                let tags = ids::ids(filter.tags.iter().map(TagId::as_str));
                let statuses = ids::ids(filter.statuses.iter().map(ContactStatusId::as_str));
                these.extend(match filter.tags.is_empty() {
                    false => doc! { "tags": { "$in": tags } },
                    true => doc! { "status": { "$in": statuses } },
                });
                if let Some(id) = after {
                    these.insert("$or", above(id));
                }
                doc! { "_id": 1 }
            }
        };
        let prospects = self.collection(PROSPECTS);
        let found = find_all(READING, &prospects, these, sort, limit).await?;
        let mut rows = Vec::with_capacity(found.len());
        for document in &found {
            let context = prospect_document::context(document)?;
            // A contact's context may be there before the contact is.
            let there = self.contact(&context.contact).await?;
            rows.extend(there.map(|contact| ProspectRow { contact, context }));
        }
        Ok(rows)
    }

    async fn contacts_from(
        &self,
        query: &ProspectQuery,
        after: Option<&ContactId>,
        limit: usize,
    ) -> Result<Vec<ProspectRow>, Unavailable> {
        let mut filter = doc! { "account_id": ids::of_account(&query.account) };
        if let Some(id) = after {
            filter.insert("$or", above(id));
        }
        let contacts = self.collection(CONTACTS);
        let found = find_all(READING, &contacts, filter, doc! { "_id": 1 }, limit).await?;
        let found: Vec<_> = found.iter().map(contact).collect::<Result<_, _>>()?;
        let names: Vec<_> = found.iter().map(|contact| contact.id.clone()).collect();
        let contexts = self.contexts(&names).await?.into_iter();
        let mut contexts: HashMap<_, _> =
            contexts.map(|context| (context.contact.clone(), context)).collect();
        let rows = found.into_iter().map(|contact| {
            let empty = || ProspectContext::empty(contact.account.clone(), contact.id.clone());
            let context = contexts.remove(&contact.id).unwrap_or_else(empty);
            ProspectRow { contact: Arc::new(contact), context }
        });
        Ok(rows.collect())
    }
}

/// Ids behind one. A comparison never leaves its kind, and texts stand before ObjectIds.
fn above(id: &ContactId) -> Vec<Document> {
    match ids::id(id.as_str()) {
        id @ Bson::ObjectId(_) => vec![doc! { "_id": { "$gt": id } }],
        id => vec![doc! { "_id": { "$gt": id } }, doc! { "_id": { "$type": "objectId" } }],
    }
}

/// Ids before one.
fn below(id: &ContactId) -> Vec<Document> {
    match ids::id(id.as_str()) {
        id @ Bson::ObjectId(_) => {
            vec![doc! { "_id": { "$lt": id } }, doc! { "_id": { "$type": "string" } }]
        }
        id => vec![doc! { "_id": { "$lt": id } }],
    }
}

use actors::domain::{AccountId, ContactStatus, ContactStatusId, LabelId, Tag, TagId};
use actors::ports::{Labels, PutError, Unavailable};
use bson::{Bson, Document, doc};

use super::ask::{ask, ask_unique, find_all, find_one};
use super::collections::{RETIRED_LABELS, STATUSES, TAGS};
use super::fields::{self, Senseless, date, id, optional_integer, optional_text, text};
use super::indexes::{Index, unique};
use super::put::put;
use super::{Mongo, ids};

pub const INDEXES: &[Index] = &[
    // Clients pick by name, so that it is unique.
    unique(TAGS, &[("account_id", 1), ("name", 1)]),
    unique(STATUSES, &[("account_id", 1), ("name", 1)]),
];

/// Most labels of one account that are read.
const MOST: usize = 100_000;

const RETIRING: &str = "retiring a label";

#[async_trait::async_trait]
impl Labels for Mongo {
    async fn tag(&self, id: &TagId) -> Result<Option<Tag>, Unavailable> {
        let found = self.label(TAGS, id.as_str()).await?;
        Ok(found.as_ref().map(tag).transpose()?)
    }

    async fn contact_status(
        &self,
        id: &ContactStatusId,
    ) -> Result<Option<ContactStatus>, Unavailable> {
        let found = self.label(STATUSES, id.as_str()).await?;
        Ok(found.as_ref().map(status).transpose()?)
    }

    async fn tags(&self, account: &AccountId) -> Result<Vec<Tag>, Unavailable> {
        let all = self.labels(TAGS, account).await?;
        Ok(all.iter().map(tag).collect::<Result<_, _>>()?)
    }

    async fn contact_statuses(
        &self,
        account: &AccountId,
    ) -> Result<Vec<ContactStatus>, Unavailable> {
        let all = self.labels(STATUSES, account).await?;
        let mut all = all.iter().map(status).collect::<Result<Vec<_>, _>>()?;
        // By name they are already.
        all.sort_by_key(|status| status.order);
        Ok(all)
    }

    async fn put_tag(&self, tag: &Tag) -> Result<(), PutError> {
        let fields = doc! { "name": &tag.name, "color": &tag.color };
        self.put_label(TAGS, ids::id(tag.id.as_str()), &tag.account, fields).await
    }

    async fn put_contact_status(&self, status: &ContactStatus) -> Result<(), PutError> {
        let ContactStatus { id, account, name, color, order } = status;
        let fields = doc! { "name": name, "color": color, "order": *order };
        self.put_label(STATUSES, ids::id(id.as_str()), account, fields).await
    }

    async fn retire_label(
        &self,
        account: &AccountId,
        label: &LabelId,
    ) -> Result<bool, Unavailable> {
        let (collection, id) = spelled(label);
        let own = doc! { "_id": ids::id(id), "account_id": ids::of_account(account) };
        let labels = self.collection(collection);
        if find_one(RETIRING, &labels, own.clone()).await?.is_none() {
            return Ok(false);
        }
        // First, so that nobody who finds it gone takes its id while contacts still have it.
        let retired = doc! {
            "_id": retired_name(label), "kind": collection, "label": ids::id(id),
            "account_id": ids::id(account.as_str()),
        };
        ask_unique(RETIRING, self.collection(RETIRED_LABELS).insert_one(retired)).await?;
        Ok(ask(RETIRING, labels.delete_one(own)).await?.deleted_count > 0)
    }

    async fn retired_labels(&self, limit: usize) -> Result<Vec<(AccountId, LabelId)>, Unavailable> {
        let retired = self.collection(RETIRED_LABELS);
        let found = find_all("reading", &retired, doc! {}, doc! {}, limit).await?;
        Ok(found.iter().map(retired_label).collect::<Result<_, _>>()?)
    }

    async fn forget_label(&self, label: &LabelId) -> Result<(), Unavailable> {
        let own = doc! { "_id": retired_name(label) };
        ask(RETIRING, self.collection(RETIRED_LABELS).delete_one(own)).await.map(drop)
    }
}

fn spelled(label: &LabelId) -> (&'static str, &str) {
    match label {
        LabelId::Tag(id) => (TAGS, id.as_str()),
        LabelId::Status(id) => (STATUSES, id.as_str()),
    }
}

/// A text, as a placement's.
fn retired_name(label: &LabelId) -> String {
    let (collection, id) = spelled(label);
    format!("{collection}\n{id}")
}

fn retired_label(document: &Document) -> Result<(AccountId, LabelId), Senseless> {
    let label = match text(document, "kind")? {
        TAGS => LabelId::Tag(id(document, "label", TagId::parse)?),
        _ => LabelId::Status(id(document, "label", ContactStatusId::parse)?),
    };
    Ok((id(document, "account_id", AccountId::parse)?, label))
}

impl Mongo {
    async fn label(&self, collection: &str, id: &str) -> Result<Option<Document>, Unavailable> {
        find_one("reading", &self.collection(collection), doc! { "_id": ids::id(id) }).await
    }

    async fn labels(
        &self,
        collection: &str,
        account: &AccountId,
    ) -> Result<Vec<Document>, Unavailable> {
        let theirs = doc! { "account_id": ids::of_account(account) };
        let by_name = doc! { "name": 1 };
        find_all("reading", &self.collection(collection), theirs, by_name, MOST).await
    }

    async fn put_label(
        &self,
        collection: &str,
        id: Bson,
        account: &AccountId,
        mut fields: Document,
    ) -> Result<(), PutError> {
        let name = ids::parsed(&id, |id| Ok::<_, Senseless>(format!("{collection}\n{id}")));
        let retired = doc! { "_id": name.map_err(Unavailable::from)? };
        if find_one("putting", &self.collection(RETIRED_LABELS), retired).await?.is_some() {
            return Err(PutError::Taken);
        }
        let now = date(self.clock.now());
        fields.insert("account_id", ids::id(account.as_str()));
        fields.insert("updatedAt", now.clone());
        let change = doc! { "$set": fields, "$setOnInsert": { "createdAt": now } };
        put(&self.collection(collection), id, account, change).await
    }
}

pub fn tag(document: &Document) -> Result<Tag, Senseless> {
    Ok(Tag {
        id: id(document, "_id", TagId::parse)?,
        account: fields::account(document)?,
        name: text(document, "name")?.to_owned(),
        color: optional_text(document, "color")?.unwrap_or_default().to_owned(),
    })
}

pub fn status(document: &Document) -> Result<ContactStatus, Senseless> {
    Ok(ContactStatus {
        id: id(document, "_id", ContactStatusId::parse)?,
        account: fields::account(document)?,
        name: text(document, "name")?.to_owned(),
        color: optional_text(document, "color")?.unwrap_or_default().to_owned(),
        order: optional_integer(document, "order")?.unwrap_or_default(),
    })
}

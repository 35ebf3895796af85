use std::future::ready;
use std::sync::Arc;

use actors::domain::{
    AccountId, Contact, ContactId, ContextPatch, LabelId, ProspectContext, ScoreRules, Timestamp,
    UserId,
};
use actors::ports::{ProspectPage, ProspectQuery, Prospects, ThreadState, Unavailable, Unspread};
use bson::{Bson, Document, doc};
use futures_util::{StreamExt, TryStreamExt, stream};

use super::ask::{ask, ask_unique, find_all, find_one};
use super::collections::{CONTACTS, CONVERSATIONS, PROSPECTS, SCORE_RULES};
use super::fields::{Senseless, date, flag, id, inner, optional_id, signed, text};
use super::indexes::{Index, index, sparse};
use super::people_documents::{contact, fresh_contact};
use super::{Mongo, ids, prospect_document};
use crate::documents::{Fields, score_rules};

pub const INDEXES: &[Index] = &[
    // Lists: by what is on a contact, and by what a deal may be worth.
    index(PROSPECTS, &[("account_id", 1), ("tags", 1), ("_id", 1)]),
    index(PROSPECTS, &[("account_id", 1), ("status", 1), ("_id", 1)]),
    index(PROSPECTS, &[("account_id", 1), ("valuation", -1), ("_id", -1)]),
    // Nearly always empty.
    sparse(PROSPECTS, &[("unspread_since", 1)]),
    index(CONTACTS, &[("account_id", 1), ("_id", 1)]),
    index(CONTACTS, &[("account_id", 1), ("platformId", 1), ("createdAt", 1)]),
];

/// Times a context is looked at because others change it meanwhile.
const TRIES: usize = 100;

/// Contacts that lose a label at the same time.
const SIDE_BY_SIDE: usize = 16;
/// Times a contact is looked for that others make, or move to another id, meanwhile.
const MEETINGS: usize = 5;
/// Most conversations of so many contacts that are read.
const MOST_THREADS: usize = 100_000;

const KEEPING: &str = "keeping what is known of a contact";
const READING: &str = "reading what is known of a contact";

#[async_trait::async_trait]
impl Prospects for Mongo {
    async fn context(&self, contact: &ContactId) -> Result<Option<ProspectContext>, Unavailable> {
        Ok(self.kept_of(contact).await?.map(|found| found.context))
    }

    async fn contexts(&self, contacts: &[ContactId]) -> Result<Vec<ProspectContext>, Unavailable> {
        let these = doc! { "_id": { "$in": ids::ids(contacts.iter().map(ContactId::as_str)) } };
        let prospects = self.collection(PROSPECTS);
        let found = find_all(READING, &prospects, these, doc! {}, contacts.len()).await?;
        Ok(found.iter().map(prospect_document::context).collect::<Result<_, _>>()?)
    }

    async fn patch_context(
        &self,
        account: &AccountId,
        contact: &ContactId,
        patch: &ContextPatch,
        now: Timestamp,
    ) -> Result<Unspread, Unavailable> {
        for _ in 0..TRIES {
            let before = self.kept_of(contact).await?.unwrap_or_else(|| Unspread {
                context: ProspectContext::empty(account.clone(), contact.clone()),
                is_open: None,
                assignee: None,
            });
            let context = before.context.patched(patch);
            if context.version == before.context.version {
                return Ok(before);
            }
            let after = Unspread {
                is_open: patch.done.map(|done| !done).or(before.is_open),
                assignee: patch.assignee.clone().or(before.assignee),
                context,
            };
            if self.step_of_context(before.context.version, &after, now).await? {
                return Ok(after);
            }
        }
        Err(Unavailable::new(KEEPING, "others change it all the time"))
    }

    async fn unspread(
        &self,
        before: Timestamp,
        limit: usize,
    ) -> Result<Vec<Unspread>, Unavailable> {
        let waiting = doc! { "unspread_since": { "$lt": date(before) } };
        let longest = doc! { "unspread_since": 1 };
        let prospects = self.collection(PROSPECTS);
        let found = find_all(READING, &prospects, waiting, longest, limit).await?;
        Ok(found.iter().map(prospect_document::read).collect::<Result<_, _>>()?)
    }

    async fn spread(&self, contact: &ContactId, version: u64) -> Result<(), Unavailable> {
        let same = doc! { "_id": ids::id(contact.as_str()), "version": signed(version) };
        let done = doc! { "unspread_since": "", "ordered_open": "", "ordered_assignee": "" };
        let prospects = self.collection(PROSPECTS);
        ask(KEEPING, prospects.update_one(same, doc! { "$unset": done })).await.map(drop)
    }

    async fn strip(
        &self,
        account: &AccountId,
        label: &LabelId,
        limit: usize,
        now: Timestamp,
    ) -> Result<usize, Unavailable> {
        let mut wearing = doc! { "account_id": ids::id(account.as_str()) };
        match label {
            LabelId::Tag(tag) => wearing.insert("tags", ids::id(tag.as_str())),
            LabelId::Status(status) => wearing.insert("status", ids::id(status.as_str())),
        };
        let prospects = self.collection(PROSPECTS);
        let found = find_all(READING, &prospects, wearing, doc! {}, limit).await?;
        let count = found.len();
        let strips = found.into_iter().map(|document| async move {
            let worn = prospect_document::context(&document)?;
            self.patch_context(account, &worn.contact, &worn.without(label), now).await
        });
        stream::iter(strips).buffer_unordered(SIDE_BY_SIDE).try_for_each(|_| ready(Ok(()))).await?;
        Ok(count)
    }

    async fn contact_on_platform(
        &self,
        account: &AccountId,
        platform: &str,
        id: &str,
    ) -> Result<Option<Arc<Contact>>, Unavailable> {
        let mut platforms = vec![Bson::from(platform)];
        if platform == "x" {
            platforms.push(Bson::Null);
        }
        let known = doc! {
            "account_id": ids::of_account(account),
            "platformId": id,
            "platform": { "$in": platforms },
        };
        let oldest = doc! { "createdAt": 1, "switchboard.age": 1 };
        let found = find_all(READING, &self.collection(CONTACTS), known, oldest, 1).await?;
        Ok(found.first().map(contact).transpose()?.map(Arc::new))
    }

    async fn meet_on_platform(
        &self,
        platform: &str,
        id: &str,
        fresh: Contact,
    ) -> Result<Arc<Contact>, Unavailable> {
        let contacts = self.collection(CONTACTS);
        // Unique among contacts that were made because nobody was found. No id holds a line feed.
        let made_for = format!("platform\n{}\n{platform}\n{id}", fresh.account);
        for _ in 0..MEETINGS {
            if let Some(known) = self.contact_on_platform(&fresh.account, platform, id).await? {
                return Ok(known);
            }
            let document = fresh_contact(&fresh, &made_for, self.clock.now());
            if ask_unique(KEEPING, contacts.insert_one(document)).await?.is_some() {
                return Ok(Arc::new(fresh));
            }
            // Somebody was faster, and theirs is found now; or it is known by another id since, and
            // is in nobody's way.
            let theirs = doc! { "switchboard.made_for": &made_for, "platformId": { "$ne": id } };
            let free = doc! { "$unset": { "switchboard.made_for": "" } };
            ask(KEEPING, contacts.update_one(theirs, free)).await?;
        }
        Err(Unavailable::new(KEEPING, "others change the same contact all the time"))
    }

    async fn prospects(&self, query: &ProspectQuery) -> Result<ProspectPage, Unavailable> {
        self.prospect_page(query).await
    }

    async fn threads_of(
        &self,
        account: &AccountId,
        contacts: &[ContactId],
    ) -> Result<Vec<ThreadState>, Unavailable> {
        let theirs = doc! {
            "account_id": ids::id(account.as_str()),
            "contact_id": { "$in": ids::ids(contacts.iter().map(ContactId::as_str)) },
        };
        let conversations = self.collection(CONVERSATIONS);
        let found = find_all(READING, &conversations, theirs, doc! {}, MOST_THREADS).await?;
        let mut states = Vec::with_capacity(found.len());
        for document in &found {
            if !flag(document, "deleted")? {
                states.push(thread(document)?);
            }
        }
        Ok(states)
    }

    async fn score_rules(&self, account: &AccountId) -> Result<Option<ScoreRules>, Unavailable> {
        let own = doc! { "_id": ids::id(account.as_str()) };
        let found = find_one(READING, &self.collection(SCORE_RULES), own).await?;
        Ok(found.as_ref().map(rules).transpose()?)
    }

    async fn put_score_rules(
        &self,
        account: &AccountId,
        rules: &ScoreRules,
    ) -> Result<(), Unavailable> {
        let own = doc! { "_id": ids::id(account.as_str()) };
        let change = doc! { "$set": { "rules": score_rules::view(rules).to_string() } };
        let rules = self.collection(SCORE_RULES);
        ask(KEEPING, rules.update_one(own, change).upsert(true)).await.map(drop)
    }
}

impl Mongo {
    async fn kept_of(&self, contact: &ContactId) -> Result<Option<Unspread>, Unavailable> {
        let own = doc! { "_id": ids::id(contact.as_str()) };
        let found = find_one(READING, &self.collection(PROSPECTS), own).await?;
        Ok(found.as_ref().map(prospect_document::read).transpose()?)
    }

    /// `false`: it is not as it was.
    async fn step_of_context(
        &self,
        before: u64,
        after: &Unspread,
        now: Timestamp,
    ) -> Result<bool, Unavailable> {
        let prospects = self.collection(PROSPECTS);
        let name = ids::id(after.context.contact.as_str());
        let mut state = prospect_document::state(after, now);
        if before == 0 {
            state.insert("_id", name);
            return Ok(ask_unique(KEEPING, prospects.insert_one(state)).await?.is_some());
        }
        let same = doc! { "_id": name, "version": signed(before) };
        let step = ask(KEEPING, prospects.update_one(same, doc! { "$set": state })).await?;
        Ok(step.matched_count == 1)
    }
}

fn thread(document: &Document) -> Result<ThreadState, Senseless> {
    Ok(ThreadState {
        contact: id(document, "contact_id", ContactId::parse)?,
        is_open: flag(document, "is_open")?,
        assignee: optional_id(inner(document, "team")?, "assignee", UserId::parse)?,
    })
}

fn rules(document: &Document) -> Result<ScoreRules, Senseless> {
    let value = serde_json::from_str(text(document, "rules")?).map_err(|_| Senseless)?;
    Fields::of(value).and_then(score_rules::read).map_err(|_| Senseless)
}

use std::sync::Arc;

use actors::domain::{
    AccountId, Contact, ContactId, ContextPatch, LabelId, ProspectContext, ScoreRules, Timestamp,
    UserId,
};
use actors::ports::{ProspectPage, ProspectQuery, Prospects, ThreadState, Unavailable, Unspread};
use rusqlite::{Connection, OptionalExtension, Result, Row, params};

use super::columns::{Senseless, parsed, parsed_option, signed};
use super::prospect_rows::{self as rows, SPREAD, UNSPREAD};
use super::readers::in_one_picture;
use super::{Sqlite, people_rows, prospect_pages};
use crate::documents::{Fields, score_rules};

pub const ON_PLATFORM: &str = "\
    SELECT id, account, name, email, phone, image, details FROM contacts \
    WHERE account = ?1 AND details ->> '$.platformId' = ?2 \
        AND details ->> '$.platformId' IS NOT NULL \
        AND coalesce(details ->> '$.platform', 'x') = ?3 \
    ORDER BY age LIMIT 1";

pub const WEARS_TAG: &str =
    "SELECT contact FROM prospect_tags WHERE account = ?1 AND tag = ?2 LIMIT ?3";
pub const HAS_STATUS: &str =
    "SELECT contact FROM prospects WHERE account = ?1 AND status = ?2 LIMIT ?3";

pub const THREADS: &str = "\
    SELECT contact, is_open, assignee FROM conversationprospects \
    WHERE account = ?1 AND contact = ?2 AND deleted = 0";

pub const RULES: &str = "SELECT rules FROM score_rules WHERE account = ?1";
const PUT_RULES: &str = "\
    INSERT INTO score_rules (account, rules) VALUES (?1, ?2) \
    ON CONFLICT (account) DO UPDATE SET rules = ?2";

fn failed(error: rusqlite::Error) -> Unavailable {
    Unavailable::new("keeping what is known of a contact", error)
}

#[async_trait::async_trait]
impl Prospects for Sqlite {
    async fn context(&self, contact: &ContactId) -> Result<Option<ProspectContext>, Unavailable> {
        let contact = contact.clone();
        let read = move |db: &Connection| rows::one(db, &contact);
        Ok(self.readers.run("context", read).await?.map(|found| found.context))
    }

    async fn contexts(&self, contacts: &[ContactId]) -> Result<Vec<ProspectContext>, Unavailable> {
        let contacts = contacts.to_vec();
        let read = move |db: &Connection| {
            let found = contacts.iter().map(|contact| rows::one(db, contact));
            found.filter_map(Result::transpose).map(|one| Ok(one?.context)).collect()
        };
        self.readers.run("contexts", move |db| in_one_picture(db, read)).await
    }

    async fn patch_context(
        &self,
        account: &AccountId,
        contact: &ContactId,
        patch: &ContextPatch,
        now: Timestamp,
    ) -> Result<Unspread, Unavailable> {
        let (account, contact, patch) = (account.clone(), contact.clone(), patch.clone());
        let work = move |db: &Connection| rows::patch(db, &account, &contact, &patch, now);
        self.writer.run("patching", move |db| work(db).map_err(failed)).await
    }

    async fn unspread(
        &self,
        before: Timestamp,
        limit: usize,
    ) -> Result<Vec<Unspread>, Unavailable> {
        let limit = signed(limit as u64);
        let read = move |db: &Connection| {
            db.prepare_cached(UNSPREAD)?.query_map([before.0, limit], rows::unspread)?.collect()
        };
        self.readers.run("unspread", read).await
    }

    async fn spread(&self, contact: &ContactId, version: u64) -> Result<(), Unavailable> {
        let (contact, version) = (contact.clone(), signed(version));
        let work = move |db: &Connection| {
            db.prepare_cached(SPREAD)?.execute(params![contact.as_str(), version])
        };
        self.writer.run("spreading", move |db| work(db).map(drop).map_err(failed)).await
    }

    async fn strip(
        &self,
        account: &AccountId,
        label: &LabelId,
        limit: usize,
        now: Timestamp,
    ) -> Result<usize, Unavailable> {
        let (account, label, limit) = (account.clone(), label.clone(), signed(limit as u64));
        let work = move |db: &Connection| strip(db, &account, &label, limit, now);
        self.writer.run("stripping", move |db| work(db).map_err(failed)).await
    }

    async fn contact_on_platform(
        &self,
        account: &AccountId,
        platform: &str,
        id: &str,
    ) -> Result<Option<Arc<Contact>>, Unavailable> {
        let names = [account.to_string(), id.to_owned(), platform.to_owned()];
        let read = move |db: &Connection| {
            db.prepare_cached(ON_PLATFORM)?.query_row(names, people_rows::contact).optional()
        };
        Ok(self.readers.run("contact_on_platform", read).await?.map(Arc::new))
    }

    async fn meet_on_platform(
        &self,
        platform: &str,
        id: &str,
        fresh: Contact,
    ) -> Result<Arc<Contact>, Unavailable> {
        if let Some(known) = self.contact_on_platform(&fresh.account, platform, id).await? {
            return Ok(known);
        }
        let names = [fresh.account.to_string(), id.to_owned(), platform.to_owned()];
        let fresh = Arc::new(fresh);
        let work = move |db: &Connection| {
            // Looked up again where nobody else writes.
            let [account, id, platform] = &names;
            let known = db
                .prepare_cached(ON_PLATFORM)?
                .query_row([account, id, platform], people_rows::contact)
                .optional()?;
            if let Some(known) = known {
                return Ok(Arc::new(known));
            }
            let row = people_rows::contact_row(&fresh);
            match db.prepare_cached(people_rows::PUT_CONTACT)?.execute(row)? {
                1 => Ok(Arc::clone(&fresh)),
                _ => Err(rusqlite::Error::StatementChangedRows(0)),
            }
        };
        self.writer.run("meeting a contact", move |db| work(db).map_err(failed)).await
    }

    async fn prospects(&self, query: &ProspectQuery) -> Result<ProspectPage, Unavailable> {
        let query = query.clone();
        let read = move |db: &Connection| in_one_picture(db, |db| prospect_pages::page(db, &query));
        self.readers.run("prospects", read).await
    }

    async fn threads_of(
        &self,
        account: &AccountId,
        contacts: &[ContactId],
    ) -> Result<Vec<ThreadState>, Unavailable> {
        let (account, contacts) = (account.clone(), contacts.to_vec());
        let read = move |db: &Connection| {
            let mut states = Vec::new();
            let mut theirs = db.prepare_cached(THREADS)?;
            for contact in &contacts {
                let rows = theirs.query_map([account.as_str(), contact.as_str()], thread)?;
                states.extend(rows.collect::<Result<Vec<_>>>()?);
            }
            Ok(states)
        };
        self.readers.run("threads_of", move |db| in_one_picture(db, read)).await
    }

    async fn score_rules(&self, account: &AccountId) -> Result<Option<ScoreRules>, Unavailable> {
        let account = account.clone();
        let read = move |db: &Connection| {
            let rules = |row: &Row| parsed(row, 0, rules);
            db.prepare_cached(RULES)?.query_row([account.as_str()], rules).optional()
        };
        self.readers.run("score_rules", read).await
    }

    async fn put_score_rules(
        &self,
        account: &AccountId,
        rules: &ScoreRules,
    ) -> Result<(), Unavailable> {
        let (account, rules) = (account.to_string(), score_rules::view(rules).to_string());
        let work = move |db: &Connection| db.prepare_cached(PUT_RULES)?.execute([&account, &rules]);
        self.writer.run("putting", move |db| work(db).map(drop).map_err(failed)).await
    }
}

fn thread(row: &Row) -> Result<ThreadState> {
    Ok(ThreadState {
        contact: parsed(row, 0, ContactId::parse)?,
        is_open: row.get(1)?,
        assignee: parsed_option(row, 2, UserId::parse)?,
    })
}

fn rules(text: &str) -> Result<ScoreRules, Senseless> {
    let value = serde_json::from_str(text).map_err(|_| Senseless)?;
    Fields::of(value).and_then(score_rules::read).map_err(|_| Senseless)
}

fn strip(
    db: &Connection,
    account: &AccountId,
    label: &LabelId,
    limit: i64,
    now: Timestamp,
) -> Result<usize> {
    let (sql, id) = match label {
        LabelId::Tag(tag) => (WEARS_TAG, tag.as_str()),
        LabelId::Status(status) => (HAS_STATUS, status.as_str()),
    };
    let wearers = db
        .prepare_cached(sql)?
        .query_map(params![account.as_str(), id, limit], |row| parsed(row, 0, ContactId::parse))?
        .collect::<Result<Vec<_>>>()?;
    for contact in &wearers {
        if let Some(found) = rows::one(db, contact)? {
            rows::patch(db, account, contact, &found.context.without(label), now)?;
        }
    }
    Ok(wearers.len())
}

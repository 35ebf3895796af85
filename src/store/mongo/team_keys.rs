use actors::domain::{AccountId, TeamKey, TeamKeyId, Timestamp};
use actors::ports::{TeamKeys, Unavailable};
use bson::spec::BinarySubtype;
use bson::{Binary, Bson, Document, doc};

use super::Mongo;
use super::ask::{ask, ask_unique, find_all, find_one};
use super::collections::TEAM_KEYS;
use super::fields::{Senseless, date, field, id, list, optional_timestamp, text, timestamp};
use super::ids;
use super::indexes::{Index, unique};

pub const INDEXES: &[Index] = &[
    // What a token is looked up by.
    unique(TEAM_KEYS, &[("hash", 1)]),
];

/// Most keys that are listed.
const MOST: usize = 100_000;
const DURING: &str = "keeping a key";

#[async_trait::async_trait]
impl TeamKeys for Mongo {
    async fn keep_team_key(&self, key: &TeamKey) -> Result<(), Unavailable> {
        let document = doc! {
            "_id": ids::id(key.id.as_str()),
            "account_id": ids::id(key.account.as_str()),
            "name": &key.name,
            "scopes": key.scopes.clone(),
            "hash": hash(&key.hash),
            "createdAt": date(key.created_at),
            "revokedAt": key.revoked_at.map_or(Bson::Null, date),
        };
        ask_unique(DURING, self.collection(TEAM_KEYS).insert_one(document)).await.map(drop)
    }

    async fn team_key(&self, wanted: &[u8; 32]) -> Result<Option<TeamKey>, Unavailable> {
        let filter = doc! { "hash": hash(wanted) };
        let found = find_one("reading a key", &self.collection(TEAM_KEYS), filter).await?;
        Ok(found.as_ref().map(read).transpose()?)
    }

    async fn team_keys(&self) -> Result<Vec<TeamKey>, Unavailable> {
        let keys = self.collection(TEAM_KEYS);
        let found = find_all("reading keys", &keys, doc! {}, doc! {}, MOST).await?;
        let mut keys = found.iter().map(read).collect::<Result<Vec<_>, _>>()?;
        keys.sort_by(|a, b| (a.created_at, &a.id).cmp(&(b.created_at, &b.id)));
        Ok(keys)
    }

    async fn revoke_team_key(&self, id: &TeamKeyId, now: Timestamp) -> Result<bool, Unavailable> {
        let revoked = doc! { "$ifNull": ["$revokedAt", date(now)] };
        let revoke = vec![doc! { "$set": { "revokedAt": revoked } }];
        let own = doc! { "_id": ids::id(id.as_str()) };
        let done = ask(DURING, self.collection(TEAM_KEYS).update_one(own, revoke)).await?;
        Ok(done.matched_count > 0)
    }
}

fn hash(bytes: &[u8; 32]) -> Bson {
    Bson::Binary(Binary { subtype: BinarySubtype::Generic, bytes: bytes.to_vec() })
}

fn read(document: &Document) -> Result<TeamKey, Senseless> {
    let hash = match field(document, "hash") {
        Some(Bson::Binary(binary)) => binary.bytes.as_slice().try_into().map_err(|_| Senseless)?,
        _ => return Err(Senseless),
    };
    let scopes = list(document, "scopes")?.iter();
    Ok(TeamKey {
        id: id(document, "_id", TeamKeyId::parse)?,
        account: id(document, "account_id", AccountId::parse)?,
        name: text(document, "name")?.to_owned(),
        scopes: scopes
            .map(|scope| scope.as_str().map(str::to_owned).ok_or(Senseless))
            .collect::<Result<_, _>>()?,
        hash,
        created_at: timestamp(document, "createdAt")?,
        revoked_at: optional_timestamp(document, "revokedAt")?,
    })
}

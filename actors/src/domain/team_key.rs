use super::{AccountId, TeamKeyId, Timestamp};

/// A long-lived token of a team. The token itself is nowhere.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TeamKey {
    pub id: TeamKeyId,
    pub account: AccountId,
    /// What operators call it.
    pub name: String,
    pub scopes: Vec<String>,
    /// SHA-256 of the token.
    pub hash: [u8; 32],
    pub created_at: Timestamp,
    /// From then on it opens nothing.
    pub revoked_at: Option<Timestamp>,
}

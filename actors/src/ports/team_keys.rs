use super::Unavailable;
use crate::domain::{TeamKey, TeamKeyId, Timestamp};

/// Long-lived tokens of teams, by what their hash is.
#[async_trait::async_trait]
pub trait TeamKeys: Send + Sync {
    /// # Errors
    ///
    /// [`Unavailable`]: perhaps kept; keeping it again is safe. So with every question below.
    async fn keep_team_key(&self, key: &TeamKey) -> Result<(), Unavailable>;

    /// The key with this hash, revoked ones included. What was revoked by any program is revoked in
    /// the next answer.
    async fn team_key(&self, hash: &[u8; 32]) -> Result<Option<TeamKey>, Unavailable>;

    /// Every key of every account, the oldest first.
    async fn team_keys(&self) -> Result<Vec<TeamKey>, Unavailable>;

    /// From then on the key opens nothing; one that was revoked before stays as it is. `false`: there
    /// is no such key.
    async fn revoke_team_key(&self, id: &TeamKeyId, now: Timestamp) -> Result<bool, Unavailable>;
}

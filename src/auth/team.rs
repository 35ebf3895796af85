//! From a token to the team it speaks for.

use actors::domain::{AccountId, TeamKey, TeamKeyId, Timestamp};
use actors::ports::Unavailable;
use sha2::{Digest, Sha256};

use super::{Access, KeyHash, strip_bearer};
use crate::answer::Fault;

/// How a long-lived token begins, so that it is told from a JWT, and found where it does not belong.
const PREFIX: &str = "sbk_";
/// Random bytes in one.
const SECRET_BYTES: usize = 32;

/// Whoever holds a token of an account. Nobody in person: no note is there for them, also when a
/// person's own token was sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TeamAccess {
    pub account: AccountId,
    scopes: Vec<String>,
}

impl TeamAccess {
    pub fn allows(&self, scope: &str) -> bool {
        self.scopes.iter().any(|held| held == scope)
    }

    /// Whose allowance a call takes from: all tokens of an account share one.
    pub fn spender(&self) -> KeyHash {
        Sha256::digest(self.account.as_str()).into()
    }
}

/// A new token, and what is kept of it.
pub struct Issued {
    /// Shown once.
    pub token: String,
    pub key: TeamKey,
}

/// Makes a long-lived token; `None` without randomness.
pub fn issue_team_key(
    id: TeamKeyId,
    account: AccountId,
    name: String,
    scopes: Vec<String>,
    now: Timestamp,
) -> Option<Issued> {
    let mut secret = [0; SECRET_BYTES];
    aws_lc_rs::rand::fill(&mut secret).ok()?;
    let token = secret.iter().fold(PREFIX.to_owned(), |text, byte| text + &format!("{byte:02x}"));
    let hash = hash(&token);
    let key = TeamKey { id, account, name, scopes, hash, created_at: now, revoked_at: None };
    Some(Issued { token, key })
}

fn hash(token: &str) -> [u8; 32] {
    Sha256::digest(token).into()
}

impl Access {
    /// The team that a token speaks for: a long-lived one, a JWT without a user, or a user's own,
    /// which is read as the team's. A leading `Bearer ` is left out. Scopes are the face's to ask for.
    ///
    /// # Errors
    ///
    /// - [`Fault::Unauthorized`]: the token is no good or revoked, or its user is unknown, inactive
    ///   or of another account.
    /// - [`Fault::Engine`]: the store cannot say; asking again may succeed.
    pub async fn team(&self, token: &str) -> Result<TeamAccess, Fault> {
        let token = strip_bearer(token);
        if token.starts_with(PREFIX) {
            return self.team_by_key(token).await?.ok_or(Fault::Unauthorized);
        }
        let claims = self.claims(token)?;
        if let Some(id) = &claims.user {
            let user = self.people.user(id).await?;
            let works_here = user.is_some_and(|user| user.active && user.account == claims.account);
            works_here.then_some(()).ok_or(Fault::Unauthorized)?;
        }
        Ok(TeamAccess { account: claims.account, scopes: claims.scopes })
    }

    /// Looked up by its hash, so that nothing of the token can be guessed by how long it takes.
    async fn team_by_key(&self, token: &str) -> Result<Option<TeamAccess>, Unavailable> {
        let key = self.team_keys.team_key(&hash(token)).await?;
        let good = key.filter(|key| key.revoked_at.is_none());
        Ok(good.map(|key| TeamAccess { account: key.account, scopes: key.scopes }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::auth::access::tests::scene;
    use crate::auth::{Grant, issue};
    use actors::domain::UserId;

    fn key(scopes: &[&str]) -> Issued {
        issue_team_key(
            TeamKeyId::parse("k1").unwrap(),
            AccountId::parse("acme").unwrap(),
            "reports".into(),
            scopes.iter().map(|&scope| scope.to_owned()).collect(),
            Timestamp(1),
        )
        .unwrap()
    }

    #[actix_web::test]
    async fn a_kept_token_is_its_account_with_its_scopes_until_it_is_revoked() {
        let (access, _) = scene().await;
        let Issued { token, key } = key(&["inbox.read"]);
        access.team_keys.keep_team_key(&key).await.unwrap();

        let team = access.team(&format!("Bearer {token}")).await.unwrap();
        assert_eq!(team.account.as_str(), "acme");
        assert!(team.allows("inbox.read") && !team.allows("inbox.write"));
        assert!(access.team(&format!("{token}0")).await.is_err());

        access.team_keys.revoke_team_key(&key.id, Timestamp(2)).await.unwrap();
        assert!(access.team(&token).await.is_err());
    }

    #[actix_web::test]
    async fn a_jwt_without_a_user_is_a_teams_and_so_is_that_of_a_user_who_works_here() {
        let (access, grant) = scene().await;
        let team = async |grant: Grant| access.team(&issue(&grant, &access.tokens).unwrap()).await;

        assert!(team(Grant { user: None, ..grant.clone() }).await.is_ok());
        assert!(team(grant.clone()).await.is_ok());
        let gone = Some(UserId::parse("gone").unwrap());
        assert!(team(Grant { user: gone, ..grant.clone() }).await.is_err());
        let account = AccountId::parse("other").unwrap();
        assert!(team(Grant { account, ..grant }).await.is_err());
    }

    #[test]
    fn of_a_token_nothing_is_kept_but_its_hash() {
        let Issued { token, key } = key(&[]);

        assert_eq!(token.len(), PREFIX.len() + 2 * SECRET_BYTES);
        assert!(!format!("{key:?}").contains(&token[PREFIX.len()..]));
    }
}

//! From a token to the person it stands for.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

use actix_web::dev::Payload;
use actix_web::http::header::AUTHORIZATION;
use actix_web::{FromRequest, HttpRequest, web};
use actors::domain::User;
use actors::ports::{Clock, People, TeamKeys};

use super::{ApiKeys, Claims, Keys, scope, verify};
use crate::answer::Fault;

/// All it takes to tell who is asking. Cheap to clone.
#[derive(Clone)]
pub struct Access {
    pub keys: ApiKeys,
    pub tokens: Arc<Keys>,
    pub people: Arc<dyn People>,
    pub team_keys: Arc<dyn TeamKeys>,
    pub clock: Arc<dyn Clock>,
}

/// A user who works here, known by a token.
#[derive(Clone, Debug)]
pub struct Person {
    pub user: Arc<User>,
    pub claims: Claims,
}

impl Access {
    /// What a token says, if it is good now. A leading `Bearer ` is left out.
    ///
    /// # Errors
    ///
    /// [`Fault::Unauthorized`]; why is logged, without the token.
    pub fn claims(&self, token: &str) -> Result<Claims, Fault> {
        verify(strip_bearer(token), &self.tokens, self.clock.now()).map_err(|reason| {
            tracing::debug!(%reason, "refused a token");
            Fault::Unauthorized
        })
    }

    /// The person behind a token that holds this scope.
    ///
    /// # Errors
    ///
    /// - [`Fault::Unauthorized`]: the token is no good or names no user, or that user is
    ///   unknown, inactive or of another account.
    /// - [`Fault::Forbidden`]: the scope is missing.
    /// - [`Fault::Engine`]: the store cannot say who it is; asking again may succeed.
    pub async fn person(&self, token: &str, scope: &str) -> Result<Person, Fault> {
        let claims = self.claims(token)?;
        let id = claims.user.as_ref().ok_or(Fault::Unauthorized)?;
        if !claims.allows(scope) {
            return Err(Fault::Forbidden);
        }
        let user = self.people.user(id).await?.ok_or(Fault::Unauthorized)?;
        if !user.active || user.account != claims.account {
            return Err(Fault::Unauthorized);
        }
        Ok(Person { user, claims })
    }
}

/// A person's REST: `Authorization: Bearer`, with the scope `conversation`.
impl FromRequest for Person {
    type Error = Fault;
    type Future = Pin<Box<dyn Future<Output = Result<Self, Fault>>>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let access = request.app_data::<web::Data<Access>>().cloned();
        let token = bearer(request).map(str::to_owned);
        Box::pin(async move {
            let access = access.ok_or(Fault::Internal)?;
            access.person(&token.ok_or(Fault::Unauthorized)?, scope::CONVERSATION).await
        })
    }
}

/// The one token of `Authorization: Bearer`.
pub fn bearer(request: &HttpRequest) -> Option<&str> {
    let mut sent = request.headers().get_all(AUTHORIZATION);
    let (Some(header), None) = (sent.next(), sent.next()) else { return None };
    let header = header.to_str().ok()?;
    let token = strip_bearer(header);
    (token.len() < header.len()).then_some(token)
}

/// A token without the `Bearer ` that may stand before it.
pub fn strip_bearer(text: &str) -> &str {
    match text.split_at_checked(7) {
        Some((scheme, token)) if scheme.eq_ignore_ascii_case("bearer ") => token.trim(),
        _ => text,
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use crate::auth::{Grant, issue};
    use crate::http::testing::{FixedClock, MemoryPeople, team_keys, user};
    use actors::domain::{AccountId, Timestamp, UserId};

    pub async fn scene() -> (Access, Grant) {
        let people = MemoryPeople::default();
        people.put_user(&user("ana")).await.unwrap();
        people.put_user(&User { active: false, ..user("gone") }).await.unwrap();
        let access = Access {
            keys: ApiKeys::new(&[]),
            tokens: Arc::new(Keys::from_secret(b"secret")),
            people: Arc::new(people),
            team_keys: team_keys(),
            clock: Arc::new(FixedClock(Timestamp(1_000))),
        };
        let grant = Grant {
            user: Some(UserId::parse("ana").unwrap()),
            account: AccountId::default_account(),
            scopes: vec![scope::CONVERSATION.into()],
            issued_at: Timestamp(1_000),
            ttl_ms: 60_000,
        };
        (access, grant)
    }

    async fn errno(access: &Access, grant: Grant) -> u16 {
        let token = issue(&grant, &access.tokens).unwrap();
        access.person(&token, scope::CONVERSATION).await.unwrap_err().answer().errno
    }

    #[actix_web::test]
    async fn a_good_token_is_the_stored_user_with_or_without_bearer() {
        let (access, grant) = scene().await;
        let token = issue(&grant, &access.tokens).unwrap();

        for written in [token.clone(), format!("Bearer {token}"), format!("bearer {token}")] {
            let person = access.person(&written, scope::CONVERSATION).await.unwrap();

            assert_eq!(person.user.id.as_str(), "ana");
        }
    }

    #[actix_web::test]
    async fn nobody_gets_in_who_is_unknown_inactive_of_another_account_or_no_person() {
        let (access, grant) = scene().await;
        let named = |name: &str| Some(UserId::parse(name).unwrap());

        assert_eq!(errno(&access, Grant { user: named("dan"), ..grant.clone() }).await, 401);
        assert_eq!(errno(&access, Grant { user: named("gone"), ..grant.clone() }).await, 401);
        let account = AccountId::parse("other").unwrap();
        assert_eq!(errno(&access, Grant { account, ..grant.clone() }).await, 401);
        assert_eq!(errno(&access, Grant { user: None, ..grant.clone() }).await, 401);
        assert_eq!(errno(&access, Grant { ttl_ms: -60_000, ..grant }).await, 401);
    }

    #[actix_web::test]
    async fn a_token_without_the_scope_is_forbidden() {
        let (access, grant) = scene().await;

        assert_eq!(errno(&access, Grant { scopes: vec![], ..grant.clone() }).await, 403);
        let scopes = vec!["conversations".into()];
        assert_eq!(errno(&access, Grant { scopes, ..grant }).await, 403);
    }
}

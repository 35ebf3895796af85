//! Who asks: a team, by its token. A person's token that holds the scope is read as the team's.

use std::future::Future;
use std::pin::Pin;

use actix_web::dev::Payload;
use actix_web::http::Method;
use actix_web::web::Data;
use actix_web::{FromRequest, HttpMessage, HttpRequest};
use actors::engine::Team;

use super::Inbox;
use crate::answer::Fault;
use crate::auth::{Access, bearer, scope};

/// Stands first among a handler's arguments, so that a stranger learns nothing else. Each takes one
/// call from the team's allowance, whatever comes of it.
pub(super) struct InboxTeam(pub Team);

impl FromRequest for InboxTeam {
    type Error = Fault;
    type Future = Pin<Box<dyn Future<Output = Result<Self, Fault>>>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let request = request.clone();
        Box::pin(async move {
            let access = request.app_data::<Data<Access>>().ok_or(Fault::Internal)?;
            let inbox = request.app_data::<Data<Inbox>>().ok_or(Fault::Internal)?;
            let team = access.team(bearer(&request).ok_or(Fault::Unauthorized)?).await?;
            let standing = inbox.allowance.take(&team.account, inbox.engine.clock.now());
            request.extensions_mut().insert(standing);
            if let Some(retry_after) = standing.retry_after {
                return Err(Fault::RateLimited { message: "Rate limit exceeded", retry_after });
            }
            let scope = match *request.method() {
                Method::GET => scope::INBOX_READ,
                _ => scope::INBOX_WRITE,
            };
            if !team.allows(scope) {
                return Err(Fault::Forbidden);
            }
            Ok(Self(Team { account: team.account }))
        })
    }
}

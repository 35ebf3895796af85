//! `/v1/users/{id}/push-tokens/{token}`: devices a user can be pushed to.

use actix_web::HttpResponse;
use actix_web::http::Method;
use actix_web::web::{self, Data, Path, ServiceConfig};
use actors::domain::{PushToken, UserId};
use serde_json::json;

use super::{Surface, document, path, resource, success};
use crate::answer::Fault;
use crate::auth::ServiceKey;

/// Longest token, in bytes. Firebase's have some 200 and no promised limit.
const MAX_BYTES: usize = 4_096;
/// Most devices of one user; more of them are one device that forgets who it is.
const MAX_PER_USER: usize = 100;

const MISSING: Fault = Fault::NotFound("push token");

pub(super) fn routes(config: &mut ServiceConfig) {
    config.service(resource(
        "/v1/users/{id}/push-tokens/{token}",
        [
            (Method::GET, web::to(get)),
            (Method::PUT, web::to(put)),
            (Method::DELETE, web::to(delete)),
        ],
    ));
}

async fn get(
    _: ServiceKey,
    surface: Data<Surface>,
    at: Path<(String, String)>,
) -> Result<HttpResponse, Fault> {
    let token = read(at)?;
    let known = surface.people.push_tokens(&token.user).await?;
    if known.contains(&token) { Ok(view(&token)) } else { Err(MISSING) }
}

async fn put(
    _: ServiceKey,
    surface: Data<Surface>,
    at: Path<(String, String)>,
) -> Result<HttpResponse, Fault> {
    let token = read(at)?;
    surface.people.user(&token.user).await?.ok_or(Fault::NotFound("user"))?;
    let known = surface.people.push_tokens(&token.user).await?;
    if known.len() >= MAX_PER_USER && !known.contains(&token) {
        return Err(Fault::Conflict("the user has too many devices"));
    }
    surface.people.put_push_token(&token).await?;
    Ok(view(&token))
}

async fn delete(
    _: ServiceKey,
    surface: Data<Surface>,
    at: Path<(String, String)>,
) -> Result<HttpResponse, Fault> {
    surface.people.drop_push_token(&read(at)?).await?;
    Ok(success())
}

fn read(at: Path<(String, String)>) -> Result<PushToken, Fault> {
    let (user, token) = at.into_inner();
    let user = path::id(&user, UserId::parse)?;
    if token.len() > MAX_BYTES || token.chars().any(char::is_control) {
        return Err(Fault::invalid("push token is too long or holds a control character"));
    }
    Ok(PushToken { user, token })
}

fn view(token: &PushToken) -> HttpResponse {
    document(&json!({"user_id": token.user.as_str(), "token": token.token}))
}

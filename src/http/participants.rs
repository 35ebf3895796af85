//! `/v1/conversations/prospect/{id}/participants/{user}`: takes somebody out of a conversation.

use actix_web::HttpResponse;
use actix_web::http::Method;
use actix_web::web::{self, Data, Path, ServiceConfig};
use actors::domain::{ConversationId, UserId};

use super::{Surface, path, resource, success};
use crate::answer::Fault;
use crate::auth::ServiceKey;

pub(super) fn routes(config: &mut ServiceConfig) {
    config.service(resource(
        "/v1/conversations/prospect/{id}/participants/{user}",
        [(Method::DELETE, web::to(delete))],
    ));
}

async fn delete(
    _: ServiceKey,
    surface: Data<Surface>,
    at: Path<(String, String)>,
) -> Result<HttpResponse, Fault> {
    let (id, user) = at.into_inner();
    let id = path::id(&id, ConversationId::parse)?;
    surface.participants.remove(&id, path::id(&user, UserId::parse)?).await?;
    Ok(success())
}

//! `DELETE /v1/conversations/prospect/{id}/participants/{user}`: the operator takes somebody out of
//! a conversation, which from then on does not exist for them.

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
        [(Method::DELETE, web::to(remove))],
    ));
}

async fn remove(
    _: ServiceKey,
    surface: Data<Surface>,
    at: Path<(String, String)>,
) -> Result<HttpResponse, Fault> {
    let (conversation, user) = at.into_inner();
    let conversation = path::id(&conversation, ConversationId::parse)?;
    let user = path::id(&user, UserId::parse)?;
    surface.dismissals.take_out(&conversation, user).await?;
    Ok(success())
}

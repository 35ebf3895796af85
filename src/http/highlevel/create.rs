//! `POST /conversations/`

use actix_web::HttpResponse;
use actix_web::web::Data;
use actors::domain::ContactId;
use serde_json::json;

use super::admit::Caller;
use super::conversation_shapes::created;
use super::problem::Problem;
use super::{HighLevel, scope};
use crate::documents::Fields;
use crate::http::{JsonBody, path};

/// Longest id in bytes: 128 characters of any kind.
pub(super) const MAX_ID: usize = 512;

pub async fn post(
    caller: Caller,
    face: Data<HighLevel>,
    JsonBody(body): JsonBody,
) -> Result<HttpResponse, Problem> {
    let mut fields = Fields::of(body)?;
    let location = fields.text("locationId", MAX_ID)?;
    let contact = fields.text("contactId", MAX_ID)?;
    let team = caller.may_at(scope::WRITE, &location)?;
    let id = path::id(&contact, ContactId::parse)?;
    let begun = face.engine.begin_for_team(&team, &id, None).await;
    let begun = begun.map_err(Problem::about("Contact", &contact))?;
    if !begun.is_new {
        return Err(Problem::Exists(contact, begun.view.id));
    }
    let conversation = created(&begun.view);
    Ok(HttpResponse::Created().json(json!({ "success": true, "conversation": conversation })))
}

//! `PUT /conversations/messages/{id}/status`: a service that carried a message says how far it is.

use actix_web::HttpResponse;
use actix_web::web::{Data, Path};
use actors::domain::Status;
use serde_json::{Value, json};

use super::admit::Caller;
use super::message_shapes::sending;
use super::messages::{WHAT, message_id};
use super::problem::Problem;
use super::{HighLevel, scope};
use crate::documents::Fields;
use crate::http::JsonBody;

/// Longest code of a failure that is kept, in bytes.
const MAX_CODE: usize = 128;
const MAX_WORD: usize = 32;

/// `{status, error?: {code, type, message}}`. A status never goes back.
pub async fn put(
    caller: Caller,
    face: Data<HighLevel>,
    at: Path<String>,
    JsonBody(body): JsonBody,
) -> Result<HttpResponse, Problem> {
    let team = caller.may(scope::WRITE_MESSAGES)?;
    let mut fields = Fields::of(body)?;
    let status = match fields.text("status", MAX_WORD)?.as_str() {
        "delivered" => Status::Delivered,
        "failed" => Status::Failed,
        "pending" => Status::Queued,
        "read" => Status::Read,
        _ => {
            let values = "delivered, failed, pending, read";
            return Err(Problem::invalid(format!(
                "status must be one of the following values: {values}"
            )));
        }
    };
    let code = match fields.take("error") {
        None => None,
        Some(Value::Object(error)) => match error.get("code") {
            Some(Value::String(code)) => Some(code.clone()),
            Some(Value::Number(code)) => Some(code.to_string()),
            _ => None,
        },
        Some(_) => return Err(Problem::invalid("error must be an object")),
    };
    let code = code.filter(|code| code.len() <= MAX_CODE);
    let report = face.engine.report_for_team(&team, &message_id(&at)?, status, code).await;
    let view = report.map_err(Problem::about(WHAT, &at))?;
    Ok(HttpResponse::Ok().json(json!({
        "conversationId": view.conversation.as_str(),
        "messageId": view.message.id.as_str(),
        "status": sending(&view.message),
    })))
}

//! `POST /api/v1/prospects/bulk`: contexts of many prospects in one request, one after the other,
//! each with its own outcome.

use actix_web::HttpResponse;
use actix_web::http::Method;
use actix_web::web::{self, Data, ServiceConfig};
use actors::engine::Team;
use serde::Serialize;
use serde_json::Value;

use super::errors::Problem;
use super::team::InboxTeam;
use super::{Inbox, context, named, prospects};
use crate::answer::Fault;
use crate::documents::Fields;
use crate::http::{JsonBody, resource};

/// Most updates in one request.
const MOST: usize = 100;

pub(super) fn routes(config: &mut ServiceConfig) {
    config.service(resource("/api/v1/prospects/bulk", [(Method::POST, web::to(update))]));
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Outcome {
    prospect_id: Value,
    success: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    code: Option<&'static str>,
}

/// `{updates: [{prospectId, context}]}`. None of them stops the others.
async fn update(
    InboxTeam(team): InboxTeam,
    inbox: Data<Inbox>,
    JsonBody(body): JsonBody,
) -> Result<HttpResponse, Fault> {
    let mut fields = Fields::of(body)?;
    let updates = fields.list("updates")?.ok_or_else(|| Fault::invalid("updates is required"))?;
    fields.end()?;
    if updates.is_empty() || updates.len() > MOST {
        return Err(Fault::invalid(format!("updates needs 1 to {MOST} entries")));
    }
    let mut results = Vec::with_capacity(updates.len());
    for update in updates {
        let prospect_id = update.get("prospectId").cloned().unwrap_or_default();
        let done = one(&team, &inbox, update).await.map_err(|fault| Problem::from(&fault));
        let (error, code) = match &done {
            Ok(()) => (None, None),
            Err(problem) => (Some(problem.message.clone()), Some(problem.code)),
        };
        results.push(Outcome { prospect_id, success: done.is_ok(), error, code });
    }
    Ok(named("results", results))
}

async fn one(team: &Team, inbox: &Inbox, update: Value) -> Result<(), Fault> {
    let mut fields = Fields::of(update)?;
    let id = match fields.take("prospectId") {
        Some(Value::String(id)) => prospects::known(&id)?,
        _ => return Err(Fault::invalid("prospectId has to be an id")),
    };
    let patch = fields.take("context").ok_or_else(|| Fault::invalid("context is required"))?;
    let patch = context::read(patch)?;
    fields.end()?;
    inbox.engine.patch_context(team, &id, &patch).await?;
    Ok(())
}

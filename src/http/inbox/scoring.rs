//! Lead scoring: the rules of an account, what they say of one prospect and why, and tagging by it.

use actix_web::HttpResponse;
use actix_web::http::Method;
use actix_web::web::{self, Data, Path, ServiceConfig};
use actors::domain::{Because, Given, LeadScore};
use actors::engine::Team;
use actors::view::ProspectView;
use serde_json::{Value, json};

use super::team::InboxTeam;
use super::{Inbox, named, prospects};
use crate::answer::Fault;
use crate::documents::{Fields, profile, score_rules};
use crate::http::{JsonBody, resource};
use crate::views::inbox::ProspectShape;

pub(super) fn routes(config: &mut ServiceConfig) {
    config
        .service(resource(
            "/api/v1/lead-scoring",
            [(Method::GET, web::to(rules)), (Method::PUT, web::to(put_rules))],
        ))
        .service(resource("/api/v1/prospects/{id}/score", [(Method::GET, web::to(score))]))
        .service(resource("/api/v1/prospects/{id}/auto-tag", [(Method::POST, web::to(auto_tag))]));
}

async fn rules(InboxTeam(team): InboxTeam, inbox: Data<Inbox>) -> Result<HttpResponse, Fault> {
    let kept = inbox.engine.score_rules(&team).await?;
    let mut view = score_rules::view(&kept.rules);
    view["isDefault"] = Value::Bool(kept.is_usual);
    Ok(HttpResponse::Ok().json(view))
}

async fn put_rules(
    InboxTeam(team): InboxTeam,
    inbox: Data<Inbox>,
    JsonBody(body): JsonBody,
) -> Result<HttpResponse, Fault> {
    let rules = score_rules::read(Fields::of(body)?)?;
    inbox.engine.put_score_rules(&team, &rules).await?;
    let mut view = score_rules::view(&rules);
    view["isDefault"] = Value::Bool(false);
    Ok(HttpResponse::Ok().json(view))
}

async fn score(
    InboxTeam(team): InboxTeam,
    inbox: Data<Inbox>,
    id: Path<String>,
) -> Result<HttpResponse, Fault> {
    let prospect = inbox.engine.prospect(&team, &prospects::known(&id)?).await?;
    let score = scored(&inbox, &team, &prospect).await?;
    Ok(named("score", explained(&prospect, &score)))
}

/// Puts the tag of the rules on who has enough points. Never takes one off.
async fn auto_tag(
    InboxTeam(team): InboxTeam,
    inbox: Data<Inbox>,
    id: Path<String>,
) -> Result<HttpResponse, Fault> {
    let prospect = inbox.engine.prospect(&team, &prospects::known(&id)?).await?;
    let score = scored(&inbox, &team, &prospect).await?;
    let tagged = inbox.engine.auto_tag(&team, &prospect.id, &score).await?;
    let prospect = tagged.as_ref().unwrap_or(&prospect);
    Ok(HttpResponse::Ok().json(json!({
        "score": explained(prospect, &score),
        "tagged": tagged.is_some(),
        "prospect": ProspectShape::from(prospect),
    })))
}

async fn scored(inbox: &Inbox, team: &Team, view: &ProspectView) -> Result<LeadScore, Fault> {
    let known = view.contact.as_deref().map(profile::of).unwrap_or_default();
    Ok(inbox.engine.score_rules(team).await?.rules.score(&known))
}

fn explained(prospect: &ProspectView, score: &LeadScore) -> Value {
    json!({
        "prospectId": prospect.id.as_str(),
        "total": score.total,
        "rules": score.given.iter().map(given).collect::<Vec<_>>(),
    })
}

fn given(Given { rule, points, because }: &Given) -> Value {
    let because = match because {
        Because::No => Value::Null,
        Because::Above(step) => format!("more than {step}").into(),
        Because::Verified => "verified by the platform".into(),
        Because::Mentions(word) => format!("mentions {word:?}").into(),
        Because::Has => "is set".into(),
    };
    json!({ "name": rule, "points": points, "because": because })
}

//! The OpenAPI document, out of the table and the schemas.

use utoipa::openapi::path::OperationBuilder;
use utoipa::openapi::request_body::RequestBodyBuilder;
use utoipa::openapi::schema::{ObjectBuilder, SchemaType, Type};
use utoipa::openapi::security::{
    ApiKey, ApiKeyValue, Http, HttpAuthScheme, SecurityRequirement, SecurityScheme,
};
use utoipa::openapi::{
    Components, ComponentsBuilder, ContentBuilder, InfoBuilder, OpenApi, OpenApiBuilder, Paths,
    Ref, Required, Response, ResponseBuilder,
};

use super::operations::{Access, ROWS, Row};
use super::{failures, inbox, parameters, schemas};

const KEY: &str = "api_key";
const TOKEN: &str = "token";
const TEAM: &str = "team_token";
/// Names that stand for what has no shape of ours.
const ANYTHING: &str = "Anything";
const FILE: &str = "File";
const TWIML: &str = "TwiML";
/// An answer without a body.
const NOTHING: &str = "Nothing";

pub fn document() -> OpenApi {
    let mut paths = Paths::new();
    for row in ROWS {
        paths.add_path_operation(row.path, vec![row.method.clone()], operation(row));
    }
    OpenApiBuilder::new()
        .info(
            InfoBuilder::new()
                .title("Switchboard")
                .description(Some("A real-time engine for conversations with prospects"))
                .version(env!("CARGO_PKG_VERSION"))
                .build(),
        )
        .paths(paths)
        .components(Some(components()))
        .build()
}

fn components() -> Components {
    of_inbox(ComponentsBuilder::new())
        .schema_from::<schemas::Id>()
        .schema_from::<schemas::MessageType>()
        .schema_from::<schemas::Says>()
        .schema_from::<schemas::EventKind>()
        .schema_from::<schemas::Receivers>()
        .schema_from::<schemas::Failure>()
        .schema_from::<schemas::Problem>()
        .schema_from::<schemas::Success>()
        .schema_from::<schemas::SuccessWithData>()
        .schema_from::<schemas::Paging>()
        .schema_from::<schemas::Listed>()
        .schema_from::<schemas::Readiness>()
        .schema_from::<schemas::Account>()
        .schema_from::<schemas::Channel>()
        .schema_from::<schemas::User>()
        .schema_from::<schemas::Contact>()
        .schema_from::<schemas::PushToken>()
        .schema_from::<schemas::Communication>()
        .schema_from::<schemas::OutgoingMessage>()
        .schema_from::<schemas::Consent>()
        .schema_from::<schemas::Announcement>()
        .schema_from::<schemas::Task>()
        .schema_from::<schemas::Webhook>()
        .schema_from::<schemas::Replay>()
        .schema(ANYTHING, ObjectBuilder::new().schema_type(SchemaType::AnyValue))
        .schema_from::<schemas::TwilioForm>()
        .schema_from::<schemas::MailForm>()
        .schema(TWIML, ObjectBuilder::new().schema_type(SchemaType::Type(Type::String)))
        .schema(FILE, ObjectBuilder::new().schema_type(SchemaType::Type(Type::String)))
        .security_scheme(KEY, SecurityScheme::ApiKey(ApiKey::Header(ApiKeyValue::new("x-api-key"))))
        .security_scheme(TEAM, SecurityScheme::Http(Http::new(HttpAuthScheme::Bearer)))
        .security_scheme(TOKEN, SecurityScheme::Http(Http::new(HttpAuthScheme::Bearer)))
        .build()
}

fn of_inbox(components: ComponentsBuilder) -> ComponentsBuilder {
    components
        .schema_from::<inbox::InboxFailure>()
        .schema_from::<inbox::InboxProblem>()
        .schema_from::<inbox::InboxLabel>()
        .schema_from::<inbox::Prospect>()
        .schema_from::<inbox::ProspectAnswer>()
        .schema_from::<inbox::ProspectList>()
        .schema_from::<inbox::ContextPatch>()
        .schema_from::<inbox::BulkUpdate>()
        .schema_from::<inbox::ContextUpdate>()
        .schema_from::<inbox::BulkOutcome>()
        .schema_from::<inbox::LeadScoring>()
        .schema_from::<inbox::LeadScoreAnswer>()
        .schema_from::<inbox::LeadScore>()
        .schema_from::<inbox::AutoTagged>()
        .schema_from::<inbox::LabelChange>()
        .schema_from::<inbox::TagAnswer>()
        .schema_from::<inbox::TagList>()
        .schema_from::<inbox::StatusAnswer>()
        .schema_from::<inbox::StatusList>()
        .schema_from::<inbox::StatusOrder>()
        .schema_from::<inbox::MemberList>()
        .schema_from::<inbox::Member>()
        .schema_from::<inbox::AccountLinkList>()
        .schema_from::<inbox::AccountLink>()
        .schema_from::<inbox::Thread>()
        .schema_from::<inbox::ThreadAnswer>()
        .schema_from::<inbox::ThreadList>()
        .schema_from::<inbox::ThreadPatch>()
        .schema_from::<inbox::ThreadMessage>()
        .schema_from::<inbox::ThreadMessageList>()
        .schema_from::<inbox::ThreadLetter>()
        .schema_from::<inbox::ThreadMessageAnswer>()
        .schema_from::<inbox::QuickLetter>()
        .schema_from::<inbox::QuickSent>()
        .schema_from::<inbox::EventList>()
}

fn operation(row: &Row) -> OperationBuilder {
    let mut operation = OperationBuilder::new()
        .summary(Some(row.summary))
        .operation_id(Some(operation_id(row)))
        .response("200", answer("Done", row.answer));
    for (status, when) in failures::of(row) {
        operation = operation.response(status.to_string(), answer(when, failure(row)));
    }
    for name in in_path(row.path) {
        operation = operation.parameter(parameters::in_path(name));
    }
    for name in row.query {
        operation = operation.parameter(parameters::in_query(name));
    }
    if let Some(name) = row.body {
        // A webhook without a body is kept apart like any that makes no sense.
        let may_lack = name == ANYTHING || row.path.starts_with("/webhooks/");
        let required = if may_lack { Required::False } else { Required::True };
        let body = RequestBodyBuilder::new().content(media_type(name), content(name));
        operation = operation.request_body(Some(body.required(Some(required)).build()));
    }
    let no_scopes: [&str; 0] = [];
    match row.access {
        Access::Key => operation.security(SecurityRequirement::new(KEY, no_scopes)),
        Access::Team => operation.security(SecurityRequirement::new(TEAM, no_scopes)),
        Access::Token => operation.security(SecurityRequirement::new(TOKEN, no_scopes)),
        Access::Open => operation,
    }
}

fn answer(when: &str, name: &str) -> Response {
    let answer = ResponseBuilder::new().description(when);
    match name {
        NOTHING => answer.build(),
        _ => answer.content(media_type(name), content(name)).build(),
    }
}

fn content(name: &str) -> utoipa::openapi::Content {
    ContentBuilder::new().schema(Some(Ref::from_schema_name(name))).build()
}

/// How what has this name travels.
fn media_type(name: &str) -> &'static str {
    match name {
        FILE => "*/*",
        TWIML => "text/xml",
        "TwilioForm" => "application/x-www-form-urlencoded",
        "MailForm" => "multipart/form-data",
        _ => "application/json",
    }
}

/// Each face spells a refusal its own way.
fn failure(row: &Row) -> &'static str {
    let is_highlevel = row.access == Access::Team && row.path.starts_with("/conversations");
    match row.path.starts_with("/api/v1/") {
        true => "InboxFailure",
        false if is_highlevel => "Problem",
        false => "Failure",
    }
}

/// `get_v1_webhooks_id`
fn operation_id(row: &Row) -> String {
    let method = serde_json::to_value(&row.method).unwrap_or_default();
    let words =
        row.path.split(|c: char| !c.is_ascii_alphanumeric()).filter(|word| !word.is_empty());
    let words = words.chain(row.path.ends_with('/').then_some("slash"));
    std::iter::once(method.as_str().unwrap_or_default()).chain(words).collect::<Vec<_>>().join("_")
}

fn in_path(path: &str) -> impl Iterator<Item = &str> {
    path.split('{').skip(1).filter_map(|rest| rest.split('}').next())
}

#[cfg(test)]
mod tests {
    use std::collections::{BTreeSet, HashSet};
    use std::fs;
    use std::path::Path;

    use serde_json::Value;

    use super::*;

    /// What is no part of the REST interface.
    const APART: &[&str] = &["/openapi.json", "/docs", "/docs/{file:.*}"];

    /// `(method, path)` of every `resource(…)` below a folder, read from the source.
    fn routes(folder: &Path, found: &mut BTreeSet<(String, String)>) {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                routes(&path, found);
                continue;
            }
            let text = fs::read_to_string(&path).unwrap();
            let text = text.split("#[cfg(test)]\nmod tests {").next().unwrap();
            for call in text.split("resource(").skip(1) {
                let Some(rest) = call.trim_start().strip_prefix('"') else { continue };
                let (route, methods) = rest.split_once('"').unwrap();
                if APART.contains(&route) {
                    continue;
                }
                let methods = methods.split("fn ").next().unwrap();
                for method in methods.split("Method::").skip(1) {
                    let end = method.find(|c: char| !c.is_ascii_uppercase()).unwrap();
                    if &method[..end] != "HEAD" {
                        found.insert((method[..end].to_lowercase(), route.to_owned()));
                    }
                }
            }
        }
    }

    #[test]
    fn every_route_is_described_and_nothing_else() {
        let mut registered = BTreeSet::new();
        routes(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src/http"), &mut registered);
        let document = serde_json::to_value(document()).unwrap();
        let mut described = BTreeSet::new();
        for (path, item) in document["paths"].as_object().unwrap() {
            for method in item.as_object().unwrap().keys() {
                described.insert((method.clone(), path.clone()));
            }
        }

        assert_eq!(described, registered);
        assert_eq!(described.len(), ROWS.len(), "none is described twice");
    }

    #[test]
    fn every_reference_leads_somewhere_and_every_operation_has_a_name_of_its_own() {
        let document = serde_json::to_value(document()).unwrap();
        let mut references = Vec::new();
        collect(&document, &mut references);

        assert!(!references.is_empty());
        for reference in references {
            let pointer = reference.strip_prefix('#').unwrap();
            assert!(document.pointer(pointer).is_some(), "{reference}");
        }
        let names: HashSet<_> = ROWS.iter().map(operation_id).collect();
        assert_eq!(names.len(), ROWS.len());
    }

    fn collect(value: &Value, references: &mut Vec<String>) {
        match value {
            Value::Object(fields) => {
                if let Some(Value::String(reference)) = fields.get("$ref") {
                    references.push(reference.clone());
                }
                fields.values().for_each(|field| collect(field, references));
            }
            Value::Array(entries) => entries.iter().for_each(|entry| collect(entry, references)),
            _ => {}
        }
    }
}

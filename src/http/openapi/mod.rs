//! `/openapi.json` describes every REST endpoint; `/docs` shows it to people. Both are compiled in:
//! a browser fetches nothing from elsewhere.
mod document;
mod failures;
mod inbox;
mod operations;
mod parameters;
mod schemas;

use std::sync::Arc;

use actix_web::HttpResponse;
use actix_web::http::Method;
use actix_web::http::header::{CONTENT_SECURITY_POLICY, LOCATION};
use actix_web::web::{self, Data, Path, ServiceConfig};
use utoipa_swagger_ui::Config;

use super::resource;
use crate::answer::Fault;

/// Scripts, styles and pictures of the page are its own; it talks to this server only.
const POLICY: &str = "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:";

/// What these routes answer, spelled once for all of them.
struct Description {
    json: web::Bytes,
    settings: Arc<Config<'static>>,
}

pub(super) fn routes(config: &mut ServiceConfig) {
    let json = serde_json::to_vec(&document::document()).unwrap_or_default();
    let settings = Arc::new(Config::from("/openapi.json"));
    config
        .app_data(Data::new(Description { json: json.into(), settings }))
        .service(resource("/openapi.json", [(Method::GET, web::to(json_document))]))
        .service(resource("/docs", [(Method::GET, web::to(to_page))]))
        .service(resource("/docs/{file:.*}", [(Method::GET, web::to(page))]));
}

async fn json_document(description: Data<Description>) -> HttpResponse {
    HttpResponse::Ok().content_type("application/json").body(description.json.clone())
}

async fn to_page() -> HttpResponse {
    HttpResponse::PermanentRedirect().insert_header((LOCATION, "/docs/")).finish()
}

async fn page(description: Data<Description>, file: Path<String>) -> Result<HttpResponse, Fault> {
    let file = utoipa_swagger_ui::serve(&file, Arc::clone(&description.settings));
    let file = file.map_err(|_| Fault::Internal)?.ok_or(Fault::NotFound("page"))?;
    let mut answer = HttpResponse::Ok();
    if file.gzpipped {
        answer.insert_header(("content-encoding", "gzip"));
    }
    Ok(answer
        .content_type(file.content_type)
        .insert_header((CONTENT_SECURITY_POLICY, POLICY))
        .body(file.bytes.into_owned()))
}

//! `GET /v1/attachments/{name}?until=&key=`: a file that came with a mail. The link itself is the key,
//! since a browser that shows it sends no token along; it ends, and is made anew whenever somebody is
//! shown the message. Trusted services, which read messages as they are kept, need none.

use std::sync::Arc;
use std::time::Duration;

use actix_web::http::Method;
use actix_web::http::header::{
    CACHE_CONTROL, CONTENT_DISPOSITION, CONTENT_SECURITY_POLICY, X_CONTENT_TYPE_OPTIONS,
};
use actix_web::web::{self, Data, Path, ServiceConfig};
use actix_web::{HttpRequest, HttpResponse};
use actors::ports::Clock;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};

use super::resource;
use crate::answer::Fault;
use crate::attachments::Attachments;
use crate::auth::ServiceKey;

/// Kinds that a browser may show in place; everything else is saved. None of them runs anything.
const SHOWN: &[&str] =
    &["image/png", "image/jpeg", "image/gif", "image/webp", "application/pdf", "text/plain"];

/// How long a trusted service may keep a file.
const A_DAY: Duration = Duration::from_secs(24 * 60 * 60);

pub fn configure(config: &mut ServiceConfig, attachments: Arc<Attachments>, clock: Arc<dyn Clock>) {
    config
        .app_data(Data::from(attachments))
        .app_data(Data::from(clock))
        .service(resource("/v1/attachments/{name}", [(Method::GET, web::to(get))]));
}

async fn get(
    request: HttpRequest,
    key: Option<ServiceKey>,
    attachments: Data<Attachments>,
    clock: Data<dyn Clock>,
    name: Path<String>,
) -> Result<HttpResponse, Fault> {
    let missing = || Fault::NotFound("attachment");
    let by_key = key.map(|_| A_DAY);
    let by_link = attachments.holds(&name, request.query_string(), clock.now());
    let left = by_link.or(by_key).ok_or_else(missing)?;
    let read = web::block(move || attachments.open(&name)).await;
    let read = read.map_err(|_| Fault::Internal)?;
    let (named, content) = read.map_err(|_| Fault::Internal)?.ok_or_else(missing)?;
    let shown = SHOWN.contains(&named.content_type.as_str());
    let filename = utf8_percent_encode(&named.filename, NON_ALPHANUMERIC);
    let how = if shown { "inline" } else { "attachment" };
    let kind = if shown { named.content_type.as_str() } else { "application/octet-stream" };
    Ok(HttpResponse::Ok()
        .content_type(kind)
        .insert_header((CONTENT_DISPOSITION, format!("{how}; filename*=UTF-8''{filename}")))
        .insert_header((X_CONTENT_TYPE_OPTIONS, "nosniff"))
        .insert_header((CONTENT_SECURITY_POLICY, "sandbox; default-src 'none'"))
        .insert_header((CACHE_CONTROL, format!("private, max-age={}, immutable", left.as_secs())))
        .body(content))
}

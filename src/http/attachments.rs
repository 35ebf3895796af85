//! `GET /v1/attachments/{link}`: a file that came with a mail. The link itself is the key: it
//! cannot be guessed, and a browser that shows it sends no token along.

use std::sync::Arc;

use actix_web::HttpResponse;
use actix_web::http::Method;
use actix_web::http::header::{
    CACHE_CONTROL, CONTENT_DISPOSITION, CONTENT_SECURITY_POLICY, X_CONTENT_TYPE_OPTIONS,
};
use actix_web::web::{self, Data, Path, ServiceConfig};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};

use super::resource;
use crate::answer::Fault;
use crate::attachments::Attachments;

/// Kinds that a browser may show in place; everything else is saved. None of them runs anything.
const SHOWN: &[&str] =
    &["image/png", "image/jpeg", "image/gif", "image/webp", "application/pdf", "text/plain"];

pub fn configure(config: &mut ServiceConfig, attachments: Arc<Attachments>) {
    config
        .app_data(Data::from(attachments))
        .service(resource("/v1/attachments/{link}", [(Method::GET, web::to(get))]));
}

async fn get(attachments: Data<Attachments>, link: Path<String>) -> Result<HttpResponse, Fault> {
    let read = web::block(move || attachments.open(&link)).await.map_err(|_| Fault::Internal)?;
    let (named, content) =
        read.map_err(|_| Fault::Internal)?.ok_or(Fault::NotFound("attachment"))?;
    let shown = SHOWN.contains(&named.content_type.as_str());
    let filename = utf8_percent_encode(&named.filename, NON_ALPHANUMERIC);
    let how = if shown { "inline" } else { "attachment" };
    let kind = if shown { named.content_type.as_str() } else { "application/octet-stream" };
    Ok(HttpResponse::Ok()
        .content_type(kind)
        .insert_header((CONTENT_DISPOSITION, format!("{how}; filename*=UTF-8''{filename}")))
        .insert_header((X_CONTENT_TYPE_OPTIONS, "nosniff"))
        .insert_header((CONTENT_SECURITY_POLICY, "sandbox; default-src 'none'"))
        .insert_header((CACHE_CONTROL, "private, max-age=86400, immutable"))
        .body(content))
}

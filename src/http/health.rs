//! `/health`: this process answers. `/ready`: and so does everything it needs, each by name. A broker that
//! is away is named and no more: were all nodes taken for unfit, nobody would be served.

use std::future::Future;
use std::time::Duration;

use actix_web::HttpResponse;
use actix_web::http::Method;
use actix_web::web::{self, Data, ServiceConfig};
use futures_util::future::{LocalBoxFuture, join_all};
use serde_json::{Map, Value, json};

use super::{Surface, resource, success};

/// A part that does not answer within this time is as good as cut.
const PATIENCE: Duration = Duration::from_secs(2);

type Check = dyn Fn() -> LocalBoxFuture<'static, bool> + Send + Sync;

/// Something this server needs for its work, and how to ask whether it is there.
pub struct Probe {
    name: &'static str,
    check: Box<Check>,
    is_needed: bool,
}

impl Probe {
    pub fn new<F: Future<Output = bool> + 'static>(
        name: &'static str,
        check: impl Fn() -> F + Send + Sync + 'static,
    ) -> Self {
        Self { name, check: Box::new(move || Box::pin(check())), is_needed: true }
    }

    /// Something without which it does all its work, if later. It is named, and makes no difference.
    pub fn of_help<F: Future<Output = bool> + 'static>(
        name: &'static str,
        check: impl Fn() -> F + Send + Sync + 'static,
    ) -> Self {
        Self { is_needed: false, ..Self::new(name, check) }
    }
}

pub(super) fn routes(config: &mut ServiceConfig) {
    config
        .service(resource(
            "/health",
            [(Method::GET, web::to(health)), (Method::HEAD, web::to(health))],
        ))
        .service(resource(
            "/ready",
            [(Method::GET, web::to(ready)), (Method::HEAD, web::to(ready))],
        ));
}

async fn health() -> HttpResponse {
    success()
}

async fn ready(surface: Data<Surface>) -> HttpResponse {
    let answers = surface.probes.iter().map(|probe| async {
        let answer = tokio::time::timeout(PATIENCE, (probe.check)()).await;
        (probe.name, answer.unwrap_or(false), probe.is_needed)
    });
    let answers = join_all(answers).await;
    let all = answers.iter().all(|(_, there, is_needed)| *there || !is_needed);
    let checks: Map<String, Value> = answers
        .into_iter()
        .map(|(name, there, _)| (name.to_owned(), json!(if there { "ok" } else { "cut" })))
        .collect();
    if all {
        return HttpResponse::Ok()
            .json(json!({"success": true, "message": "SUCCESS", "checks": checks}));
    }
    HttpResponse::ServiceUnavailable().json(json!({
        "success": false,
        "errno": 503,
        "message": "Not ready",
        "error": "SERVICE_UNAVAILABLE",
        "checks": checks,
    }))
}

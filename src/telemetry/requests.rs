use std::time::Instant;

use actix_web::body::MessageBody;
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::middleware::Next;

/// Counts, times and logs each request, as a middleware: `.wrap(from_fn(log_requests))`.
///
/// A request is named by the pattern of its route, never by its address: a query may hold a token
/// and a path somebody's device. What matches no route is named `unknown`, so that strangers
/// cannot make up series.
///
/// # Errors
///
/// Whatever the request failed with.
pub async fn log_requests<B: MessageBody + 'static>(
    request: ServiceRequest,
    next: Next<B>,
) -> Result<ServiceResponse<B>, actix_web::Error> {
    let begun = Instant::now();
    let method = method(&request);
    let answer = next.call(request).await;
    let (status, route) = match &answer {
        Ok(answer) => (answer.status().as_u16(), answer.request().match_pattern()),
        Err(error) => (error.as_response_error().status_code().as_u16(), None),
    };
    let route = route.unwrap_or_else(|| "unknown".to_owned());
    let took = begun.elapsed();
    let duration_ms = took.as_millis() as u64;
    tracing::debug!(method, route, status, duration_ms, "answered a request");
    let labels =
        [("method", method.to_owned()), ("route", route.clone()), ("status", status.to_string())];
    metrics::counter!("switchboard_http_requests_total", &labels).increment(1);
    metrics::histogram!("switchboard_http_request_seconds", "route" => route)
        .record(took.as_secs_f64());
    answer
}

/// The usual methods by name, any other as one.
fn method(request: &ServiceRequest) -> &'static str {
    match request.method().as_str() {
        "GET" => "GET",
        "HEAD" => "HEAD",
        "POST" => "POST",
        "PUT" => "PUT",
        "PATCH" => "PATCH",
        "DELETE" => "DELETE",
        "OPTIONS" => "OPTIONS",
        _ => "other",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::telemetry::exporter::recorder;
    use actix_web::http::header;
    use actix_web::middleware::from_fn;
    use actix_web::{App, HttpResponse, test, web};

    #[actix_web::test]
    async fn a_request_is_counted_by_its_route_and_neither_path_nor_query_show() {
        let recorder = recorder().unwrap();
        let _recording = metrics::set_default_local_recorder(&recorder);
        let app = App::new()
            .wrap(from_fn(log_requests))
            .route("/users/{id}/tokens/{token}", web::get().to(HttpResponse::Ok));
        let app = test::init_service(app).await;

        for path in ["/users/ana/tokens/s3cr3t?token=s3cr3t", "/nowhere/s3cr3t"] {
            let request = test::TestRequest::with_uri(path)
                .insert_header((header::AUTHORIZATION, "Bearer s3cr3t"));
            test::call_service(&app, request.to_request()).await;
        }

        let shown = recorder.handle().render();
        assert!(shown.contains(r#"route="/users/{id}/tokens/{token}",status="200""#), "{shown}");
        assert!(shown.contains(r#"route="unknown",status="404""#), "{shown}");
        assert!(shown.contains("switchboard_http_request_seconds_bucket"), "{shown}");
        assert!(!shown.contains("s3cr3t") && !shown.contains("ana"), "{shown}");
    }
}

//! Success, in the three forms it has.

use actix_web::HttpResponse;
use serde::Serialize;
use serde_json::{Value, json};

/// `{success: true, message: 'SUCCESS'}`
pub fn success() -> HttpResponse {
    HttpResponse::Ok().json(json!({"success": true, "message": "SUCCESS"}))
}

/// `{success: true, message: 'SUCCESS', data}`
pub fn success_with(data: impl Serialize) -> HttpResponse {
    #[derive(Serialize)]
    struct Success<T> {
        success: bool,
        message: &'static str,
        data: T,
    }
    HttpResponse::Ok().json(Success { success: true, message: "SUCCESS", data })
}

/// A stored document, as it is.
pub fn document(view: &Value) -> HttpResponse {
    HttpResponse::Ok().json(view)
}

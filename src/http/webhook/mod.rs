//! What providers call. No key: each request is judged by its signature.
mod twilio_sms;

use actix_web::http::Method;
use actix_web::web::{self, Data, ServiceConfig};

use super::resource;
use crate::ingest::Intake;

/// The webhook routes over this intake.
pub fn configure(config: &mut ServiceConfig, intake: Data<Intake>) {
    config
        .app_data(intake)
        .service(resource("/webhooks/twilio/sms", [(Method::POST, web::to(twilio_sms::receive))]));
}

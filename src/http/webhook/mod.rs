//! What providers call. No key: each request is judged by its signature.
mod sendgrid;
mod taking;
mod twilio;

use actix_web::http::Method;
use actix_web::web::{self, Data, ServiceConfig};

use super::resource;
use crate::ingest::Intake;

/// The webhook routes over this intake.
pub fn configure(config: &mut ServiceConfig, intake: Data<Intake>) {
    config
        .app_data(intake)
        .service(resource("/webhooks/twilio/sms", [(Method::POST, web::to(twilio::sms))]))
        .service(resource("/webhooks/twilio/status", [(Method::POST, web::to(twilio::status))]))
        .service(resource(
            "/webhooks/sendgrid/inbound",
            [(Method::POST, web::to(sendgrid::inbound))],
        ))
        .service(resource(
            "/webhooks/sendgrid/events",
            [(Method::POST, web::to(sendgrid::events))],
        ));
}

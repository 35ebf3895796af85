//! What providers call. No key: each request is judged by its signature.
mod twilio_sms;

use actix_web::web::{self, Data, ServiceConfig};

use crate::ingest::Intake;

/// The webhook routes over this intake.
pub fn configure(config: &mut ServiceConfig, intake: Data<Intake>) {
    config
        .app_data(intake)
        .service(web::resource("/webhooks/twilio/sms").route(web::post().to(twilio_sms::receive)));
}

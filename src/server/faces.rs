use std::io;
use std::rc::Rc;
use std::sync::Arc;

use actix_web::App;
use actix_web::middleware::from_fn;
use actix_web::web::Data;
use actors::session::Worker;

use super::parts::{Parts, workers};
use crate::http::{self, attachments, consent, highlevel, inbox, messages, quarantine, webhook};
use crate::settings::Settings;
use crate::socketio;
use crate::socketio::accept::{self, Staff};
use crate::socketio::application::Product;
use crate::telemetry::log_requests;

/// Every face, on every server thread.
///
/// # Errors
///
/// The address cannot be listened on.
pub(super) fn listen(settings: &Settings, parts: Parts) -> io::Result<actix_server::Server> {
    let factory = move || {
        let roster = Worker::start_here(&parts.sessions);
        let product = Rc::new(Product {
            engine: parts.engine.clone(),
            access: parts.access.clone(),
            recovery: parts.recovery.clone(),
            lead_finder: parts.lead_finder.clone(),
        });
        let app = || {
            let (parts, product, roster) = (parts.clone(), product.clone(), roster.clone());
            App::new()
                .wrap(from_fn(http::origin))
                .wrap(from_fn(http::envelope))
                .wrap(from_fn(log_requests))
                .configure(move |config| {
                    let Parts { engine, hub, pids, clock, shared, intake, .. } = parts;
                    let (journal, ledger) = (parts.journal, parts.ledger);
                    config.app_data(Data::from(Arc::clone(&hub.origins)));
                    attachments::configure(config, parts.attachments, Arc::clone(&clock));
                    socketio::configure(config, "/socket.io/", &hub, &pids, clock, product, roster);
                    messages::configure(config, Data::new(engine));
                    webhook::configure(config, intake);
                    quarantine::configure(config, Data::from(journal));
                    consent::configure(config, ledger);
                    http::subscriptions::configure(config, parts.desk);
                    inbox::configure(config, parts.inbox);
                    http::configure(config, &shared);
                    // Behind the emits, whose paths begin alike.
                    highlevel::configure(config, parts.highlevel);
                })
        };
        [app(), app()]
    };
    let staff = Staff {
        threads: workers(settings),
        connections: settings.limits.connections,
        shutdown_timeout: settings.server.shutdown_timeout,
    };
    Ok(accept::serve(settings.server.bind, staff, factory)?.0)
}

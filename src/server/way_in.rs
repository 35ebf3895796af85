use std::sync::Arc;

use actors::ports::Clock;

use crate::ingest::{self, Intake, Journal, sendgrid, twilio};
use crate::settings::Settings;

/// The way in for what providers send, and its journal.
///
/// # Errors
///
/// The journal cannot be opened.
pub fn intake(
    settings: &Settings,
    clock: Arc<dyn Clock>,
) -> Result<(Arc<Journal>, Intake), ingest::OpenError> {
    let path = settings.server.data_dir.join("intake.db");
    let journal = Arc::new(Journal::open(&path, journal_limits(settings))?);
    let key = settings.sendgrid.events_public_key.as_deref();
    let intake = Intake {
        journal: Arc::clone(&journal),
        twilio: twilio_settings(settings),
        sendgrid: sendgrid::Settings {
            inbound_key: settings.sendgrid.inbound_key.clone(),
            events_key: key.and_then(sendgrid::EventsKey::parse),
        },
        clock,
        body_limit: settings.limits.rest_body_bytes,
        mail_limit: settings.limits.mail_body_bytes,
    };
    Ok((journal, intake))
}

fn journal_limits(settings: &Settings) -> ingest::Limits {
    ingest::Limits {
        quarantined_rows: settings.limits.quarantined as u64,
        ..ingest::Limits::default()
    }
}

/// Unless told otherwise, Twilio reaches us where we listen.
pub(super) fn twilio_settings(settings: &Settings) -> twilio::Settings {
    let mut twilio = twilio::Settings::from(&settings.twilio);
    twilio.public_url.get_or_insert_with(|| format!("http://{}", settings.server.bind));
    twilio
}

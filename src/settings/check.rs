//! What single values cannot say: contradictions, and defaults that depend on other keys.

use std::path::{Path, PathBuf};
use std::time::Duration;

use secrecy::{ExposeSecret, SecretString};
use toml::{Table, Value};
use tracing_subscriber::EnvFilter;
use url::{Position, Url};

use super::{Settings, StoreAddress};
use crate::ingest::sendgrid::EventsKey;

pub const SQLITE_FILE: &str = "switchboard.db";

/// As many bytes as HS256 needs to be as strong as its hash (RFC 7518, 3.2).
const MIN_SECRET_BYTES: usize = 32;
/// Asking Twilio for its list costs requests of a shared allowance.
const MIN_RECONCILE: Duration = Duration::from_secs(60);

/// `None` when the address is of no store we know.
pub fn store_address(url: Option<&SecretString>, data_dir: &Path) -> Option<StoreAddress> {
    let Some(url) = url else { return Some(StoreAddress::Sqlite(data_dir.join(SQLITE_FILE))) };
    let text = url.expose_secret();
    if let Some(path) = text.strip_prefix("sqlite:") {
        return (!path.is_empty()).then(|| StoreAddress::Sqlite(PathBuf::from(path)));
    }
    let mongo = text.starts_with("mongodb://") || text.starts_with("mongodb+srv://");
    mongo.then(|| StoreAddress::Mongo(url.clone()))
}

/// The settings with defaults filled in that depend on other keys.
pub fn completed(settings: &Table) -> Table {
    let mut settings = settings.clone();
    let data_dir = settings["server"].get("data_dir").and_then(Value::as_str).unwrap_or_default();
    let file = format!("sqlite:{}", Path::new(data_dir).join(SQLITE_FILE).display());
    if let Some(Value::String(url)) = settings["store"].get_mut("url")
        && url.is_empty()
    {
        *url = file;
    }
    settings
}

/// Every contradiction and every value out of bounds, by the key to change.
pub fn contradictions(settings: &Settings) -> Vec<String> {
    let mut faults = Vec::new();
    let mut require = |holds: bool, fault: &str| {
        if !holds {
            faults.push(fault.to_owned());
        }
    };
    let auth = &settings.auth;
    let open = !settings.server.bind.ip().is_loopback();
    require(
        !open || !auth.api_keys.is_empty(),
        "auth.api_keys: at least one is required when server.bind is not loopback",
    );
    require(
        auth.api_keys.iter().all(|key| !key.expose_secret().trim().is_empty()),
        "auth.api_keys: a key is empty",
    );
    let strong = |secret: &SecretString| secret.expose_secret().len() >= MIN_SECRET_BYTES;
    require(
        !open || auth.jwt_secret.as_ref().is_none_or(strong),
        "auth.jwt_secret: at least 32 bytes are required when server.bind is not loopback",
    );
    require(
        auth.jwt_secret.is_none() || auth.jwt_public_key_file.is_none(),
        "auth.jwt_secret: only one of it and auth.jwt_public_key_file may be set",
    );
    require(
        settings.server.allowed_origins.iter().all(|origin| is_origin(origin)),
        "server.allowed_origins: expected origins such as \"https://app.example.com\", without a path",
    );
    require(
        store_address(settings.store.url.as_ref(), &settings.server.data_dir).is_some(),
        "store.url: expected \"sqlite:PATH\" or \"mongodb://HOST/DBNAME\"",
    );
    let nats = |url: &SecretString| {
        let is_one = |url: &str| ["nats://", "tls://"].iter().any(|s| url.trim().starts_with(s));
        url.expose_secret().split(',').all(is_one)
    };
    require(
        settings.cluster.url.as_ref().is_none_or(nats),
        "cluster.url: expected \"nats://HOST\"",
    );
    let cluster = &settings.cluster;
    let is_clustered = cluster.url.as_ref().is_some_and(nats);
    require(
        !is_clustered || matches!(settings.store_address(), StoreAddress::Mongo(_)),
        "cluster.url: nodes share their store, so store.url has to name a MongoDB",
    );
    require(
        !is_clustered || cluster.secret.as_ref().is_some_and(strong),
        "cluster.secret: at least 32 bytes are required with cluster.url",
    );
    let is_word = |c: char| c.is_ascii_alphanumeric() || "-_.".contains(c);
    require(
        !cluster.subject.is_empty()
            && cluster.subject.chars().all(is_word)
            && !cluster.subject.split('.').any(str::is_empty),
        "cluster.subject: expected words of letters, digits, - and _, with dots between",
    );
    let events_key = settings.sendgrid.events_public_key.as_deref();
    require(
        events_key.is_none_or(|key| EventsKey::parse(key).is_some()),
        "sendgrid.events_public_key: expected a P-256 public key, PEM or base64",
    );
    require(
        settings.twilio.reconcile_every.is_none_or(|every| every >= MIN_RECONCILE),
        "twilio.reconcile_every: has to be at least 1m",
    );
    require(
        settings.fcm.project_id.is_some() == settings.fcm.credentials_file.is_some(),
        "fcm.project_id: either both of it and fcm.credentials_file are set, or neither",
    );
    require(
        settings.webhooks.retry_after.iter().all(|pause| *pause >= Duration::from_millis(1)),
        "webhooks.retry_after: every pause has to be above zero",
    );
    require(
        settings.webhooks.disable_after <= settings.webhooks.retention,
        "webhooks.retention: has to be at least webhooks.disable_after, or events are forgotten while \
         they are still tried",
    );
    require(
        EnvFilter::try_new(&settings.log.level).is_ok(),
        "log.level: expected a level such as \"info\", or directives",
    );
    faults.extend(above_zero(settings));
    faults
}

/// Names what is zero and makes no sense so.
fn above_zero(settings: &Settings) -> impl Iterator<Item = String> {
    let (limits, session, recovery) = (&settings.limits, &settings.session, &settings.recovery);
    let webhooks = &settings.webhooks;
    let numbers = [
        ("limits.connections", limits.connections),
        ("limits.socket_events_per_second", limits.socket_events_per_second as usize),
        ("limits.socket_event_burst", limits.socket_event_burst as usize),
        ("limits.emit_per_minute", limits.emit_per_minute as usize),
        ("limits.highlevel_per_10s", limits.highlevel_per_10s as usize),
        ("limits.inbox_per_minute", limits.inbox_per_minute as usize),
        ("limits.inbox_per_hour", limits.inbox_per_hour as usize),
        ("limits.inbox_per_day", limits.inbox_per_day as usize),
        ("limits.max_payload_bytes", limits.max_payload_bytes),
        ("limits.rest_body_bytes", limits.rest_body_bytes),
        ("limits.rest_json_depth", limits.rest_json_depth),
        ("limits.mail_body_bytes", limits.mail_body_bytes),
        ("limits.outbox_frames", limits.outbox_frames),
        ("limits.outbox_bytes", limits.outbox_bytes),
        ("limits.quarantined", limits.quarantined),
        ("limits.sms_per_second", limits.sms_per_second as usize),
        ("limits.mail_per_second", limits.mail_per_second as usize),
        ("webhooks.concurrency", webhooks.concurrency),
    ];
    let times = [
        ("server.attachment_links", settings.server.attachment_links),
        ("session.ping_interval", session.ping_interval),
        ("session.ping_timeout", session.ping_timeout),
        ("session.connect_timeout", session.connect_timeout),
        ("session.ack_deadline", session.ack_deadline),
        ("recovery.retention", recovery.retention),
        ("recovery.sweep_after", recovery.sweep_after),
        ("trace.retention", settings.trace.retention),
        ("webhooks.timeout", webhooks.timeout),
        ("webhooks.disable_after", webhooks.disable_after),
    ];
    let numbers = numbers.into_iter().filter(|(_, number)| *number == 0).map(|(key, _)| key);
    let times = times.into_iter().filter(|(_, time)| *time < Duration::from_millis(1));
    numbers.chain(times.map(|(key, _)| key)).map(|key| format!("{key}: has to be above zero"))
}

/// Scheme, host and perhaps port, as a browser sends it.
fn is_origin(text: &str) -> bool {
    Url::parse(text).is_ok_and(|url| {
        matches!(url.scheme(), "http" | "https") && url[..Position::BeforePath] == *text
    })
}

//! Typed settings. They have no defaults of their own: `config/default.toml` is compiled in and
//! holds every key, so a default stands in one place only.
mod check;
mod layer;
mod read;
mod secret;
mod value;

use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use secrecy::SecretString;
use serde::Deserialize;

use crate::store::Durability;

pub use read::{Faults, load, load_from};

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Settings {
    pub server: Server,
    pub store: Store,
    pub cluster: Cluster,
    pub auth: Auth,
    pub session: Session,
    pub recovery: Recovery,
    pub limits: Limits,
    pub twilio: Twilio,
    pub sendgrid: Sendgrid,
    pub fcm: Fcm,
    pub trace: Trace,
    pub webhooks: Webhooks,
    pub log: Log,
    /// What is in effect, as TOML with secrets masked.
    #[serde(skip)]
    pub effective: String,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Server {
    pub bind: SocketAddr,
    pub metrics_bind: SocketAddr,
    pub allowed_origins: Vec<String>,
    /// 0: as many as there are cores.
    pub workers: usize,
    pub data_dir: PathBuf,
    #[serde(with = "value::duration")]
    pub shutdown_timeout: Duration,
    #[serde(with = "value::duration")]
    pub attachment_links: Duration,
}

/// May hold a password, so it is read with [`Settings::store_address`] and otherwise kept secret.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Store {
    #[serde(deserialize_with = "value::optional_secret")]
    url: Option<SecretString>,
    pub may_lose_acknowledged_writes: bool,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Cluster {
    #[serde(deserialize_with = "value::optional_secret")]
    pub url: Option<SecretString>,
    #[serde(deserialize_with = "value::optional_secret")]
    pub secret: Option<SecretString>,
    pub subject: String,
    #[serde(with = "value::duration")]
    pub drain: Duration,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Auth {
    #[serde(deserialize_with = "value::optional_secret")]
    pub jwt_secret: Option<SecretString>,
    #[serde(deserialize_with = "value::optional_path")]
    pub jwt_public_key_file: Option<PathBuf>,
    pub api_keys: Vec<SecretString>,
    #[serde(deserialize_with = "value::optional_secret")]
    pub leadfinder_token: Option<SecretString>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Session {
    #[serde(with = "value::duration")]
    pub ping_interval: Duration,
    #[serde(with = "value::duration")]
    pub ping_timeout: Duration,
    #[serde(with = "value::duration")]
    pub connect_timeout: Duration,
    #[serde(with = "value::duration")]
    pub ack_deadline: Duration,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Recovery {
    #[serde(with = "value::duration")]
    pub retention: Duration,
    #[serde(with = "value::duration")]
    pub sweep_after: Duration,
}

/// Where `0` means none, `config/default.toml` says so.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Limits {
    pub connections: usize,
    pub connections_per_peer: usize,
    pub connections_per_user: usize,
    pub socket_events_per_second: u32,
    pub socket_event_burst: u32,
    pub emit_per_minute: u32,
    pub highlevel_per_10s: u32,
    pub inbox_per_minute: u32,
    pub inbox_per_hour: u32,
    pub inbox_per_day: u32,
    pub max_payload_bytes: usize,
    pub rest_body_bytes: usize,
    pub rest_json_depth: usize,
    pub mail_body_bytes: usize,
    pub outbox_frames: usize,
    pub outbox_bytes: usize,
    pub quarantined: usize,
    pub sms_per_second: u32,
    pub mail_per_second: u32,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Twilio {
    #[serde(deserialize_with = "value::optional")]
    pub account_sid: Option<String>,
    #[serde(deserialize_with = "value::optional_secret")]
    pub auth_token: Option<SecretString>,
    #[serde(deserialize_with = "value::http_url")]
    pub api_base: String,
    /// Without a slash at the end.
    #[serde(deserialize_with = "value::optional_http_url")]
    pub public_url: Option<String>,
    pub signature: SignatureMode,
    /// `None`: never by itself.
    #[serde(deserialize_with = "value::optional_duration")]
    pub reconcile_every: Option<Duration>,
}

/// What becomes of a webhook whose signature is wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum SignatureMode {
    /// 403; nothing is kept but a count.
    Enforce,
    /// Kept out of sight until somebody releases it.
    Quarantine,
    /// Taken in and counted.
    Observe,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Sendgrid {
    #[serde(deserialize_with = "value::optional_secret")]
    pub api_key: Option<SecretString>,
    #[serde(deserialize_with = "value::http_url")]
    pub api_base: String,
    #[serde(deserialize_with = "value::optional_secret")]
    pub inbound_key: Option<SecretString>,
    #[serde(deserialize_with = "value::optional")]
    pub events_public_key: Option<String>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Fcm {
    #[serde(deserialize_with = "value::optional")]
    pub project_id: Option<String>,
    #[serde(deserialize_with = "value::optional_path")]
    pub credentials_file: Option<PathBuf>,
    #[serde(deserialize_with = "value::http_url")]
    pub api_base: String,
}

/// Webhooks out.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Webhooks {
    #[serde(with = "value::durations")]
    pub retry_after: Vec<Duration>,
    #[serde(with = "value::duration")]
    pub disable_after: Duration,
    #[serde(with = "value::duration")]
    pub retention: Duration,
    #[serde(with = "value::duration")]
    pub timeout: Duration,
    pub concurrency: usize,
    pub allow_http: bool,
    pub allow_private: bool,
}

/// What is taken down of messages on their way.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Trace {
    pub enabled: bool,
    #[serde(with = "value::duration")]
    pub retention: Duration,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Log {
    pub format: LogFormat,
    pub level: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum LogFormat {
    Pretty,
    Json,
}

/// Which store, and where.
#[derive(Clone, Debug)]
pub enum StoreAddress {
    Sqlite(PathBuf),
    /// The whole URL, which may hold a password.
    Mongo(SecretString),
}

impl Settings {
    /// The store as its own address names it: `sqlite:PATH` or `mongodb://…`.
    pub fn store_url(&self) -> SecretString {
        match self.store_address() {
            StoreAddress::Sqlite(path) => format!("sqlite:{}", path.display()).into(),
            StoreAddress::Mongo(url) => url,
        }
    }

    /// When a write counts as kept.
    pub fn durability(&self) -> Durability {
        if self.store.may_lose_acknowledged_writes { Durability::AtRisk } else { Durability::Whole }
    }

    pub fn store_address(&self) -> StoreAddress {
        check::store_address(self.store.url.as_ref(), &self.server.data_dir)
            .unwrap_or_else(|| StoreAddress::Sqlite(self.server.data_dir.join(check::SQLITE_FILE)))
    }
}

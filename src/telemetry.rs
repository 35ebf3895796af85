//! What the program says of itself: log lines, and numbers under `/metrics`.
mod exporter;
mod requests;

pub use exporter::{Metrics, MetricsError};
pub use requests::log_requests;

use tracing_subscriber::EnvFilter;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;

use crate::settings::{Log, LogFormat};

/// Begins to log, to standard error. A second call changes nothing.
pub fn init(log: &Log) {
    // Settings were checked; should they not have been, too much said is better than silence.
    let filter = EnvFilter::try_new(&log.level).unwrap_or_else(|_| EnvFilter::new("info"));
    let registry = tracing_subscriber::registry().with(filter);
    let lines = tracing_subscriber::fmt::layer().with_writer(std::io::stderr);
    let _ = match log.format {
        LogFormat::Pretty => registry.with(lines).try_init(),
        LogFormat::Json => registry.with(lines.json().flatten_event(true)).try_init(),
    };
}

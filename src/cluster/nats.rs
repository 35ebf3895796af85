//! The way to the broker. It is tried for ever: a node without a broker still serves its people, from the
//! log.

use std::time::Duration;

use actors::domain::NodeId;
use async_nats::{Client, ConnectOptions, Event};
use secrecy::{ExposeSecret, SecretString};

/// Pauses between attempts: twice as long each time, up to the longest.
const FIRST_PAUSE: Duration = Duration::from_millis(50);
const LONGEST_PAUSE: Duration = Duration::from_secs(2);
/// A broker that does not answer within this time is tried again.
const CONNECT: Duration = Duration::from_secs(3);
/// How often the connection is looked after. Heartbeats notice sooner that it is cut.
const PING: Duration = Duration::from_secs(2);
/// Messages that may wait in the client, in either direction. What comes in beyond it is lost, and
/// found in the log.
const WAITING: usize = 65_536;

/// Why there is no cluster. Never repeats the URL, which may hold a password.
#[derive(Debug, thiserror::Error)]
#[error("cluster.url is no address of a broker")]
pub struct ConnectError;

/// Begins to connect, and returns whether or not there is a broker yet.
///
/// # Errors
///
/// [`ConnectError`]: there never will be.
pub(super) async fn connect(url: &SecretString, own: &NodeId) -> Result<Client, ConnectError> {
    let options = ConnectOptions::new()
        .name(format!("switchboard {own}"))
        .retry_on_initial_connect()
        .max_reconnects(None)
        .reconnect_delay_callback(pause)
        .connection_timeout(CONNECT)
        .ping_interval(PING)
        .client_capacity(WAITING)
        .subscription_capacity(WAITING)
        .event_callback(|event| async move { note(&event) });
    let servers: Vec<_> = url.expose_secret().split(',').map(str::trim).collect();
    options.connect(servers).await.map_err(|_| ConnectError)
}

fn pause(attempts: usize) -> Duration {
    let doubled = FIRST_PAUSE.saturating_mul(1 << attempts.saturating_sub(1).min(16));
    doubled.min(LONGEST_PAUSE)
}

fn note(event: &Event) {
    match event {
        Event::Connected => tracing::info!("connected to the broker"),
        Event::Disconnected => tracing::warn!("disconnected from the broker"),
        Event::SlowConsumer(_) => {
            metrics::counter!("switchboard_cluster_overruns_total").increment(1);
        }
        // Their texts may quote addresses.
        Event::ServerError(_) => tracing::warn!("the broker reports an error"),
        Event::ClientError(_) => tracing::debug!("the way to the broker failed"),
        Event::LameDuckMode | Event::Draining | Event::Closed => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn attempts_are_ever_further_apart_and_never_far() {
        let pauses: Vec<_> = [0, 1, 2, 3, 50].map(pause).into();

        assert_eq!(pauses, [50, 50, 100, 200, 2_000].map(Duration::from_millis));
    }
}

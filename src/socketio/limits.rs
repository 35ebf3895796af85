use std::time::Duration;

use actors::session::OutboxLimits;

/// Every limit of the wire. What happens at each stands in `docs/WIRE.md`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Largest packet of a client, with its attachments, in bytes. Announced in the handshake.
    pub max_payload: usize,
    /// What one connection may be owed.
    pub outbox: OutboxLimits,
    /// Events and joins of one connection per second, in the long run.
    pub events_per_second: u32,
    /// The same at once.
    pub event_burst: u32,
    /// Events of one connection that may wait for those before them.
    pub waiting_events: usize,
    /// Namespaces of one connection.
    pub namespaces: usize,
    /// From the handshake to the first namespace joined.
    pub connect_timeout: Duration,
    /// Announced in the handshake, as the next one.
    pub ping_interval: Duration,
    pub ping_timeout: Duration,
    /// For an application to answer an event, or a CONNECT.
    pub ack_deadline: Duration,
    /// From the websocket's handshake to its taking over from polling.
    pub upgrade_timeout: Duration,
    /// Connections of this node; 0: no limit. So with the next two.
    pub connections: usize,
    /// Connections of one network address.
    pub connections_per_peer: usize,
    /// Sockets of one user in one namespace.
    pub connections_per_user: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            max_payload: 1_000_000,
            outbox: OutboxLimits::default(),
            events_per_second: 100,
            event_burst: 500,
            waiting_events: 256,
            namespaces: 16,
            connect_timeout: Duration::from_secs(45),
            ping_interval: Duration::from_secs(25),
            ping_timeout: Duration::from_secs(20),
            ack_deadline: Duration::from_secs(5),
            upgrade_timeout: Duration::from_secs(10),
            connections: 100_000,
            connections_per_peer: 0,
            connections_per_user: 0,
        }
    }
}

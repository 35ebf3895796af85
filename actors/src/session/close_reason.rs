use std::fmt;

/// Why a connection ended. What the client sees of each stands in `docs/WIRE.md`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum CloseReason {
    /// The client said so.
    ClientClosed,
    /// The network, the browser or the process at the other end went away.
    TransportGone,
    /// No answer to a ping in time.
    HeartbeatTimeout,
    /// Joined no namespace in time.
    ConnectTimeout,
    /// Said something the protocol does not allow.
    ProtocolViolation,
    /// A packet above the limit.
    TooLarge,
    /// Kept sending faster than it may.
    RateLimited,
    /// Did not read what was sent to it.
    Lagging,
    /// This server thread could not keep up; everybody on it comes back and recovers.
    Overwhelmed,
    /// Its user may no longer be here.
    Dismissed,
    /// The credential ran out.
    TokenExpired,
    /// The server stops.
    ShuttingDown,
    /// Nobody can tell now whether and where it may begin; it is to come again.
    NotNow,
}

impl CloseReason {
    /// Whether what waits to be sent still goes out. It does not when nobody reads it.
    pub fn flushes(self) -> bool {
        match self {
            Self::ConnectTimeout
            | Self::ProtocolViolation
            | Self::TooLarge
            | Self::RateLimited
            | Self::Dismissed
            | Self::TokenExpired
            | Self::ShuttingDown
            | Self::NotNow => true,
            Self::ClientClosed
            | Self::TransportGone
            | Self::HeartbeatTimeout
            | Self::Lagging
            | Self::Overwhelmed => false,
        }
    }

    /// The word in logs, metrics and `docs/WIRE.md`.
    pub fn name(self) -> &'static str {
        match self {
            Self::ClientClosed => "client_closed",
            Self::TransportGone => "transport_gone",
            Self::HeartbeatTimeout => "heartbeat_timeout",
            Self::ConnectTimeout => "connect_timeout",
            Self::ProtocolViolation => "protocol_violation",
            Self::TooLarge => "too_large",
            Self::RateLimited => "rate_limited",
            Self::Lagging => "lagging",
            Self::Overwhelmed => "overwhelmed",
            Self::Dismissed => "dismissed",
            Self::TokenExpired => "token_expired",
            Self::ShuttingDown => "shutting_down",
            Self::NotNow => "not_now",
        }
    }
}

impl fmt::Display for CloseReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

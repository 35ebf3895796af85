//! A request from outside as it came in, and what can be told of it.

use std::net::IpAddr;

use bytes::Bytes;

/// A webhook request as it came in, before anybody judged it: what is needed to judge it, now or
/// after a release, and nothing else.
#[derive(Clone)]
pub struct Raw {
    pub source: Source,
    /// Path and query as the client wrote them: signatures cover these very bytes.
    pub target: String,
    pub content_type: Option<String>,
    /// As its header gave it; a timestamp that is signed along stands before it, with a space
    /// between. For inbound mail the key that it came with, which is judged by and never kept.
    pub signature: Option<String>,
    /// The other end of the connection; never what a header claims.
    pub peer: Option<IpAddr>,
    /// A proxy says it passes somebody else's request on, so `peer` is not the sender.
    pub forwarded: bool,
    pub body: Bytes,
}

impl Raw {
    /// Written by a program on this very machine, as far as the connection shows.
    pub fn is_local(&self) -> bool {
        !self.forwarded && self.peer.is_some_and(|peer| peer.to_canonical().is_loopback())
    }
}

/// Which webhook a request came in by. The text is kept in the journal and shown in the
/// quarantine list.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Source {
    TwilioSms,
    TwilioStatus,
    /// No webhook: a message found in Twilio's own list.
    TwilioReconcile,
    SendgridInbound,
    SendgridEvents,
}

impl Source {
    const ALL: [Self; 5] = [
        Self::TwilioSms,
        Self::TwilioStatus,
        Self::TwilioReconcile,
        Self::SendgridInbound,
        Self::SendgridEvents,
    ];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::TwilioSms => "twilio_sms",
            Self::TwilioStatus => "twilio_status",
            Self::TwilioReconcile => "twilio_reconcile",
            Self::SendgridInbound => "sendgrid_inbound",
            Self::SendgridEvents => "sendgrid_events",
        }
    }

    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|source| source.as_str() == text)
    }
}

/// What could be read off a request from outside, unverified: to keep one sender's requests in
/// order and to show an operator what waits.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Envelope {
    pub provider_id: Option<String>,
    pub from: Option<String>,
    pub to: Option<String>,
    /// The base URL its signature was checked against.
    pub public_url: Option<String>,
}

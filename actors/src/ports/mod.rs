//! What this crate asks of the outside world, as traits.
mod archive;
mod clock;
mod cluster;
mod communications;
mod consent;
mod conversations;
mod event_numbers;
mod export;
mod flight_recorder;
mod history;
mod ids;
mod inbox;
mod labels;
mod leases;
mod links;
mod log;
mod outbox;
mod people;
mod prospects;
mod provider;
mod push;
mod push_log;
mod scheduled;
mod search;
mod subscriptions;
mod team_inbox;
mod team_keys;

pub use archive::{Archive, ArchiveError, Kept};
pub use clock::Clock;
pub use cluster::{
    Again, Ask, Cluster, Company, Declined, Done, Guest, Lone, Neighbour, News, NoAnswer, Person,
    Ready, Shown, Spelled,
};
pub use communications::{Communications, Put};
pub use consent::{Consent, ConsentEntry, ConsentWord, Evidence, Flagged};
pub use conversations::{CommitError, Committed, Conversations};
pub use event_numbers::{After, EventNumbers, Numbered, NumberedEvent, Stretch};
pub use export::{Export, Record, RecordKind};
pub use flight_recorder::{FlightRecorder, Hop, Hops, KeptHop, Unrecorded};
pub use history::{Cut, Direction, History};
pub use ids::Ids;
pub use inbox::{Inbox, InboxCut, InboxQuery, Sort};
pub use labels::Labels;
pub use leases::Leases;
pub use links::{Links, Unlinked};
pub use log::Log;
pub use outbox::{Due, Outbox, Sent};
pub use people::{Member, People, PutError};
pub use prospects::{
    ProspectOrder, ProspectPage, ProspectQuery, ProspectRow, Prospects, ThreadState, Unspread,
};
pub use provider::{Mail, Outgoing, Provider, SendError};
pub use push::{Push, PushOffer};
pub use push_log::{DuePush, PushLog};
pub use scheduled::{Scheduled, ScheduledMessage};
pub use search::{ContactSearch, MessageSearch, Reader, Search, SearchCut};
pub use subscriptions::{
    LogPage, MOST_PARKED, MOST_SUBSCRIPTIONS, Settled, Standing, SubscribeError, Subscriptions,
};
pub use team_inbox::{TeamCut, TeamInbox, TeamOrder, TeamQuery, TeamRow};
pub use team_keys::TeamKeys;

/// Where everything is kept. Each part is tried on every implementation by `tests/contract/`.
pub trait Store:
    Conversations
    + History
    + Inbox
    + Log
    + People
    + Communications
    + Outbox
    + Consent
    + Archive
    + Labels
    + Prospects
    + Scheduled
    + PushLog
    + Hops
    + Subscriptions
    + Leases
    + Export
    + EventNumbers
    + TeamInbox
    + TeamKeys
    + Search
{
}

impl<S> Store for S where
    S: Conversations
        + History
        + Inbox
        + Log
        + People
        + Communications
        + Outbox
        + Consent
        + Archive
        + Labels
        + Prospects
        + Scheduled
        + PushLog
        + Hops
        + Subscriptions
        + Leases
        + Export
        + EventNumbers
        + TeamInbox
        + TeamKeys
        + Search
{
}

/// The store did not do it. Reading failed, or nothing was kept; the same call may succeed later.
#[derive(Debug, thiserror::Error)]
#[error("store unavailable while {during}")]
pub struct Unavailable {
    /// The step that failed: "opening", "committing".
    pub during: &'static str,
    #[source]
    pub source: Box<dyn std::error::Error + Send + Sync>,
}

impl Unavailable {
    pub fn new(
        during: &'static str,
        source: impl Into<Box<dyn std::error::Error + Send + Sync>>,
    ) -> Self {
        Self { during, source: source.into() }
    }
}

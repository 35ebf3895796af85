//! What can be asked of the engine: one file per use case. Faces translate; this decides whom to
//! ask and in which order.
mod add_conversation;
mod add_note;
mod begin_for_team;
mod caller;
mod change;
mod conversations;
mod delete_label;
mod emit;
mod event_feed;
mod failure;
mod home;
mod lead_scoring;
mod list_conversations;
mod list_for_team;
mod list_messages;
mod mark_read;
mod meet_on_platform;
mod messages_around;
mod messages_for_team;
mod neighbour;
mod patch_context;
mod place_for_team;
mod prospects;
mod receive_inbound;
mod remove_participant;
mod replay;
mod report_status;
mod resend_message;
mod schedule_message;
mod search_conversations;
mod search_messages;
mod send_for_team;
mod send_message;
mod send_scheduled;
mod spread;
mod statuses;
mod sweep;
mod tags;
mod team;
mod team_events;
mod threads;
mod wake;

pub use add_conversation::AddConversation;
pub use add_note::{AddNote, Noted};
pub use begin_for_team::{Begun, Line};
pub use caller::{Caller, Place};
pub use change::Change;
pub use emit::Route;
pub use event_feed::{EventFeed, NumberedNews};
pub use failure::Failure;
pub use home::Homes;
pub use lead_scoring::KeptRules;
pub use list_conversations::{ConversationList, ListConversations};
pub use list_for_team::{ListForTeam, Listed, TeamList};
pub use list_messages::{ListMessages, MessageList};
pub use mark_read::MarkRead;
pub use messages_around::{AroundList, MessagesAround};
pub use messages_for_team::{MessagesForTeam, TeamMessages};
pub use neighbour::Node;
pub use place_for_team::PlaceForTeam;
pub use prospects::{LabelBook, ListProspects, ProspectList};
pub use receive_inbound::{Inbound, Receipt, Sender};
pub use replay::{Missed, Replayed};
pub use schedule_message::{ScheduleMessage, ScheduledOrSent};
pub use search_conversations::Wanted;
pub use search_messages::{FoundMessages, SearchMessages};
pub use send_for_team::SendForTeam;
pub use send_message::{SendMessage, SentMessage};
pub use tags::{LabelPatch, MOST_LABELS};
pub use team::{Team, TeamChange};
pub use team_events::{TeamEvent, TeamEvents, TeamNews};
pub use threads::ThreadList;

use std::sync::Arc;

use actix::Addr;

use crate::ports::{Clock, FlightRecorder, Ids, Links, Store};
use crate::recovery::Recent;
use crate::registry::Registry;
use crate::watermark::Watermark;

/// The engine's front door. Cheap to clone; usable from any thread.
#[derive(Clone)]
pub struct Engine {
    pub store: Arc<dyn Store>,
    pub clock: Arc<dyn Clock>,
    pub ids: Arc<dyn Ids>,
    pub registry: Addr<Registry>,
    pub recent: Arc<Recent>,
    pub watermark: Arc<Watermark>,
    pub recorder: Arc<dyn FlightRecorder>,
    pub links: Arc<dyn Links>,
    pub homes: Arc<Homes>,
}

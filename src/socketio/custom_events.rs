use actors::domain::UserId;
use actors::session::{Batch, Directory, Frame, Namespace};
use serde_json::value::RawValue;

use super::lead_finder::Scrapers;
use super::{codec, namespace};
use crate::custom_event::{CustomEvents, EventName, Scraper};

/// Events of any name, to whoever is connected.
pub struct SocketIoEvents {
    pub sessions: Directory,
    pub scrapers: Scrapers,
}

fn frame(namespace: Namespace, event: &EventName, payload: &RawValue) -> Frame {
    codec::event(namespace::path(namespace), event.as_str(), &[payload.get()])
}

impl CustomEvents for SocketIoEvents {
    fn to_users(&self, users: Vec<UserId>, event: &EventName, payload: &RawValue) {
        let namespace = Namespace::Shared;
        if self.sessions.watching(namespace) {
            let to = vec![(frame(namespace, event, payload), users)];
            self.sessions.deliver(Batch { namespace, to });
        }
    }

    fn to_scraper(&self, target: &str, event: &EventName, payload: &RawValue) -> bool {
        let namespace = Namespace::LeadFinder;
        let sockets = self.scrapers.addressed(target);
        if sockets.is_empty() {
            return false;
        }
        let frame = frame(namespace, event, payload);
        sockets.iter().any(|id| self.sessions.deliver_to_socket(namespace, id, frame.clone()))
    }

    fn scrapers(&self) -> Vec<Scraper> {
        self.scrapers.list()
    }
}

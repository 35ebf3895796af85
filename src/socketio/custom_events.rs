use std::sync::Arc;

use actors::domain::{Position, UserId};
use actors::ports::{Cluster, Guest, Shown, Spelled};
use actors::session::{Batch, Directory, Frame, Namespace};
use serde_json::value::RawValue;

use super::lead_finder::Scrapers;
use super::{codec, namespace};
use crate::custom_event::{CustomEvents, EventName, Scraper};

/// Events of any name, to whoever is connected, to whichever node.
pub struct SocketIoEvents {
    pub sessions: Directory,
    pub scrapers: Scrapers,
    pub cluster: Arc<dyn Cluster>,
}

fn frame(namespace: Namespace, event: &EventName, payload: &RawValue) -> Frame {
    codec::event(namespace::path(namespace), event.as_str(), &[payload.get()])
}

impl SocketIoEvents {
    /// The guest of that socket id on another node; else the latest of that client id, if it came
    /// after `latest_here`.
    fn elsewhere(&self, target: &str, latest_here: Option<&Scraper>) -> Option<Guest> {
        let guests = self.cluster.guests_elsewhere();
        if let Some(guest) = guests.iter().find(|guest| *guest.socket == *target) {
            return Some(guest.clone());
        }
        let of_client = guests.into_iter().filter(|guest| *guest.client == *target);
        let latest = of_client.max_by_key(|guest| guest.since)?;
        latest_here.is_none_or(|here| here.connected_at < latest.since).then_some(latest)
    }
}

impl CustomEvents for SocketIoEvents {
    fn to_users(&self, users: Vec<UserId>, event: &EventName, payload: &RawValue) {
        let namespace = Namespace::Shared;
        let is_elsewhere = |user: &UserId| self.cluster.sockets_elsewhere(user, namespace) > 0;
        let elsewhere: Vec<_> = users.iter().filter(|user| is_elsewhere(user)).cloned().collect();
        let anybody_here = self.sessions.watching(namespace);
        if elsewhere.is_empty() && !anybody_here {
            return;
        }
        let frame = frame(namespace, event, payload);
        if !elsewhere.is_empty() {
            let packets = vec![Spelled { namespace, packet: frame.packet(), users: elsewhere }];
            self.cluster.show(Shown { after: Position(0), with_offset: false, packets });
        }
        if anybody_here {
            self.sessions.deliver(Batch { namespace, to: vec![(frame, users)] });
        }
    }

    fn to_scraper(&self, target: &str, event: &EventName, payload: &RawValue) -> bool {
        let namespace = Namespace::LeadFinder;
        let sockets = self.scrapers.addressed(target);
        let here = self.scrapers.list();
        let is_socket = sockets.first().is_some_and(|socket| socket.as_str() == target);
        let latest = here.iter().rfind(|scraper| scraper.client_id == target);
        let elsewhere = if is_socket { None } else { self.elsewhere(target, latest) };
        if let Some(guest) = elsewhere {
            self.cluster.show_guest(&guest, frame(namespace, event, payload).packet());
            return true;
        }
        if sockets.is_empty() {
            return false;
        }
        let frame = frame(namespace, event, payload);
        sockets.iter().any(|id| self.sessions.deliver_to_socket(namespace, id, frame.clone()))
    }

    fn scrapers(&self) -> Vec<Scraper> {
        let mut scrapers = self.scrapers.list();
        scrapers.extend(self.cluster.guests_elsewhere().into_iter().map(|guest| Scraper {
            socket_id: guest.socket.to_string(),
            client_id: guest.client.to_string(),
            connected_at: guest.since,
        }));
        scrapers.sort_by_key(|scraper| scraper.connected_at);
        scrapers
    }
}

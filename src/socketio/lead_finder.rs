//! `/v1/lead-finder`: scrapers, which are nobody's users. They are given tasks and ask nothing.
use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use actors::domain::Timestamp;
use actors::session::SocketId;
use parking_lot::Mutex;
use secrecy::SecretString;
use uuid::Uuid;

use crate::answer::Fault;
use crate::auth::{ApiKeys, strip_bearer};
use crate::custom_event::Scraper;

/// Longest client id, in characters.
const MAX_CLIENT_ID_CHARS: usize = 128;
/// How many sockets of one client id an event is tried on. The newest is the one, unless it is
/// leaving at this moment.
const TRIED: usize = 4;

/// Who may join, and who is there. Cheap to clone.
#[derive(Clone)]
pub struct LeadFinder {
    token: ApiKeys,
    scrapers: Scrapers,
}

impl LeadFinder {
    /// Without a token everybody may join.
    pub fn new(token: Option<&SecretString>, scrapers: Scrapers) -> Self {
        Self { token: ApiKeys::new(token.map(std::slice::from_ref).unwrap_or_default()), scrapers }
    }

    /// # Errors
    ///
    /// - [`Fault::Unauthorized`]: a token is required, and this is not it.
    /// - [`Fault::Invalid`]: the client id is no text, empty, too long or holds control characters.
    pub fn admit(
        &self,
        token: Option<&str>,
        client_id: ClientId<'_>,
        socket: SocketId,
        now: Timestamp,
    ) -> Result<Presence, Fault> {
        let token = token.map(|token| strip_bearer(token).as_bytes());
        if !self.token.admits(token) {
            return Err(Fault::Unauthorized);
        }
        let client = match client_id {
            ClientId::Made => Uuid::new_v4().to_string(),
            ClientId::Chosen(id) => checked(id)?.to_owned(),
            ClientId::Wrong => return Err(invalid()),
        };
        Ok(self.scrapers.enter(socket, client.into(), now))
    }
}

/// What a scraper calls itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ClientId<'a> {
    /// It does not, so we do.
    Made,
    Chosen(&'a str),
    /// Something that is no text, or two of them.
    Wrong,
}

fn checked(id: &str) -> Result<&str, Fault> {
    let length = 1..=MAX_CLIENT_ID_CHARS;
    let fine = length.contains(&id.chars().take(MAX_CLIENT_ID_CHARS + 1).count());
    if fine && !id.chars().any(char::is_control) { Ok(id) } else { Err(invalid()) }
}

fn invalid() -> Fault {
    Fault::invalid(format!("clientId has to be a text of 1 to {MAX_CLIENT_ID_CHARS} characters"))
}

/// The scrapers that are connected. As many at most as there may be connections.
#[derive(Clone, Default)]
pub struct Scrapers(Arc<Mutex<Table>>);

#[derive(Default)]
struct Table {
    entered: u64,
    left: u64,
    /// In the order in which they came.
    present: BTreeMap<u64, (SocketId, Arc<str>, Timestamp)>,
    by_socket: HashMap<SocketId, u64>,
    /// A scraper that comes back may be here before its old socket is known to be gone.
    by_client: BTreeMap<(Arc<str>, u64), SocketId>,
}

/// A scraper's place among them. It leaves when this is dropped.
pub struct Presence {
    scrapers: Scrapers,
    number: u64,
    pub socket: SocketId,
    pub client: Arc<str>,
}

impl Scrapers {
    fn enter(&self, socket: SocketId, client: Arc<str>, now: Timestamp) -> Presence {
        let mut table = self.0.lock();
        table.entered += 1;
        let number = table.entered;
        table.present.insert(number, (socket.clone(), Arc::clone(&client), now));
        table.by_socket.insert(socket.clone(), number);
        table.by_client.insert((Arc::clone(&client), number), socket.clone());
        drop(table);
        Presence { scrapers: self.clone(), number, socket, client }
    }

    /// The socket of that id; else those of the client of that id, the newest first.
    pub fn addressed(&self, target: &str) -> Vec<SocketId> {
        let (table, socket) = (self.0.lock(), SocketId::new(target));
        if table.by_socket.contains_key(&socket) {
            return vec![socket];
        }
        let client: Arc<str> = target.into();
        let of_client = (Arc::clone(&client), 0)..=(client, u64::MAX);
        table.by_client.range(of_client).rev().take(TRIED).map(|(_, id)| id.clone()).collect()
    }

    /// Rises whenever one comes or leaves.
    pub fn changes(&self) -> u64 {
        let table = self.0.lock();
        table.entered + table.left
    }

    pub fn list(&self) -> Vec<Scraper> {
        let table = self.0.lock();
        let scraper = |(socket, client, at): &(SocketId, Arc<str>, Timestamp)| Scraper {
            socket_id: socket.as_str().to_owned(),
            client_id: client.to_string(),
            connected_at: *at,
        };
        table.present.values().map(scraper).collect()
    }
}

impl Drop for Presence {
    fn drop(&mut self) {
        let mut table = self.scrapers.0.lock();
        table.left += 1;
        table.present.remove(&self.number);
        table.by_socket.remove(&self.socket);
        table.by_client.remove(&(Arc::clone(&self.client), self.number));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn enter(scrapers: &Scrapers, socket: &str, client: &str) -> Presence {
        scrapers.enter(SocketId::new(socket), client.into(), Timestamp(0))
    }

    fn addressed(scrapers: &Scrapers, target: &str) -> Vec<String> {
        scrapers.addressed(target).iter().map(ToString::to_string).collect()
    }

    #[test]
    fn a_scraper_is_found_by_either_id_until_it_leaves() {
        let scrapers = Scrapers::default();
        let (one, _two) = (enter(&scrapers, "s1", "maps"), enter(&scrapers, "s2", "yelp"));

        assert_eq!(addressed(&scrapers, "s1"), ["s1"]);
        assert_eq!(addressed(&scrapers, "yelp"), ["s2"]);
        assert_eq!(addressed(&scrapers, "map"), [""; 0]);
        drop(one);

        assert_eq!(addressed(&scrapers, "s1"), [""; 0]);
        assert_eq!(addressed(&scrapers, "maps"), [""; 0]);
        assert_eq!(scrapers.list().len(), 1);
    }

    #[test]
    fn of_two_sockets_of_one_client_the_newer_comes_first_and_the_older_stays_when_it_leaves() {
        let scrapers = Scrapers::default();
        let (_old, new) = (enter(&scrapers, "s1", "maps"), enter(&scrapers, "s2", "maps"));

        assert_eq!(addressed(&scrapers, "maps"), ["s2", "s1"]);
        drop(new);

        assert_eq!(addressed(&scrapers, "maps"), ["s1"]);
    }

    #[test]
    fn nobody_takes_a_socket_id_from_its_owner_by_calling_itself_so() {
        let scrapers = Scrapers::default();
        let _owner = enter(&scrapers, "s1", "maps");
        let _thief = enter(&scrapers, "s2", "s1");

        assert_eq!(addressed(&scrapers, "s1"), ["s1"]);
    }

    #[test]
    fn a_client_id_is_a_short_text() {
        let house = LeadFinder::new(None, Scrapers::default());
        let (longest, too_long) = ("x".repeat(128), "x".repeat(129));
        let admit = |id| {
            let admitted = house.admit(None, id, SocketId::new("s"), Timestamp(0));
            admitted.map(|presence| presence.client.len()).map_err(|fault| fault.answer().errno)
        };

        assert_eq!(admit(ClientId::Chosen(&longest)), Ok(128));
        assert_eq!(admit(ClientId::Made), Ok(36));
        for wrong in ["", "a\nb", &too_long] {
            assert_eq!(admit(ClientId::Chosen(wrong)), Err(400));
        }
        assert_eq!(admit(ClientId::Wrong), Err(400));
    }
}

//! Every filter in both orders and by pages of any size: each conversation once, none of the
//! others, in the order promised. The list that is compared with is worked out here.
use std::thread;

use serde_json::{Value, json};

use crate::support::asks::{ADD, about, all_pages, texts};
use crate::support::node::UNHURRIED;
use crate::support::people::{
    ACCOUNT, CHANNEL, communication, emit_message, incoming, office, put,
};
use crate::support::token::in_seconds;
use crate::support::{Client, TestNode};

const CONVERSATIONS: usize = 250;
const FILTERS: [Option<&str>; 7] = [
    None,
    Some("OPEN"),
    Some("CLOSE"),
    Some("SNOOZE"),
    Some("UNREAD"),
    Some("PRIORITY"),
    Some("ARCHIVED"),
];

/// One conversation as the test left it.
#[derive(Clone, Debug)]
struct Left {
    id: String,
    at: String,
    open: bool,
    snoozed: bool,
    unread: bool,
    pinned: bool,
    archived: bool,
}

impl Left {
    fn is_in(&self, filter: Option<&str>) -> bool {
        match filter {
            Some("ARCHIVED") => self.archived,
            _ if self.archived => false,
            None => true,
            Some("OPEN") => self.open && !self.snoozed,
            Some("CLOSE") => !self.open,
            Some("SNOOZE") => self.snoozed,
            Some("UNREAD") => self.unread,
            Some("PRIORITY") => self.pinned,
            Some(other) => panic!("no filter {other}"),
        }
    }
}

fn expected(all: &[Left], filter: Option<&str>, newest: bool) -> Vec<String> {
    let mut rows: Vec<_> = all.iter().filter(|left| left.is_in(filter)).collect();
    rows.sort_by(|a, b| {
        let key = (&a.at, &a.id).cmp(&(&b.at, &b.id));
        b.pinned.cmp(&a.pinned).then(if newest { key.reverse() } else { key })
    });
    rows.iter().map(|left| left.id.clone()).collect()
}

#[test]
fn every_filter_in_every_order_by_every_page_shows_each_conversation_once() {
    let node = TestNode::with(&UNHURRIED);
    office(&node, &["ana", "ben"]);
    let all = scene(&node);

    thread::scope(|scope| {
        for newest in [true, false] {
            let (node, all) = (&node, &all);
            scope.spawn(move || {
                let ana = Client::of(node, "ana");
                for filter in FILTERS {
                    let wanted = expected(all, filter, newest);
                    assert!(wanted.len() > 10, "{filter:?} shows something");
                    for limit in [1, 7, 100] {
                        let found = list(&ana, filter, newest, limit);
                        assert_eq!(found.len(), wanted.len(), "{filter:?} {newest} {limit}");
                        assert_eq!(found, wanted, "{filter:?} {newest} {limit}");
                    }
                }
            });
        }
    });
    // What ana did for herself is nobody else's: ben has pins, snoozes and archives of nothing.
    let ben = Client::of(&node, "ben");
    let plain: Vec<_> = all
        .iter()
        .map(|left| Left { pinned: false, snoozed: false, archived: false, ..left.clone() })
        .collect();
    for filter in
        [None, Some("OPEN"), Some("CLOSE"), Some("SNOOZE"), Some("PRIORITY"), Some("ARCHIVED")]
    {
        assert_eq!(list(&ben, filter, true, 100), expected(&plain, filter, true), "{filter:?}");
    }
}

/// Every fifth conversation has no message; the others have their last in one of six instants.
fn scene(node: &TestNode) -> Vec<Left> {
    let (ana, ben) = (Client::of(node, "ana"), Client::of(node, "ben"));
    // Two at a time: this is what takes long.
    in_halves(|at| {
        put(node, &contact(at), &json!({ "account_id": ACCOUNT, "name": format!("contact {at}") }));
    });
    let begin =
        |at| json!({ "contact_id": format!("c{at:03}"), "channel_id": CHANNEL, "users": ["ben"] });
    ask_all(&ana, (0..CONVERSATIONS).map(|at| (ADD, begin(at))).collect());
    let mut all: Vec<_> = (0..CONVERSATIONS)
        .map(|at| {
            let contact = format!("c{at:03}");
            let begun =
                ana.event_where(ADD, |event| event["contact_id"]["_id"] == contact.as_str());
            let text = |key: &str| begun[key].as_str().expect("a text").to_owned();
            Left {
                id: text("_id"),
                at: text("createdAt"),
                open: at % 3 != 0,
                snoozed: at % 4 == 1,
                unread: at % 5 != 0 && at % 2 == 0,
                pinned: at % 5 == 2,
                archived: at % 11 == 0,
            }
        })
        .collect();
    for (at, left) in all.iter_mut().enumerate().filter(|(at, _)| at % 5 != 0) {
        left.at = format!("2025-10-13T10:30:0{}.000Z", at % 6);
    }
    in_halves(|at| {
        if at % 5 != 0 {
            let mut body = incoming(&format!("c{at:03}"), &all[at].id, "hello");
            body["createdAt"] = json!(all[at].at);
            communication(node, &format!("m{at:03}"), &body);
            emit_message(node, &format!("m{at:03}"));
        }
    });
    organise(&ana, &all);
    drop(ben);
    all
}

fn organise(ana: &Client, all: &[Left]) {
    let mut asks = Vec::new();
    let mut ask = |event, left: &Left, more: Value| asks.push((event, about(&left.id, &more)));
    let end = in_seconds(3600);
    for (at, left) in all.iter().enumerate() {
        if !left.open {
            ask("prospect_open", left, json!({ "is_open": false }));
        }
        if left.snoozed {
            // Some until an instant, some until the contact writes.
            let until = if at % 8 == 1 { json!({ "snooze_until": end }) } else { json!({}) };
            ask("prospect_snooze", left, until);
        }
        if !left.unread {
            ask("prospect_read", left, json!({}));
        }
        if left.pinned {
            ask("prospect_show_on_top", left, json!({}));
        }
        if left.archived {
            ask("prospect_archive", left, json!({}));
        }
    }
    ask_all(ana, asks);
}

/// Many at a time, but no more than a session may have under way.
fn ask_all(by: &Client, asks: Vec<(&str, Value)>) {
    for some in asks.chunks(50) {
        let calls: Vec<_> = some.iter().map(|(event, ask)| by.send(event, ask.clone())).collect();
        calls.into_iter().for_each(|call| assert_eq!(by.answer(call)["success"], true));
    }
}

fn list(by: &Client, filter: Option<&str>, newest: bool, limit: usize) -> Vec<String> {
    let sort = if newest { "NEWEST" } else { "OLDEST" };
    let mut ask = json!({ "channel_id": CHANNEL, "sort": sort, "limit": limit });
    if let Some(filter) = filter {
        ask["filter"] = json!(filter);
    }
    let rows = all_pages(by, "prospect_list_conversation", "conversation", &ask);
    texts(&Value::Array(rows), "_id")
}

fn contact(at: usize) -> String {
    format!("/v1/contacts/c{at:03}")
}

fn in_halves(work: impl Fn(usize) + Sync) {
    thread::scope(|scope| {
        for half in 0..2 {
            let work = &work;
            scope.spawn(move || (half..CONVERSATIONS).step_by(2).for_each(work));
        }
    });
}

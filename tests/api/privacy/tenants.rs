//! Two accounts on one server, each with all that the other's clients hold: ids, cursors, pids,
//! offsets. Nothing crosses.
use serde_json::{Value, json};

use super::office::{mark, note, settle, start, written};
use super::transcript::{assert_same, everything};
use crate::support::people::{
    ACCOUNT, CHANNEL, communication, conversation, emit_message, incoming, office, put,
};
use crate::support::{Client, Request, TestNode, client, token};

pub const RIVAL: &str = "rival";
const RIVAL_CHANNEL: &str = "rival-sms";
const ABSENT: &str = "ffffffffffffffffffffffff";

pub fn rival_token(user: &str) -> String {
    let mut claims = token::claims(user);
    claims["account_id"] = json!(RIVAL);
    token::sign(&claims)
}

/// An account beside the one of [`office`], with a channel and a contact, `rex`.
pub fn rival_office(node: &TestNode, users: &[&str]) {
    put(node, &format!("/v1/accounts/{RIVAL}"), &json!({ "name": "Rival" }));
    for user in users {
        let email = format!("{user}@example.org");
        let body = json!({ "account_id": RIVAL, "name": user, "email": email });
        put(node, &format!("/v1/users/{user}"), &body);
    }
    let body = json!({
        "account_id": RIVAL, "kind": "SMS", "name": "rival", "address": "+12025550199",
        "member_ids": users,
    });
    put(node, &format!("/v1/channels/{RIVAL_CHANNEL}"), &body);
    let body = json!({ "account_id": RIVAL, "name": "rex", "phone": "+12025550198" });
    put(node, "/v1/contacts/rex", &body);
}

/// A payload that names a foreign id, and perhaps one's own conversation.
type Ask = fn(&str, &str) -> Value;

struct Two {
    node: TestNode,
    ana: Client,
    place: String,
    /// Of the other account.
    rita: Client,
    rivals: String,
}

fn two() -> Two {
    let node = start();
    office(&node, &["ana", "ben"]);
    rival_office(&node, &["rita", "rob"]);
    let ana = Client::of(&node, "ana");
    let place = conversation(&node, &ana, "carl", &["ben"]);
    let rita = open(&node, &rival_token("rita"), json!({}));
    rita.connected();
    let begin = json!({ "contact_id": "rex", "channel_id": RIVAL_CHANNEL, "users": ["rob"] });
    assert_eq!(rita.ask("prospect_add_conversation", begin)["success"], true);
    let rivals = rita.event("prospect_add_conversation")["_id"].as_str().expect("an id").to_owned();
    for round in 0..3 {
        let (ours, theirs) = (format!("ours{round}"), format!("theirs{round}"));
        communication(&node, &ours, &incoming("carl", &place, "acme-text"));
        let mut body = written("INCOMING", "rex", "rex", &rivals, "rival-text");
        body["channel_id"] = json!(RIVAL_CHANNEL);
        communication(&node, &theirs, &body);
        emit_message(&node, &ours);
        emit_message(&node, &theirs);
    }
    Two { node, ana, place, rita, rivals }
}

impl Two {
    fn view(&self) -> String {
        everything(&self.ana, CHANNEL, &[&self.place], &[1, 100]).text
    }

    fn rivals_view(&self) -> String {
        everything(&self.rita, RIVAL_CHANNEL, &[&self.rivals], &[1, 100]).text
    }

    /// Nothing of one account was ever sent to the other.
    fn assert_apart(&self) {
        let (ours, theirs) = (self.ana.heard(), self.rita.heard());
        for trace in ["acme-text", "@example.com", "ours0", self.place.as_str()] {
            assert!(!theirs.contains(trace), "the rival heard {trace}");
        }
        for trace in ["rival-text", "@example.org", "theirs0", self.rivals.as_str()] {
            assert!(!ours.contains(trace), "we heard {trace}");
        }
    }
}

fn open(node: &TestNode, token: &str, more: Value) -> Client {
    let mut auth = more;
    auth["token"] = json!(token);
    Client::open(node, client::NAMESPACE, json!({ "auth": auth, "reconnection": false }))
}

#[test]
fn guessed_ids_of_another_account_are_ids_of_nothing() {
    let two = two();
    let (before, theirs) = (two.view(), two.rivals_view());

    // Own things named together with foreign ones, and the same with ones that nobody has.
    let asks: [(&str, Ask, &str); 8] = [
        (
            "prospect_add_conversation",
            |id, _| json!({ "contact_id": id, "channel_id": RIVAL_CHANNEL }),
            "carl",
        ),
        (
            "prospect_add_conversation",
            |id, _| json!({ "contact_id": "rex", "channel_id": id }),
            CHANNEL,
        ),
        (
            "prospect_add_conversation",
            |id, _| json!({ "contact_id": "rex", "channel_id": RIVAL_CHANNEL, "users": [id] }),
            "ana",
        ),
        (
            "prospect_add_participant",
            |id, own| json!({ "conversation_id": own, "users": [id] }),
            "ana",
        ),
        ("prospect_add_note", |id, own| note(own, "rival-text", "uuid", &[id]), "ana"),
        ("prospect_list_conversation", |id, _| json!({ "channel_id": id }), CHANNEL),
        (
            "prospect_list_message_by_id",
            |id, own| json!({ "conversation_id": own, "message_id": id }),
            "ours0",
        ),
        ("prospect_read", |id, own| json!({ "conversation_id": own, "message_id": id }), "ours0"),
    ];
    for (event, ask, foreign) in asks {
        let there = two.rita.ask(event, without_channel(ask(foreign, &two.rivals)));
        let nowhere = two.rita.ask(event, without_channel(ask(ABSENT, &two.rivals)));
        assert_eq!(there["success"], false, "{event} {foreign}: {there}");
        assert_eq!(there.to_string(), nowhere.to_string(), "{event} {foreign}");
    }
    let own_by_foreign_channel = json!({ "conversation_id": two.rivals, "channel_id": CHANNEL });
    let ack = two.rita.ask("prospect_get_conversation_by_id", own_by_foreign_channel);
    assert_eq!(ack["errno"], 404);

    assert_same(&before, &two.view(), "the one account");
    assert_same(&theirs, &two.rivals_view(), "the other account");
    two.assert_apart();
}

/// Notes are built with the channel of the first account.
fn without_channel(mut ask: Value) -> Value {
    if ask["data"].is_string() {
        ask["channel_id"] = Value::Null;
    }
    ask
}

#[test]
fn cursors_of_another_account_page_through_ones_own() {
    let two = two();
    let messages = |of: &Client, place: &str, next: Value| {
        let ask = json!({ "conversation_id": place, "limit": 1, "next": next });
        of.ask("prospect_list_message", ask)
    };
    let conversations = |of: &Client, channel: &str, next: Value| {
        let ask = json!({ "channel_id": channel, "limit": 1, "next": next });
        of.ask("prospect_list_conversation", ask)
    };
    let foreign = messages(&two.ana, &two.place, Value::Null)["paging"]["next"].clone();
    assert!(foreign.is_string());

    let page = messages(&two.rita, &two.rivals, foreign.clone());
    assert!(page["messages"].as_array().expect("a page").iter().all(|m| m["data"] == "rival-text"));
    let instant = foreign.as_str().expect("a cursor").to_owned();
    for cut in [format!("{instant}#p{}", two.place), format!("{instant}#u{}", two.place), instant] {
        let page = conversations(&two.rita, RIVAL_CHANNEL, json!(cut));
        assert!(page["success"].is_null(), "{page}");
    }
    let cut = format!("2999-01-01T00:00:00.000Z#{}", "ours0");
    assert!(messages(&two.rita, &two.rivals, json!(cut))["messages"].is_array());
    two.assert_apart();
}

#[test]
fn pids_and_offsets_of_another_account_recover_nothing_of_it() {
    let two = two();
    let (ours, theirs) = (open(&two.node, &token::of("ben"), json!({})), rival_token("rob"));
    let our_pid = ours.connected()["pid"].clone();
    let rob = open(&two.node, &theirs, json!({}));
    let their_pid = rob.connected()["pid"].clone();
    mark(&two.node, &two.place);
    ours.event("prospect_add_conversation");
    let heard = ours.heard();
    let event = heard.lines().rev().find(|line| line.contains("\"event\"")).expect("an event");
    let offset = serde_json::from_str::<Value>(event).expect("a report")["args"][1].clone();
    drop((ours, rob));
    communication(&two.node, "late", &incoming("carl", &two.place, "acme-text"));
    emit_message(&two.node, "late");

    for (pid, offset, recovers) in [
        (&our_pid, json!(offset), false),
        (&our_pid, Value::Null, false),
        (&json!(offset), Value::Null, false),
        // One's own pid with somebody's offset says at most: not before this.
        (&their_pid, json!(offset), true),
        (&their_pid, json!(our_pid), true),
    ] {
        let again = open(&two.node, &theirs, json!({ "pid": pid, "offset": offset }));
        let answer = again.connected();
        settle(&again);

        // A pid that comes back says that it was good.
        assert_eq!(answer["pid"] == *pid, recovers, "{answer}");
        assert!(!again.heard().contains("\"is\":\"event\""), "{}", again.heard());
    }
    two.assert_apart();
}

#[test]
fn what_is_written_for_two_accounts_reaches_neither_or_its_own() {
    let two = two();
    let (before, theirs) = (two.view(), two.rivals_view());
    let send = |request: Request| two.node.send(&request.key());
    let emit =
        |id: &str| send(Request::get(&format!("/conversations/prospect/emit/message/{id}"))).status;

    // Of the rival's contact, for our conversation; of ours, for the rival's.
    let bodies = [
        written("INCOMING", "rex", "rex", &two.place, "rival-text"),
        written("NOTE", "rita", "rex", &two.place, "rival-text"),
        written("OUTGOING", "ana", "carl", &two.rivals, "acme-text"),
        written("NOTE", "ana", "carl", &two.rivals, "acme-text"),
    ];
    for (number, mut body) in bodies.into_iter().enumerate() {
        if body["type"] == "NOTE" {
            body["mentions"] = json!([]);
        }
        let id = format!("crossing{number}");
        let put = send(Request::put(&format!("/v1/communications/{id}"), &body));
        assert!(put.status >= 400 || emit(&id) == 404, "{number}: {}", put.text());
    }
    let moved = json!({ "account_id": RIVAL, "name": "ana", "email": "ana@example.com" });
    assert_eq!(send(Request::put("/v1/users/ana", &moved)).status, 409);
    let carl = json!({ "account_id": RIVAL, "name": "carl" });
    assert_eq!(send(Request::put("/v1/contacts/carl", &carl)).status, 409);
    let refused = open(&two.node, &rival_token("ana"), json!({})).refused();
    assert_eq!(refused["data"]["errno"], 401, "a token of one account, a user of another");
    let mut claims = token::claims("rita");
    claims["account_id"] = json!(ACCOUNT);
    assert_eq!(open(&two.node, &token::sign(&claims), json!({})).refused()["data"]["errno"], 401);

    assert_same(&before, &two.view(), "the one account");
    assert_same(&theirs, &two.rivals_view(), "the other account");
    two.assert_apart();
}

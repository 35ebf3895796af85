//! The history of an existing installation, exported by mongoexport, and life going on after it.
use std::path::{Path, PathBuf};

use serde_json::{Value, json};
use tempfile::TempDir;

use crate::inbound_sms::conversations;
use crate::support::people::{ACCOUNT, CHANNEL, office};
use crate::support::twilio::Sms;
use crate::support::{Client, TestNode, client, token};

const CARL: &str = "65a000000000000000000001";
const CARLS_NUMBER: &str = "+12025550143";
const DORA: &str = "65a000000000000000000002";
const WITH_CARL: &str = "65b000000000000000000001";
const WITH_DORA: &str = "65b000000000000000000002";

/// Exported lines, a file per collection.
struct Export(TempDir);

impl Export {
    fn new() -> Self {
        Self(tempfile::tempdir().expect("a folder"))
    }

    fn file(&self, name: &str, documents: &[Value]) -> PathBuf {
        let path = self.0.path().join(name);
        let lines: String = documents.iter().map(|document| format!("{document}\n")).collect();
        std::fs::write(&path, lines).expect("it is written");
        path
    }
}

fn import(node: &TestNode, collection: &str, file: &Path) -> String {
    node.run(&["import", "--collection", collection, file.to_str().expect("text")])
}

fn oid(id: &str) -> Value {
    json!({ "$oid": id })
}

/// A date of January 2026, as mongoexport writes it.
fn date(day: u32, second: u32) -> Value {
    json!({ "$date": format!("2026-01-{day:02}T09:30:{second:02}.000Z") })
}

fn contacts() -> [Value; 2] {
    [(CARL, "Carl", CARLS_NUMBER), (DORA, "Dora", "+12025550144")].map(|(id, name, phone)| {
        json!({ "_id": oid(id), "account_id": ACCOUNT, "name": name, "phone": phone, "__v": 0 })
    })
}

fn old_conversations() -> [Value; 2] {
    let conversation = |id: &str, contact: &str, users: Value| {
        json!({
            "_id": oid(id), "account_id": ACCOUNT, "contact_id": oid(contact),
            "channel_id": CHANNEL, "users": users, "is_open": true,
            "createdAt": date(1, 0), "updatedAt": date(1, 0), "__v": 3,
        })
    };
    let ana = json!({ "_id": oid("65d000000000000000000001"), "user_id": "ana",
                      "is_admin": true, "unread_count": { "$numberInt": "2" } });
    let ben = json!({ "user_id": "ben", "unread_count": 0, "show_on_top": true });
    [
        conversation(WITH_CARL, CARL, json!([ana, ben, "cleo"])),
        conversation(WITH_DORA, DORA, json!(["ana", { "user_id": "cleo", "is_archived": true }])),
    ]
}

fn message(number: u32, kind: &str, by: &str, at: Value, more: Value) -> Value {
    let mut message = json!({
        "_id": oid(&format!("65c0000000000000000000{number:02}")), "type": kind,
        "data": format!("text {number}"), "contact_id": oid(CARL), "channel_id": CHANNEL,
        "conversation_id": [oid(WITH_CARL)], "sent_by": by, "createdAt": at,
        "isEmitted": true, "__v": 0,
    });
    for (key, value) in more.as_object().expect("an object") {
        message[key] = value.clone();
    }
    message
}

/// In two files; the second one holds the older half. Two messages share an instant.
fn old_messages() -> [Vec<Value>; 2] {
    let note = |mentions: Value| json!({ "mentions": mentions, "UUID": "anas-note" });
    [
        vec![
            message(7, "NOTE", "ana", date(6, 0), note(json!(["ben"]))),
            message(5, "INCOMING", CARL, date(5, 0), json!({ "conversation_id": [] })),
            message(6, "INCOMING", CARL, date(5, 0), json!({})),
        ],
        vec![
            message(4, "OUTGOING", "ben", date(4, 0), json!({ "UUID": "bens" })),
            message(1, "INCOMING", CARL, date(2, 0), json!({})),
            message(2, "INCOMING", CARL, date(3, 0), json!({})),
            message(3, "NOTE", "cleo", date(3, 30), json!({ "mentions": [] })),
        ],
    ]
}

/// Imports everything, in the order the collections need.
fn import_all(node: &TestNode, export: &Export) {
    import(node, "contacts", &export.file("contacts.json", &contacts()));
    let file = export.file("conversations.json", &old_conversations());
    import(node, "conversationprospects", &file);
    for (number, messages) in old_messages().iter().enumerate() {
        let file = export.file(&format!("communications-{number}.json"), messages);
        import(node, "communications", &file);
    }
}

fn texts(of: &Client, conversation: &str) -> Vec<Value> {
    let ask = json!({ "conversation_id": conversation, "sort": "ASC" });
    let page = of.ask("prospect_list_message", ask);
    let messages = page["messages"].as_array().unwrap_or_else(|| panic!("no list: {page}"));
    messages.iter().map(|message| message["data"].clone()).collect()
}

#[test]
fn a_history_imported_twice_is_there_once_and_nothing_of_it_is_new() {
    let mut node = TestNode::start();
    office(&node, &["ana", "ben", "cleo"]);
    let options = json!({ "auth": { "token": token::of("ben") }, "reconnection": false });
    let early = Client::open(&node, client::NAMESPACE, options);
    early.connected();
    node.kill();
    early.disconnected();
    let export = Export::new();

    import_all(&node, &export);
    import_all(&node, &export);
    node.resume();
    let [ana, ben, cleo] = ["ana", "ben", "cleo"].map(|user| Client::of(&node, user));

    // Counts as they were, lists by what each may see last, notes for their audience only.
    let of_ana = conversations(&ana);
    assert_eq!(of_ana.len(), 2);
    assert_eq!((&of_ana[0]["_id"], &of_ana[0]["unread_count"]), (&json!(WITH_CARL), &json!(2)));
    assert_eq!(of_ana[0]["last_activity"]["data"], "text 7");
    assert_eq!(of_ana[0]["title"], "Carl");
    assert_eq!(of_ana[0]["is_admin"], true);
    assert_eq!((&of_ana[1]["_id"], &of_ana[1]["unread_count"]), (&json!(WITH_DORA), &json!(0)));
    let of_ben = conversations(&ben);
    assert_eq!((&of_ben[0]["unread_count"], &of_ben[0]["show_on_top"]), (&json!(0), &json!(true)));
    let of_cleo = conversations(&cleo);
    assert_eq!(of_cleo.len(), 1, "she archived the other");
    assert_eq!(of_cleo[0]["last_activity"]["data"], "text 6");
    let all = |but: &[u32]| -> Vec<_> {
        (1..=7).filter(|n| !but.contains(n)).map(|n| json!(format!("text {n}"))).collect()
    };
    assert_eq!(texts(&ana, WITH_CARL), all(&[3]));
    assert_eq!(texts(&ben, WITH_CARL), all(&[3]));
    assert_eq!(texts(&cleo, WITH_CARL), all(&[7]));

    // Who comes back is told nothing of it, and is told what happens now.
    early.reopen();
    assert_eq!(early.connected()["recovered"], true);
    Sms::new(1, CARLS_NUMBER, "I am still here").deliver(&node);
    let seen = early.events_until(|name, event| {
        name == "prospect_message" && event["data"] == "I am still here"
    });
    assert_eq!(seen.len(), 1, "{seen:?}");
    let new = ana.event("prospect_message");
    assert_eq!(new["conversation_id"], WITH_CARL, "the number is known");
    assert_eq!(conversations(&ana)[0]["unread_count"], 3);
    assert_eq!(conversations(&ben)[0]["unread_count"], 1);
    assert_eq!(texts(&ana, WITH_CARL).last(), Some(&json!("I am still here")));
}

#[test]
fn what_was_read_and_written_since_survives_another_import() {
    let mut node = TestNode::start();
    office(&node, &["ana", "ben", "cleo"]);
    node.kill();
    let export = Export::new();
    import_all(&node, &export);
    node.resume();
    let ana = Client::of(&node, "ana");
    let read = ana.ask("prospect_read", json!({ "conversation_id": WITH_CARL }));
    assert_eq!(read["success"], true, "{read}");
    // A client that never heard its answer says it again: one note, as long as it says the same.
    let note = |text: &str| {
        json!({ "conversation_id": WITH_CARL, "UUID": "anas-note", "data": text,
                "mentions": ["ben"] })
    };
    let again = ana.ask("prospect_add_note", note("text 7"));
    assert_eq!(again["data"]["_id"], "65c000000000000000000007", "{again}");
    assert_eq!(ana.ask("prospect_add_note", note("other"))["errno"], 409);
    Sms::new(1, CARLS_NUMBER, "new").deliver(&node);
    ana.event("prospect_message");
    drop(ana);
    node.kill();

    import_all(&node, &export);
    let older = [message(9, "INCOMING", CARL, date(1, 30), json!({}))];
    import(&node, "communications", &export.file("older.json", &older));
    node.resume();

    let ana = Client::of(&node, "ana");
    assert_eq!(conversations(&ana)[0]["unread_count"], 1);
    assert_eq!(texts(&ana, WITH_CARL).first(), Some(&json!("text 9")));
    assert_eq!(texts(&ana, WITH_CARL).len(), 8);
    let read = ana.ask("prospect_read", json!({ "conversation_id": WITH_CARL }));
    assert_eq!(read["success"], true, "{read}");
    assert_eq!(conversations(&ana)[0]["unread_count"], 0);
}

#[test]
fn a_faulty_file_names_its_lines_and_imports_nothing() {
    let mut node = TestNode::start();
    office(&node, &["ana", "ben", "cleo"]);
    node.kill();
    let export = Export::new();
    import(&node, "contacts", &export.file("contacts.json", &contacts()));
    let faults = |collection: &str, documents: &[Value]| {
        let file = export.file("faulty.json", documents);
        let file = file.to_str().expect("text");
        let done = node.try_run(&["import", "--collection", collection, file]);
        assert_eq!(done.status.code(), Some(2));
        let dry = node.try_run(&["import", "--collection", collection, "--dry-run", file]);
        assert_eq!((dry.status.code(), &dry.stderr), (Some(2), &done.stderr));
        let text = String::from_utf8(done.stderr).expect("text");
        text.lines().map(ToOwned::to_owned).collect::<Vec<_>>()
    };
    let [good, other] = old_conversations();
    let with = |key: &str, value: Value| {
        let mut document = other.clone();
        document[key] = value;
        document
    };

    for (key, value) in [
        ("contact_id", json!("nobody")),
        ("channel_id", json!("nowhere")),
        ("users", json!(["ana", "nobody"])),
        ("contact_id", json!(CARL)),
    ] {
        let found = faults("conversationprospects", &[good.clone(), with(key, value)]);
        assert_eq!(found.len(), 1, "{key}: {found:?}");
        assert!(found[0].starts_with("line 2: "), "{found:?}");
    }
    let file = export.file("conversations.json", std::slice::from_ref(&good));
    let dry = ["import", "--collection", "conversationprospects", "--dry-run"];
    node.run(&[&dry[..], &[file.to_str().expect("text")]].concat());
    let first = message(1, "INCOMING", CARL, date(2, 0), json!({}));
    let found = faults("communications", std::slice::from_ref(&first));
    assert_eq!(found, ["line 1: conversation_id names an unknown conversation"], "it was dry");

    import(&node, "conversationprospects", &file);
    for more in [
        json!({ "conversation_id": ["nowhere"] }),
        json!({ "contact_id": DORA, "sent_by": DORA }),
        json!({ "contact_id": DORA, "sent_by": DORA, "conversation_id": [] }),
        json!({ "contact_id": "nobody", "sent_by": "nobody" }),
        json!({ "channel_id": "nowhere" }),
        json!({ "type": "OUTGOING", "sent_by": "nobody" }),
        json!({ "type": "OUTGOING", "sent_by": "ana", "conversation_id": [] }),
        json!({ "type": "NOTE", "sent_by": "ana", "mentions": ["nobody"] }),
        json!({ "createdAt": null, "_id": "no-object-id" }),
    ] {
        let bad = message(2, "INCOMING", CARL, date(3, 0), more.clone());
        let found = faults("communications", &[first.clone(), bad]);
        assert_eq!(found.len(), 1, "{more}: {found:?}");
        assert!(found[0].starts_with("line 2: "), "{more}: {found:?}");
    }
    import(&node, "communications", &export.file("good.json", std::slice::from_ref(&first)));
    let mut changed = first;
    changed["data"] = json!("something else");
    let found = faults("communications", &[changed]);
    assert_eq!(found, ["line 1: it is there with other content"]);
    node.resume();
    let ana = Client::of(&node, "ana");
    assert_eq!(texts(&ana, WITH_CARL), ["text 1"]);
}

#[test]
fn a_running_server_is_not_imported_under() {
    let node = TestNode::start();
    office(&node, &["ana"]);
    let export = Export::new();
    let file = export.file("contacts.json", &contacts());

    let done = node.try_run(&["import", "--collection", "contacts", file.to_str().expect("text")]);

    assert_eq!(done.status.code(), Some(1));
    let said = String::from_utf8(done.stderr).expect("text");
    assert!(said.contains("in use by another program"), "{said}");
    assert!(said.contains("stop the server before importing"), "{said}");
}

#[test]
fn tags_and_statuses_are_imported_by_their_names() {
    let mut node = TestNode::start();
    node.kill();
    let export = Export::new();
    let tags = [json!({ "_id": "t1", "account_id": ACCOUNT, "name": "Hot", "color": "#f00" })];
    let statuses =
        [json!({ "_id": oid("65e000000000000000000001"), "account_id": ACCOUNT, "name": "New",
                "color": "blue", "order": { "$numberInt": "1" } })];

    for _ in 0..2 {
        assert!(import(&node, "tags", &export.file("tags.json", &tags)).starts_with("1 "));
        let file = export.file("statuses.json", &statuses);
        assert!(import(&node, "statuses", &file).starts_with("1 "));
    }
    let again = [json!({ "_id": "t2", "account_id": ACCOUNT, "name": "Hot" })];
    let file = export.file("again.json", &again);
    let done = node.try_run(&["import", "--collection", "tags", file.to_str().expect("text")]);
    let said = String::from_utf8(done.stderr).expect("text");
    assert_eq!(said, "line 1: another one of its account has the same name\n");
}

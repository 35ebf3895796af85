//! What is written out can be read in elsewhere, and is the same there.
use std::path::{Path, PathBuf};

use serde_json::{Value, json};
use tempfile::TempDir;

use crate::inbound_sms::conversations;
use crate::support::people::{CHANNEL, office};
use crate::support::twilio::Sms;
use crate::support::{Client, Request, TestNode, wait};

/// In the order in which they can be read in.
const COLLECTIONS: [&str; 9] = [
    "accounts",
    "users",
    "channels",
    "contacts",
    "pushtokens",
    "tags",
    "statuses",
    "conversationprospects",
    "communications",
];

fn export(node: &TestNode, to: &Path, collection: &str) -> PathBuf {
    let file = to.join(collection);
    node.run(&["export", "--collection", collection, file.to_str().expect("text")]);
    file
}

fn lines(file: &Path) -> Vec<Value> {
    let text = std::fs::read_to_string(file).expect("it was written");
    text.lines().map(|line| serde_json::from_str(line).expect("a document")).collect()
}

/// Two conversations with a note, a pin, an archive and something unread.
fn lived_in(node: &TestNode) -> TempDir {
    office(node, &["ana", "ben"]);
    let folder = tempfile::tempdir().expect("a folder");
    for (number, from) in [(1, "+12025550143"), (2, "+12025550143"), (3, "+12025550144")] {
        Sms::new(number, from, &format!("text {number}")).deliver(node);
    }
    let ana = Client::of(node, "ana");
    let there = wait::until("the texts to be in their conversations", || {
        let there = conversations(&ana);
        let unread = there.iter().filter_map(|row| row["unread_count"].as_u64());
        (unread.sum::<u64>() == 3).then_some(there)
    });
    let place = |at: usize| json!({ "conversation_id": there[at]["_id"], "channel_id": CHANNEL });
    let mut note = place(0);
    note["data"] = json!("they will sign");
    note["mentions"] = json!(["ben"]);
    assert_eq!(ana.ask("prospect_add_note", note)["success"], true);
    assert_eq!(ana.ask("prospect_show_on_top", place(0))["success"], true);
    assert_eq!(ana.ask("prospect_archive", place(1))["success"], true);
    let token = Request::put("/v1/users/ben/push-tokens/phone-1", &json!({})).key();
    assert_eq!(node.send(&token).status, 200);
    let tag = json!({ "_id": "hot", "account_id": "acme", "name": "Hot", "color": "#f00" });
    let status = json!({ "_id": "won", "account_id": "acme", "name": "Won", "order": 3 });
    for (name, label) in [("tags", tag), ("statuses", status)] {
        let file = folder.path().join(format!("made-{name}"));
        std::fs::write(&file, format!("{label}\n")).expect("it is written");
    }
    folder
}

#[test]
fn what_is_exported_is_imported_elsewhere_and_exported_there_as_the_same() {
    let mut first = TestNode::start();
    let folder = lived_in(&first);
    // Beside the server that runs, too.
    let early = lines(&export(&first, folder.path(), "communications"));
    assert_eq!(early.len(), 4, "three texts and a note");
    first.kill();
    for name in ["tags", "statuses"] {
        let made = folder.path().join(format!("made-{name}"));
        first.run(&["import", "--collection", name, made.to_str().expect("text")]);
    }
    let files = COLLECTIONS.map(|name| export(&first, folder.path(), name));

    let mut second = TestNode::start();
    second.kill();
    for (name, file) in COLLECTIONS.iter().zip(&files) {
        second.run(&["import", "--collection", name, file.to_str().expect("text")]);
    }

    let again = tempfile::tempdir().expect("a folder");
    for (name, file) in COLLECTIONS.iter().zip(&files) {
        let there = lines(&export(&second, again.path(), name));
        assert_eq!(there, lines(file), "{name}");
        assert!(!there.is_empty(), "{name}");
    }
    second.resume();
    let (ana, ben) = (Client::of(&second, "ana"), Client::of(&second, "ben"));
    let (of_ana, of_ben) = (conversations(&ana), conversations(&ben));
    assert_eq!((of_ana.len(), of_ben.len()), (1, 2), "what ana archived stays so");
    assert_eq!(of_ana[0]["show_on_top"], true);
    assert_eq!(of_ben.iter().filter(|row| row["unread_count"] != 0).count(), 2);
    let outsider = |row: &&Value| row["last_activity"]["data"] == "they will sign";
    assert_eq!(of_ben.iter().filter(outsider).count(), 1, "ben was mentioned");
}

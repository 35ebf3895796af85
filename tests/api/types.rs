//! The published TypeScript types, held against a front end and against what the server says.
use std::fs;
use std::path::Path;
use std::process::Command;

use serde_json::{Value, json};

use crate::support::people::{
    CHANNEL, communication, conversation, emit_message, incoming, office,
};
use crate::support::{Client, TestNode};

const NAMES: &str = "Conversation, ConversationBroadcast, ConversationList, Data, Done, List, \
                     Message, MessageList";

#[test]
fn a_front_end_compiles_and_what_the_server_says_is_of_the_published_types() {
    let node = TestNode::start();
    office(&node, &["ana", "ben"]);
    let ana = Client::of(&node, "ana");
    let place = conversation(&node, &ana, "carl", &["ben"]);
    communication(&node, "m1", &incoming("carl", &place, "hello"));
    emit_message(&node, "m1");
    let here = json!({ "conversation_id": place });
    let note = json!({
        "conversation_id": place, "data": "a note", "mentions": ["ben"],
        "attachments": ["https://files.example/a.png", { "url": "https://files.example/b.png" }],
    });
    let around = json!({ "conversation_id": place, "message_id": "m1" });

    let said = [
        ("Message", ana.event("prospect_message")),
        ("Data<Message>", ana.ask("prospect_add_note", note)),
        ("Data<Message>", ana.ask("prospect_add_note", json!({}))),
        ("Done", ana.ask("join", json!({}))),
        ("Data<{ conversation: Conversation }>", ana.ask("prospect_snooze", here.clone())),
        ("List<MessageList>", ana.ask("prospect_list_message", here.clone())),
        ("List<MessageList>", ana.ask("prospect_list_message_by_id", around)),
        ("List<MessageList>", ana.ask("prospect_list_message", json!({}))),
        ("List<ConversationList>", list(&ana)),
        ("ConversationBroadcast", {
            ana.ask("prospect_open", here);
            ana.event("prospect_add_conversation")
        }),
    ];

    let complaints = compile(&said);
    assert!(complaints.is_empty(), "{complaints}");
}

fn list(of: &Client) -> Value {
    of.ask("prospect_list_conversation", json!({ "channel_id": CHANNEL }))
}

/// What the compiler has to say of `tests/client/typed.ts`, and of these values: a literal may
/// hold no field that its type does not know.
fn compile(said: &[(&str, Value)]) -> String {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let folder = tempfile::tempdir().expect("a folder");
    let mut literals = format!("import type {{ {NAMES} }} from '@switchboard/events'\n");
    for (number, (name, value)) in said.iter().enumerate() {
        literals.push_str(&format!("export const said{number}: {name} = {value}\n"));
    }
    let (values, project) = (folder.path().join("said.ts"), folder.path().join("tsconfig.json"));
    fs::write(&values, literals).expect("it is written");
    let types = root.join("docs/types/index.d.ts");
    let options = json!({
        "compilerOptions": {
            "strict": true, "noEmit": true, "target": "es2022", "lib": ["es2022", "dom"],
            "module": "esnext", "moduleResolution": "bundler", "types": [],
            "paths": { "@switchboard/events": [types] },
        },
        "files": [values, root.join("tests/client/typed.ts")],
    });
    fs::write(&project, options.to_string()).expect("it is written");
    let compiler = root.join("tests/client/node_modules/typescript/bin/tsc");
    assert!(compiler.exists(), "the compiler is missing: `make clients` installs it");
    let done = Command::new("node")
        .arg(compiler)
        .arg("--project")
        .arg(project)
        .output()
        .expect("node runs");
    String::from_utf8_lossy(&[done.stdout, done.stderr].concat()).into_owned()
}

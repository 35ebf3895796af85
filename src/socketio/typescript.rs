//! Writes `docs/types/index.d.ts` from the shapes this server sends and reads, and keeps it so:
//! the test fails while the file says something else. `make types` writes it anew.
mod layout;
mod requests;

use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use actors::domain::{Kind, Status};
use requests::*;
use ts_rs::{Config, TS};

use super::views::*;
use crate::answer::Envelope;

/// A client event, what it asks with and what it is answered with.
const EVENTS: [(&str, Name, &str); 14] = [
    ("prospect_add_conversation", AddConversation::name, "Done"),
    ("prospect_add_note", AddNote::name, "Data<Message>"),
    ("prospect_add_participant", AddParticipant::name, CONVERSATION),
    ("prospect_archive", Archive::name, CONVERSATION),
    ("prospect_edit_conversation", EditConversation::name, CONVERSATION),
    ("prospect_get_conversation_by_id", GetConversationById::name, CONVERSATION),
    ("prospect_list_conversation", ListConversation::name, "List<ConversationList>"),
    ("prospect_list_message", ListMessage::name, "List<MessageList>"),
    ("prospect_list_message_by_id", ListMessageById::name, "List<MessageList>"),
    ("prospect_open", Open::name, CONVERSATION),
    ("prospect_read", Read::name, CONVERSATION),
    ("prospect_search", Search::name, "List<SearchResult>"),
    ("prospect_show_on_top", ShowOnTop::name, CONVERSATION),
    ("prospect_snooze", Snooze::name, CONVERSATION),
];
type Name = fn(&Config) -> String;

const CONVERSATION: &str = "Data<{ conversation: Conversation }>";

const HEAD: &str = "\
// Events and answers of Switchboard, for socket.io-client 4.
//
//   const socket: Socket<ServerToClientEvents, ClientToServerEvents> =
//     io('http://127.0.0.1:4000/v1/conversation', { auth: { token } })
//
// Another namespace is named: Socket<ServerToClientEvents<'/v1/shared'>, …>.
//
// Written from the server's own shapes by `make types`; edits here are lost.

";

/// What the shapes leave open, or spell by hand.
const BY_HAND: &str = "\
/** A contact, with whatever else is known of them. */
export type Contact = {
  _id: string;
  name: string | null;
  email: string | null;
  phone: string | null;
  image: string | null;
  [detail: string]: unknown;
};

/** Wrote an automated message. */
export type System = { _id: null; name: 'System' };

/** Carried as it was sent. */
export type Attachment = string | { [field: string]: unknown };

export type ConversationFilter = 'OPEN' | 'CLOSE' | 'SNOOZE' | 'UNREAD' | 'PRIORITY' | 'ARCHIVED';
export type ConversationSort = 'NEWEST' | 'OLDEST';
export type MessageSort = 'DESC' | 'ASC';

";

const ANSWERS: &str = "\
export type Success = { success: true; message: 'SUCCESS' };
export type Done = Success | Failure;
export type Data<T> = (Success & { data: T }) | Failure;
/** A list has no `success`; ask `answer.success === false`. */
export type List<T> = (T & { success?: undefined }) | Failure;

/** What goes into a client's callback. Ask for it: an event without one fails silently. */
export type Ack<T> = (answer: T) => void;

";

const NAMESPACES: &str = "\
/** What may come. Everything carries, last, the `offset` that the client comes back with. */
type ConversationServerEvents = {
  prospect_add_conversation: (conversation: ConversationBroadcast, offset: string) => void;
  prospect_message: (message: Message, offset: string) => void;
  prospect_message_status: (change: MessageStatusChange, offset: string) => void;
};

/** Answered, and otherwise without effect: a socket is registered when it connects. */
type Join<T> = (payload: {}, ack: Ack<T>) => void;

/** Events that other services name, each with one payload of their own. */
type CustomEvents = { [event: string]: (payload: any) => void };

export type Namespaces = {
  '/v1/conversation': { server: ConversationServerEvents; client: ConversationClientEvents };
  '/v1/conversation/live': { server: ConversationServerEvents; client: ConversationClientEvents };
  '/v1/shared': { server: CustomEvents; client: { join: Join<Done> } };
  '/v1/lead-finder': {
    server: CustomEvents;
    client: { join: Join<Data<{ socketId: string; clientId: string }>> };
  };
};

export type ServerToClientEvents<N extends keyof Namespaces = '/v1/conversation'> =
  Namespaces[N]['server'];
export type ClientToServerEvents<N extends keyof Namespaces = '/v1/conversation'> =
  Namespaces[N]['client'];
";

fn index() -> String {
    let config = Config::new();
    let mut file = HEAD.to_owned();
    let kinds = [Kind::Incoming, Kind::Outgoing, Kind::Note].map(Kind::as_str);
    let statuses = [
        Status::Queued,
        Status::Sent,
        Status::Delivered,
        Status::Read,
        Status::Undelivered,
        Status::Failed,
    ];
    union(&mut file, "MessageType", &kinds);
    union(&mut file, "MessageStatus", &statuses.map(Status::as_str));
    file.push_str(BY_HAND);

    declare::<UserShape<'static>>(&mut file, &config);
    declare::<MarkShape<'static>>(&mut file, &config);
    declare::<MessageShape<'static>>(&mut file, &config);
    declare::<ConversationShape<'static>>(&mut file, &config);
    declare::<Broadcast<'static>>(&mut file, &config);
    declare::<StatusShape<'static>>(&mut file, &config);
    declare::<MessagePaging>(&mut file, &config);
    declare::<MessageListShape<'static>>(&mut file, &config);
    declare::<ConversationPaging>(&mut file, &config);
    declare::<ConversationListShape<'static>>(&mut file, &config);
    declare::<SearchPaging>(&mut file, &config);
    declare::<SearchShape<'static>>(&mut file, &config);
    declare::<Envelope>(&mut file, &config);
    file.push_str(ANSWERS);

    declare::<OneOrMore>(&mut file, &config);
    for request in declarations(&config) {
        file.push_str(&request);
    }
    file.push_str("type ConversationClientEvents = {\n  join: Join<Done>;\n");
    for (event, request, answer) in EVENTS {
        let request = request(&config);
        let _ = writeln!(file, "  {event}: (payload: {request}, ack: Ack<{answer}>) => void;");
    }
    file.push_str("};\n\n");
    file.push_str(NAMESPACES);
    file
}

fn declarations(config: &Config) -> [String; 14] {
    fn one<T: TS>(config: &Config) -> String {
        let mut text = String::new();
        declare::<T>(&mut text, config);
        text
    }
    [
        one::<AddConversation>(config),
        one::<AddNote>(config),
        one::<AddParticipant>(config),
        one::<Archive>(config),
        one::<EditConversation>(config),
        one::<GetConversationById>(config),
        one::<ListConversation>(config),
        one::<ListMessage>(config),
        one::<ListMessageById>(config),
        one::<Open>(config),
        one::<Read>(config),
        one::<Search>(config),
        one::<ShowOnTop>(config),
        one::<Snooze>(config),
    ]
}

fn union(file: &mut String, name: &str, words: &[&str]) {
    let words: Vec<_> = words.iter().map(|word| format!("'{word}'")).collect();
    let _ = writeln!(file, "export type {name} = {};\n", words.join(" | "));
}

fn declare<T: TS>(file: &mut String, config: &Config) {
    let docs = T::docs().unwrap_or_default();
    let _ =
        writeln!(file, "{}export {}\n", layout::prose(&docs, ""), layout::lines(&T::decl(config)));
}

fn read(path: &str) -> String {
    fs::read_to_string(root().join(path)).unwrap_or_default()
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// The names in quotes that begin as our events do.
fn named(text: &str) -> Vec<&str> {
    let mut names: Vec<_> =
        text.split('"').skip(1).step_by(2).filter(|name| name.starts_with("prospect_")).collect();
    names.sort_unstable();
    names.dedup();
    names
}

#[test]
fn the_published_types_are_those_of_the_shapes() {
    let (path, generated) = ("docs/types/index.d.ts", index());
    if std::env::var_os("WRITE_TYPES").is_some() {
        fs::write(root().join(path), &generated).unwrap();
    }

    assert!(read(path) == generated, "{path} is out of date: run `make types`");
}

#[test]
fn every_event_has_a_type() {
    let mut asked = EVENTS.map(|(event, ..)| event);
    asked.sort_unstable();
    assert_eq!(named(&read("src/socketio/events/mod.rs")), asked);

    let told = read("src/socketio/presenter.rs");
    assert!(!named(&told).is_empty());
    for event in named(&told) {
        assert!(NAMESPACES.contains(&format!("  {event}: (")), "{event}");
    }
}

/// Each file's prose names the fields it reads, `?` where one may be absent; so does each type.
#[test]
fn every_request_has_the_fields_that_its_event_reads() {
    let config = Config::new();
    for ((event, ..), declaration) in EVENTS.iter().zip(declarations(&config)) {
        let source = read(&format!("src/socketio/events/{event}.rs"));
        let prose = source.split_once("/// `{").and_then(|(_, rest)| rest.split_once("}`"));
        let fields: Vec<_> = prose.expect("the fields").0.split(", ").collect();

        let (_, body) = declaration.split_once(" = {\n").expect("an object");
        let lines = body.lines().filter(|line| !line.trim_start().starts_with("/**"));
        let typed: Vec<_> =
            lines.filter_map(|line| line.split_once(": ")).map(|(name, _)| name.trim()).collect();
        assert_eq!(typed, fields, "{event}");
    }
}

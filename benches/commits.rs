//! What a store takes: commits of one message each, one after the other and many conversations at once.
//! Every message has to be there afterwards, or the measurement fails.
//!
//! `cargo bench --bench commits [-- MESSAGES]`: SQLite, and MongoDB if MONGODB_URI names a server
//! (`tests/with_mongodb.sh` does).
mod support;

use std::sync::Arc;
use std::time::Instant;

use actors::domain::command::{Begin, Command, Place};
use actors::domain::*;
use actors::ports::{Clock, Store};
use futures_util::future::join_all;
use support::figures::{Figures, per_second};
use switchboard::store::{self, Durability};

const MESSAGES: usize = 1_000;
const AT_ONCE: [usize; 3] = [1, 8, 64];
/// Who is in each conversation.
const PARTICIPANTS: usize = 3;

struct Still;

impl Clock for Still {
    fn now(&self) -> Timestamp {
        Timestamp(1)
    }
}

fn main() {
    let messages = std::env::args().find_map(|word| word.parse().ok()).unwrap_or(MESSAGES);
    let folder = tempfile::tempdir().expect("a folder");
    let mut stores = vec![("SQLite", format!("sqlite:{}", folder.path().join("s.db").display()))];
    if let Ok(uri) = std::env::var("MONGODB_URI") {
        let name = format!("bench_{}", std::process::id());
        let (base, options) = uri.split_once('?').unwrap_or((&uri, ""));
        stores.push(("MongoDB wire", format!("{}/{name}?{options}", base.trim_end_matches('/'))));
    }
    println!("{messages} messages, {PARTICIPANTS} participants\n");
    println!("| store | conversations at once | commits/s | p50 ms | p99 | longest |");
    println!("|---|---|---|---|---|---|");
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    for (name, url) in stores {
        runtime.block_on(async {
            let opened = store::open(&url, Durability::Whole, Arc::new(Still)).await;
            let (store, watermark) = opened.expect("a store");
            for at_once in AT_ONCE {
                let start = Instant::now();
                let each = messages.div_ceil(at_once);
                let all = join_all((0..at_once).map(|number| {
                    let id = format!("{at_once} {number}");
                    let (store, watermark) = (Arc::clone(&store), Arc::clone(&watermark));
                    tokio::spawn(async move { talk(&*store, &watermark, &id, each).await })
                }));
                let mut figures = Figures::default();
                for talked in all.await {
                    figures.extend(talked.expect("it went well"));
                }
                let speed = per_second(figures.len(), start.elapsed());
                println!("| {name} | {at_once} | {speed} | {} |", figures.cells());
            }
        });
    }
}

/// One conversation: begun, and one message after the other.
async fn talk(
    store: &dyn Store,
    watermark: &actors::Watermark,
    id: &str,
    messages: usize,
) -> Figures {
    let mut there = begin(id);
    watermark.published(&store.commit(&there).await.expect("kept").positions);
    let mut figures = Figures::default();
    for number in 0..messages {
        let place = Place { message: message(id, number), dated: false, members: vec![] };
        let Ok(Decision::Record(change)) = place.decide(&there.next, Timestamp(1)) else {
            panic!("a message changes something")
        };
        let start = Instant::now();
        let committed = store.commit(&change).await.expect("kept");
        figures.add(start.elapsed());
        watermark.published(&committed.positions);
        there = *change;
    }
    let kept = store.committed_after(&there.next.id, Seq(0), messages + 1).await.expect("read");
    assert_eq!(kept.len(), messages);
    figures
}

fn begin(id: &str) -> Change {
    let user = |number| UserId::parse(&format!("user {number}")).expect("an id");
    let key = Key {
        account: AccountId::default_account(),
        contact: ContactId::parse(id).expect("an id"),
        channel: ChannelId::parse("sms").expect("an id"),
    };
    let absent = Conversation::absent(ConversationId::parse(id).expect("an id"), key);
    let users = (1..PARTICIPANTS).map(user).collect();
    let begin = Begin { by: user(0), users, title: None, image: vec![] };
    match begin.decide(&absent, Timestamp(1)) {
        Ok(Decision::Record(change)) => *change,
        _ => panic!("it begins"),
    }
}

fn message(conversation: &str, number: usize) -> Message {
    let id = format!("{conversation} {number}");
    let contact = ContactId::parse(conversation).expect("an id");
    Message {
        id: MessageId::parse(&id).expect("an id"),
        account: AccountId::default_account(),
        uuid: Uuid::parse(&id).expect("a name"),
        kind: Kind::Incoming,
        author: Author::Contact(contact.clone()),
        contact,
        text: "The roof leaks again, could you have a look at it this week?".into(),
        attachments: vec![],
        mentions: vec![],
        created_at: Timestamp(1),
        provider_id: ProviderMessageId::parse(&id).ok(),
        medium: None,
        email: None,
        status: None,
        error_code: None,
    }
}

//! What another service inserts straight into MongoDB, as its mongoose models have it.
use actors::domain::*;
use actors::testing::domain::user;
use bson::oid::ObjectId;
use bson::{Bson, DateTime, Document, doc};

use crate::Stage;
use crate::changes::*;

/// A second, and the first id made in it.
const SECOND: i64 = 1_800_000_000;

fn object_id(number: u8) -> ObjectId {
    let mut bytes = [0; 12];
    bytes[..4].copy_from_slice(&u32::try_from(SECOND).unwrap().to_be_bytes());
    bytes[11] = number;
    ObjectId::from_bytes(bytes)
}

/// A conversation of ana's with a contact, all by ObjectIds, and the way past the store.
async fn stage() -> Option<(Stage, mongodb::Database, Conversation)> {
    let stage = crate::stage::mongo_at(SECOND * 1_000).await?;
    let database = stage.documents().await;
    let mut begun = begin(&object_id(1).to_hex(), &["ana"], 1);
    begun.next.key.contact = contact_id(&object_id(2).to_hex());
    stage.keep(&begun).await;
    let contact = Contact {
        id: begun.next.key.contact.clone(),
        account: begun.next.key.account.clone(),
        name: Some("Joe".into()),
        email: None,
        phone: None,
        image: None,
        details: Json::from_valid("{}"),
    };
    stage.store.put_contact(&contact).await.unwrap();
    Some((stage, database, begun.next))
}

/// As `Communication.create({…})` writes it.
fn document(number: u8) -> Document {
    let now = DateTime::from_millis(SECOND * 1_000 + i64::from(number));
    doc! {
        "_id": object_id(number),
        "type": "INCOMING",
        "data": "hello",
        "from_number": "+12025550143",
        "to_number": "+12025550199",
        "conversation_id": [object_id(1)],
        "attachments": [{ "_id": object_id(99), "url": "https://a/b", "size": 5 }],
        "mentions": [],
        "someThingOfTheirs": { "n": 1 },
        "createdAt": now,
        "updatedAt": now,
        "__v": 0,
    }
}

fn with(number: u8, key: &str, value: impl Into<Bson>) -> Document {
    let mut document = document(number);
    document.insert(key, value.into());
    document
}

impl Stage {
    async fn insert(&self, database: &mongodb::Database, document: Document) {
        database.collection::<Document>("communications").insert_one(document).await.unwrap();
    }

    async fn found(&self, id: &ObjectId) -> Option<Communication> {
        self.store.communication(&message_id(&id.to_hex())).await.unwrap()
    }

    /// What the sweep finds a minute later.
    async fn swept(&self) -> Vec<String> {
        let when = Timestamp((SECOND + 60) * 1_000);
        let ids = self.store.forgotten(when, 10).await.unwrap();
        ids.iter().map(ToString::to_string).collect()
    }
}

#[tokio::test]
async fn what_another_service_inserted_is_read_like_what_was_put() {
    let Some((stage, database, there)) = stage().await else { return };
    stage.insert(&database, document(10)).await;

    let found = stage.found(&object_id(10)).await.unwrap();

    let message = &found.message;
    assert_eq!((message.kind, message.text.as_str()), (Kind::Incoming, "hello"));
    assert_eq!(message.author, Author::Contact(there.key.contact.clone()));
    assert_eq!(message.account, there.key.account);
    assert_eq!(found.conversations, std::slice::from_ref(&there.id));
    assert_eq!(message.created_at, Timestamp(SECOND * 1_000 + 10), "its date is kept");
    assert!(found.dated && !found.emitted);
    assert_eq!(found.from_number.as_deref(), Some("+12025550143"));
    let attachment = format!(r#"{{"_id":"{}","size":5,"url":"https://a/b"}}"#, object_id(99));
    assert_eq!(message.attachments, [Json::from_valid(attachment)]);

    stage.insert(&database, with(11, "conversation_id", object_id(1))).await;
    assert_eq!(stage.found(&object_id(11)).await.unwrap().conversations, [there.id]);
}

#[tokio::test]
async fn what_another_service_inserted_is_shown_once_and_keeps_what_is_its_own() {
    let Some((stage, database, there)) = stage().await else { return };
    stage.insert(&database, document(10)).await;
    assert_eq!(stage.swept().await, [object_id(10).to_hex()], "though nobody asked");
    let found = stage.found(&object_id(10)).await.unwrap();

    let change = place_dated(found.message.clone(), found.message.created_at.0, &there);
    stage.keep(&change).await;

    assert_eq!(stage.swept().await, [""; 0]);
    let shown = stage.found(&object_id(10)).await.unwrap();
    assert!(shown.emitted);
    assert_eq!(shown.message, found.message);
    let theirs = database.collection::<Document>("communications");
    let theirs = theirs.find_one(doc! { "_id": object_id(10) }).await.unwrap().unwrap();
    assert_eq!(theirs.get_document("someThingOfTheirs").unwrap(), &doc! { "n": 1 });
    assert_eq!(theirs.get_array("conversation_id").unwrap(), &[Bson::from(object_id(1))]);
    let rows = stage.store.committed_after(&there.id, Seq(0), 10).await.unwrap();
    assert_eq!(rows.len(), 1);
    assert_eq!(rows[0].message.text, "hello");
}

#[tokio::test]
async fn what_was_there_before_is_history_and_nobody_is_told() {
    let Some((stage, database, _)) = stage().await else { return };
    let before = DateTime::from_millis(SECOND * 1_000 - 1);
    stage.insert(&database, with(10, "createdAt", before)).await;
    let mut undated = document(11);
    undated.remove("createdAt");
    let mut early = undated.clone();
    early.insert("_id", ObjectId::from_bytes([9; 12]));
    stage.insert(&database, undated).await;
    stage.insert(&database, early).await;

    assert_eq!(stage.swept().await, [object_id(11).to_hex()], "as old as its id");
    assert!(stage.found(&object_id(10)).await.is_some(), "but who asks to emit it finds it");
}

#[tokio::test]
async fn what_cannot_be_delivered_is_passed_over_and_stands_behind_the_others() {
    let Some((stage, database, _)) = stage().await else { return };
    stage.insert(&database, with(10, "type", "incoming")).await;
    stage.insert(&database, with(11, "conversation_id", [object_id(77)])).await;
    stage.insert(&database, document(12)).await;

    assert_eq!(stage.found(&object_id(10)).await, None);
    assert_eq!(stage.found(&object_id(11)).await, None, "there is no such conversation");
    let later = Timestamp((SECOND + 30) * 1_000);
    stage.store.forget_anew(&message_id(&object_id(10).to_hex()), later).await.unwrap();
    let swept = stage.swept().await;
    assert_eq!(swept.len(), 3);
    assert_eq!(stage.found(&object_id(10)).await, None, "it still is not ours");
    let when = later;
    let sooner = stage.store.forgotten(when, 10).await.unwrap();
    assert_eq!(sooner.len(), 2, "not again before its time");
}

#[tokio::test]
async fn a_note_that_another_service_inserted_is_seen_by_its_people_only() {
    let Some((stage, database, there)) = stage().await else { return };
    let ana = User {
        id: UserId::parse(&object_id(3).to_hex()).unwrap(),
        account: there.key.account.clone(),
        name: "Ana".into(),
        email: "ana@example.com".into(),
        image: None,
        role: None,
        active: true,
    };
    stage.store.put_user(&ana).await.unwrap();
    let mut note = document(10);
    note.extend(doc! {
        "type": "NOTE",
        "sent_by": object_id(3),
        "mentions": [object_id(4), "ben"],
        "is_note": true,
    });
    stage.insert(&database, note).await;

    let found = stage.found(&object_id(10)).await.unwrap();

    assert_eq!(found.message.kind, Kind::Note);
    assert_eq!(found.message.author, Author::User(ana.id));
    let mentioned = [UserId::parse(&object_id(4).to_hex()).unwrap(), user("ben")];
    assert_eq!(found.message.mentions, mentioned);
}

/// As `ConversationProspect.create({…})` writes it.
fn conversation(number: u8) -> Document {
    let now = DateTime::from_millis(SECOND * 1_000);
    doc! {
        "_id": object_id(number),
        "contact_id": object_id(2),
        "channel_id": "mail",
        "title": null,
        "image": "https://a/b.png",
        "users": [
            { "_id": object_id(98), "user_id": "ana", "is_admin": true, "unread_count": 2, "x": 1 },
            { "_id": object_id(97), "user_id": "ben", "unread_count": 0.0, "show_on_top": true },
        ],
        "is_open": true,
        "theirs": { "n": 1 },
        "createdAt": now,
        "updatedAt": now,
        "__v": 3,
    }
}

#[tokio::test]
async fn a_conversation_that_another_service_inserted_is_taken_over_by_who_looks() {
    let Some((stage, database, there)) = stage().await else { return };
    let theirs = database.collection::<Document>("conversationprospects");
    theirs.insert_one(conversation(20)).await.unwrap();
    let id = conversation_id(&object_id(20).to_hex());
    let key = Key { channel: channel_id("mail"), ..there.key.clone() };
    assert_eq!(stage.store.find(&key).await.unwrap(), Some(id.clone()));
    let of_contact = stage.store.of_contact(&key.account, &key.contact).await.unwrap();
    assert_eq!(of_contact, [there.id, id.clone()]);

    let taken = stage.store.load(&id).await.unwrap().unwrap();

    assert_eq!((taken.version, &taken.key), (1, &key));
    let counts: Vec<_> = taken.participants().map(|own| (own.user.as_str(), own.unread)).collect();
    assert_eq!(counts, [("ana", 2), ("ben", 0)]);
    assert!(taken.participants[0].is_admin && taken.participants[1].show_on_top);
    let change = place(incoming_from("m1", &key), &taken, 10);
    stage.keep(&change).await;
    assert_eq!(stage.store.load(&id).await.unwrap().as_ref(), Some(&change.next));
    let query = actors::ports::InboxQuery {
        user: user("ben"),
        channel: key.channel,
        state: State::Any,
        sort: actors::ports::Sort::Newest,
        cut: None,
        limit: 10,
        now: Timestamp(1),
    };
    assert_eq!(stage.store.page(&query).await.unwrap().len(), 1);
    let after = theirs.find_one(doc! { "_id": object_id(20) }).await.unwrap().unwrap();
    assert_eq!(after.get_document("theirs").unwrap(), &doc! { "n": 1 });
}

fn incoming_from(id: &str, key: &Key) -> Message {
    let contact = key.contact.clone();
    Message { author: Author::Contact(contact.clone()), contact, ..incoming(id) }
}

#[tokio::test]
async fn what_makes_no_conversation_is_none_and_harms_nobody() {
    let Some((stage, database, _)) = stage().await else { return };
    let theirs = database.collection::<Document>("conversationprospects");
    let mut broken = conversation(20);
    broken.insert("users", "nobody");
    theirs.insert_one(broken).await.unwrap();

    let id = conversation_id(&object_id(20).to_hex());

    assert_eq!(stage.store.load(&id).await.unwrap(), None);
}

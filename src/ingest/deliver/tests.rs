use std::sync::Arc;
use std::time::Duration;

use actix::Actor;
use actors::Watermark;
use actors::conversation::{Presenter, Tools};
use actors::domain::{AccountId, Channel, ChannelId, Position, Timestamp};
use actors::ports::{Clock, Ids, People, Push, PushOffer, Store, Unavailable, Unrecorded};
use actors::recovery::Recent;
use actors::registry::Registry;
use actors::session::{Directory, Frame, Namespace};
use actors::testing::MemoryStore;
use actors::view::{ConversationView, MessageView, StatusView};

use super::*;
use crate::http::testing::FixedClock;
use crate::ids::ObjectIds;
use crate::ingest::Kept;

/// Nobody watches and nobody has a device.
struct Nobody;

impl Push for Nobody {
    fn offer(&self, _: PushOffer) {}
}

impl Presenter for Nobody {
    fn message(&self, _: Namespace, _: &MessageView, _: Position) -> Frame {
        Frame::text("")
    }

    fn status(&self, _: Namespace, _: &StatusView, _: Position) -> Frame {
        Frame::text("")
    }

    fn conversation(&self, _: Namespace, _: &ConversationView, _: bool, _: Position) -> Frame {
        Frame::text("")
    }
}

/// The engine over a store in memory, with one SMS channel on +12025550100.
async fn stage() -> (ToEngine, Arc<MemoryStore>) {
    let watermark = Arc::new(Watermark::starting_at(Position::default()));
    let kept = Arc::new(MemoryStore::new(Arc::clone(&watermark)));
    kept.put_channel(&channel("+12025550100")).await.unwrap();
    let store: Arc<dyn Store> = kept.clone();
    let clock: Arc<dyn Clock> = Arc::new(FixedClock(Timestamp(7)));
    let ids: Arc<dyn Ids> = Arc::new(ObjectIds);
    let recent = Arc::new(Recent::new(Arc::clone(&store), Position::default(), 16));
    let tools = Arc::new(Tools {
        store: Arc::clone(&store),
        clock: Arc::clone(&clock),
        push: Arc::new(Nobody),
        recorder: Arc::new(Unrecorded),
        presenter: Arc::new(Nobody),
        sessions: Directory::new(),
        watermark: Arc::clone(&watermark),
        recent: Arc::clone(&recent),
        idle: Duration::from_secs(60),
    });
    let registry = Registry::new(tools, Arc::clone(&ids), vec![], 16).start();
    let recorder = Arc::new(Unrecorded);
    (ToEngine(Engine { store, clock, ids, registry, recent, watermark, recorder }), kept)
}

fn channel(address: &str) -> Channel {
    Channel {
        id: ChannelId::parse("sms").unwrap(),
        account: AccountId::default_account(),
        kind: ChannelKind::sms(),
        name: "Sales".into(),
        address: Some(address.into()),
        members: vec![],
        message_requests: false,
    }
}

fn row(body: &'static str) -> Row {
    Row {
        id: Kept(1),
        source: Some(Source::TwilioSms),
        received_at: Timestamp(0),
        from: None,
        to: None,
        body: body.into(),
    }
}

const SMS: &str = "MessageSid=SM1&From=%2B12025550143&To=%2B12025550100&Body=hello";

#[actix_web::test]
async fn a_message_delivered_twice_is_one_message() {
    let (engine, store) = stage().await;

    assert_eq!(engine.deliver(&row(SMS)).await, Ok(Delivered::Stored));
    assert_eq!(engine.deliver(&row(SMS)).await, Ok(Delivered::Duplicate));

    assert_eq!(store.messages_kept(), 1);
}

#[actix_web::test]
async fn a_message_to_a_number_of_no_channel_is_for_an_operator_to_see() {
    let (engine, store) = stage().await;
    let foreign = "MessageSid=SM1&From=%2B12025550143&To=%2B12025550199&Body=hello";

    let answer = engine.deliver(&row(foreign)).await;

    assert_eq!(answer, Err(NotDelivered::Never("no channel has this receiver".into())));
    assert_eq!(store.messages_kept(), 0);
}

#[actix_web::test]
async fn a_message_that_cannot_be_read_is_for_an_operator_to_see() {
    let (engine, store) = stage().await;

    let unreadable = engine.deliver(&row("MessageSid=SM1")).await;
    let foreign = engine.deliver(&Row { source: None, ..row(SMS) }).await;

    assert_eq!(unreadable, Err(NotDelivered::Never("From is missing".into())));
    assert!(matches!(foreign, Err(NotDelivered::Never(_))));
    assert_eq!(store.messages_kept(), 0);
}

#[actix_web::test]
async fn a_message_the_store_would_not_take_is_delivered_when_it_does() {
    let (engine, store) = stage().await;
    store.fail_commits(1_000);
    let refused = engine.deliver(&row(SMS)).await;
    store.fail_commits(0);

    let taken = engine.deliver(&row(SMS)).await;

    assert!(matches!(refused, Err(NotDelivered::Later(_))), "{refused:?}");
    assert_eq!(taken, Ok(Delivered::Stored));
    assert_eq!(store.messages_kept(), 1);
}

#[test]
fn only_what_may_succeed_is_tried_again() {
    let away = Failure::Unavailable(Unavailable::new("committing", "disk"));

    assert!(matches!(not_delivered(away), NotDelivered::Later(_)));
    for failure in [
        Failure::NotFound("channel"),
        Failure::Invalid("no"),
        Failure::Conflict("no"),
        Failure::Refused(Refusal::TextTooLong),
    ] {
        assert!(matches!(not_delivered(failure), NotDelivered::Never(_)));
    }
}

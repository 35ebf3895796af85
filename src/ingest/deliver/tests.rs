use std::sync::Arc;
use std::time::Duration;

use actix::Actor;
use actors::Watermark;
use actors::conversation::{Gate, Presenter, Tools};
use actors::domain::{
    AccountId, Channel, ChannelId, ChannelKind, ConsentWord, Contact, ContactId, ConversationId,
    Json, MessageId, PhoneNumber, Position, ProviderMessageId, Status, Timestamp, User, UserId,
};
use actors::engine::{AddConversation, Caller, Homes, Place, SendMessage, SentMessage};
use actors::ports::{
    Clock, Company, Consent, Conversations, History, Ids, Lone, Outbox, People, Push, PushOffer,
    Store, Unavailable, Unlinked, Unrecorded,
};
use actors::recovery::Recent;
use actors::registry::Registry;
use actors::session::{Directory, Frame, Namespace};
use actors::testing::MemoryStore;
use actors::view::{ConversationView, MessageView, StatusView};

use super::*;
use crate::http::testing::FixedClock;
use crate::ids::ObjectIds;
use crate::seal::Seal;

/// Nobody watches and nobody has a device.
struct Nobody;

impl Push for Nobody {
    fn offer(&self, _: PushOffer) {}

    fn left_to_log(&self, _: Position) {}
}

impl Presenter for Nobody {
    fn ready_made(&self, _: &bytes::Bytes, _: Option<Position>) -> Frame {
        Frame::text("")
    }

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
        links: Arc::new(Unlinked),
        presenter: Arc::new(Nobody),
        sessions: Directory::new(),
        watermark: Arc::clone(&watermark),
        recent: Arc::clone(&recent),
        cluster: Arc::new(Lone(Company::Alone)),
        gate: Gate::default(),
        idle: Duration::from_secs(60),
    });
    let registry = Registry::new(tools, Arc::clone(&ids), vec![], 16).start();
    let recorder = Arc::new(Unrecorded);
    let homes = Homes::new(Arc::new(Lone(Company::Alone)));
    let links = Arc::new(Unlinked);
    let engine = Engine { store, clock, ids, registry, recent, watermark, recorder, links, homes };
    let seal = Arc::new(Seal::new(b"secret"));
    let attachments = Attachments::new("never".into(), seal, b"", Duration::from_secs(1));
    (ToEngine::new(engine, Arc::new(attachments)), kept)
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
        content_type: None,
        provider_id: None,
        from: None,
        to: None,
        body: body.into(),
    }
}

async fn deliver(engine: &ToEngine, row: &Row) -> Outcome {
    let mut outcomes = engine.deliver(std::slice::from_ref(row)).await;
    assert_eq!(outcomes.len(), 1);
    outcomes.remove(0)
}

const SMS: &str = "MessageSid=SM1&From=%2B12025550143&To=%2B12025550100&Body=hello";

#[actix_web::test]
async fn a_message_delivered_twice_is_one_message() {
    let (engine, store) = stage().await;

    assert_eq!(deliver(&engine, &row(SMS)).await, Ok(Delivered::Stored));
    assert_eq!(deliver(&engine, &row(SMS)).await, Ok(Delivered::Duplicate));

    assert_eq!(store.messages_kept(), 1);
}

#[actix_web::test]
async fn a_message_to_a_number_of_no_channel_is_for_an_operator_to_see() {
    let (engine, store) = stage().await;
    let foreign = "MessageSid=SM1&From=%2B12025550143&To=%2B12025550199&Body=hello";

    let answer = deliver(&engine, &row(foreign)).await;

    assert_eq!(answer, Err(NotDelivered::Never("no channel has this receiver".into())));
    assert_eq!(store.messages_kept(), 0);
}

#[actix_web::test]
async fn a_message_that_cannot_be_read_is_for_an_operator_to_see() {
    let (engine, store) = stage().await;

    let unreadable = deliver(&engine, &row("MessageSid=SM1")).await;
    let foreign = deliver(&engine, &Row { source: None, ..row(SMS) }).await;

    assert_eq!(unreadable, Err(NotDelivered::Never("From is missing".into())));
    assert!(matches!(foreign, Err(NotDelivered::Never(_))));
    assert_eq!(store.messages_kept(), 0);
}

#[actix_web::test]
async fn a_message_the_store_would_not_take_is_delivered_when_it_does() {
    let (engine, store) = stage().await;
    store.fail_commits(1_000);
    let refused = deliver(&engine, &row(SMS)).await;
    store.fail_commits(0);

    let taken = deliver(&engine, &row(SMS)).await;

    assert!(matches!(refused, Err(NotDelivered::Later(_))), "{refused:?}");
    assert_eq!(taken, Ok(Delivered::Stored));
    assert_eq!(store.messages_kept(), 1);
}

#[actix_web::test]
async fn of_texts_that_came_one_after_the_other_none_overtakes_one_that_must_wait() {
    let (engine, store) = stage().await;
    let second = "MessageSid=SM2&From=%2B12025550143&To=%2B12025550100&Body=again";
    let rows = [row("MessageSid=SM0"), row(SMS), row(second), row(SMS)];
    store.fail_commits(1);

    let held_up = engine.deliver(&rows).await;

    assert!(matches!(held_up[..], [Err(NotDelivered::Never(_)), Err(NotDelivered::Later(_))]));
    assert_eq!(store.messages_kept(), 0);
    let delivered = engine.deliver(&rows[1..]).await;
    let (stored, repeated) = (Ok(Delivered::Stored), Ok(Delivered::Duplicate));
    assert_eq!(delivered, [stored.clone(), stored, repeated]);
    assert_eq!(store.messages_kept(), 2);
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

fn report(status: &'static str) -> Row {
    let id = Kept(2);
    let body = format!("MessageSid=SM9&MessageStatus={status}&ErrorCode=30007").into();
    Row { id, source: Some(Source::TwilioStatus), body, ..row("") }
}

/// An outgoing message that a provider took as `SM9`, after an incoming one.
async fn sent(engine: &ToEngine, store: &MemoryStore) -> (ConversationId, MessageId) {
    deliver(engine, &row(SMS)).await.unwrap();
    let contact = PhoneNumber::parse("+12025550143").unwrap();
    let fresh = store.contact_by_phone(&contact, nobody()).await.unwrap();
    let account = AccountId::default_account();
    let conversation = store.of_contact(&account, &fresh.id).await.unwrap().remove(0);
    let ana = User {
        id: UserId::parse("ana").unwrap(),
        account: account.clone(),
        name: "Ana".into(),
        email: "ana@example.com".into(),
        image: None,
        role: None,
        active: true,
    };
    store.put_user(&ana).await.unwrap();
    let caller = Caller { user: ana.id, account };
    let join = AddConversation {
        contact: fresh.id.clone(),
        channel: ChannelId::parse("sms").unwrap(),
        users: vec![],
        title: None,
        image: vec![],
    };
    engine.engine.add_conversation(&caller, join).await.unwrap();
    let ask = SendMessage {
        place: Place { conversation: conversation.clone(), channel: None },
        uuid: None,
        text: "hi".into(),
        attachments: vec![],
        if_last_seen: None,
    };
    let SentMessage::Sent(view) = engine.engine.send_message(&caller, ask).await.unwrap() else {
        panic!("nobody wrote meanwhile")
    };
    (conversation, view.message.id.clone())
}

fn nobody() -> Contact {
    Contact {
        id: ContactId::parse("nobody").unwrap(),
        account: AccountId::default_account(),
        name: None,
        email: None,
        phone: None,
        image: None,
        details: Json::from_valid("{}"),
    }
}

#[actix_web::test]
async fn a_report_of_an_unknown_message_waits_for_a_while_and_then_for_an_operator() {
    let (engine, _) = stage().await;
    let old = Row { received_at: Timestamp(-100_000), ..report("sent") };

    assert!(matches!(deliver(&engine, &report("sent")).await, Err(NotDelivered::Later(_))));
    assert!(matches!(deliver(&engine, &report("sent")).await, Err(NotDelivered::Later(_))));
    let reason = "no message of ours has this provider id".to_owned();
    assert_eq!(deliver(&engine, &old).await, Err(NotDelivered::Never(reason)));
}

#[actix_web::test]
async fn only_so_many_reports_wait_at_a_time() {
    let (engine, _) = stage().await;
    for number in 0..report::MOST_WAITING {
        let one = Row { id: Kept(100 + number as i64), ..report("sent") };
        assert!(matches!(deliver(&engine, &one).await, Err(NotDelivered::Later(_))));
    }

    assert!(matches!(deliver(&engine, &report("sent")).await, Err(NotDelivered::Never(_))));
}

#[actix_web::test]
async fn reports_in_every_order_end_in_the_same_state() {
    for order in [
        ["sent", "undelivered", "queued"],
        ["undelivered", "sent", "queued"],
        ["queued", "undelivered", "sent"],
        ["undelivered", "queued", "undelivered"],
    ] {
        let (engine, store) = stage().await;
        let (conversation, message) = sent(&engine, &store).await;
        let name = ProviderMessageId::parse("SM9").unwrap();
        store.taken(&message, &name).await.unwrap();
        for status in order {
            let found = store.by_provider_id(&name).await.unwrap();
            assert!(found.is_some(), "the provider's name is kept");
            assert_eq!(deliver(&engine, &report(status)).await, Ok(Delivered::Stored), "{status}");
        }

        let there = store.message(&conversation, &message).await.unwrap().unwrap().message;
        assert_eq!(there.status, Some(Status::Undelivered), "{order:?}");
        assert_eq!(there.error_code.as_deref(), Some("30007"), "{order:?}");
    }
}

#[actix_web::test]
async fn what_a_contact_says_is_kept_and_the_provider_knows_better() {
    let (engine, store) = stage().await;
    let says = |body: &'static str| Row { body: body.into(), ..row("") };
    let account = AccountId::default_account();
    let spoken = "MessageSid=SM1&From=%2B12025550143&To=%2B12025550100&Body=hola&OptOutType=STOP";

    deliver(&engine, &says(spoken)).await.unwrap();
    deliver(&engine, &says(spoken)).await.unwrap();

    let contact = PhoneNumber::parse("+12025550143").unwrap();
    let contact = store.contact_by_phone(&contact, nobody()).await.unwrap();
    let entries = store.consent_of(&account, &contact.id, 10).await.unwrap();
    assert_eq!(entries.iter().map(|entry| entry.says).collect::<Vec<_>>(), [ConsentWord::OptOut]);
    assert!(store.opted_out(&contact.id, &ChannelId::parse("sms").unwrap()).await.unwrap());
}

#[actix_web::test]
async fn a_message_found_in_the_providers_list_keeps_its_time_and_is_there_once() {
    let (engine, store) = stage().await;
    let listed =
        |body: String| Row { source: Some(Source::TwilioReconcile), body: body.into(), ..row("") };
    let late = || listed(format!("{SMS}&SwitchboardWrittenAt=5"));
    let elsewhere = listed(SMS.replace("5550100", "5550199"));

    assert_eq!(deliver(&engine, &late()).await, Ok(Delivered::Stored));
    assert_eq!(deliver(&engine, &late()).await, Ok(Delivered::Duplicate));
    assert_eq!(deliver(&engine, &row(SMS)).await, Ok(Delivered::Duplicate));
    assert_eq!(deliver(&engine, &elsewhere).await, Ok(Delivered::Foreign));

    assert_eq!(store.messages_kept(), 1);
}

//! One message on its way, against a provider that answers as it is told.
use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use actix::Actor;
use actors::Watermark;
use actors::conversation::{Gate, Presenter, Tools};
use actors::domain::command::{Begin, Command, Send};
use actors::domain::*;
use actors::engine::{Engine, Homes};
use actors::ports::*;
use actors::recovery::Recent;
use actors::registry::Registry;
use actors::session::{Directory, Frame, Namespace};
use actors::testing::MemoryStore;
use actors::testing::domain::{absent, key, outgoing, user};
use actors::view::{ConversationView, MessageView, StatusView};
use parking_lot::Mutex;

use super::carry::Carrier;
use super::letter;
use super::pace::{Pace, Rates};
use super::route::Route;
use crate::ids::ObjectIds;
use crate::provider::Providers;

struct SetClock(AtomicI64);

impl Clock for SetClock {
    fn now(&self) -> Timestamp {
        Timestamp(self.0.load(Ordering::SeqCst))
    }
}

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

/// Answers in this order; beyond it, a call is a mistake.
#[derive(Default)]
struct Scripted {
    sends: Mutex<VecDeque<Result<&'static str, SendError>>>,
    look_ups: Mutex<VecDeque<Result<Vec<&'static str>, SendError>>>,
}

fn name(name: &str) -> ProviderMessageId {
    ProviderMessageId::parse(name).unwrap()
}

#[async_trait::async_trait]
impl Provider for Scripted {
    async fn send(&self, _: &Outgoing) -> Result<ProviderMessageId, SendError> {
        self.sends.lock().pop_front().expect("a call nobody expected").map(name)
    }

    async fn look_up(
        &self,
        _: &Outgoing,
        _: Timestamp,
    ) -> Result<Vec<ProviderMessageId>, SendError> {
        let names = self.look_ups.lock().pop_front().expect("a look-up nobody expected");
        names.map(|names| names.into_iter().map(name).collect())
    }
}

struct Stage {
    kept: Arc<MemoryStore>,
    clock: Arc<SetClock>,
    provider: Arc<Scripted>,
    providers: Providers,
    carrier: Carrier,
}

impl Stage {
    /// A contact with a number, and the message `m1` on its way.
    async fn new() -> Self {
        let watermark = Arc::new(Watermark::starting_at(Position::default()));
        let kept = Arc::new(MemoryStore::new(Arc::clone(&watermark)));
        let store: Arc<dyn Store> = kept.clone();
        let clock = Arc::new(SetClock(AtomicI64::new(1_000)));
        let ids: Arc<dyn Ids> = Arc::new(ObjectIds);
        let recent = Arc::new(Recent::new(Arc::clone(&store), Position::default(), 16));
        let tools = Tools {
            store: Arc::clone(&store),
            clock: clock.clone(),
            push: Arc::new(Nobody),
            presenter: Arc::new(Nobody),
            sessions: Directory::new(),
            watermark: Arc::clone(&watermark),
            recent: Arc::clone(&recent),
            cluster: Arc::new(Lone(Company::Alone)),
            gate: Gate::default(),
            idle: Duration::from_secs(60),
            recorder: Arc::new(Unrecorded),
            links: Arc::new(Unlinked),
        };
        let registry = Registry::new(Arc::new(tools), Arc::clone(&ids), vec![], 16).start();
        let engine = Engine {
            store,
            clock: clock.clone(),
            ids,
            registry,
            recent,
            watermark,
            recorder: Arc::new(Unrecorded),
            links: Arc::new(Unlinked),
            homes: Homes::new(Arc::new(Lone(Company::Alone))),
        };
        let provider = Arc::new(Scripted::default());
        let mut providers = Providers::default();
        providers.add(ChannelKind::sms(), provider.clone());
        let pace = Pace { most_attempts: 3, ..Pace::new(Rates { sms: 1, mail: 1 }) };
        let stage = Self { kept, clock, provider, providers, carrier: Carrier { engine, pace } };
        stage.people().await;
        stage.send("m1").await;
        stage
    }

    async fn people(&self) {
        let (account, details) = (AccountId::default_account(), Json::from_valid("{}"));
        let channel = Channel {
            id: key().channel,
            account: account.clone(),
            kind: ChannelKind::sms(),
            name: "Sales".into(),
            address: Some("+12025550100".into()),
            members: vec![],
            message_requests: false,
        };
        let phone = Some("+12025550143".to_owned());
        let (name, email, image) = (None, None, None);
        let contact = Contact { id: key().contact, account, name, email, phone, image, details };
        self.kept.put_channel(&channel).await.unwrap();
        self.kept.put_contact(&contact).await.unwrap();
        let begin = Begin { by: user("ana"), users: vec![], title: None, image: vec![] };
        self.commit(&begin, &absent()).await;
    }

    async fn send(&self, id: &str) {
        let before = self.kept.load(&absent().id).await.unwrap().unwrap();
        let send = Send { message: outgoing(id, "ana", "hello"), if_tail: None, for_team: false };
        self.commit(&send, &before).await;
    }

    async fn commit(&self, command: &impl Command, before: &Conversation) {
        let Ok(Decision::Record(change)) = command.decide(before, self.clock.now()) else {
            panic!("it is recorded")
        };
        self.kept.commit(&change).await.unwrap();
    }

    fn sends(&self, answers: impl IntoIterator<Item = Result<&'static str, SendError>>) {
        self.provider.sends.lock().extend(answers);
    }

    fn finds(&self, answer: Result<Vec<&'static str>, SendError>) {
        self.provider.look_ups.lock().push_back(answer);
    }

    /// Died right before the call.
    async fn calling(&self, now: i64) {
        let due = self.kept.due(Timestamp(i64::MAX), 1).await.unwrap().remove(0);
        assert!(self.kept.calling(&due, Timestamp(now)).await.unwrap());
    }

    /// Carries what is due an hour from now, as the worker does; `false` when nothing was.
    async fn carry(&self) -> bool {
        self.clock.0.fetch_add(3_600_000, Ordering::SeqCst);
        let due = self.kept.due(self.clock.now(), 1).await.unwrap();
        let Some(due) = due.first() else { return false };
        self.carry_this(due).await;
        true
    }

    async fn carry_this(&self, due: &Due) {
        if self.carrier.known(due).await.unwrap() {
            return;
        }
        match Route::find(&*self.kept, &self.providers, due).await.unwrap() {
            Err(no_way) => self.carrier.no_way(due, no_way).await.unwrap(),
            Ok(route) => {
                let letter = letter::write(&*self.kept, due, &route).await.unwrap();
                self.carrier.carry(due, &route, &letter).await.unwrap();
            }
        }
    }

    async fn status(&self, id: &str) -> (Option<Status>, Option<String>) {
        let id = MessageId::parse(id).unwrap();
        let placed = self.kept.message(&absent().id, &id).await.unwrap().unwrap();
        (placed.message.status, placed.message.error_code.clone())
    }

    async fn opt_out(&self) {
        let entry = ConsentEntry {
            account: key().account,
            contact: key().contact,
            channel: key().channel,
            says: ConsentWord::OptOut,
            at: Timestamp(1),
            evidence: Evidence::Operator("by telephone".into()),
        };
        self.kept.record_consent(&entry).await.unwrap();
    }
}

fn failed(code: &str) -> (Option<Status>, Option<String>) {
    (Some(Status::Failed), Some(code.into()))
}

const SENT: (Option<Status>, Option<String>) = (Some(Status::Sent), None);

fn unknown() -> SendError {
    SendError::Unknown("x".into())
}

#[actix_web::test]
async fn what_the_provider_took_is_told_and_leaves() {
    let stage = Stage::new().await;
    stage.sends([Ok("SM1")]);

    assert!(stage.carry().await);

    assert_eq!(stage.status("m1").await, SENT);
    assert!(stage.kept.by_provider_id(&name("SM1")).await.unwrap().is_some());
    assert!(!stage.carry().await);
}

#[actix_web::test]
async fn a_contact_who_opted_out_meanwhile_is_not_written_to() {
    let stage = Stage::new().await;
    stage.opt_out().await;

    assert!(stage.carry().await);

    assert_eq!(stage.status("m1").await, failed("CONTACT_OPTED_OUT"));
    assert!(!stage.carry().await);
}

#[actix_web::test]
async fn an_opt_out_at_the_provider_stands_in_the_ledger() {
    let stage = Stage::new().await;
    stage.sends([Err(SendError::OptedOut("21610".into()))]);

    stage.carry().await;

    assert_eq!(stage.status("m1").await, failed("CONTACT_OPTED_OUT"));
    let ledger = stage.kept.consent_of(&key().account, &key().contact, 9).await.unwrap();
    let message = MessageId::parse("m1").unwrap();
    assert_eq!(ledger[0].evidence, Evidence::Provider { message, code: "21610".into() });
}

#[actix_web::test]
async fn what_may_have_been_taken_is_looked_up_and_not_sent_again() {
    let stage = Stage::new().await;
    stage.sends([Err(unknown())]);
    stage.finds(Err(unknown()));
    stage.finds(Ok(vec!["SM1"]));

    for _ in 0..3 {
        assert!(stage.carry().await);
    }

    assert_eq!(stage.status("m1").await, SENT);
    assert!(!stage.carry().await);
}

#[actix_web::test]
async fn what_surely_was_not_taken_is_sent_again() {
    let stage = Stage::new().await;
    stage.sends([Err(unknown()), Ok("SM1")]);
    stage.finds(Ok(vec![]));

    stage.carry().await;
    stage.carry().await;

    assert_eq!(stage.status("m1").await, SENT);
}

#[actix_web::test]
async fn a_message_that_looks_alike_is_not_mistaken_for_it() {
    let stage = Stage::new().await;
    stage.sends([Ok("SM1"), Err(unknown()), Ok("SM2")]);
    stage.carry().await;
    stage.send("m2").await;
    stage.finds(Ok(vec!["SM1"]));

    stage.carry().await;
    stage.carry().await;

    assert_eq!(stage.status("m2").await, SENT);
    let second = stage.kept.by_provider_id(&name("SM2")).await.unwrap().unwrap();
    assert_eq!(second.message.as_str(), "m2");
}

#[actix_web::test]
async fn a_message_without_a_known_outcome_that_cannot_be_looked_up_is_said_to_be_so() {
    let stage = Stage::new().await;
    stage.sends([Err(unknown())]);
    stage.finds(Err(SendError::Never("HTTP_403".into())));

    stage.carry().await;
    stage.carry().await;

    assert_eq!(stage.status("m1").await, failed("UNKNOWN_OUTCOME"));
}

#[actix_web::test]
async fn what_is_refused_too_often_is_given_up() {
    let stage = Stage::new().await;
    stage.sends([(); 3].map(|()| Err(SendError::NotNow("20429".into()))));

    for _ in 0..4 {
        assert!(stage.carry().await);
    }

    assert_eq!(stage.status("m1").await, failed("GAVE_UP"));
}

#[actix_web::test]
async fn a_provider_that_says_no_is_not_asked_again() {
    let stage = Stage::new().await;
    stage.sends([Err(SendError::Never("21211".into()))]);

    stage.carry().await;

    assert_eq!(stage.status("m1").await, failed("21211"));
    assert!(!stage.carry().await);
}

/// A crash between two lines of `Carrier`.
#[actix_web::test]
async fn what_was_taken_and_not_told_is_told_without_a_call() {
    let stage = Stage::new().await;
    let id = MessageId::parse("m1").unwrap();
    stage.calling(1).await;
    stage.kept.taken(&id, &name("SM1")).await.unwrap();

    assert!(stage.carry().await);

    assert_eq!(stage.status("m1").await, SENT);
    assert!(!stage.carry().await);
}

#[actix_web::test]
async fn what_failed_and_did_not_leave_is_not_sent() {
    let stage = Stage::new().await;
    let id = MessageId::parse("m1").unwrap();
    let told = stage.carrier.engine.report_status(&absent().id, &id, Status::Failed, None).await;
    told.unwrap();

    assert!(stage.carry().await);

    assert_eq!(stage.status("m1").await, (Some(Status::Failed), None));
    assert!(!stage.carry().await);
}

#[actix_web::test]
async fn what_another_worker_took_up_meanwhile_is_left_to_it() {
    let stage = Stage::new().await;
    let due = stage.kept.due(Timestamp(i64::MAX), 1).await.unwrap().remove(0);
    stage.calling(2).await;

    stage.carry_this(&due).await;

    assert_eq!(stage.status("m1").await, (Some(Status::Queued), None));
}

/// A provider may take a moment to list what it was just handed.
#[actix_web::test]
async fn right_after_a_call_nothing_is_looked_up() {
    let stage = Stage::new().await;
    stage.calling(3_601_000).await;

    assert!(stage.carry().await);

    let later = stage.kept.due(Timestamp(3_604_000), 1).await.unwrap();
    assert_eq!(later[0].called_at, Some(Timestamp(3_601_000)));
    assert!(stage.kept.due(Timestamp(3_603_999), 1).await.unwrap().is_empty());
}

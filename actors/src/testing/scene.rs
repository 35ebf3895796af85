//! A stage for actor tests: an engine on a store in memory, named people with real outboxes.

use std::rc::Rc;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use actix::prelude::*;
use bytes::Bytes;

use super::MemoryStore;
use super::domain::{key, user};
use crate::Watermark;
use crate::conversation::{Gate, Presenter, Tools};
use crate::domain::*;
use crate::engine::{AddConversation, Caller, Engine, Homes, Inbound, Receipt, Sender};
use crate::ports::{
    Clock, Cluster, Company, Ids, Lone, People, Push, PushOffer, Store, Unlinked, Unrecorded,
};
use crate::recovery::Recent;
use crate::registry::Registry;
use crate::session::*;
use crate::view::{ConversationView, MessageView, StatusView};

pub struct Scene {
    pub engine: Engine,
    pub store: Arc<MemoryStore>,
    pub pushed: Arc<Pushed>,
    pub tools: Arc<Tools>,
    sessions: Directory,
    roster: Rc<Roster>,
}

/// A user who is connected. What they were shown, as [`Words`] spells it.
pub struct Person {
    outbox: Arc<Outbox>,
    lease: Lease,
    user: UserId,
    sessions: Directory,
    _membership: Membership,
}

impl Scene {
    /// The account's people, and the channel `sms` whose members are the first `members` of them.
    pub async fn with(names: &[&str], members: usize) -> Self {
        let watermark = Arc::new(Watermark::starting_at(Position(0)));
        let store = Arc::new(MemoryStore::new(Arc::clone(&watermark)));
        Self::people(&store, names, members).await;
        Self::on(store, watermark, Arc::new(Lone(Company::Alone)), 0)
    }

    /// The same, twice: two nodes on one store that cannot talk to each other. Each shows what the other
    /// committed when it is told to [`Scene::follow`].
    pub async fn twice(names: &[&str], members: usize) -> [Self; 2] {
        let watermark = || Arc::new(Watermark::starting_at(Position(0)));
        let (here, there) = (watermark(), watermark());
        let store = MemoryStore::new(Arc::clone(&here));
        let beside = store.beside(Arc::clone(&there));
        Self::people(&store, names, members).await;
        let apart = || Arc::new(Lone(Company::CutOff));
        [
            Self::on(Arc::new(store), here, apart(), 0),
            Self::on(Arc::new(beside), there, apart(), 1 << 32),
        ]
    }

    /// Shows what was not shown here yet.
    pub async fn follow(&self) {
        self.tools.show_up_to(Position(u64::MAX)).await.unwrap();
    }

    async fn people(store: &MemoryStore, names: &[&str], members: usize) {
        for name in names {
            store.put_user(&person(name)).await.unwrap();
        }
        let members = names[..members].iter().map(|name| user(name)).collect();
        store.put_channel(&channel(members)).await.unwrap();
        store.put_contact(&contact()).await.unwrap();
    }

    /// A node whose ids begin at a number.
    fn on(
        store: Arc<MemoryStore>,
        watermark: Arc<Watermark>,
        cluster: Arc<dyn Cluster>,
        ids: u64,
    ) -> Self {
        let sessions = Directory::new();
        let roster = Worker::start_here(&sessions);
        let pushed = Arc::new(Pushed::default());
        let (engine, tools) = engine(&store, &watermark, &sessions, &pushed, &cluster, ids);
        Self { engine, store, pushed, tools, sessions, roster }
    }

    pub fn connect(&self, name: &str) -> Person {
        let outbox = Outbox::new(OutboxLimits::default(), Nobody.start().recipient());
        let lease = outbox.begin_socket();
        let audience = (Namespace::Conversation, user(name)).into();
        let socket = SocketId::new(name);
        let limits = OutboxLimits::default();
        let membership = self.roster.join(audience, socket, Arc::clone(&outbox), limits);
        membership.admit(&[], &[]).unwrap();
        let sessions = self.sessions.clone();
        Person { outbox, lease, user: user(name), sessions, _membership: membership }
    }

    pub async fn receive(&self, provider_id: &str, text: &str) -> Receipt {
        self.engine.receive_inbound(inbound(provider_id, text)).await.unwrap()
    }

    /// Begins the conversation with the contact `joe` on the channel `sms`.
    pub async fn begin(&self, by: &str, users: &[&str]) {
        let ask = AddConversation {
            contact: key().contact,
            channel: key().channel,
            users: users.iter().map(|name| user(name)).collect(),
            title: None,
            image: vec![],
        };
        self.engine.add_conversation(&caller(by), ask).await.unwrap();
    }
}

impl Person {
    /// Everything shown since the last look, and surely everything: a mark that is sent after it
    /// comes back behind it.
    pub async fn shown(&self) -> Vec<String> {
        const MARK: &str = "mark";
        let to = vec![(Frame::text(MARK), vec![self.user.clone()])];
        self.sessions.deliver(Batch { namespace: Namespace::Conversation, to });
        let mut shown = Vec::new();
        loop {
            let Taken::Frames(frames) = self.outbox.take(self.lease, usize::MAX).await else {
                panic!("the session was closed")
            };
            for frame in frames {
                let text = String::from_utf8(frame.packet().to_vec()).unwrap();
                if text == MARK {
                    return shown;
                }
                shown.push(text);
            }
        }
    }
}

pub fn caller(name: &str) -> Caller {
    Caller { user: user(name), account: AccountId::default_account() }
}

pub fn inbound(provider_id: &str, text: &str) -> Inbound {
    Inbound {
        channel: Arc::new(channel(vec![user("ana"), user("ben")])),
        from: Sender::Phone(PhoneNumber::parse("+12025550143").unwrap()),
        provider_id: ProviderMessageId::parse(provider_id).unwrap(),
        text: text.into(),
        attachments: vec![],
        email: None,
        says: None,
        written_at: None,
    }
}

fn engine(
    store: &Arc<MemoryStore>,
    watermark: &Arc<Watermark>,
    sessions: &Directory,
    pushed: &Arc<Pushed>,
    cluster: &Arc<dyn Cluster>,
    ids: u64,
) -> (Engine, Arc<Tools>) {
    let store = Arc::clone(store) as Arc<dyn Store>;
    let clock = Arc::new(RisingClock(AtomicI64::new(1_700_000_000_000)));
    let ids = Arc::new(Counted(AtomicU64::new(ids)));
    let recent = Arc::new(Recent::new(Arc::clone(&store), Position(0), 1_000));
    let tools = Arc::new(Tools {
        store: Arc::clone(&store),
        clock: clock.clone(),
        push: pushed.clone(),
        recorder: Arc::new(Unrecorded),
        links: Arc::new(Unlinked),
        presenter: Arc::new(Words),
        sessions: sessions.clone(),
        watermark: Arc::clone(watermark),
        recent: Arc::clone(&recent),
        cluster: Arc::clone(cluster),
        gate: Gate::default(),
        idle: Duration::from_secs(60),
    });
    let registry = Registry::new(Arc::clone(&tools), ids.clone(), vec![], 1_000).start();
    let watermark = Arc::clone(watermark);
    let recorder = Arc::new(Unrecorded);
    let homes = Homes::new(Arc::clone(cluster));
    let links = Arc::new(Unlinked);
    let engine = Engine { store, clock, ids, registry, recent, watermark, recorder, links, homes };
    (engine, tools)
}

fn person(name: &str) -> User {
    User {
        id: user(name),
        account: AccountId::default_account(),
        name: name.into(),
        email: format!("{name}@example.com"),
        image: None,
        role: None,
        active: true,
    }
}

fn channel(members: Vec<UserId>) -> Channel {
    Channel {
        id: key().channel,
        account: AccountId::default_account(),
        kind: ChannelKind::sms(),
        name: "SMS".into(),
        address: Some("+12025550100".into()),
        members,
        message_requests: false,
    }
}

fn contact() -> Contact {
    Contact {
        id: key().contact,
        account: AccountId::default_account(),
        name: Some("Joe".into()),
        email: None,
        phone: Some("+12025550143".into()),
        image: None,
        details: Json::from_valid("{}"),
    }
}

/// Spells what is shown in few words, for tests to compare.
struct Words;

impl Presenter for Words {
    fn message(&self, _: Namespace, view: &MessageView, _: Position) -> Frame {
        let own = if view.is_sender { "own" } else { "" };
        Frame::text(format!("{own}{}:{}", view.message.kind.as_str(), view.message.text))
    }

    fn status(&self, _: Namespace, view: &StatusView, _: Position) -> Frame {
        Frame::text(format!("status:{}", view.status.map_or("", Status::as_str)))
    }

    fn conversation(
        &self,
        _: Namespace,
        view: &ConversationView,
        is_new: bool,
        _: Position,
    ) -> Frame {
        let news = if is_new { "new" } else { "changed" };
        Frame::text(format!("{news}:{}:{} unread", view.title(), view.own.unread))
    }

    fn ready_made(&self, packet: &Bytes, _: Option<Position>) -> Frame {
        Frame::text(str::from_utf8(packet).unwrap())
    }
}

/// A millisecond later each time it is asked.
struct RisingClock(AtomicI64);

impl Clock for RisingClock {
    fn now(&self) -> Timestamp {
        Timestamp(self.0.fetch_add(1, Ordering::Relaxed))
    }
}

struct Counted(AtomicU64);

impl Counted {
    fn next(&self) -> String {
        format!("{:024x}", self.0.fetch_add(1, Ordering::Relaxed))
    }
}

impl Ids for Counted {
    fn conversation(&self) -> ConversationId {
        ConversationId::parse(&self.next()).unwrap()
    }

    fn message(&self) -> MessageId {
        MessageId::parse(&self.next()).unwrap()
    }

    fn contact(&self) -> ContactId {
        ContactId::parse(&self.next()).unwrap()
    }

    fn tag(&self) -> TagId {
        TagId::parse(&self.next()).unwrap()
    }

    fn contact_status(&self) -> ContactStatusId {
        ContactStatusId::parse(&self.next()).unwrap()
    }

    fn uuid(&self) -> Uuid {
        Uuid::parse(&self.next()).unwrap()
    }
}

/// Remembers what was offered to push.
#[derive(Default)]
pub struct Pushed(Mutex<Vec<PushOffer>>);

impl Pushed {
    /// Those who are to be told, message by message.
    pub fn users(&self) -> Vec<UserId> {
        let due = |offer: &PushOffer| -> Vec<UserId> {
            let PushOffer { conversation, message, connected } = offer;
            let users = conversation.participants().map(|participant| participant.user.clone());
            let is_due = |user: &UserId| {
                conversation.push(message, user, connected.contains(user)) == PushReason::Offline
            };
            users.filter(is_due).collect()
        };
        self.0.lock().unwrap().iter().flat_map(due).collect()
    }
}

impl Push for Pushed {
    fn offer(&self, offer: PushOffer) {
        self.0.lock().unwrap().push(offer);
    }

    fn left_to_log(&self, _: Position) {}
}

struct Nobody;

impl Actor for Nobody {
    type Context = Context<Self>;
}

impl Handler<Close> for Nobody {
    type Result = ();

    fn handle(&mut self, _: Close, _: &mut Self::Context) {}
}

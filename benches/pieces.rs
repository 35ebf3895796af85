//! What the pieces of a delivery cost, each beside what it cannot cost less than.
//!
//! `cargo bench --bench pieces [-- FILTER]`
use std::hint::black_box;
use std::rc::Rc;
use std::sync::Arc;
use std::time::{Duration, Instant};

use actix::{Actor, Context, Handler};
use actors::conversation::Presenter;
use actors::domain::command::{Command, Place};
use actors::domain::{
    Change, Conversation, ConversationId, Decision, InboxRow, Key, MessageId, Position, State,
    Timestamp, UserId, Uuid,
};
use actors::ports::{Clock, InboxQuery, Sort};
use actors::registry::{Find, Target};
use actors::session::{
    Batch, Close, Directory, Frame, Lease, Membership, Namespace, Outbox, OutboxLimits, Roster,
    SocketId, Taken, Worker,
};
use actors::testing::{Scene, domain};
use actors::view::{MessageView, Writer};
use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use switchboard::recovery::Offsets;
use switchboard::seal::Seal;
use switchboard::socketio::SocketIoPresenter;
use switchboard::store::Durability;
use tokio::sync::{mpsc, oneshot};

const SESSIONS: [usize; 4] = [1, 10, 100, 1_000];
/// Changes that wait for one commit.
const TOGETHER: usize = 64;

criterion_group!(pieces, encode, decide, route, deliver, commit, page);
criterion_main!(pieces);

fn encode(c: &mut Criterion) {
    let offsets = Arc::new(Offsets(Arc::new(Seal::new(b"a secret of thirty-two bytes, or"))));
    let presenter = SocketIoPresenter { offsets };
    let mut group = c.benchmark_group("encode a message");
    for (sight, is_sender) in [("own", true), ("others", false)] {
        let view = MessageView {
            conversation: domain::conversation(&["ana"]).id,
            message: Arc::new(domain::outgoing("m1", "ana", &"x".repeat(160))),
            sent_by: Writer::Gone("ana".to_owned()),
            is_sender,
        };
        group.bench_function(sight, |b| {
            b.iter(|| presenter.message(Namespace::Conversation, black_box(&view), Position(7)));
        });
    }
    let frame = Frame::text("x".repeat(500));
    group.bench_function("share one that is encoded", |b| b.iter(|| black_box(&frame).clone()));
    group.finish();
}

fn decide(c: &mut Criterion) {
    let mut group = c.benchmark_group("decide on an inbound message");
    for people in [2, 50, 1_000] {
        let names: Vec<_> = (0..people).map(|at| format!("user-{at}")).collect();
        let names: Vec<_> = names.iter().map(String::as_str).collect();
        let before = domain::conversation(&names);
        group.bench_with_input(BenchmarkId::new("participants", people), &before, |b, before| {
            b.iter(|| place("m1").decide(black_box(before), Timestamp(5)));
        });
    }
    group.finish();
}

fn route(c: &mut Criterion) {
    let system = actix::System::new();
    let scene = system.block_on(async {
        let scene = Scene::with(&["ana", "ben"], 2).await;
        scene.begin("ana", &["ben"]).await;
        scene
    });
    c.bench_function("find a conversation that is awake", |b| {
        b.iter_custom(|times| {
            system.block_on(async {
                let begun = Instant::now();
                for _ in 0..times {
                    let (answer, found) = oneshot::channel();
                    let target = Target::Key(domain::key());
                    scene.engine.registry.send(Find { target, answer }).await.expect("it lives");
                    assert!(found.await.expect("an answer").expect("a store").is_some());
                }
                begun.elapsed()
            })
        });
    });
}

/// Stands for a session that is told why it was closed.
struct Owner;

impl Actor for Owner {
    type Context = Context<Self>;
}

impl Handler<Close> for Owner {
    type Result = ();

    fn handle(&mut self, _: Close, _: &mut Self::Context) {}
}

/// Somebody who is connected, without a socket.
struct Seated {
    outbox: Arc<Outbox>,
    lease: Lease,
    _membership: Membership,
}

impl Seated {
    fn join(roster: &Rc<Roster>, user: UserId) -> Self {
        let outbox = Outbox::new(OutboxLimits::default(), Owner.start().recipient());
        let (lease, socket) = (outbox.begin_socket(), SocketId::new(user.as_str()));
        let audience = (Namespace::Conversation, user).into();
        let limits = OutboxLimits::default();
        let membership = roster.join(audience, socket, Arc::clone(&outbox), limits);
        membership.admit(&[], &[]).expect("it is open");
        Self { outbox, lease, _membership: membership }
    }

    async fn frames(&self) -> usize {
        match self.outbox.take(self.lease, usize::MAX).await {
            Taken::Frames(frames) => frames.len(),
            other => panic!("{other:?}"),
        }
    }
}

fn deliver(c: &mut Criterion) {
    let mut group = c.benchmark_group("deliver");
    for count in SESSIONS {
        group.throughput(Throughput::Elements(count as u64));
        let system = actix::System::new();
        let (directory, people, seats) = system.block_on(async {
            let directory = Directory::new();
            let roster = Worker::start_here(&directory);
            let people: Vec<_> = (0..count).map(|at| domain::user(&format!("user-{at}"))).collect();
            let join = |user: &UserId| Seated::join(&roster, user.clone());
            let seats: Vec<_> = people.iter().map(join).collect();
            (directory, people, seats)
        });
        group.bench_function(BenchmarkId::new("through the directory", count), |b| {
            b.iter_custom(|times| {
                system.block_on(async {
                    let begun = Instant::now();
                    for _ in 0..times {
                        let to = vec![(Frame::text("2"), people.clone())];
                        directory.deliver(Batch { namespace: Namespace::Conversation, to });
                        for seat in &seats {
                            assert_eq!(seat.frames().await, 1);
                        }
                    }
                    begun.elapsed()
                })
            });
        });
        let mut channels: Vec<_> = (0..count).map(|_| mpsc::channel(16)).collect();
        group.bench_function(BenchmarkId::new("by bare channels", count), |b| {
            b.iter_custom(|times| {
                system.block_on(async {
                    let begun = Instant::now();
                    for _ in 0..times {
                        let frame = Frame::text("2");
                        for (sender, _) in &channels {
                            sender.try_send(frame.clone()).expect("room");
                        }
                        for (_, receiver) in &mut channels {
                            assert!(receiver.recv().await.is_some());
                        }
                    }
                    begun.elapsed()
                })
            });
        });
    }
    group.finish();
}

struct Still;

impl Clock for Still {
    fn now(&self) -> Timestamp {
        Timestamp(1_700_000_000_000)
    }
}

fn commit(c: &mut Criterion) {
    let mut group = c.benchmark_group("commit in SQLite, synced");
    group.sample_size(20).measurement_time(Duration::from_secs(4));
    let (runtime, _directory, store) = store();
    let mut made = 0;
    for together in [1, TOGETHER] {
        group.throughput(Throughput::Elements(together as u64));
        group.bench_function(BenchmarkId::new("waiting together", together), |b| {
            b.iter_custom(|times| {
                let begin = |_| {
                    made += 1;
                    begun(made)
                };
                let changes: Vec<_> = (0..times * together as u64).map(begin).collect();
                let begun = Instant::now();
                runtime.block_on(async {
                    for changes in changes.chunks(together) {
                        let commits = changes.iter().map(|change| store.commit(change));
                        for kept in futures_util::future::join_all(commits).await {
                            kept.expect("it is kept");
                        }
                    }
                });
                begun.elapsed()
            });
        });
    }
    group.finish();
}

fn page(c: &mut Criterion) {
    let mut group = c.benchmark_group("a page of 20 of an inbox");
    let (runtime, _directory, store) = store();
    let mut there = 0;
    for conversations in [1_000, 10_000] {
        runtime.block_on(async {
            let changes: Vec<_> = (there..conversations).map(begun).collect();
            for changes in changes.chunks(500) {
                let commits = changes.iter().map(|change| store.commit(change));
                for kept in futures_util::future::join_all(commits).await {
                    kept.expect("it is kept");
                }
            }
        });
        there = conversations;
        let query = InboxQuery {
            user: domain::user("ana"),
            channel: domain::key().channel,
            state: State::Any,
            sort: Sort::Newest,
            cut: None,
            limit: 20,
            now: Timestamp(1_700_000_000_000),
        };
        group.bench_function(BenchmarkId::new("conversations", conversations), |b| {
            b.iter(|| {
                let page: Vec<InboxRow> = runtime.block_on(store.page(&query)).expect("a page");
                assert_eq!(page.len(), 20);
            });
        });
    }
    group.finish();
}

type Opened = (tokio::runtime::Runtime, tempfile::TempDir, Arc<dyn actors::ports::Store>);

fn store() -> Opened {
    // Beside the build, since a temporary folder may be one in memory, where a sync is free.
    let directory = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).expect("a folder");
    let url = format!("sqlite:{}", directory.path().join("switchboard.db").display());
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let runtime = runtime.expect("a runtime");
    let opened =
        runtime.block_on(switchboard::store::open(&url, Durability::default(), Arc::new(Still)));
    (runtime, directory, opened.expect("a store").0)
}

fn place(id: &str) -> Place {
    let message = domain::incoming(id, "hello");
    let members = vec![domain::user("ana"), domain::user("ben")];
    Place { message, dated: false, members }
}

/// The first message of a conversation of its own.
fn begun(number: u64) -> Change {
    let contact = format!("contact-{number}");
    let contact = actors::domain::ContactId::parse(&contact).expect("an id");
    let id = ConversationId::parse(&format!("conversation-{number}")).expect("an id");
    let key = Key { contact: contact.clone(), ..domain::key() };
    let mut place = place(&format!("message-{number}"));
    place.message.contact = contact.clone();
    place.message.author = actors::domain::Author::Contact(contact);
    place.message.id = MessageId::parse(&format!("message-{number}")).expect("an id");
    place.message.uuid = Uuid::parse(&format!("message-{number}")).expect("an id");
    let now = Timestamp(1_700_000_000_000 + number as i64);
    match place.decide(&Conversation::absent(id, key), now) {
        Ok(Decision::Record(change)) => *change,
        other => panic!("{other:?}"),
    }
}

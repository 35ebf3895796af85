//! Commits that break off between any two steps, or are overtaken by others who find them: what was
//! begun is made whole or undone by whoever comes next, and nobody sees a part of it.
use std::sync::Arc;
use std::time::Duration;

use actors::domain::command::{AddNote, Command, Place, ReportStatus};
use actors::domain::*;
use actors::ports::*;
use actors::testing::domain::{self as made, user};
use bson::{Document, doc};
use tokio::sync::Semaphore;

use super::collections::*;
use super::testing::{Database, Frozen};
use super::{Durability, Mongo, Step};

/// What a commit does where it is told to.
pub enum Halt {
    /// Its process dies.
    Break(Step),
    /// It is held up until somebody lets it go on.
    Wait(Step, Arc<Semaphore>),
}

impl Mongo {
    pub(super) async fn reached(&self, step: Step) -> Result<(), Unavailable> {
        let wait = match &*self.halt.lock() {
            Some(Halt::Break(at)) if *at == step => {
                return Err(Unavailable::new("committing", "broken off here"));
            }
            Some(Halt::Wait(at, go_on)) if *at == step => Arc::clone(go_on),
            _ => return Ok(()),
        };
        let _ = wait.acquire().await;
        Ok(())
    }
}

const STEPS: [Step; 5] = [
    Step::PositionsTaken,
    Step::Committed,
    Step::MessagesWritten,
    Step::PlacesWritten,
    Step::LogWritten,
];

/// One database, and two programs on it.
pub struct Two {
    pub one: Mongo,
    pub other: Mongo,
    _database: Database,
}

impl Two {
    /// Neither is patient with what the other began.
    pub async fn open() -> Option<Self> {
        let database = Database::fresh()?;
        let open = async || {
            let opened = Mongo::open(&database.url, Durability::Whole, Arc::new(Frozen)).await;
            Mongo { patience: Duration::ZERO, ..opened.unwrap() }
        };
        Some(Self { one: open().await, other: open().await, _database: database })
    }

    /// The first of two programs dies at this step.
    async fn dies(&self, step: Step, change: &Change) {
        *self.one.halt.lock() = Some(Halt::Break(step));
        let died = self.one.commit(change).await;
        assert!(matches!(died, Err(CommitError::Unavailable(_))), "{died:?}");
        *self.one.halt.lock() = None;
    }

    async fn newest_taken(&self) -> u64 {
        let counters = self.other.collection(COUNTERS);
        let counter = counters.find_one(doc! { "_id": "log" }).await.unwrap().unwrap();
        super::fields::number(&counter, "value").unwrap()
    }

    async fn count(&self, collection: &str, filter: Document) -> u64 {
        self.other.collection(collection).count_documents(filter).await.unwrap()
    }

    /// Everything that can be read says that each change was kept once.
    async fn assert_whole(&self, changes: &[&Change]) {
        let last = &changes.last().unwrap().next;
        let store = &self.other;
        assert_eq!(store.load(&last.id).await.unwrap().as_ref(), Some(last));
        let told: Vec<_> = changes.iter().flat_map(|change| &change.announcements).collect();
        let entries = store.entries_after(Position(0), 100).await.unwrap();
        let read: Vec<_> = entries.iter().map(|entry| &entry.announcement).collect();
        assert_eq!(read, told, "told once, in order");
        let mut previous = Position(0);
        for entry in &entries {
            assert_eq!(entry.previous, previous);
            previous = entry.position;
        }
        let messages = store.committed_after(&last.id, Seq(0), 100).await.unwrap();
        let kept: Vec<_> = changes.iter().filter_map(|change| change.message.as_ref()).collect();
        assert_eq!(messages.len(), kept.len());
        for (placed, (seq, message)) in messages.iter().zip(kept) {
            assert_eq!((placed.seq, &placed.message.id), (*seq, &message.id));
            assert_eq!(placed.message.text, message.text);
            let told = entries.iter().find(|entry| entry.position == placed.position);
            assert_eq!(told.and_then(|entry| entry.message.as_ref()), Some(&message.id));
        }
        let moved = changes.iter().rev().find_map(|change| change.status.as_ref());
        if let Some(moved) = moved {
            let there = store.communication(&moved.message.id).await.unwrap().unwrap();
            assert_eq!(there.message.status, moved.message.status);
        }
        let leaving = changes.iter().filter(|change| change.to_contact).count() as u64;
        assert_eq!(self.count(OUTBOX, doc! {}).await, leaving);
        self.assert_rows(last).await;
        self.nothing_pending().await;
    }

    /// What was just committed is cleared when it is quiet.
    pub async fn nothing_pending(&self) {
        let cleared = async {
            while self.count(CONVERSATIONS, doc! { "pending": { "$exists": true } }).await > 0 {
                tokio::time::sleep(Duration::from_millis(10)).await;
            }
        };
        tokio::time::timeout(Duration::from_secs(20), cleared).await.expect("nothing is pending");
    }

    async fn assert_rows(&self, there: &Conversation) {
        for own in &there.participants {
            let query = InboxQuery {
                user: own.user.clone(),
                channel: there.key.channel.clone(),
                state: State::Any,
                sort: Sort::Newest,
                cut: None,
                limit: 10,
                now: Timestamp(1_000),
            };
            let rows = self.other.page(&query).await.unwrap();
            assert_eq!(rows, [there.inbox_row(own)]);
        }
    }
}

fn decide(command: &impl Command, before: &Conversation) -> Change {
    match command.decide(before, Timestamp(10)) {
        Ok(Decision::Record(change)) => *change,
        other => panic!("expected a change, got {other:?}"),
    }
}

fn place(id: &str, before: &Conversation) -> Change {
    let message = made::incoming(id, "hello");
    decide(&Place { message, dated: false, members: vec![] }, before)
}

/// A message to the contact.
fn send(id: &str, before: &Conversation) -> Change {
    let message = made::outgoing(id, "ana", "hello");
    let place = decide(&Place { message, dated: false, members: vec![] }, before);
    Change { to_contact: true, ..place }
}

fn note(id: &str, before: &Conversation) -> Change {
    let (id, uuid) = (MessageId::parse(id).unwrap(), Uuid::parse(id).unwrap());
    decide(&AddNote { id, uuid, ..made::note("ana", &["ben"], "call her") }, before)
}

/// The message of [`Two::begun`] was delivered.
fn report(before: &Conversation) -> Change {
    let message = made::outgoing("m0", "ana", "hello");
    let message = Arc::new(Message { status: Some(Status::Queued), ..message });
    decide(&ReportStatus { message, status: Status::Delivered, error_code: None }, before)
}

/// Every kind of change, on top of a conversation that was begun.
fn kinds(begun: &Conversation) -> [Change; 4] {
    [place("m1", begun), send("m1", begun), note("m1", begun), report(begun)]
}

/// A conversation that was begun, in which a message of ana's is on its way.
async fn stage() -> Option<(Two, [Change; 2])> {
    let two = Two::open().await?;
    let begun = begin("c1");
    let hers = Message { status: Some(Status::Queued), ..made::outgoing("m0", "ana", "hello") };
    let first = decide(&Place { message: hers, dated: false, members: vec![] }, &begun.next);
    for change in [&begun, &first] {
        two.one.commit(change).await.unwrap();
    }
    Some((two, [begun, first]))
}

/// A conversation of ana and ben begins with a message.
fn begin(id: &str) -> Change {
    let absent = made::absent();
    let contact = ContactId::parse(&format!("contact of {id}")).unwrap();
    let key = Key { contact, ..absent.key };
    let absent = Conversation { id: ConversationId::parse(id).unwrap(), key, ..made::absent() };
    let message = made::incoming(&format!("first of {id}"), "hello");
    let members = vec![user("ana"), user("ben")];
    decide(&Place { message, dated: false, members }, &absent)
}

#[tokio::test]
async fn whoever_loads_a_conversation_makes_whole_what_broke_off() {
    for step in STEPS {
        for kind in 0..4 {
            let Some((two, [begun, first])) = stage().await else { return };
            let change = &kinds(&first.next)[kind];

            two.dies(step, change).await;

            if step == Step::PositionsTaken {
                two.assert_whole(&[&begun, &first]).await;
                two.other.commit(change).await.unwrap();
            }
            two.assert_whole(&[&begun, &first, change]).await;
        }
    }
}

#[tokio::test]
async fn a_conversation_that_broke_off_as_it_began_is_there_or_not() {
    for step in STEPS {
        let Some(two) = Two::open().await else { return };
        let first = begin("c1");

        two.dies(step, &first).await;

        if step == Step::PositionsTaken {
            assert_eq!(two.other.find(&first.next.key).await.unwrap(), None);
            two.other.commit(&first).await.unwrap();
        }
        assert_eq!(two.other.find(&first.next.key).await.unwrap(), Some(first.next.id.clone()));
        two.assert_whole(&[&first]).await;
    }
}

#[tokio::test]
async fn what_broke_off_is_made_whole_although_nobody_loads_it() {
    for step in STEPS {
        let Some((two, [_, first])) = stage().await else { return };
        let change = send("m1", &first.next);
        two.dies(step, &change).await;
        // It is as old as its second.
        tokio::time::sleep(Duration::from_millis(1_100)).await;

        while two.other.finish_commits(10).await.unwrap() > 0 {}

        let kept = if step == Step::PositionsTaken { 0 } else { 1 };
        two.nothing_pending().await;
        assert_eq!(two.count(PLACEMENTS, doc! { "message": "m1" }).await, kept);
        assert_eq!(two.count(OUTBOX, doc! {}).await, kept);
    }
}

#[tokio::test]
async fn who_commits_on_top_of_what_broke_off_makes_it_whole_first() {
    for step in &STEPS[1..] {
        let Some((two, [begun, first])) = stage().await else { return };
        let change = place("m1", &first.next);
        two.dies(*step, &change).await;

        let next = send("m2", &change.next);
        two.other.commit(&next).await.unwrap();

        two.assert_whole(&[&begun, &first, &change, &next]).await;
    }
}

#[tokio::test]
async fn committing_again_what_broke_off_is_committing_it_once() {
    for step in STEPS {
        let Some((two, [begun, first])) = stage().await else { return };
        let change = send("m1", &first.next);
        two.dies(step, &change).await;

        let again = two.one.commit(&change).await;

        match (step, again) {
            (Step::PositionsTaken, Ok(_)) => {}
            (Step::PositionsTaken, refused) => panic!("{refused:?}"),
            (_, Err(CommitError::Repeated(placed))) => {
                assert_eq!(placed.message.id.as_str(), "m1");
            }
            (_, other) => panic!("{step:?}: {other:?}"),
        }
        two.assert_whole(&[&begun, &first, &change]).await;
    }
}

#[tokio::test]
async fn nobody_reads_past_what_may_still_come_in_between() {
    let Some((two, [_, first])) = stage().await else { return };
    let told = two.other.entries_after(Position(0), 100).await.unwrap();
    let last = told.last().unwrap().position;
    two.dies(Step::PositionsTaken, &place("m1", &first.next)).await;
    let later = two.one.commit(&begin("c2")).await.unwrap();
    assert_eq!(later.positions[0], Position(last.0 + 2), "one is missing");

    let patient = Mongo { patience: Duration::from_secs(3_600), ..two.other };
    assert_eq!(patient.entries_after(last, 100).await.unwrap(), []);
    assert_eq!(patient.tail().await.unwrap(), last);
    assert_eq!(patient.entries_after(last, 100).await.unwrap(), [], "nor the second time");

    let hasty = Mongo { patience: Duration::ZERO, ..patient };
    let mut read = Vec::new();
    while read.is_empty() {
        read = hasty.entries_after(last, 100).await.unwrap();
    }
    let positions: Vec<_> = read.iter().map(|entry| entry.position).collect();
    assert_eq!(positions, later.positions, "what was missing is void");
    assert_eq!(hasty.tail().await.unwrap(), *later.positions.last().unwrap());
}

/// Somebody who is slow, and whose positions were given away meanwhile, is told elsewhere.
#[tokio::test]
async fn who_is_slow_is_read_where_everybody_still_comes_by() {
    let Some((two, [_, first])) = stage().await else { return };
    let told = two.other.entries_after(Position(0), 100).await.unwrap();
    let last = told.last().unwrap().position;
    let change = send("m1", &first.next);
    let go_on = Arc::new(Semaphore::new(0));
    *two.one.halt.lock() = Some(Halt::Wait(Step::PositionsTaken, Arc::clone(&go_on)));

    let (committed, read) = tokio::join!(two.one.commit(&change), async {
        let later = loop {
            // Not before the slow one took its position.
            if two.newest_taken().await > last.0 {
                break two.other.commit(&begin("c2")).await.unwrap();
            }
            tokio::time::sleep(Duration::from_millis(5)).await;
        };
        let mut read = Vec::new();
        while read.is_empty() {
            read = two.other.entries_after(last, 100).await.unwrap();
        }
        assert_eq!(read.last().unwrap().position, *later.positions.last().unwrap());
        go_on.add_permits(100);
        read.last().unwrap().position
    });

    let committed = committed.unwrap();
    assert!(committed.positions[0] > read, "nobody has read past it");
    assert_eq!(committed.previous, last);
    let after = two.other.entries_after(read, 100).await.unwrap();
    let positions: Vec<_> = after.iter().map(|entry| entry.position).collect();
    assert_eq!(positions, committed.positions);
    let placed = two.other.committed_after(&first.next.id, Seq(2), 9).await.unwrap();
    assert_eq!(placed[0].position, *committed.positions.last().unwrap());
    // And it goes on from there.
    let next = two.one.commit(&place("m2", &change.next)).await.unwrap();
    assert_eq!(next.previous, *committed.positions.last().unwrap());
}

/// The one who committed and one who found it unfinished write it out side by side.
#[tokio::test]
async fn two_who_make_the_same_commit_whole_do_it_once() {
    for step in &STEPS[1..] {
        let Some((two, [begun, first])) = stage().await else { return };
        let change = send("m1", &first.next);
        let go_on = Arc::new(Semaphore::new(0));
        *two.one.halt.lock() = Some(Halt::Wait(*step, Arc::clone(&go_on)));

        let (committed, ()) = tokio::join!(two.one.commit(&change), async {
            while two.other.load(&first.next.id).await.unwrap() != Some(change.next.clone()) {}
            go_on.add_permits(100);
        });

        assert_eq!(committed.unwrap().positions.len(), change.announcements.len());
        two.assert_whole(&[&begun, &first, &change]).await;
    }
}

/// What has left the outbox is not sent again because somebody slow makes its commit whole.
#[tokio::test]
async fn what_has_left_does_not_come_back() {
    let Some((two, [_, first])) = stage().await else { return };
    let change = send("m1", &first.next);
    two.dies(Step::LogWritten, &change).await;
    let id = MessageId::parse("m1").unwrap();
    two.other.leave(&id).await.unwrap();

    two.other.load(&first.next.id).await.unwrap();

    assert_eq!(two.other.due(Timestamp(i64::MAX), 10).await.unwrap(), []);
}

/// What was taken for nothing at the very end of the log is not waited for.
#[tokio::test]
async fn what_nobody_used_at_the_end_of_the_log_is_no_debt() {
    let Some((two, [_, first])) = stage().await else { return };
    let owed = two.one.watermark().newest();
    two.dies(Step::PositionsTaken, &place("m1", &first.next)).await;
    assert!(two.one.watermark().newest() > owed, "it was named when it was taken");

    let tail = two.one.tail().await.unwrap();

    assert_eq!(tail, two.one.watermark().newest());
    assert!(two.one.watermark().is_handed(tail) || !two.one.watermark().owes_since(Duration::ZERO));
}

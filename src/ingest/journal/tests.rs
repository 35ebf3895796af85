use super::*;

const MIB: usize = 1 << 20;

fn raw(body: &'static str) -> Raw {
    Raw {
        source: Source::TwilioSms,
        target: "/webhooks/twilio/sms?a=1".into(),
        content_type: Some("application/x-www-form-urlencoded".into()),
        signature: Some("c2lnbmVk".into()),
        peer: Some([127, 0, 0, 1].into()),
        forwarded: false,
        body: body.into(),
    }
}

fn envelope(id: &str) -> Envelope {
    let text = |text: &str| Some(text.to_owned());
    Envelope { provider_id: text(id), from: text("+1555"), to: text("+1666"), public_url: None }
}

async fn keep(journal: &Journal, body: &'static str) -> Result<Kept, NotKept> {
    journal.keep(raw(body), envelope("SM"), None, Timestamp(5)).await
}

async fn doubt(journal: &Journal) -> Result<Kept, NotKept> {
    journal.keep(raw("x"), envelope("SM"), Some("doubtful".into()), Timestamp(5)).await
}

async fn bodies(journal: &Journal) -> Vec<Bytes> {
    let rows = journal.kept_after(Kept(0), 1_000, MIB).await.unwrap();
    rows.into_iter().map(|row| row.body).collect()
}

fn on_disk(path: &Path) -> i64 {
    let db = Connection::open(path).unwrap();
    db.query_row("SELECT count(*) FROM intake", [], |row| row.get(0)).unwrap()
}

#[tokio::test]
async fn what_was_kept_is_there_after_reopening_and_what_was_forgotten_is_not() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("intake.db");
    let journal = Journal::open(&path, Limits::default()).unwrap();
    let first = keep(&journal, "1").await.unwrap();
    keep(&journal, "2").await.unwrap();
    doubt(&journal).await.unwrap();
    journal.done(first);
    journal.forget().await.unwrap();
    drop(journal);

    let journal = Journal::open(&path, Limits::default()).unwrap();

    assert_eq!(bodies(&journal).await, ["2"]);
    assert_eq!(journal.depth().await.unwrap(), 1);
    assert_eq!(journal.quarantined(None, 10).await.unwrap().len(), 1);
    let row = journal.kept_after(Kept(0), 1, MIB).await.unwrap().remove(0);
    assert_eq!((row.source, row.received_at), (Some(Source::TwilioSms), Timestamp(5)));
    assert_eq!((row.from.as_deref(), row.to.as_deref()), (Some("+1555"), Some("+1666")));
}

#[tokio::test]
async fn a_delivered_request_is_deleted_by_the_commit_of_a_later_one() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("intake.db");
    let journal = Journal::open(&path, Limits::default()).unwrap();
    let first = keep(&journal, "1").await.unwrap();

    journal.done(first);
    assert_eq!((journal.depth().await.unwrap(), on_disk(&path)), (0, 1));
    keep(&journal, "2").await.unwrap();

    assert_eq!(bodies(&journal).await, ["2"]);
    assert_eq!((journal.unforgotten(), on_disk(&path)), (0, 1));
}

#[tokio::test]
async fn a_number_is_never_given_twice() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("intake.db");
    let journal = Journal::open(&path, Limits::default()).unwrap();
    let first = keep(&journal, "1").await.unwrap();
    journal.done(first);
    journal.forget().await.unwrap();
    drop(journal);

    let journal = Journal::open(&path, Limits::default()).unwrap();

    assert!(keep(&journal, "2").await.unwrap() > first);
}

#[tokio::test]
async fn a_full_quarantine_refuses_doubtful_requests_and_takes_genuine_ones() {
    let directory = tempfile::tempdir().unwrap();
    let limits = Limits { quarantined_rows: 2, ..Limits::default() };
    let journal = Journal::open(&directory.path().join("intake.db"), limits).unwrap();
    let oldest = doubt(&journal).await.unwrap();
    doubt(&journal).await.unwrap();

    assert!(matches!(doubt(&journal).await, Err(NotKept::Full("quarantine"))));
    let genuine = keep(&journal, "1").await.unwrap();
    journal.quarantine(genuine, "unreadable".into()).await.unwrap();

    let there = journal.quarantined(None, 10).await.unwrap();
    assert_eq!(there.len(), 3, "an acknowledged request always finds room");
    assert_eq!(there.last().map(|one| one.id), Some(oldest));
    journal.discard(oldest).await.unwrap();
    journal.discard(genuine).await.unwrap();
    assert!(doubt(&journal).await.is_ok(), "there is room again");
}

#[tokio::test]
async fn a_full_journal_refuses_everybody_until_something_is_delivered() {
    let directory = tempfile::tempdir().unwrap();
    let limits = Limits { rows: 1, ..Limits::default() };
    let journal = Journal::open(&directory.path().join("intake.db"), limits).unwrap();
    assert!(journal.ready().await.is_ok());
    let only = keep(&journal, "1").await.unwrap();

    assert!(matches!(keep(&journal, "2").await, Err(NotKept::Full("intake journal"))));
    assert!(matches!(journal.ready().await, Err(NotKept::Full(_))));
    journal.done(only);

    assert!(keep(&journal, "3").await.is_ok());
    assert_eq!(bodies(&journal).await, ["3"]);
}

#[tokio::test]
async fn bytes_are_limited_as_well_as_rows() {
    let directory = tempfile::tempdir().unwrap();
    let limits = Limits { bytes: 10, ..Limits::default() };
    let journal = Journal::open(&directory.path().join("intake.db"), limits).unwrap();

    keep(&journal, "0123456789").await.unwrap();

    assert!(matches!(keep(&journal, "x").await, Err(NotKept::Full(_))));
}

/// A limit on pages is how SQLite lets one fill a disk.
#[tokio::test]
async fn a_full_disk_refuses_and_what_is_there_can_still_be_read_and_delivered() {
    let directory = tempfile::tempdir().unwrap();
    let journal = Journal::open(&directory.path().join("intake.db"), Limits::default()).unwrap();
    let first = keep(&journal, "1").await.unwrap();
    let fill = |db: &Connection| {
        let pages: i64 = db.pragma_query_value(None, "page_count", |row| row.get(0))?;
        db.pragma_update_and_check(None, "max_page_count", pages, |_| Ok(()))
    };
    journal.writer.run("filling", move |db| fill(db).map_err(failed("filling"))).await.unwrap();
    let big = Box::leak("x".repeat(MIB).into_boxed_str());

    let refused = keep(&journal, big).await;

    assert!(matches!(refused, Err(NotKept::Unavailable(_))));
    assert_eq!(bodies(&journal).await, ["1"]);
    journal.done(first);
    journal.forget().await.unwrap();
    assert_eq!(bodies(&journal).await, [""; 0]);
}

#[tokio::test]
async fn reading_stops_where_the_bodies_grow_too_big_but_never_stands_still() {
    let directory = tempfile::tempdir().unwrap();
    let journal = Journal::open(&directory.path().join("intake.db"), Limits::default()).unwrap();
    for _ in 0..3 {
        keep(&journal, "0123456789").await.unwrap();
    }

    let read = async |bytes| journal.kept_after(Kept(0), 10, bytes).await.unwrap().len();

    assert_eq!((read(1).await, read(20).await, read(29).await, read(30).await), (1, 2, 2, 3));
}

#[test]
fn a_newer_layout_is_refused_and_left_alone() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("intake.db");
    Connection::open(&path).unwrap().pragma_update(None, "user_version", 2).unwrap();

    let opened = Journal::open(&path, Limits::default());

    assert!(matches!(opened, Err(OpenError::Newer(2))));
}

#[test]
fn no_question_that_is_asked_often_scans_the_table() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("intake.db");
    drop(Journal::open(&path, Limits::default()).unwrap());
    let db = Connection::open(&path).unwrap();

    for sql in [
        "SELECT body FROM intake WHERE state = 'kept' AND id > 5 ORDER BY id LIMIT 9",
        "SELECT reason FROM intake WHERE state = 'quarantined' AND id < 5 ORDER BY id DESC LIMIT 9",
        "DELETE FROM intake WHERE id = 5 AND state = 'kept'",
    ] {
        let mut plan = db.prepare(&format!("EXPLAIN QUERY PLAN {sql}")).unwrap();
        let steps: Vec<String> =
            plan.query_map([], |row| row.get(3)).unwrap().map(Result::unwrap).collect();
        assert!(steps.iter().all(|step| step.starts_with("SEARCH")), "{sql}: {steps:?}");
    }
}

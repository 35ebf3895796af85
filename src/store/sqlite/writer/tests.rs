use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, mpsc as blocking};

use futures_util::FutureExt;

use super::*;

fn writer() -> Writer {
    let connection = Connection::open_in_memory().unwrap();
    connection.execute_batch("CREATE TABLE t (x INTEGER PRIMARY KEY)").unwrap();
    Writer::start("test", connection).unwrap()
}

fn failed(error: rusqlite::Error) -> Unavailable {
    Unavailable::new("writing", error)
}

async fn insert(writer: &Writer, x: i64) -> Result<i64, Unavailable> {
    let sql = "INSERT INTO t VALUES (?1)";
    let work = move |db: &Connection| db.execute(sql, [x]).map(|_| x).map_err(failed);
    writer.run("writing", work).await
}

async fn stored(writer: &Writer) -> Vec<i64> {
    let all = |db: &Connection| -> rusqlite::Result<Vec<i64>> {
        db.prepare("SELECT x FROM t ORDER BY x")?.query_map([], |row| row.get(0))?.collect()
    };
    writer.run("reading", move |db| all(db).map_err(failed)).await.unwrap()
}

/// Holds the writer up, so that what comes next forms one batch. Drop the sender to let go.
async fn held(writer: &Arc<Writer>) -> blocking::Sender<()> {
    let (release, wait) = blocking::channel::<()>();
    let (begun, running) = oneshot::channel();
    let (holder, begun) = (Arc::clone(writer), Mutex::new(Some(begun)));
    tokio::spawn(async move {
        let work = move |_: &Connection| {
            // Not when it is done again.
            if let Some(begun) = begun.lock().unwrap().take() {
                let _ = begun.send(());
                let _ = wait.recv();
            }
            Ok::<_, Unavailable>(())
        };
        holder.run("holding", work).await
    });
    running.await.unwrap();
    release
}

#[tokio::test]
async fn work_that_fails_or_panics_leaves_nothing_and_its_neighbours_stay() {
    let writer = Arc::new(writer());
    let hold = held(&writer).await;

    let (first, twice, panics, last, ()) = tokio::join!(
        insert(&writer, 1),
        writer.run("writing", |db| {
            db.execute("INSERT INTO t VALUES (7)", []).map_err(failed)?;
            db.execute("INSERT INTO t VALUES (1)", []).map_err(failed)
        }),
        writer.run("writing", |db| -> Result<(), Unavailable> {
            db.execute("INSERT INTO t VALUES (8)", []).map_err(failed)?;
            panic!("on purpose")
        }),
        insert(&writer, 2),
        async { drop(hold) },
    );

    assert_eq!((first.unwrap(), last.unwrap()), (1, 2));
    assert!(twice.is_err() && panics.is_err());
    assert_eq!(stored(&writer).await, [1, 2]);
}

#[tokio::test]
async fn only_what_fails_halfway_has_its_neighbours_done_again() {
    let writer = Arc::new(writer());
    let times = Arc::new(AtomicUsize::new(0));
    let insert = |x: i64| {
        let (writer, times) = (&writer, Arc::clone(&times));
        async move {
            let work = move |db: &Connection| {
                times.fetch_add(1, Ordering::SeqCst);
                db.execute("INSERT INTO t VALUES (?1)", [x]).map_err(failed)
            };
            writer.run("writing", work).await.unwrap()
        }
    };
    let fail = |x: i64| {
        let work = move |db: &Connection| {
            db.execute("INSERT OR IGNORE INTO t VALUES (?1)", [x]).map_err(failed)?;
            Err::<(), _>(failed(rusqlite::Error::InvalidQuery))
        };
        writer.run("writing", work)
    };
    let hold = held(&writer).await;
    let (_, at_once, ()) = tokio::join!(insert(1), fail(1), async { drop(hold) });
    assert_eq!(times.swap(0, Ordering::SeqCst), 1);

    let hold = held(&writer).await;
    let (_, halfway, _, ()) = tokio::join!(insert(2), fail(7), insert(3), async { drop(hold) });

    assert_eq!(times.load(Ordering::SeqCst), 1 + 2);
    assert!(at_once.is_err() && halfway.is_err());
    assert_eq!(stored(&writer).await, [1, 2, 3]);
}

#[tokio::test]
async fn what_follows_a_commit_runs_in_order_and_before_anybody_is_answered() {
    let writer = Arc::new(writer());
    let hold = held(&writer).await;
    let seen = Arc::new(Mutex::new(Vec::new()));

    let ask = |x: i64| {
        let (seen, writer) = (Arc::clone(&seen), &writer);
        async move {
            let at_answer = Arc::clone(&seen);
            let keep = move |_: &Connection, _| match x {
                2 => Err(failed(rusqlite::Error::InvalidQuery)),
                _ => Ok(x),
            };
            let note = move |x: &i64| seen.lock().unwrap().push(*x);
            let _ = writer.run_then("writing", keep, note).await;
            at_answer.lock().unwrap().clone()
        }
    };
    let (a, b, c, ()) = tokio::join!(ask(1), ask(2), ask(3), async { drop(hold) });

    for seen in [a, b, c] {
        assert_eq!(seen, [1, 3], "nothing for the one that failed");
    }
}

#[tokio::test]
async fn a_transaction_that_cannot_be_committed_keeps_nobodys_work() {
    let writer = Arc::new(writer());
    let hold = held(&writer).await;
    let called = Arc::new(Mutex::new(false));
    let call = Arc::clone(&called);

    let (first, ends, last, ()) = tokio::join!(
        writer.run_then(
            "writing",
            |db, _| db.execute("INSERT INTO t VALUES (1)", []).map_err(failed),
            move |_| *call.lock().unwrap() = true,
        ),
        writer.run("writing", |db| db.execute_batch("ROLLBACK").map_err(failed)),
        insert(&writer, 2),
        async { drop(hold) },
    );

    assert!(first.is_err() && ends.is_err() && last.is_err());
    assert!(!*called.lock().unwrap());
    assert_eq!(stored(&writer).await, [0; 0]);
    assert_eq!(insert(&writer, 3).await.unwrap(), 3, "the next one is not harmed");
}

#[tokio::test]
async fn a_full_queue_refuses_at_once() {
    let writer = Arc::new(writer());
    let hold = held(&writer).await;
    for x in 0..QUEUE {
        // Polled once, then given up: it was taken in.
        assert!(insert(&writer, x as i64).now_or_never().is_none());
    }

    let error = insert(&writer, -1).await.unwrap_err();

    assert_eq!(error.source.to_string(), "writer is full");
    drop(hold);
}

#[tokio::test]
async fn a_dropped_writer_has_committed_what_it_took_in() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("t.db");
    let connection = crate::store::sqlite::open_file(&path).unwrap();
    connection.execute_batch("CREATE TABLE t (x INTEGER PRIMARY KEY)").unwrap();
    let writer = Writer::start("test", connection).unwrap();

    let _ = insert(&writer, 5).now_or_never();
    drop(writer);

    let again = Writer::start("test", crate::store::sqlite::open_file(&path).unwrap()).unwrap();
    assert_eq!(stored(&again).await, [5]);
}

use std::sync::Arc;

use actors::domain::*;
use actors::testing::domain::user;
use switchboard::store::{self, Durability};

use crate::changes::*;
use crate::stage::SetClock;
use crate::{Stage, on_each_backend};

on_each_backend!(what_was_committed_is_there_when_the_store_is_opened_again);

async fn what_was_committed_is_there_when_the_store_is_opened_again(stage: Stage) {
    let first = begin("c1", &["ana"], 1);
    stage.keep(&first).await;
    let change = place(incoming("m1"), &first.next, 10);
    let committed = stage.keep(&change).await;
    stage.store.put_push_token(&PushToken { user: user("ana"), token: "t".into() }).await.unwrap();

    let stage = stage.reopen().await;

    assert_eq!(stage.watermark.value(), committed.positions[0], "all that was owed is history");
    let store = &stage.store;
    assert_eq!(store.load(&change.next.id).await.unwrap(), Some(change.next.clone()));
    let messages = store.committed_after(&change.next.id, Seq(0), 10).await.unwrap();
    assert_eq!(messages, [placed(&change, committed.positions[0])]);
    assert_eq!(store.entries_after(Position(0), 10).await.unwrap().len(), 2);
    assert_eq!(store.push_tokens(&user("ana")).await.unwrap().len(), 1);
    let next = stage.keep(&place(incoming("m2"), &change.next, 20)).await;
    assert!(next.positions[0] > committed.positions[0]);
}

#[tokio::test]
async fn an_sqlite_file_is_opened_by_one_at_a_time() {
    let directory = tempfile::tempdir().unwrap();
    let url = format!("sqlite:{}", directory.path().join("s.db").display());
    let open = || store::open(&url, Durability::Whole, Arc::new(SetClock::default()));
    let first = open().await.unwrap();

    let second = open().await.err().unwrap();

    let cause = std::error::Error::source(&second).unwrap();
    assert_eq!(cause.to_string(), "database is in use by another program");
    drop(first);
    assert!(open().await.is_ok());
}

#[tokio::test]
async fn a_url_that_names_no_store_is_refused_and_not_repeated() {
    for url in ["", "sqlite:", "sqlite://", "postgres://me:secret@host/db", "data.db"] {
        let opened = store::open(url, Durability::Whole, Arc::new(SetClock::default())).await;
        let error = opened.err().unwrap().to_string();
        assert!(error.starts_with("store URL has to begin with sqlite:"), "{error}");
    }
}

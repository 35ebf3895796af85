//! Two programs on one store, at the same time: what several nodes rely on.
use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use actors::domain::*;
use actors::ports::{CommitError, Store};
use actors::testing::domain::user;
use futures_util::future::join_all;

use crate::changes::*;

/// Commits a message on whatever stands there then, however often somebody is faster.
async fn place_somehow(store: &dyn Store, conversation: &ConversationId, id: &str) -> Position {
    loop {
        let there = store.load(conversation).await.unwrap().unwrap();
        let change = place(incoming(id), &there, 10);
        match store.commit(&change).await {
            Ok(committed) => return *committed.positions.last().unwrap(),
            Err(CommitError::Stale) => {}
            Err(other) => panic!("{other:?}"),
        }
    }
}

/// Reads the log to its end until it is told that nothing more comes. Never looks back.
async fn follow(store: Arc<dyn Store>, over: Arc<AtomicBool>) -> Vec<Entry> {
    let mut read: Vec<Entry> = Vec::new();
    loop {
        let is_over = over.load(Ordering::SeqCst);
        let after = read.last().map_or(Position(0), |entry| entry.position);
        let page = store.entries_after(after, 7).await.unwrap();
        if page.is_empty() && is_over && store.tail().await.unwrap() == after {
            return read;
        }
        read.extend(page);
        tokio::task::yield_now().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_two_nodes_commit_at_once_is_there_once_and_in_one_order() {
    const EACH: usize = 12;
    let Some(stage) = crate::stage::mongo().await else { return };
    let nodes = [Arc::clone(&stage.store), stage.beside().await];
    let conversations: Vec<_> = (0..3).map(|n| conversation_id(&format!("c{n}"))).collect();
    for conversation in &conversations {
        stage.keep(&begin(conversation.as_str(), &["ana", "ben"], 1)).await;
    }
    let over = Arc::new(AtomicBool::new(false));
    let readers = nodes.clone().map(|node| tokio::spawn(follow(node, Arc::clone(&over))));

    let writers = nodes.iter().enumerate().flat_map(|(node, store)| {
        conversations.iter().map(move |conversation| async move {
            let mut positions = Vec::new();
            for n in 0..EACH {
                let id = format!("{conversation} {node} {n}");
                positions.push(place_somehow(&**store, conversation, &id).await);
            }
            positions
        })
    });
    let written: Vec<_> = join_all(writers).await;
    over.store(true, Ordering::SeqCst);

    for positions in &written {
        assert!(positions.is_sorted(), "whoever waits for one commit comes after it");
    }
    let [one, other] = readers;
    let (one, other) = (one.await.unwrap(), other.await.unwrap());
    assert!(one.is_sorted_by(|a, b| a.position < b.position), "nothing came in below");
    assert_eq!(one, other, "whoever reads, whenever");
    let told: Vec<_> = one.iter().filter_map(|entry| entry.message.clone()).collect();
    assert_eq!(told.len(), 2 * EACH * conversations.len());
    assert_eq!(told.iter().collect::<HashSet<_>>().len(), told.len(), "each once");
    for conversation in &conversations {
        assert_whole(&*nodes[1], conversation, &one, 2 * EACH).await;
    }
}

/// One conversation's record, in whichever way one reads it.
async fn assert_whole(
    store: &dyn Store,
    conversation: &ConversationId,
    told: &[Entry],
    messages: usize,
) {
    let there = store.load(conversation).await.unwrap().unwrap();
    assert_eq!(there.version, 1 + messages as u64);
    let all = store.committed_after(conversation, Seq(0), 1_000).await.unwrap();
    let dense: Vec<_> = (1..=messages as u64).map(Seq).collect();
    assert_eq!(all.iter().map(|placed| placed.seq).collect::<Vec<_>>(), dense);
    let own: Vec<_> = told.iter().filter(|entry| entry.conversation == *conversation).collect();
    let mut previous = Position(0);
    for entry in &own {
        assert_eq!(entry.previous, previous);
        previous = entry.position;
    }
    let positions: HashMap<_, _> = own.iter().map(|e| (e.message.clone(), e.position)).collect();
    for placed in &all {
        assert_eq!(positions.get(&Some(placed.message.id.clone())), Some(&placed.position));
    }
    assert!(all.is_sorted_by(|a, b| a.position < b.position), "as the versions");
    assert_eq!(there.participant(&user("ben")).unwrap().unread, messages as u32);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_two_nodes_that_begin_one_conversation_one_does() {
    let Some(stage) = crate::stage::mongo().await else { return };
    let nodes = [Arc::clone(&stage.store), stage.beside().await];

    for round in 0..10 {
        let begun = nodes.iter().enumerate().map(async |(node, store)| {
            let mut change = begin(&format!("c{round} of {node}"), &["ana"], 1);
            change.next.key = absent(&format!("same {round}")).key;
            (store.commit(&change).await, change.next)
        });
        let begun = join_all(begun).await;

        let kept: Vec<_> = begun.iter().filter(|(outcome, _)| outcome.is_ok()).collect();
        assert_eq!(kept.len(), 1, "{begun:?}");
        for node in &nodes {
            let found = node.find(&kept[0].1.key).await.unwrap();
            assert_eq!(found.as_ref(), Some(&kept[0].1.id));
        }
    }
}

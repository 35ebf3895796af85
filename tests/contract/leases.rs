use std::time::Duration;

use futures_util::future::join_all;

use crate::{Stage, on_each_backend, stage};

on_each_backend!(
    who_holds_a_lease_renews_it,
    a_lease_that_was_given_back_is_free_at_once,
    leases_of_different_names_do_not_meet,
);

/// Longer than any test.
const LONG: Duration = Duration::from_secs(3_600);

impl Stage {
    async fn holds(&self, name: &str, node: &str) -> bool {
        self.holds_for(name, node, LONG).await
    }

    async fn holds_for(&self, name: &str, node: &str, ttl: Duration) -> bool {
        self.store.hold_lease(name, node, ttl).await.unwrap()
    }
}

async fn who_holds_a_lease_renews_it(stage: Stage) {
    assert!(stage.holds("sweep", "n1").await);

    assert!(stage.holds("sweep", "n1").await);

    let stage = stage.reopen().await;
    assert!(stage.holds("sweep", "n1").await);
}

async fn a_lease_that_was_given_back_is_free_at_once(stage: Stage) {
    assert!(stage.holds("sweep", "n1").await);

    stage.store.give_lease_back("sweep", "n1").await.unwrap();
    stage.store.give_lease_back("never", "n1").await.unwrap();

    assert!(stage.holds("sweep", "n2").await);
}

async fn leases_of_different_names_do_not_meet(stage: Stage) {
    assert!(stage.holds("sweep", "n1").await);

    assert!(stage.holds("outbox", "n2").await);
}

// What follows is about nodes that share a store; a file is one node's alone.

#[tokio::test]
async fn of_many_nodes_that_want_a_lease_one_holds_it() {
    let Some(stage) = stage::mongo().await else { return };
    for round in 0..10 {
        let name = format!("sweep{round}");
        let nodes: Vec<_> = (0..20).map(|node| format!("n{node}")).collect();

        let held = join_all(nodes.iter().map(|node| stage.holds(&name, node))).await;

        let holders: Vec<_> = nodes.iter().zip(held).filter(|(_, held)| *held).collect();
        let [(holder, _)] = holders[..] else { panic!("{holders:?} hold it") };
        assert!(!stage.holds(&name, "somebody else").await);
        stage.store.give_lease_back(&name, "somebody else").await.unwrap();
        assert!(!stage.holds(&name, "somebody else").await, "it is not theirs to give");
        assert!(stage.holds(&name, holder).await);
    }
}

#[tokio::test]
async fn a_lease_that_is_not_renewed_is_over_by_the_stores_clock() {
    let Some(stage) = stage::mongo().await else { return };
    // Whatever a node takes for the time.
    stage.clock.set(i64::MAX / 2);
    assert!(stage.holds_for("sweep", "n1", Duration::from_secs(2)).await);
    assert!(!stage.holds("sweep", "n2").await);

    let start = std::time::Instant::now();
    while !stage.holds("sweep", "n2").await {
        assert!(start.elapsed() < Duration::from_secs(30), "it does not end");
        tokio::task::yield_now().await;
    }

    assert!(!stage.holds("sweep", "n1").await, "who comes too late has lost it");
}

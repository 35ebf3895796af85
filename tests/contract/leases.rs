use std::time::Duration;

use crate::{Stage, on_each_backend};

on_each_backend!(
    who_holds_a_lease_renews_it,
    a_lease_that_was_given_back_is_free_at_once,
    leases_of_different_names_do_not_meet,
);

/// Longer than any test.
const LONG: Duration = Duration::from_secs(3_600);

impl Stage {
    async fn holds(&self, name: &str, node: &str) -> bool {
        self.store.hold_lease(name, node, LONG).await.unwrap()
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

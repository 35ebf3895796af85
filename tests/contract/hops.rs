use actors::domain::{Json, Timestamp};
use actors::ports::KeptHop;

use crate::changes::*;
use crate::{Stage, on_each_backend};

on_each_backend!(the_hops_of_a_message_come_in_the_order_they_were_kept, old_hops_are_forgotten,);

fn hop(message: &str, at: i64, name: &str) -> KeptHop {
    KeptHop {
        message: message_id(message),
        at: Timestamp(at),
        hop: name.into(),
        details: Json::from_valid(r#"{"intake":1}"#),
    }
}

impl Stage {
    async fn hops_of(&self, message: &str, limit: usize) -> Vec<KeptHop> {
        self.store.hops_of(&message_id(message), limit).await.unwrap()
    }
}

async fn the_hops_of_a_message_come_in_the_order_they_were_kept(stage: Stage) {
    // The clock stepped back meanwhile.
    let first = [hop("m1", 5, "delivered"), hop("m2", 5, "delivered"), hop("m1", 3, "announced")];
    stage.store.keep_hops(&first).await.unwrap();
    stage.store.keep_hops(&[hop("m1", 4, "replayed")]).await.unwrap();
    let stage = stage.reopen().await;

    let wanted = [&first[0], &first[2], &hop("m1", 4, "replayed")].map(Clone::clone);
    assert_eq!(stage.hops_of("m1", 10).await, wanted);
    assert_eq!(stage.hops_of("m1", 2).await, wanted[..2]);
    assert_eq!(stage.hops_of("m3", 10).await, []);
}

async fn old_hops_are_forgotten(stage: Stage) {
    let hops: Vec<_> = (0..5_000).map(|at| hop("m1", at, "announced")).collect();
    stage.store.keep_hops(&hops).await.unwrap();

    stage.store.forget_hops(Timestamp(4_999)).await.unwrap();

    assert_eq!(stage.hops_of("m1", 10).await, hops[4_999..]);
}

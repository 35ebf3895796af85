use actors::domain::*;
use actors::ports::DuePush;
use actors::testing::domain::user;

use crate::changes::*;
use crate::{Stage, on_each_backend};

on_each_backend!(
    what_was_decided_on_a_message_and_user_is_decided_once,
    what_is_due_comes_longest_due_first_and_leaves_when_it_is_settled,
    a_push_that_was_being_handed_over_says_so_after_a_restart,
    what_is_put_off_comes_again_with_who_has_it,
    where_deciding_stands_never_goes_back_and_survives_a_restart,
    settled_pushes_are_forgotten_and_due_ones_are_not,
);

fn decided(message: &str, name: &str, reason: PushReason, at: i64) -> PushDecision {
    PushDecision {
        message: message_id(message),
        user: user(name),
        conversation: conversation_id("c1"),
        reason,
        at: Timestamp(at),
    }
}

fn due(message: &str, name: &str, at: i64) -> DuePush {
    DuePush {
        message: message_id(message),
        user: user(name),
        conversation: conversation_id("c1"),
        decided_at: Timestamp(at),
        attempts: 0,
        called_at: None,
        reached: vec![],
    }
}

fn key(message: &str, name: &str) -> (MessageId, UserId) {
    (message_id(message), user(name))
}

impl Stage {
    async fn decide_push(&self, decisions: &[PushDecision], due: i64) {
        self.store.keep_push_decisions(decisions, Timestamp(due), None).await.unwrap();
    }

    async fn pushes_due(&self, now: i64) -> Vec<DuePush> {
        self.store.pushes_due(Timestamp(now), 10).await.unwrap()
    }

    async fn pushes_of(&self, message: &str) -> Vec<PushDecision> {
        self.store.pushes_of(&message_id(message)).await.unwrap()
    }
}

async fn what_was_decided_on_a_message_and_user_is_decided_once(stage: Stage) {
    let ana = decided("m1", "ana", PushReason::Connected, 5);
    let ben = decided("m1", "ben", PushReason::Offline, 5);
    stage.decide_push(&[ana.clone(), ben.clone()], 5).await;

    let anew = [("ana", PushReason::Offline), ("ben", PushReason::Connected)];
    stage.decide_push(&anew.map(|(name, reason)| decided("m1", name, reason, 9)), 9).await;

    assert_eq!(stage.pushes_of("m1").await, [ana, ben]);
    assert_eq!(stage.pushes_due(100).await, [due("m1", "ben", 5)]);
    assert_eq!(stage.pushes_of("m2").await, []);
}

async fn what_is_due_comes_longest_due_first_and_leaves_when_it_is_settled(stage: Stage) {
    stage.decide_push(&[decided("m1", "ana", PushReason::Offline, 1)], 30).await;
    stage.decide_push(&[decided("m2", "ana", PushReason::Offline, 2)], 20).await;
    stage.decide_push(&[decided("m3", "ana", PushReason::Offline, 3)], 90).await;

    assert_eq!(stage.pushes_due(19).await, []);
    assert_eq!(stage.pushes_due(30).await, [due("m2", "ana", 2), due("m1", "ana", 1)]);

    let settle = |reason, now| {
        let (store, key) = (stage.store.clone(), key("m2", "ana"));
        async move { store.settle_push(&key, reason, Timestamp(now)).await.unwrap() }
    };
    settle(PushReason::Sent, 31).await;
    settle(PushReason::ProviderError, 32).await;
    assert_eq!(stage.pushes_due(30).await, [due("m1", "ana", 1)]);
    let settled = decided("m2", "ana", PushReason::Sent, 31);
    assert_eq!(stage.pushes_of("m2").await, [settled], "what is over stays as it ended");
}

async fn a_push_that_was_being_handed_over_says_so_after_a_restart(stage: Stage) {
    stage.decide_push(&[decided("m1", "ana", PushReason::Offline, 1)], 1).await;
    stage.store.pushing(&[key("m1", "ana")], Timestamp(7)).await.unwrap();

    let stage = stage.reopen().await;

    let called = DuePush { attempts: 1, called_at: Some(Timestamp(7)), ..due("m1", "ana", 1) };
    assert_eq!(stage.pushes_due(10).await, [called]);
}

async fn what_is_put_off_comes_again_with_who_has_it(stage: Stage) {
    stage.decide_push(&[decided("m1", "ana", PushReason::Offline, 1)], 1).await;
    stage.store.pushing(&[key("m1", "ana")], Timestamp(7)).await.unwrap();
    let reached = ["phone".to_owned()];
    stage.store.put_push_off(&key("m1", "ana"), Timestamp(50), &reached).await.unwrap();

    assert_eq!(stage.pushes_due(49).await, []);
    let again = DuePush { attempts: 1, reached: reached.to_vec(), ..due("m1", "ana", 1) };
    assert_eq!(stage.pushes_due(50).await, [again]);
}

async fn where_deciding_stands_never_goes_back_and_survives_a_restart(stage: Stage) {
    assert_eq!(stage.store.push_decided_up_to().await.unwrap(), Position(0));
    for position in [7, 3] {
        let up_to = Some(Position(position));
        stage.store.keep_push_decisions(&[], Timestamp(0), up_to).await.unwrap();
    }

    let stage = stage.reopen().await;

    assert_eq!(stage.store.push_decided_up_to().await.unwrap(), Position(7));
}

async fn settled_pushes_are_forgotten_and_due_ones_are_not(stage: Stage) {
    let old = [
        decided("m1", "ana", PushReason::Connected, 1),
        decided("m1", "ben", PushReason::Offline, 1),
    ];
    let new = [decided("m2", "ana", PushReason::Connected, 9)];
    stage.decide_push(&old, 1).await;
    stage.decide_push(&new, 9).await;

    stage.store.forget_pushes(Timestamp(9)).await.unwrap();

    assert_eq!(stage.pushes_of("m1").await, old[1..]);
    assert_eq!(stage.pushes_of("m2").await, new);
}

use actors::domain::Position;
use actors::ports::{After, Numbered, NumberedEvent, Stretch};

use crate::changes::account_id;
use crate::{Stage, on_each_backend};

on_each_backend!(
    events_are_numbered_without_gaps_and_read_by_number_and_by_position,
    of_two_who_number_the_same_stretch_one_does,
    what_was_forgotten_unnumbered_leaves_a_gap_and_what_the_log_forgot_goes,
);

fn stretch(positions: &[u64], reached: u64) -> Stretch {
    let events = positions.iter().map(|position| Position(*position)).collect();
    Stretch { events, reached: Position(reached), gap: false }
}

async fn number(stage: &Stage, account: &str, stretch: &Stretch) -> bool {
    let account = account_id(account);
    let from = stage.store.numbered(&account).await.unwrap();
    stage.store.number_events(&account, from, stretch).await.unwrap()
}

async fn after(stage: &Stage, account: &str, after: After, limit: usize) -> Vec<(u64, u64)> {
    let found = stage.store.events_after(&account_id(account), after, limit).await.unwrap();
    found.iter().map(|NumberedEvent { number, position }| (*number, position.0)).collect()
}

async fn events_are_numbered_without_gaps_and_read_by_number_and_by_position(stage: Stage) {
    assert_eq!(stage.store.numbered(&account_id("acme")).await.unwrap(), Numbered::default());
    assert!(number(&stage, "acme", &stretch(&[3, 7], 9)).await);
    assert!(number(&stage, "other", &stretch(&[4], 9)).await);
    assert!(number(&stage, "acme", &stretch(&[], 12)).await);
    assert!(number(&stage, "acme", &stretch(&[13], 20)).await);

    let stage = stage.reopen().await;

    let far = stage.store.numbered(&account_id("acme")).await.unwrap();
    assert_eq!(far, Numbered { last: 3, reached: Position(20) });
    assert_eq!(after(&stage, "acme", After::Number(0), 9).await, [(1, 3), (2, 7), (3, 13)]);
    assert_eq!(after(&stage, "acme", After::Number(1), 1).await, [(2, 7)]);
    assert_eq!(after(&stage, "acme", After::Position(Position(3)), 9).await, [(2, 7), (3, 13)]);
    assert_eq!(after(&stage, "acme", After::Position(Position(99)), 9).await, []);
    assert_eq!(after(&stage, "other", After::Number(0), 9).await, [(1, 4)]);
}

async fn of_two_who_number_the_same_stretch_one_does(stage: Stage) {
    let (acme, from) = (account_id("acme"), Numbered::default());
    let (one, other) = (stretch(&[3], 5), stretch(&[3, 6], 8));

    let first = stage.store.number_events(&acme, from, &one).await.unwrap();
    let second = stage.store.number_events(&acme, from, &other).await.unwrap();
    let again = stage.store.number_events(&acme, from, &one).await.unwrap();

    assert_eq!((first, second, again), (true, false, false));
    let nowhere = Numbered { last: 4, reached: Position(2) };
    assert!(!stage.store.number_events(&account_id("other"), nowhere, &one).await.unwrap());
    assert_eq!(after(&stage, "acme", After::Number(0), 9).await, [(1, 3)]);
}

async fn what_was_forgotten_unnumbered_leaves_a_gap_and_what_the_log_forgot_goes(stage: Stage) {
    number(&stage, "acme", &stretch(&[3, 4], 5)).await;
    number(&stage, "acme", &Stretch { gap: true, ..stretch(&[50], 60) }).await;
    number(&stage, "acme", &Stretch { gap: true, ..stretch(&[], 70) }).await;
    number(&stage, "acme", &stretch(&[71], 80)).await;

    stage.store.forget_numbers(Position(3)).await.unwrap();

    assert_eq!(after(&stage, "acme", After::Number(0), 9).await, [(2, 4), (4, 50), (6, 71)]);
}

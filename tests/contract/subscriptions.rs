use actors::domain::*;
use actors::ports::*;

use crate::changes::*;
use crate::{Stage, on_each_backend};

on_each_backend!(
    a_subscription_is_kept_as_it_is_and_outlives_the_store,
    putting_again_changes_what_was_asked_and_not_how_far_it_came,
    a_subscription_belongs_to_one_account_and_an_account_has_so_many,
    what_was_settled_for_an_older_revision_is_not_kept,
    who_is_disabled_or_inactive_is_not_in_force,
    what_is_parked_is_listed_latest_first_and_bounded,
    the_log_is_read_for_one_account_and_goes_past_the_others,
    a_log_that_forgot_something_says_so,
);

fn id(text: &str) -> SubscriptionId {
    SubscriptionId::parse(text).unwrap()
}

fn subscription(name: &str, account: &str) -> Subscription {
    Subscription {
        id: id(name),
        account: account_id(account),
        url: "https://example.com/hook".into(),
        events: vec![EventKind::MessageStatus, EventKind::MessageCreated],
        secret: SigningSecret::of(&[7; 32]).unwrap(),
        active: true,
        form: Form::Inbox,
    }
}

fn from(position: u64) -> Progress {
    Progress::beginning(Position(position), Timestamp(1))
}

fn delivered(position: u64) -> Settled {
    Settled { progress: from(position), parked: None, disabled: None }
}

async fn put(stage: &Stage, name: &str) -> Standing {
    stage.store.put_subscription(&subscription(name, "acme"), &from(5)).await.unwrap();
    get(stage, name).await.unwrap()
}

async fn get(stage: &Stage, name: &str) -> Option<Standing> {
    stage.store.subscription(&id(name)).await.unwrap()
}

async fn a_subscription_is_kept_as_it_is_and_outlives_the_store(stage: Stage) {
    assert!(!stage.store.any_subscription().await.unwrap());
    assert_eq!(get(&stage, "s").await, None);
    let kept = put(&stage, "s").await;

    let stage = stage.reopen().await;

    assert_eq!(get(&stage, "s").await.as_ref(), Some(&kept));
    assert_eq!(kept.subscription, subscription("s", "acme"));
    assert_eq!((&kept.progress, &kept.disabled), (&from(5), &None));
    assert!(stage.store.any_subscription().await.unwrap());
    assert!(stage.store.drop_subscription(&id("s")).await.unwrap());
    assert!(!stage.store.drop_subscription(&id("s")).await.unwrap());
    assert_eq!(get(&stage, "s").await, None);
}

async fn putting_again_changes_what_was_asked_and_not_how_far_it_came(stage: Stage) {
    let first = put(&stage, "s").await;
    assert!(stage.store.settle(&id("s"), first.revision, &delivered(9)).await.unwrap());
    let other = Subscription { url: "https://other.example".into(), ..first.subscription };

    stage.store.put_subscription(&other, &from(100)).await.unwrap();

    let second = get(&stage, "s").await.unwrap();
    assert_eq!(second.subscription, other);
    assert_eq!(second.progress.reached, Position(9));
    assert!(second.revision > first.revision);
}

async fn a_subscription_belongs_to_one_account_and_an_account_has_so_many(stage: Stage) {
    put(&stage, "s00").await;
    let stolen = stage.store.put_subscription(&subscription("s00", "other"), &from(0)).await;
    assert!(matches!(stolen, Err(SubscribeError::OtherAccount)));

    for number in 1..MOST_SUBSCRIPTIONS {
        put(&stage, &format!("s{number:02}")).await;
    }
    let one_more = stage.store.put_subscription(&subscription("x", "acme"), &from(0)).await;

    assert!(matches!(one_more, Err(SubscribeError::TooMany)));
    put(&stage, "s00").await;
    stage.store.put_subscription(&subscription("y", "other"), &from(0)).await.unwrap();
    let theirs = stage.store.subscriptions_of(&account_id("acme")).await.unwrap();
    assert_eq!(theirs.len(), MOST_SUBSCRIPTIONS);
    assert!(theirs.is_sorted_by_key(|standing| standing.subscription.id.clone()));
}

async fn what_was_settled_for_an_older_revision_is_not_kept(stage: Stage) {
    let first = put(&stage, "s").await;

    assert!(stage.store.rewind(&id("s"), &from(2)).await.unwrap());
    assert!(!stage.store.settle(&id("s"), first.revision, &delivered(9)).await.unwrap());
    assert_eq!(get(&stage, "s").await.unwrap().progress, from(2));

    assert!(!stage.store.rewind(&id("nobody"), &from(2)).await.unwrap());
    assert!(!stage.store.settle(&id("nobody"), 1, &delivered(9)).await.unwrap());
}

async fn who_is_disabled_or_inactive_is_not_in_force(stage: Stage) {
    let in_force = async |limit| {
        let all = stage.store.subscriptions_in_force(limit).await.unwrap();
        all.into_iter().map(|one| one.subscription.id.to_string()).collect::<Vec<_>>()
    };
    put(&stage, "a").await;
    put(&stage, "b").await;
    let c = Subscription { active: false, ..subscription("c", "acme") };
    stage.store.put_subscription(&c, &from(5)).await.unwrap();
    assert_eq!(in_force(9).await, ["a", "b"]);
    assert_eq!(in_force(1).await, ["a"]);

    let disabled = Some(Disabled { at: Timestamp(3), reason: "gone".into() });
    let settled = Settled { disabled: disabled.clone(), ..delivered(6) };
    assert!(stage.store.settle(&id("a"), 1, &settled).await.unwrap());
    assert_eq!(get(&stage, "a").await.unwrap().disabled, disabled);
    assert_eq!(in_force(9).await, ["b"]);

    put(&stage, "a").await;
    assert_eq!(in_force(9).await, ["a", "b"]);
}

async fn what_is_parked_is_listed_latest_first_and_bounded(stage: Stage) {
    put(&stage, "s").await;
    let parked = |position| Parked {
        position: Position(position),
        kind: Some(EventKind::MessageCreated),
        at: Timestamp(4),
        attempts: 8,
        reason: "answered 500".into(),
    };
    let most = MOST_PARKED as u64;
    for position in 1..=most + 2 {
        let settled = Settled { parked: Some(parked(position)), ..delivered(position) };
        assert!(stage.store.settle(&id("s"), 1, &settled).await.unwrap());
    }

    let listed = stage.store.parked(&id("s"), 2).await.unwrap();
    let all = stage.store.parked(&id("s"), 2 * MOST_PARKED).await.unwrap();

    assert_eq!(listed, [parked(most + 2), parked(most + 1)]);
    assert_eq!(all.len(), MOST_PARKED);
    stage.store.drop_subscription(&id("s")).await.unwrap();
    put(&stage, "s").await;
    assert_eq!(stage.store.parked(&id("s"), 1).await.unwrap(), []);
}

async fn the_log_is_read_for_one_account_and_goes_past_the_others(stage: Stage) {
    for number in 0..6 {
        stage.clock.set(100 + number);
        stage.keep(&begin(&format!("c{number}"), &["ana"], 1)).await;
    }
    let all = stage.store.entries_after(Position(0), 100).await.unwrap();
    let tail = stage.store.tail().await.unwrap();
    let ours = actors::testing::domain::key().account;

    let page = async |account: &AccountId, after, up_to, limit| {
        stage.store.log_of(account, after, up_to, limit).await.unwrap()
    };
    let whole = page(&ours, Position(0), tail, 100).await;
    let entries: Vec<_> = whole.entries.iter().map(|(entry, _)| entry.clone()).collect();
    assert_eq!((entries, whole.reached, whole.forgotten), (all.clone(), tail, false));
    assert_eq!(whole.entries[0].1, Timestamp(100));
    let some = page(&ours, all[0].position, tail, 2).await;
    assert_eq!((some.entries.len(), some.reached), (2, all[2].position));
    let none_yet = page(&ours, Position(0), all[1].position, 100).await;
    assert_eq!((none_yet.entries.len(), none_yet.reached), (2, all[1].position));
    let others = page(&account_id("other"), Position(0), tail, 4).await;
    assert_eq!((others.entries.len(), others.reached), (0, all[3].position));

    let before = async |when| stage.store.position_before(Timestamp(when)).await.unwrap();
    assert_eq!(before(0).await.map(|at| at < all[0].position), Some(true));
    assert_eq!(before(103).await, Some(Position(all[3].position.0 - 1)));
    assert_eq!(before(9_999).await, Some(tail));
}

async fn a_log_that_forgot_something_says_so(stage: Stage) {
    for number in 0..4 {
        stage.clock.set(100 + number);
        stage.keep(&begin(&format!("c{number}"), &["ana"], 1)).await;
    }
    let (ours, tail) = (actors::testing::domain::key().account, stage.store.tail().await.unwrap());
    let all = stage.store.entries_after(Position(0), 100).await.unwrap();

    stage.store.forget_before(Timestamp(102)).await.unwrap();

    let forgotten =
        async |after| stage.store.log_of(&ours, after, tail, 9).await.unwrap().forgotten;
    assert!(forgotten(all[0].position).await);
    assert!(!forgotten(all[1].position).await);
    let before = async |when| stage.store.position_before(Timestamp(when)).await.unwrap();
    assert_eq!(before(101).await, None);
    assert_eq!(before(102).await, Some(Position(all[2].position.0 - 1)));
    stage.store.forget_before(Timestamp(i64::MAX)).await.unwrap();
    assert_eq!(before(102).await, None);
}

use actors::domain::command::*;
use actors::domain::*;
use actors::ports::CommitError;
use actors::testing::domain::user;
use futures_util::future::join_all;

use crate::changes::*;
use crate::{Stage, on_each_backend};

on_each_backend!(
    what_was_committed_is_loaded_again_to_the_last_field,
    a_conversation_that_was_never_committed_is_not_there,
    a_conversation_is_found_by_its_key_and_by_no_other,
    the_conversations_of_a_contact_come_oldest_first,
    of_changes_on_the_same_version_one_is_kept,
    of_conversations_that_begin_with_one_key_one_is_kept,
    a_change_that_skips_a_version_is_stale,
    a_change_without_message_committed_twice_is_kept_once,
    changes_kept_together_are_kept_in_order,
    of_changes_kept_together_nothing_is_kept_after_one_that_does_not_fit,
    positions_are_one_per_announcement_and_rise,
    the_watermark_owes_a_commit_before_it_is_answered,
);

async fn what_was_committed_is_loaded_again_to_the_last_field(stage: Stage) {
    let begun = Begin {
        by: user("ana"),
        users: vec![user("ben"), user("cleo")],
        title: Some("Roof, \"north\"".into()),
        image: vec!["https://a/1.png".into(), "ü".into()],
    };
    let mut change = decide(&begun, &absent("c1"), 1);
    stage.keep(&change).await;

    let steps: [&dyn Fn(&Conversation) -> Change; 8] = [
        &|c| place(incoming("m1"), c, 10),
        &|c| decide(&note("n1", "ana", &["ben"]), c, 20),
        &|c| decide(&SetSnooze { by: user("ana"), snooze: Some(Snooze::UntilNextIncoming) }, c, 30),
        &|c| {
            let until = Some(Snooze::Until(Timestamp(99)));
            decide(&SetSnooze { by: user("ben"), snooze: until }, c, 31)
        },
        &|c| decide(&Archive { by: user("cleo"), is_archived: true }, c, 32),
        &|c| decide(&ShowOnTop { by: user("ben"), show_on_top: true }, c, 33),
        &|c| decide(&RemoveParticipant { user: user("ana") }, c, 34),
        // Comes back as the last to join.
        &|c| decide(&AddParticipants { by: user("ben"), users: vec![user("ana")] }, c, 35),
    ];
    for step in steps {
        change = step(&change.next);
        stage.keep(&change).await;
        let loaded = stage.store.load(&change.next.id).await.unwrap();
        assert_eq!(loaded.as_ref(), Some(&change.next));
    }

    change.next.starred = true;
    change.next.title = None;
    change.next.version += 1;
    change.next.is_open = false;
    change.message = None;
    stage.keep(&change).await;
    assert_eq!(stage.store.load(&change.next.id).await.unwrap(), Some(change.next));
}

async fn a_conversation_that_was_never_committed_is_not_there(stage: Stage) {
    let never = absent("c1");
    stage.keep(&begin("c2", &["ana"], 1)).await;

    assert_eq!(stage.store.load(&never.id).await.unwrap(), None);
    assert_eq!(stage.store.find(&never.key).await.unwrap(), None);
    let of_contact = stage.store.of_contact(&never.key.account, &never.key.contact).await.unwrap();
    assert_eq!(of_contact, []);
}

async fn a_conversation_is_found_by_its_key_and_by_no_other(stage: Stage) {
    let change = begin("c1", &["ana"], 1);
    stage.keep(&change).await;

    let key = change.next.key;
    let others = [
        Key { account: account_id("other"), ..key.clone() },
        Key { contact: contact_id("other"), ..key.clone() },
        Key { channel: channel_id("other"), ..key.clone() },
    ];
    assert_eq!(stage.store.find(&key).await.unwrap(), Some(change.next.id));
    for other in others {
        assert_eq!(stage.store.find(&other).await.unwrap(), None);
    }
}

async fn the_conversations_of_a_contact_come_oldest_first(stage: Stage) {
    let contact = contact_id("joe");
    for (id, account, created_at) in
        [("c3", "default", 30), ("c1", "default", 20), ("c2", "default", 10), ("c4", "other", 5)]
    {
        let mut change = begin(id, &["ana"], created_at);
        change.next.key.contact = contact.clone();
        change.next.key.account = account_id(account);
        change.next.key.channel = channel_id(id);
        stage.keep(&change).await;
    }

    let found = stage.store.of_contact(&AccountId::default_account(), &contact).await.unwrap();

    assert_eq!(found, ["c2", "c1", "c3"].map(conversation_id));
}

async fn of_changes_on_the_same_version_one_is_kept(stage: Stage) {
    let first = begin("c1", &["ana"], 1);
    stage.keep(&first).await;
    let changes: Vec<_> =
        (0..20).map(|n| place(incoming(&format!("m{n}")), &first.next, 2)).collect();

    let outcomes = join_all(changes.iter().map(|change| stage.commit(change))).await;

    let kept: Vec<_> = outcomes.iter().filter(|outcome| outcome.is_ok()).collect();
    assert_eq!(kept.len(), 1);
    let stale = |outcome: &_| matches!(outcome, Ok(_) | Err(CommitError::Stale));
    assert!(outcomes.iter().all(stale), "{outcomes:?}");
    let messages = stage.store.committed_after(&first.next.id, Seq(0), 50).await.unwrap();
    assert_eq!(messages.len(), 1);
}

async fn of_conversations_that_begin_with_one_key_one_is_kept(stage: Stage) {
    let changes: Vec<_> = (0..20)
        .map(|n| {
            let mut change = begin(&format!("c{n}"), &["ana"], 1);
            change.next.key = absent("same").key;
            change
        })
        .collect();

    let outcomes = join_all(changes.iter().map(|change| stage.commit(change))).await;

    let kept = outcomes.iter().position(Result::is_ok).unwrap();
    assert_eq!(outcomes.iter().filter(|outcome| outcome.is_ok()).count(), 1);
    assert!(outcomes.iter().all(|o| matches!(o, Ok(_) | Err(CommitError::Stale))));
    let found = stage.store.find(&absent("same").key).await.unwrap();
    assert_eq!(found, Some(changes[kept].next.id.clone()));
    for (n, change) in changes.iter().enumerate().filter(|(n, _)| *n != kept) {
        assert_eq!(stage.store.load(&change.next.id).await.unwrap(), None, "{n}");
    }
}

async fn a_change_that_skips_a_version_is_stale(stage: Stage) {
    let first = begin("c1", &["ana"], 1);
    stage.keep(&first).await;
    let tail = stage.store.tail().await.unwrap();
    let mut skips = place(incoming("m1"), &first.next, 2);
    skips.next.version += 1;
    let mut nowhere = place(incoming("m2"), &begin("c2", &["ana"], 1).next, 2);
    nowhere.next.version = 2;

    for change in [skips, nowhere] {
        assert!(matches!(stage.commit(&change).await, Err(CommitError::Stale)));
    }

    assert_eq!(stage.store.load(&first.next.id).await.unwrap(), Some(first.next));
    assert_eq!(stage.store.tail().await.unwrap(), tail, "nobody is told");
    assert_eq!(stage.store.communication(&message_id("m1")).await.unwrap(), None);
}

async fn a_change_without_message_committed_twice_is_kept_once(stage: Stage) {
    let change = begin("c1", &["ana"], 1);
    stage.keep(&change).await;
    let tail = stage.store.tail().await.unwrap();

    assert!(matches!(stage.commit(&change).await, Err(CommitError::Stale)));

    assert_eq!(stage.store.tail().await.unwrap(), tail);
}

async fn changes_kept_together_are_kept_in_order(stage: Stage) {
    let mut changes = vec![begin("c1", &["ana"], 1)];
    for n in 0..50 {
        changes.push(place(incoming(&format!("m{n}")), &changes[n].next, 2));
    }

    let outcomes = stage.store.commit_all(&changes).await;

    let positions: Vec<_> =
        outcomes.into_iter().flat_map(|outcome| outcome.unwrap().positions).collect();
    assert!(positions.is_sorted());
    assert_eq!(positions.len(), 51);
    let last = &changes[50].next;
    assert_eq!(stage.store.load(&last.id).await.unwrap().as_ref(), Some(last));
    let messages = stage.store.committed_after(&last.id, Seq(0), 100).await.unwrap();
    let ids: Vec<_> = messages.iter().map(|placed| placed.message.id.to_string()).collect();
    assert_eq!(ids, (0..50).map(|n| format!("m{n}")).collect::<Vec<_>>());
    stage.watermark.published(&positions);
    assert_eq!(stage.watermark.value(), stage.store.tail().await.unwrap());
}

async fn of_changes_kept_together_nothing_is_kept_after_one_that_does_not_fit(stage: Stage) {
    let first = begin("c1", &["ana"], 1);
    stage.keep(&first).await;
    let fits = place(incoming("m1"), &first.next, 2);
    let again = place(incoming("m1"), &fits.next, 3);
    // Decided on what will not be kept. Its version fits what a stranger might have written.
    let after = place(incoming("m2"), &again.next, 4);
    let mut fits_again = place(incoming("m3"), &fits.next, 4);
    fits_again.next.version = fits.next.version + 1;

    let outcomes = stage.store.commit_all(&[fits.clone(), again, after, fits_again]).await;

    assert!(matches!(outcomes[..], [Ok(_), Err(CommitError::Repeated(_))]), "{outcomes:?}");
    assert_eq!(stage.store.load(&first.next.id).await.unwrap(), Some(fits.next));
    for gone in ["m2", "m3"] {
        assert_eq!(stage.store.communication(&message_id(gone)).await.unwrap(), None);
    }
}

async fn positions_are_one_per_announcement_and_rise(stage: Stage) {
    let mut last = stage.store.tail().await.unwrap();
    let place = Place { message: incoming("m1"), dated: false, members: vec![user("ana")] };
    let first = decide(&place, &absent("c1"), 1);
    let closed = decide(&SetOpen { by: Viewer::User(user("ana")), is_open: false }, &first.next, 2);
    let reopened = crate::changes::place(incoming("m2"), &closed.next, 3);

    for (change, announcements) in [(first, 2), (closed, 1), (reopened, 2)] {
        let committed = stage.keep(&change).await;
        assert_eq!(committed.positions.len(), announcements);
        for position in committed.positions {
            assert!(position > last);
            last = position;
        }
    }
    assert_eq!(stage.store.tail().await.unwrap(), last);
}

async fn the_watermark_owes_a_commit_before_it_is_answered(stage: Stage) {
    let changes: Vec<_> = (0..50).map(|n| begin(&format!("c{n}"), &["ana"], 1)).collect();

    let all = join_all(changes.iter().map(async |change| {
        let committed = stage.keep(change).await;
        assert!(stage.watermark.value() < committed.positions[0], "not published yet");
        committed.positions
    }))
    .await;

    all.iter().for_each(|positions| stage.watermark.published(positions));
    assert_eq!(stage.watermark.value(), stage.store.tail().await.unwrap());
}

use actors::domain::command::*;
use actors::domain::*;
use actors::testing::domain::user;

use crate::changes::*;
use crate::{Stage, on_each_backend};

on_each_backend!(
    a_log_to_which_nothing_was_committed_has_no_tail,
    the_log_says_what_people_were_told_in_the_order_it_was_committed,
    the_log_is_read_in_pages_that_lose_nothing,
    an_entry_names_the_one_before_it_in_its_conversation_or_none,
    what_is_forgotten_leaves_no_gap_and_says_where_the_log_begins,
);

async fn a_log_to_which_nothing_was_committed_has_no_tail(stage: Stage) {
    assert_eq!(stage.store.tail().await.unwrap(), Position(0));
    assert_eq!(stage.store.entries_after(Position(0), 10).await.unwrap(), []);
    assert_eq!(stage.watermark.value(), Position(0));
}

async fn the_log_says_what_people_were_told_in_the_order_it_was_committed(stage: Stage) {
    let place_first = Place { message: incoming("m1"), dated: false, members: vec![user("ana")] };
    let first = decide(&place_first, &absent("c1"), 1);
    let other = begin("c2", &["ben"], 2);
    let read = decide(&MarkRead { by: user("ana"), up_to: None }, &first.next, 3);
    let closed = decide(&SetOpen { by: Viewer::User(user("ana")), is_open: false }, &read.next, 4);
    let changes = [&first, &other, &read, &closed];

    let mut wanted = Vec::new();
    for change in changes {
        let committed = stage.keep(change).await;
        for (announcement, position) in change.announcements.iter().zip(committed.positions) {
            let of_message = *announcement == Announcement::Message;
            wanted.push(Entry {
                position,
                previous: Position(0),
                conversation: change.next.id.clone(),
                announcement: announcement.clone(),
                message: of_message.then(|| message_id("m1")),
            });
        }
    }

    let mut read = stage.store.entries_after(Position(0), 100).await.unwrap();
    read.iter_mut().for_each(|entry| entry.previous = Position(0));
    assert_eq!(read, wanted);
    assert_eq!(wanted.len(), 5);
}

async fn what_is_forgotten_leaves_no_gap_and_says_where_the_log_begins(stage: Stage) {
    assert_eq!(stage.store.floor().await.unwrap(), Position(0));
    for n in 0..4 {
        stage.keep(&begin(&format!("c{n}"), &["ana"], 1)).await;
    }
    let all = stage.store.entries_after(Position(0), 100).await.unwrap();
    assert!(stage.store.floor().await.unwrap() < all[0].position);

    stage.store.forget_before(Timestamp(0)).await.unwrap();
    assert_eq!(stage.store.entries_after(Position(0), 100).await.unwrap(), all, "none is older");

    stage.store.forget_before(Timestamp(i64::MAX)).await.unwrap();
    assert_eq!(stage.store.entries_after(Position(0), 100).await.unwrap(), []);
    assert_eq!(stage.store.floor().await.unwrap(), all[3].position);
    assert_eq!(stage.store.tail().await.unwrap(), all[3].position);
    let next = stage.keep(&begin("c9", &["ana"], 1)).await;
    assert!(next.positions[0] > all[3].position, "a position never comes back");
}

async fn the_log_is_read_in_pages_that_lose_nothing(stage: Stage) {
    for n in 0..10 {
        stage.keep(&begin(&format!("c{n}"), &["ana"], 1)).await;
    }
    let all = stage.store.entries_after(Position(0), 100).await.unwrap();

    let (mut read, mut after) = (Vec::new(), Position(0));
    loop {
        let page = stage.store.entries_after(after, 3).await.unwrap();
        let Some(last) = page.last() else { break };
        after = last.position;
        read.extend(page);
    }

    assert_eq!(read, all);
    assert_eq!(after, stage.store.tail().await.unwrap());
}

/// Several nodes keep the order of a conversation by it; a store that only one has may say none.
async fn an_entry_names_the_one_before_it_in_its_conversation_or_none(stage: Stage) {
    let mut theirs = [begin("c1", &["ana"], 1), begin("c2", &["ana"], 1)];
    let mut committed = Vec::new();
    for n in 0..4 {
        for there in &mut theirs {
            let one = stage.keep(there).await;
            committed.push((there.next.id.clone(), one));
            let id = format!("{} {n}", there.next.id);
            *there = place(incoming(&id), &there.next, 2);
        }
    }

    let entries = stage.store.entries_after(Position(0), 100).await.unwrap();

    let says_none = entries.iter().all(|entry| entry.previous == Position(0));
    for (at, entry) in entries.iter().enumerate() {
        let before = entries[..at].iter().rfind(|e| e.conversation == entry.conversation);
        let before = before.map_or(Position(0), |entry| entry.position);
        assert!(says_none || entry.previous == before, "{entry:?} follows {before:?}");
        let told = committed.iter().find(|(_, one)| one.positions[0] == entry.position);
        assert_eq!(told.expect("one announcement each").1.previous, entry.previous);
    }
}

use std::sync::Arc;

use actors::domain::*;
use actors::ports::{Cut, Direction};
use actors::testing::domain::user;

use crate::changes::*;
use crate::{Stage, on_each_backend};

on_each_backend!(
    a_message_is_read_as_it_was_written_to_the_last_field,
    pages_in_both_directions_lose_and_repeat_nothing_over_equal_instants,
    a_cut_without_id_leaves_its_whole_instant_out,
    a_message_is_found_by_its_id_and_only_in_its_conversation,
    a_message_is_found_by_its_author_and_uuid,
    messages_come_in_the_order_of_commits_whatever_their_dates,
);

async fn a_message_is_read_as_it_was_written_to_the_last_field(stage: Stage) {
    let first = begin("c1", &["ana", "ben"], 1);
    stage.keep(&first).await;
    let message = Message {
        text: "it's 5 o'clock\u{0}\n\"ü\" 🏠".into(),
        attachments: vec![
            Json::from_valid(r#"{"url":"https://a/b","size":1e3}"#),
            Json::from_valid(r#""plain""#),
        ],
        provider_id: Some(ProviderMessageId::parse("SM1").unwrap()),
        medium: Some("EMAIL".into()),
        email: Some(Email(Json::from_valid(r#"{"subject":"Hi"}"#))),
        status: Some(Status::Undelivered),
        error_code: Some("30003".into()),
        ..outgoing("m1", "ana")
    };
    let mut change = place(message, &first.next, 10);
    let mut wanted = vec![placed(&change, stage.keep(&change).await.positions[0])];
    change = place(Message { author: Author::System, ..incoming("m2") }, &change.next, 20);
    wanted.push(placed(&change, stage.keep(&change).await.positions[0]));
    change = decide(&note("n1", "ana", &["ben"]), &change.next, 30);
    wanted.push(placed(&change, *stage.keep(&change).await.positions.last().unwrap()));

    let read = stage.store.committed_after(&first.next.id, Seq(0), 10).await.unwrap();

    assert_eq!(read, wanted);
}

/// Messages at few instants, committed neither in the order of time nor of ids.
async fn many(stage: &Stage) -> Vec<(i64, MessageId)> {
    let first = begin("c1", &["ana"], 1);
    stage.keep(&first).await;
    let mut there = first.next;
    let mut all = Vec::new();
    for n in 0..30_i64 {
        let (at, id) = (100 + (n * 7) % 4, format!("m{:02}", (n * 11) % 30));
        let change = place_dated(incoming(&id), at, &there);
        stage.keep(&change).await;
        there = change.next;
        all.push((at, message_id(&id)));
    }
    // A neighbour whose messages belong to no page of this one.
    let other = begin("c2", &["ana"], 1);
    stage.keep(&other).await;
    stage.keep(&place_dated(incoming("x"), 101, &other.next)).await;
    all.sort();
    all
}

fn keys(page: &[Placed]) -> Vec<(i64, MessageId)> {
    page.iter().map(|placed| (placed.message.created_at.0, placed.message.id.clone())).collect()
}

async fn pages_in_both_directions_lose_and_repeat_nothing_over_equal_instants(stage: Stage) {
    let mut wanted = many(&stage).await;
    for direction in [Direction::Newer, Direction::Older] {
        for limit in [1, 2, 7, 30, 100] {
            let (mut read, mut cut) = (Vec::new(), None);
            loop {
                let id = conversation_id("c1");
                let page = stage.store.messages(&id, cut.as_ref(), direction, limit).await.unwrap();
                assert!(page.len() <= limit);
                let Some((at, id)) = keys(&page).pop() else { break };
                cut = Some(Cut { at: Timestamp(at), id: Some(id) });
                read.extend(keys(&page));
            }
            assert_eq!(read, wanted, "{direction:?} by {limit}");
        }
        wanted.reverse();
    }
}

async fn a_cut_without_id_leaves_its_whole_instant_out(stage: Stage) {
    let all = many(&stage).await;
    let id = conversation_id("c1");
    let cut = Cut { at: Timestamp(102), id: None };

    let newer = stage.store.messages(&id, Some(&cut), Direction::Newer, 100).await.unwrap();
    let mut older = stage.store.messages(&id, Some(&cut), Direction::Older, 100).await.unwrap();

    older.reverse();
    let only = |keep: fn(i64) -> bool| -> Vec<_> {
        all.iter().filter(|(at, _)| keep(*at)).cloned().collect()
    };
    assert_eq!(keys(&newer), only(|at| at > 102));
    assert_eq!(keys(&older), only(|at| at < 102));
}

async fn a_message_is_found_by_its_id_and_only_in_its_conversation(stage: Stage) {
    many(&stage).await;
    let find = async |conversation, id| {
        let (conversation, id) = (conversation_id(conversation), message_id(id));
        let found = stage.store.message(&conversation, &id).await.unwrap();
        found.map(|placed| placed.message.id.to_string())
    };

    assert_eq!(find("c1", "m03").await.as_deref(), Some("m03"));
    assert_eq!(find("c2", "m03").await, None);
    assert_eq!(find("c1", "none").await, None);
}

async fn a_message_is_found_by_its_author_and_uuid(stage: Stage) {
    let first = begin("c1", &["ana", "ben"], 1);
    stage.keep(&first).await;
    stage.keep(&place(outgoing("m1", "ana"), &first.next, 10)).await;
    let find = async |conversation, author: &str, uuid| {
        let (conversation, uuid) = (conversation_id(conversation), Uuid::parse(uuid).unwrap());
        let found = stage.store.message_by_uuid(&conversation, &user(author), &uuid).await;
        found.unwrap().map(|placed| Arc::clone(&placed.message).id.to_string())
    };

    assert_eq!(find("c1", "ana", "m1").await.as_deref(), Some("m1"));
    assert_eq!(find("c1", "ben", "m1").await, None, "ben did not write it");
    assert_eq!(find("c2", "ana", "m1").await, None);
    assert_eq!(find("c1", "ana", "m2").await, None);
}

async fn messages_come_in_the_order_of_commits_whatever_their_dates(stage: Stage) {
    many(&stage).await;
    let id = conversation_id("c1");

    let (mut read, mut after) = (Vec::new(), Seq(0));
    while let Some(last) = {
        let page = stage.store.committed_after(&id, after, 7).await.unwrap();
        read.extend(page.iter().map(|placed| (placed.seq, placed.position)));
        page.last().map(|placed| placed.seq)
    } {
        after = last;
    }

    assert_eq!(read.iter().map(|(seq, _)| seq.0).collect::<Vec<_>>(), (1..=30).collect::<Vec<_>>());
    assert!(read.is_sorted_by(|a, b| a.1 < b.1));
}

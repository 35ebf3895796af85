//! What was lived elsewhere comes in without being news.
use actors::domain::command::{AddParticipants, MarkRead};
use actors::domain::*;
use actors::ports::{ArchiveError, InboxQuery, Kept, Put, Sort};
use actors::testing::domain::user;

use crate::changes::*;
use crate::{Stage, on_each_backend};

on_each_backend!(
    a_conversation_is_read_as_it_was_elsewhere_and_again_without_a_change,
    counts_come_out_as_wished_and_as_the_record_says_whatever_the_order_of_files,
    nobody_is_told_and_no_position_is_taken,
    what_was_imported_stands_before_what_happened_here,
    what_was_lived_on_here_is_left_alone_and_who_read_on_has_nothing_new,
    an_earlier_import_is_replaced_as_long_as_nothing_happened,
    a_message_of_the_past_is_fixed_and_kept_once,
    what_cannot_be_kept_is_refused_before_and_leaves_nothing,
    a_message_in_two_conversations_is_finished_by_importing_again,
);

fn archived(id: &str, unread: &[(&str, u32)]) -> ArchivedConversation {
    let users = unread.iter().map(|(name, unread)| ArchivedUser {
        user: user(name),
        is_admin: *name == "ana",
        show_on_top: false,
        snooze: None,
        is_archived: false,
        unread: *unread,
    });
    let starred = id == "c1";
    let Conversation { id, key, .. } = absent(id);
    ArchivedConversation {
        id,
        key,
        title: Some("Old times".into()),
        image: vec!["https://a/b.png".into()],
        is_open: true,
        starred,
        created_at: Some(Timestamp(5)),
        updated_at: Some(Timestamp(7)),
        users: users.collect(),
    }
}

fn past(message: Message, at: i64, conversations: &[&str]) -> ArchivedMessage {
    let stands_in: Vec<_> = conversations.iter().map(|id| conversation_id(id)).collect();
    let contact = absent(conversations[0]).key.contact;
    let author = match message.author {
        Author::Contact(_) => Author::Contact(contact.clone()),
        other => other,
    };
    let message = Message { created_at: Timestamp(at), contact, author, ..message };
    ArchivedMessage {
        communication: Communication {
            message,
            channel: None,
            conversations: stands_in.clone(),
            from_number: None,
            to_number: None,
            dated: true,
            emitted: true,
        },
        stands_in,
    }
}

fn old_note(id: &str, by: &str, mentions: &[&str]) -> Message {
    Message {
        kind: Kind::Note,
        mentions: mentions.iter().map(|name| user(name)).collect(),
        ..outgoing(id, by)
    }
}

impl Stage {
    async fn there(&self, id: &str) -> Conversation {
        self.store.load(&conversation_id(id)).await.unwrap().unwrap()
    }

    async fn numbered(&self, id: &str) -> Vec<(u64, String)> {
        let all = self.store.committed_after(&conversation_id(id), Seq(0), 1_000).await.unwrap();
        all.iter().map(|placed| (placed.seq.0, placed.message.id.to_string())).collect()
    }

    async fn file(&self, id: &str, messages: &[ArchivedMessage]) {
        for message in messages {
            self.store.admit_message(message).await.unwrap();
        }
        self.store.keep_messages(&conversation_id(id), messages).await.unwrap();
    }

    /// What each participant has unread, after making sure that the record says the same.
    async fn unread(&self, id: &str) -> Vec<(String, u32)> {
        let there = self.there(id).await;
        let all = self.store.committed_after(&there.id, Seq(0), 1_000).await.unwrap();
        assert_eq!(there.last_seq.0, all.len() as u64);
        let mut unread = Vec::new();
        for own in there.participants() {
            let counts = |p: &&Placed| p.seq > own.read && there.counts_for(&p.message, &own.user);
            let derived = all.iter().filter(counts).count() as u32;
            assert_eq!(own.unread, derived, "{}", own.user);
            let viewer = Viewer::User(own.user.clone());
            let seen = all.iter().filter(|p| there.sight(&p.message, &viewer).is_some());
            let last = seen
                .map(|p| Activity { at: p.message.created_at, message: p.message.id.clone() })
                .max();
            assert_eq!(there.last_activity(own), last.as_ref());
            let query = InboxQuery {
                user: own.user.clone(),
                channel: there.key.channel.clone(),
                state: State::Any,
                sort: Sort::Newest,
                cut: None,
                limit: 100,
                now: Timestamp(1_000),
            };
            let rows = self.store.page(&query).await.unwrap();
            assert!(rows.contains(&there.inbox_row(own)));
            unread.push((own.user.to_string(), derived));
        }
        unread
    }
}

fn counts(unread: &[(&str, u32)]) -> Vec<(String, u32)> {
    unread.iter().map(|(name, count)| ((*name).to_owned(), *count)).collect()
}

async fn a_conversation_is_read_as_it_was_elsewhere_and_again_without_a_change(stage: Stage) {
    let mut document = archived("c1", &[("ana", 0), ("ben", 0)]);
    document.users[1] = ArchivedUser {
        show_on_top: true,
        snooze: Some(Snooze::Until(Timestamp(900))),
        is_archived: true,
        ..document.users[1].clone()
    };
    for _ in 0..2 {
        stage.store.admit_conversation(&document).await.unwrap();
        assert_eq!(stage.store.keep_conversation(&document).await.unwrap(), Kept::Stored);
    }

    let there = stage.there("c1").await;

    assert_eq!((there.version, there.is_open, there.starred), (1, true, true));
    assert_eq!(there.title.as_deref(), Some("Old times"));
    assert_eq!((there.created_at, there.updated_at), (Timestamp(5), Timestamp(7)));
    let [ana, ben] = &there.participants[..] else { panic!("two take part") };
    assert!(ana.is_admin && !ben.is_admin);
    assert!(ben.show_on_top && ben.is_archived);
    assert_eq!(ben.snooze, Some(Snooze::Until(Timestamp(900))));
    assert_eq!(stage.store.find(&there.key).await.unwrap(), Some(there.id.clone()));
}

async fn counts_come_out_as_wished_and_as_the_record_says_whatever_the_order_of_files(
    stage: Stage,
) {
    let documents = [
        past(incoming("m1"), 10, &["c1"]),
        past(incoming("m2"), 20, &["c1"]),
        past(outgoing("m3", "ana"), 20, &["c1"]),
        past(old_note("m4", "ana", &["ben"]), 30, &["c1"]),
        past(incoming("m5"), 40, &["c1"]),
        past(old_note("m6", "ben", &["gone"]), 50, &["c1"]),
    ];
    let in_order: Vec<_> = (1..=6).map(|n| (n, format!("m{n}"))).collect();
    for (conversation, files) in [
        ("c1", vec![vec![0, 1, 2, 3, 4, 5]]),
        ("c2", vec![vec![5, 1, 3], vec![0, 4, 2]]),
        ("c3", vec![vec![2], vec![4], vec![0], vec![5], vec![1], vec![3], vec![0, 1, 2]]),
        ("c4", vec![vec![5, 4, 3], vec![5, 4, 3, 2, 1, 0]]),
    ] {
        let wished = [("ana", 1), ("ben", 2), ("dan", 0), ("eve", 9)];
        stage.store.keep_conversation(&archived(conversation, &wished)).await.unwrap();
        assert_eq!(stage.unread(conversation).await[1].1, 0, "nothing is there yet");
        for file in files {
            // A message of one conversation has a contact of its own.
            let here = file.iter().map(|at| {
                let ArchivedMessage { communication, .. } = documents[*at].clone();
                let message = communication.message;
                let id = format!("{} of {conversation}", message.id);
                let message = Message { id: message_id(&id), ..message };
                let at = message.created_at.0;
                past(message, at, &[conversation])
            });
            stage.file(conversation, &here.collect::<Vec<_>>()).await;
            stage.unread(conversation).await;
        }

        let wanted = counts(&[("ana", 1), ("ben", 2), ("dan", 0), ("eve", 3)]);
        assert_eq!(stage.unread(conversation).await, wanted, "{conversation}");
        let numbered = stage.numbered(conversation).await;
        let numbered: Vec<_> = numbered
            .into_iter()
            .map(|(seq, id)| (seq, id.split(' ').next().unwrap().to_owned()))
            .collect();
        assert_eq!(numbered, in_order, "{conversation}");
    }
}

async fn nobody_is_told_and_no_position_is_taken(stage: Stage) {
    let before = stage.watermark.value();
    stage.store.keep_conversation(&archived("c1", &[("ana", 1)])).await.unwrap();
    stage.file("c1", &[past(incoming("m1"), 10, &["c1"])]).await;

    assert_eq!(stage.store.entries_after(Position(0), 10).await.unwrap(), []);
    assert_eq!((stage.watermark.value(), stage.watermark.newest()), (before, before));
    let placed = stage.store.committed_after(&conversation_id("c1"), Seq(0), 10).await.unwrap();
    assert_eq!(placed[0].position, Position(0));
    assert_eq!(stage.store.forgotten(Timestamp(i64::MAX), 10).await.unwrap(), []);
}

async fn what_was_imported_stands_before_what_happened_here(stage: Stage) {
    stage.store.keep_conversation(&archived("c1", &[("ana", 1), ("ben", 0)])).await.unwrap();
    stage.file("c1", &[past(incoming("m2"), 20, &["c1"])]).await;
    let first = place(incoming("live1"), &stage.there("c1").await, 100);
    stage.keep(&first).await;
    let read = decide(&MarkRead { by: user("ben"), up_to: None }, &first.next, 110);
    stage.keep(&read).await;
    let committed = stage.keep(&place(incoming("live2"), &read.next, 120)).await;
    let wanted = counts(&[("ana", 3), ("ben", 1)]);
    assert_eq!(stage.unread("c1").await, wanted);

    let late = [past(incoming("m1"), 10, &["c1"]), past(incoming("m9"), 500, &["c1"])];
    stage.file("c1", &late).await;

    assert_eq!(stage.unread("c1").await, wanted);
    let order = ["m1", "m2", "m9", "live1", "live2"];
    let order: Vec<_> = (1..).zip(order).map(|(seq, id)| (seq, id.to_owned())).collect();
    assert_eq!(stage.numbered("c1").await, order);
    let live2 = stage.store.message(&conversation_id("c1"), &message_id("live2")).await.unwrap();
    assert_eq!(live2.unwrap().position, *committed.positions.last().unwrap());
    // And it goes on.
    let next = place(incoming("live3"), &stage.there("c1").await, 600);
    stage.keep(&next).await;
    assert_eq!(stage.unread("c1").await, counts(&[("ana", 4), ("ben", 2)]));
}

async fn what_was_lived_on_here_is_left_alone_and_who_read_on_has_nothing_new(stage: Stage) {
    let document = archived("c1", &[("ana", 2), ("ben", 2)]);
    stage.store.keep_conversation(&document).await.unwrap();
    stage.file("c1", &[past(incoming("m1"), 10, &["c1"])]).await;
    stage.file("c1", &[past(incoming("m2"), 20, &["c1"])]).await;
    let read = MarkRead { by: user("ana"), up_to: None };
    let read = decide(&read, &stage.there("c1").await, 100);
    stage.keep(&read).await;
    let joined = AddParticipants { by: user("ana"), users: vec![user("dan")] };
    stage.keep(&decide(&joined, &read.next, 110)).await;

    assert_eq!(stage.store.keep_conversation(&document).await.unwrap(), Kept::LivedOn);
    stage.file("c1", &[past(incoming("m3"), 30, &["c1"])]).await;
    assert_eq!(stage.store.keep_conversation(&document).await.unwrap(), Kept::LivedOn);

    assert_eq!(stage.unread("c1").await, counts(&[("ana", 0), ("ben", 2), ("dan", 0)]));
}

async fn an_earlier_import_is_replaced_as_long_as_nothing_happened(stage: Stage) {
    stage.store.keep_conversation(&archived("c1", &[("ana", 0), ("ben", 1)])).await.unwrap();
    let note = past(old_note("m2", "ana", &["ben"]), 20, &["c1"]);
    stage.file("c1", &[past(incoming("m1"), 10, &["c1"]), note]).await;

    let later = ArchivedConversation {
        title: Some("New times".into()),
        ..archived("c1", &[("ana", 1), ("dan", 1)])
    };
    assert_eq!(stage.store.keep_conversation(&later).await.unwrap(), Kept::Stored);
    assert_eq!(stage.unread("c1").await, counts(&[("ana", 1), ("dan", 1)]));
    assert_eq!(stage.there("c1").await.title.as_deref(), Some("New times"));

    stage.store.keep_conversation(&archived("c1", &[("ben", 2), ("ana", 0)])).await.unwrap();
    assert_eq!(stage.unread("c1").await, counts(&[("ben", 2), ("ana", 0)]));
}

async fn a_message_of_the_past_is_fixed_and_kept_once(stage: Stage) {
    stage.store.keep_conversation(&archived("c1", &[("ana", 0)])).await.unwrap();
    let message = past(outgoing("m1", "ana"), 10, &["c1"]);
    stage.file("c1", std::slice::from_ref(&message)).await;
    let version = stage.there("c1").await.version;

    stage.file("c1", std::slice::from_ref(&message)).await;

    assert_eq!(stage.there("c1").await.version, version);
    let read = stage.store.communication(&message_id("m1")).await.unwrap().unwrap();
    assert_eq!(read, message.communication);
    let again = Communication { emitted: false, ..message.communication.clone() };
    assert_eq!(stage.store.put_communication(&again).await.unwrap(), Put::Same);
    let mut other = again;
    other.message.text = "other".into();
    assert_eq!(stage.store.put_communication(&other).await.unwrap(), Put::Fixed);
    // What its author sends again under the same name is known.
    let by_uuid = Uuid::parse("m1").unwrap();
    let here = conversation_id("c1");
    let known = stage.store.message_by_uuid(&here, &user("ana"), &by_uuid).await.unwrap();
    assert_eq!(known.unwrap().message.id, message_id("m1"));
}

async fn what_cannot_be_kept_is_refused_before_and_leaves_nothing(stage: Stage) {
    let store = &stage.store;
    store.keep_conversation(&archived("c1", &[("ana", 0)])).await.unwrap();
    let first = past(outgoing("m1", "ana"), 10, &["c1"]);
    stage.file("c1", std::slice::from_ref(&first)).await;
    let elsewhere = Key { channel: channel_id("mail"), ..archived("c1", &[]).key };
    let taken = ArchivedConversation { id: conversation_id("c9"), ..archived("c1", &[]) };
    let moved = ArchivedConversation { key: elsewhere, ..archived("c1", &[]) };
    for (document, other_key) in [(moved, true), (taken, false)] {
        for refused in [
            store.admit_conversation(&document).await,
            store.keep_conversation(&document).await.map(drop),
        ] {
            let refused = refused.unwrap_err();
            assert_eq!(matches!(refused, ArchiveError::Elsewhere), other_key);
            assert_eq!(matches!(refused, ArchiveError::KeyTaken), !other_key);
        }
    }

    let mut differs = first.clone();
    differs.communication.message.text = "other".into();
    let other_account = ArchivedMessage {
        communication: Communication {
            message: Message {
                account: account_id("other"),
                ..first.communication.message.clone()
            },
            ..first.communication.clone()
        },
        ..first.clone()
    };
    let mut same_uuid = past(outgoing("m2", "ana"), 20, &["c1"]);
    same_uuid.communication.message.uuid = Uuid::parse("m1").unwrap();
    let unknown = past(incoming("m3"), 20, &["c7"]);
    let good = past(incoming("m4"), 30, &["c1"]);
    for bad in [differs, other_account, same_uuid, unknown] {
        assert!(store.admit_message(&bad).await.is_err());
        let here = conversation_id("c1");
        assert!(store.keep_messages(&here, &[good.clone(), bad]).await.is_err());
    }
    assert_eq!(stage.numbered("c1").await, [(1, "m1".to_owned())]);
    assert_eq!(store.communication(&message_id("m4")).await.unwrap(), None);
}

async fn a_message_in_two_conversations_is_finished_by_importing_again(stage: Stage) {
    let on_mail = |mut document: ArchivedConversation| {
        document.key = Key { channel: channel_id("mail"), ..archived("c1", &[]).key };
        document
    };
    stage.store.keep_conversation(&archived("c1", &[("ana", 1)])).await.unwrap();
    stage.store.keep_conversation(&on_mail(archived("c2", &[("ana", 1)]))).await.unwrap();
    let both = past(incoming("m1"), 10, &["c1", "c2"]);
    stage.file("c1", std::slice::from_ref(&both)).await;
    assert_eq!(stage.unread("c2").await, counts(&[("ana", 0)]), "it broke off here");

    for id in ["c1", "c2"] {
        stage.file(id, std::slice::from_ref(&both)).await;
        assert_eq!(stage.unread(id).await, counts(&[("ana", 1)]));
    }
}

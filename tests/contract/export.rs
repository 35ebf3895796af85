use actors::domain::*;
use actors::ports::{Record, RecordKind};
use actors::testing::domain::user as user_id;

use crate::changes::*;
use crate::{Stage, on_each_backend};

on_each_backend!(
    every_record_comes_once_in_the_order_of_its_name,
    devices_come_by_user_and_token,
    what_nobody_emitted_is_left_out_and_what_is_shown_is_whole,
);

/// Every name of a kind, asked for in pages of each size.
async fn names(stage: &Stage, of: RecordKind) -> Vec<String> {
    let mut first = None;
    for size in [1, 2, 3, 100] {
        let (mut names, mut after) = (Vec::new(), None::<String>);
        loop {
            let page = stage.store.records(of, after.as_deref(), size).await.unwrap();
            assert!(page.len() <= size);
            names.extend(page.iter().map(Record::name));
            if page.len() < size {
                break;
            }
            after = names.last().cloned();
        }
        assert_eq!(*first.get_or_insert_with(|| names.clone()), names, "pages of {size}");
    }
    first.unwrap_or_default()
}

async fn every_record_comes_once_in_the_order_of_its_name(stage: Stage) {
    let ids = [
        "0123456789abcdef01234567",
        "0123456789abcdef01234568",
        "0123456789abcdef0123456",
        "0123456789abcdef012345678",
        "fedcba987654321001234567",
        "m1",
        "00",
        "ü",
        "Z",
    ];
    for id in ids {
        let user = User {
            id: user_id(id),
            account: account_id("acme"),
            name: "N".into(),
            email: "n@example.com".into(),
            image: None,
            role: None,
            active: id != "m1",
        };
        stage.store.put_user(&user).await.unwrap();
    }

    let mut sorted = ids;
    sorted.sort_unstable();
    assert_eq!(names(&stage, RecordKind::User).await, sorted);
    assert_eq!(names(&stage, RecordKind::Contact).await, [""; 0]);
}

async fn devices_come_by_user_and_token(stage: Stage) {
    let hex = "0123456789abcdef01234567";
    for (name, token) in [(hex, "t2"), ("ben", "t1"), ("0a", "t"), (hex, "t1"), ("ben", "t0")] {
        let token = PushToken { user: user_id(name), token: token.into() };
        stage.store.put_push_token(&token).await.unwrap();
    }

    let wanted = [
        format!("{hex}\nt1"),
        format!("{hex}\nt2"),
        "0a\nt".into(),
        "ben\nt0".into(),
        "ben\nt1".into(),
    ];
    assert_eq!(names(&stage, RecordKind::PushToken).await, wanted);
}

async fn what_nobody_emitted_is_left_out_and_what_is_shown_is_whole(stage: Stage) {
    let begun = begin("c1", &["ana"], 1);
    stage.keep(&begun).await;
    let change = place(incoming("m1"), &begun.next, 10);
    stage.keep(&change).await;
    let put = Communication {
        message: incoming("m0"),
        channel: None,
        conversations: vec![],
        from_number: None,
        to_number: None,
        dated: false,
        emitted: false,
    };
    stage.store.put_communication(&put).await.unwrap();

    let records = stage.store.records(RecordKind::Communication, None, 10).await.unwrap();

    let [Record::Communication(shown)] = &records[..] else { panic!("{records:?}") };
    assert_eq!(shown.message, *change.message.clone().unwrap().1);
    assert_eq!(shown.conversations, [conversation_id("c1")]);
    let records = stage.store.records(RecordKind::Conversation, None, 10).await.unwrap();
    assert_eq!(records, [Record::Conversation(Box::new(change.next.clone()))]);
}

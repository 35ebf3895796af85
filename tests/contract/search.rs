use std::sync::Arc;

use actors::domain::*;
use actors::ports::{ContactSearch, MessageSearch, Reader, SearchCut};
use actors::testing::domain::{key, user};

use crate::changes::*;
use crate::{Stage, on_each_backend};

on_each_backend!(
    a_message_is_found_by_whole_words_in_any_order_and_the_latest_first,
    pages_of_found_messages_hold_each_once_though_many_have_one_instant,
    a_note_is_found_by_its_author_and_the_mentioned_alone,
    who_takes_part_no_more_finds_nothing_there,
    another_account_finds_nothing,
    a_contact_is_found_by_beginnings_of_name_address_company_and_by_parts_of_the_number,
    a_contact_that_changed_is_found_by_what_it_is_now,
    conversations_are_told_apart_by_whether_they_match,
    what_was_committed_before_a_restart_is_found_after_it,
);

fn words(text: &str) -> Words {
    Words::of(text).unwrap()
}

fn query(text: &str, reader: Reader, limit: usize) -> MessageSearch {
    MessageSearch { account: key().account, words: words(text), reader, cut: None, limit }
}

async fn found(stage: &Stage, text: &str, reader: Reader) -> Vec<String> {
    let placed = stage.store.search_messages(&query(text, reader, 100)).await.unwrap();
    placed.iter().map(|placed| placed.message.id.to_string()).collect()
}

/// An incoming message of these words.
async fn say(stage: &Stage, there: &mut Conversation, id: &str, text: &str, at: i64) {
    let message = Message { text: text.into(), ..incoming(id) };
    let change = place(message, there, at);
    stage.keep(&change).await;
    *there = change.next;
}

async fn begun(stage: &Stage, id: &str, users: &[&str]) -> Conversation {
    let first = begin(id, users, 1);
    stage.keep(&first).await;
    first.next
}

async fn a_message_is_found_by_whole_words_in_any_order_and_the_latest_first(stage: Stage) {
    let mut here = begun(&stage, "c1", &["ana"]).await;
    say(&stage, &mut here, "m1", "The José plans are fine", 10).await;
    say(&stage, &mut here, "m2", "fine, JOSE", 20).await;
    say(&stage, &mut here, "m3", "finest", 30).await;

    assert_eq!(found(&stage, "jose FINE", Reader::Team).await, ["m2", "m1"]);
    assert_eq!(found(&stage, "plans", Reader::User(user("ana"))).await, ["m1"]);
    assert!(found(&stage, "plan", Reader::Team).await.is_empty());
    assert!(found(&stage, "fine nothing", Reader::Team).await.is_empty());
    assert!(found(&stage, "OR AND NOT", Reader::Team).await.is_empty(), "words, not operators");
}

async fn pages_of_found_messages_hold_each_once_though_many_have_one_instant(stage: Stage) {
    let mut all = Vec::new();
    for n in 0..30 {
        let mut there = begun(&stage, &format!("c{n}"), &["ana"]).await;
        let (id, at) = (format!("m{n}"), 100 + i64::from(n / 10));
        say(&stage, &mut there, &id, "hello", at).await;
        all.push((at, id));
    }
    for reader in [Reader::Team, Reader::User(user("ana"))] {
        for limit in [1, 7, 30] {
            let mut query = query("hello", reader.clone(), limit);
            let mut read = Vec::new();
            loop {
                let page = stage.store.search_messages(&query).await.unwrap();
                let Some(last) = page.last() else { break };
                query.cut = Some(SearchCut {
                    at: last.message.created_at,
                    message: last.message.id.clone(),
                    conversation: last.conversation.clone(),
                });
                read.extend(
                    page.into_iter().map(|p| (p.message.created_at.0, p.message.id.to_string())),
                );
            }
            assert!(read.is_sorted_by(|a, b| a.0 >= b.0), "the latest first");
            read.sort();
            all.sort();
            assert_eq!(read, all, "{reader:?} by {limit}");
        }
    }
}

async fn a_note_is_found_by_its_author_and_the_mentioned_alone(stage: Stage) {
    let here = begun(&stage, "c1", &["ana", "ben", "dan"]).await;
    let note = decide(&note("n1", "ana", &["ben"]), &here, 10);
    stage.keep(&note).await;

    assert_eq!(found(&stage, "call her", Reader::User(user("ana"))).await, ["n1"]);
    assert_eq!(found(&stage, "call her", Reader::User(user("ben"))).await, ["n1"]);
    assert!(found(&stage, "call her", Reader::User(user("dan"))).await.is_empty());
    assert!(found(&stage, "call her", Reader::Team).await.is_empty());
    let matching = stage.store.which_match(&key().account, &words("call"), &[here.id]).await;
    assert!(matching.unwrap().is_empty());
}

async fn who_takes_part_no_more_finds_nothing_there(stage: Stage) {
    let mut here = begun(&stage, "c1", &["ana", "ben"]).await;
    say(&stage, &mut here, "m1", "hello", 10).await;
    let removed = decide(&command::RemoveParticipant { user: user("ben") }, &here, 20);
    stage.keep(&removed).await;

    assert_eq!(found(&stage, "hello", Reader::User(user("ana"))).await, ["m1"]);
    assert!(found(&stage, "hello", Reader::User(user("ben"))).await.is_empty());
}

async fn another_account_finds_nothing(stage: Stage) {
    let mut here = begun(&stage, "c1", &["ana"]).await;
    say(&stage, &mut here, "m1", "hello", 10).await;
    let other = MessageSearch { account: account_id("other"), ..query("hello", Reader::Team, 9) };

    assert!(stage.store.search_messages(&other).await.unwrap().is_empty());
    let matching = stage.store.which_match(&account_id("other"), &words("hello"), &[here.id]).await;
    assert!(matching.unwrap().is_empty());
}

fn contact(id: &str, name: &str, email: &str, phone: &str) -> Contact {
    Contact {
        id: contact_id(id),
        account: key().account,
        name: Some(name.into()),
        email: Some(email.into()),
        phone: Some(phone.into()),
        image: None,
        details: Json::from_valid(r#"{"company":"Acme Rockets","notes":"private"}"#),
    }
}

async fn contacts(stage: &Stage, text: &str) -> Vec<String> {
    let (account, words) = (key().account, words(text));
    let query = ContactSearch { account, words, before: None, limit: 10 };
    let found: Vec<Arc<Contact>> = stage.store.search_contacts(&query).await.unwrap();
    found.iter().map(|contact| contact.id.to_string()).collect()
}

async fn a_contact_is_found_by_beginnings_of_name_address_company_and_by_parts_of_the_number(
    stage: Stage,
) {
    let joe = contact("joe", "Joe Müller", "joe@example.com", "+12025550143");
    let jane = contact("jane", "Jane Doe", "jd@example.org", "+12025550199");
    let other = Contact { account: account_id("other"), ..contact("eve", "Joe", "e@x.io", "+1") };
    for contact in [&joe, &jane, &other] {
        stage.store.put_contact(contact).await.unwrap();
    }

    for (text, wanted) in [
        ("jo", vec!["joe"]),
        ("mull JOE", vec!["joe"]),
        ("example", vec!["jane", "joe"]),
        ("joe@example.com", vec!["joe"]),
        ("(202) 555-0143", vec!["joe"]),
        ("+1 202 555", vec!["jane", "joe"]),
        ("0199", vec!["jane"]),
        ("rockets", vec!["jane", "joe"]),
        ("private", vec![]),
        ("j", vec![]),
    ] {
        assert_eq!(contacts(&stage, text).await, wanted, "{text}");
    }
    let before = Some(jane.id.clone());
    let query = ContactSearch { account: key().account, words: words("example"), before, limit: 9 };
    let rest = stage.store.search_contacts(&query).await.unwrap();
    assert_eq!(rest, [Arc::new(joe)]);
}

async fn a_contact_that_changed_is_found_by_what_it_is_now(stage: Stage) {
    stage.store.put_contact(&contact("joe", "Joe", "joe@example.com", "+1202")).await.unwrap();
    assert_eq!(contacts(&stage, "joe").await, ["joe"]);

    stage.store.put_contact(&contact("joe", "Sue", "sue@example.com", "+1202")).await.unwrap();
    stage.store.put_contact(&contact("joe", "Sam", "sam@example.com", "+1202")).await.unwrap();

    assert!(contacts(&stage, "joe").await.is_empty());
    assert_eq!(contacts(&stage, "sam").await, ["joe"]);
}

async fn conversations_are_told_apart_by_whether_they_match(stage: Stage) {
    let mut said = begun(&stage, "c1", &["ana"]).await;
    say(&stage, &mut said, "m1", "hello", 10).await;
    let named = begun(&stage, "c2", &["ana"]).await;
    let neither = begun(&stage, "c3", &["ana"]).await;
    let contact = Contact { id: named.key.contact.clone(), ..contact("x", "Hello", "a@b.c", "+1") };
    stage.store.put_contact(&contact).await.unwrap();
    stage.store.index_waiting(100).await.unwrap();

    let asked = [said.id.clone(), named.id.clone(), neither.id];
    let matching = stage.store.which_match(&key().account, &words("hello"), &asked).await.unwrap();

    assert_eq!(matching, [said.id, named.id]);
}

async fn what_was_committed_before_a_restart_is_found_after_it(stage: Stage) {
    let mut here = begun(&stage, "c1", &["ana"]).await;
    say(&stage, &mut here, "m1", "hello", 10).await;

    let stage = stage.reopen().await;

    assert_eq!(found(&stage, "hello", Reader::Team).await, ["m1"]);
    assert_eq!(stage.store.index_waiting(10).await.unwrap(), 0, "nothing is indexed twice");
}

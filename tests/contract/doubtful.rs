use actors::domain::*;
use actors::ports::{ConsentEntry, Evidence};

use crate::{Stage, on_each_backend};

on_each_backend!(
    doubts_are_listed_newest_first_until_they_are_decided,
    a_decision_settles_the_doubts_before_it_and_on_its_channel_only,
);

fn entry(contact: &str, channel: &str, says: ConsentWord, message: &str) -> ConsentEntry {
    ConsentEntry {
        account: AccountId::parse("acme").unwrap(),
        contact: ContactId::parse(contact).unwrap(),
        channel: ChannelId::parse(channel).unwrap(),
        says,
        at: Timestamp(5),
        evidence: Evidence::Message(MessageId::parse(message).unwrap()),
    }
}

async fn open(stage: &Stage, before: Option<u64>, limit: usize) -> Vec<(u64, ConsentEntry)> {
    let account = AccountId::parse("acme").unwrap();
    let flagged = stage.store.doubtful(&account, before, limit).await.unwrap();
    flagged.into_iter().map(|flagged| (flagged.place, flagged.entry)).collect()
}

async fn doubts_are_listed_newest_first_until_they_are_decided(stage: Stage) {
    let doubts: Vec<_> = ["joe", "zoe", "dan"]
        .map(|contact| entry(contact, "sms", ConsentWord::Doubtful, contact))
        .into();
    for doubt in doubts.iter().chain(&doubts) {
        stage.store.record_consent(doubt).await.unwrap();
    }
    let help = entry("eve", "sms", ConsentWord::Help, "m");
    stage.store.record_consent(&help).await.unwrap();

    let first = open(&stage, None, 2).await;
    let rest = open(&stage, Some(first[1].0), 2).await;

    let listed: Vec<_> = first.into_iter().chain(rest).map(|(_, entry)| entry).collect();
    assert_eq!(listed, [doubts[2].clone(), doubts[1].clone(), doubts[0].clone()]);
    let other = AccountId::parse("other").unwrap();
    assert!(stage.store.doubtful(&other, None, 10).await.unwrap().is_empty());
}

async fn a_decision_settles_the_doubts_before_it_and_on_its_channel_only(stage: Stage) {
    let elsewhere = entry("joe", "mail", ConsentWord::Doubtful, "m1");
    let later = entry("joe", "sms", ConsentWord::Doubtful, "m4");
    for entry in [
        entry("joe", "sms", ConsentWord::Doubtful, "m2"),
        elsewhere.clone(),
        entry("joe", "sms", ConsentWord::OptIn, "m3"),
        later.clone(),
    ] {
        stage.store.record_consent(&entry).await.unwrap();
    }

    let open: Vec<_> = open(&stage, None, 10).await.into_iter().map(|(_, entry)| entry).collect();

    assert_eq!(open, [later, elsewhere]);
}

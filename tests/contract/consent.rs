use actors::domain::Timestamp;
use actors::ports::{ConsentEntry, ConsentWord, Evidence};

use crate::changes::*;
use crate::{Stage, on_each_backend};

on_each_backend!(
    the_latest_yes_or_no_counts_on_its_own_channel,
    the_same_evidence_is_there_once,
    the_ledger_of_a_contact_is_read_newest_first_and_whole,
);

fn entry(says: ConsentWord, evidence: &str) -> ConsentEntry {
    ConsentEntry {
        account: account_id("default"),
        contact: contact_id("joe"),
        channel: channel_id("sms"),
        says,
        at: Timestamp(5),
        evidence: Evidence::Message(message_id(evidence)),
    }
}

impl Stage {
    async fn says(&self, entry: &ConsentEntry) {
        self.store.record_consent(entry).await.unwrap();
    }

    async fn opted_out(&self, channel: &str) -> bool {
        self.store.opted_out(&contact_id("joe"), &channel_id(channel)).await.unwrap()
    }
}

async fn the_latest_yes_or_no_counts_on_its_own_channel(stage: Stage) {
    assert!(!stage.opted_out("sms").await, "nothing was said");
    stage.says(&entry(ConsentWord::OptOut, "m1")).await;
    stage.says(&entry(ConsentWord::Help, "m2")).await;
    stage.says(&entry(ConsentWord::Doubtful, "m3")).await;
    assert!(stage.opted_out("sms").await);
    assert!(!stage.opted_out("mail").await);

    stage.says(&entry(ConsentWord::OptIn, "m4")).await;
    assert!(!stage.opted_out("sms").await);
}

async fn the_same_evidence_is_there_once(stage: Stage) {
    stage.says(&entry(ConsentWord::OptOut, "m1")).await;
    stage.says(&entry(ConsentWord::OptIn, "m2")).await;
    stage.says(&entry(ConsentWord::OptOut, "m1")).await;

    assert!(!stage.opted_out("sms").await, "an old word, delivered again, is still old");
    let all = stage.store.consent_of(&account_id("default"), &contact_id("joe"), 10).await;
    assert_eq!(all.unwrap().len(), 2);
}

async fn the_ledger_of_a_contact_is_read_newest_first_and_whole(stage: Stage) {
    let message = message_id("m2");
    let by_provider = Evidence::Provider { message, code: "21610".into() };
    let entries = [
        entry(ConsentWord::Help, "m1"),
        ConsentEntry { evidence: by_provider, ..entry(ConsentWord::OptOut, "m2") },
        ConsentEntry {
            evidence: Evidence::Operator("by telephone".into()),
            ..entry(ConsentWord::OptIn, "m3")
        },
    ];
    for entry in &entries {
        stage.says(entry).await;
    }
    stage.says(&ConsentEntry { contact: contact_id("eve"), ..entries[0].clone() }).await;

    let read = |limit| {
        let (account, contact) = (account_id("default"), contact_id("joe"));
        let store = &stage.store;
        async move { store.consent_of(&account, &contact, limit).await.unwrap() }
    };
    assert_eq!(read(10).await, [entries[2].clone(), entries[1].clone(), entries[0].clone()]);
    assert_eq!(read(1).await.len(), 1);
    let elsewhere = stage.store.consent_of(&account_id("other"), &contact_id("joe"), 10).await;
    assert_eq!(elsewhere.unwrap(), []);
}

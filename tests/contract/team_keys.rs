use actors::domain::*;

use crate::changes::*;
use crate::{Stage, on_each_backend};

on_each_backend!(
    a_key_is_found_by_its_hash_and_says_when_it_was_revoked,
    a_key_is_kept_once_and_revoked_once,
);

fn key(id: &str, hash: u8) -> TeamKey {
    TeamKey {
        id: TeamKeyId::parse(id).unwrap(),
        account: account_id("acme"),
        name: "reports".into(),
        scopes: vec!["inbox.read".into(), "conversations.write".into()],
        hash: [hash; 32],
        created_at: Timestamp(i64::from(hash)),
        revoked_at: None,
    }
}

async fn a_key_is_found_by_its_hash_and_says_when_it_was_revoked(stage: Stage) {
    let (first, second) = (key("k1", 1), key("k2", 2));
    stage.store.keep_team_key(&first).await.unwrap();
    stage.store.keep_team_key(&second).await.unwrap();

    assert_eq!(stage.store.team_key(&[1; 32]).await.unwrap(), Some(first.clone()));
    assert_eq!(stage.store.team_key(&[3; 32]).await.unwrap(), None);

    assert!(stage.store.revoke_team_key(&first.id, Timestamp(9)).await.unwrap());
    let revoked = TeamKey { revoked_at: Some(Timestamp(9)), ..first };
    assert_eq!(stage.store.team_keys().await.unwrap(), [revoked, second]);
}

async fn a_key_is_kept_once_and_revoked_once(stage: Stage) {
    let first = key("k1", 1);
    stage.store.keep_team_key(&first).await.unwrap();
    stage.store.keep_team_key(&first).await.unwrap();
    stage.store.revoke_team_key(&first.id, Timestamp(9)).await.unwrap();

    stage.store.revoke_team_key(&first.id, Timestamp(10)).await.unwrap();
    let unknown = TeamKeyId::parse("k9").unwrap();
    assert!(!stage.store.revoke_team_key(&unknown, Timestamp(9)).await.unwrap());

    let stage = stage.reopen().await;
    let kept = stage.store.team_keys().await.unwrap();
    assert_eq!(kept, [TeamKey { revoked_at: Some(Timestamp(9)), ..first }]);
}

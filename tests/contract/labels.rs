use actors::domain::*;
use actors::ports::PutError;

use crate::changes::account_id;
use crate::{Stage, on_each_backend};

on_each_backend!(
    tags_are_read_by_name_and_statuses_in_the_order_of_the_pipeline,
    a_label_put_again_is_changed_and_one_of_another_account_is_not,
    a_name_is_one_labels_in_its_account,
);

fn tag(id: &str, account: &str, name: &str) -> Tag {
    Tag {
        id: TagId::parse(id).unwrap(),
        account: account_id(account),
        name: name.into(),
        color: "#ff8800".into(),
    }
}

fn status(id: &str, name: &str, order: i64) -> ContactStatus {
    ContactStatus {
        id: ContactStatusId::parse(id).unwrap(),
        account: account_id("acme"),
        name: name.into(),
        color: "blue".into(),
        order,
    }
}

async fn tags_are_read_by_name_and_statuses_in_the_order_of_the_pipeline(stage: Stage) {
    let store = &stage.store;
    let (hot, cold) = (tag("1", "acme", "Hot"), tag("2", "acme", "Cold"));
    for tag in [&hot, &cold, &tag("3", "other", "Hot")] {
        store.put_tag(tag).await.unwrap();
    }
    let (new, won, lost) = (status("1", "New", -1), status("2", "Won", 5), status("3", "Lost", 5));
    for status in [&won, &new, &lost] {
        store.put_contact_status(status).await.unwrap();
    }

    let acme = account_id("acme");
    assert_eq!(store.tags(&acme).await.unwrap(), [cold.clone(), hot]);
    assert_eq!(store.contact_statuses(&acme).await.unwrap(), [new, lost, won.clone()]);
    assert_eq!(store.tag(&cold.id).await.unwrap(), Some(cold));
    assert_eq!(store.contact_status(&won.id).await.unwrap(), Some(won));
    assert_eq!(store.tags(&account_id("nobody")).await.unwrap(), []);
    assert_eq!(store.tag(&TagId::parse("4").unwrap()).await.unwrap(), None);
}

async fn a_label_put_again_is_changed_and_one_of_another_account_is_not(stage: Stage) {
    let store = &stage.store;
    store.put_tag(&tag("1", "acme", "Hot")).await.unwrap();
    store.put_contact_status(&status("1", "New", 1)).await.unwrap();
    let (warm, first) = (tag("1", "acme", "Warm"), status("1", "First", 0));

    store.put_tag(&warm).await.unwrap();
    store.put_contact_status(&first).await.unwrap();
    let moved = store.put_tag(&tag("1", "other", "Warm")).await;

    assert!(matches!(moved, Err(PutError::OtherAccount)));
    let other = ContactStatus { account: account_id("other"), ..first.clone() };
    let moved = store.put_contact_status(&other).await;
    assert!(matches!(moved, Err(PutError::OtherAccount)));
    assert_eq!(store.tag(&warm.id).await.unwrap(), Some(warm));
    assert_eq!(store.contact_status(&first.id).await.unwrap(), Some(first));
}

async fn a_name_is_one_labels_in_its_account(stage: Stage) {
    let store = &stage.store;
    store.put_tag(&tag("1", "acme", "Hot")).await.unwrap();
    store.put_contact_status(&status("1", "New", 1)).await.unwrap();

    assert!(matches!(store.put_tag(&tag("2", "acme", "Hot")).await, Err(PutError::Taken)));
    let again = store.put_contact_status(&status("2", "New", 2)).await;
    assert!(matches!(again, Err(PutError::Taken)));
    store.put_tag(&tag("3", "other", "Hot")).await.unwrap();
    assert_eq!(store.tags(&account_id("acme")).await.unwrap().len(), 1);
}

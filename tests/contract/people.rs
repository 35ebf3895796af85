use actors::domain::*;
use actors::ports::PutError;
use actors::testing::domain::user as user_id;
use futures_util::future::join_all;

use crate::changes::*;
use crate::{Stage, on_each_backend};

on_each_backend!(
    what_was_put_is_read_back_to_the_last_field,
    what_was_put_again_is_read_back_at_once,
    nobody_is_there_before_they_are_put,
    nothing_moves_to_another_account,
    an_address_belongs_to_one_channel_of_its_kind,
    a_channel_is_found_by_its_present_address_only,
    a_hundred_who_meet_an_unknown_number_agree_on_one_contact,
    of_two_contacts_with_one_number_the_older_is_found,
    a_number_is_looked_for_in_its_account_only,
    a_mailbox_is_looked_for_in_its_account_without_regard_to_case,
    a_push_token_is_kept_once_and_dropped,
    the_members_of_an_account_are_its_active_users_since_they_came,
);

fn account() -> Account {
    Account { id: account_id("acme"), name: "Acme".into(), time_zone: Some("Europe/Vienna".into()) }
}

fn user() -> User {
    User {
        id: user_id("ana"),
        account: account_id("acme"),
        name: "Ana".into(),
        email: "ana@example.com".into(),
        image: Some("https://a/ana.png".into()),
        role: Some("agent".into()),
        active: true,
    }
}

fn contact() -> Contact {
    Contact {
        id: contact_id("joe"),
        account: account_id("acme"),
        name: Some("Joe".into()),
        email: None,
        phone: Some("+12025550143".into()),
        image: None,
        details: Json::from_valid(r#"{"profile":{"city":"Graz"}}"#),
    }
}

fn channel() -> Channel {
    Channel {
        id: channel_id("mail"),
        account: account_id("acme"),
        kind: ChannelKind("EMAIL".into()),
        name: "Inbox".into(),
        address: Some("Inbox@Example.com".into()),
        members: vec![user_id("ana"), user_id("ben")],
        message_requests: true,
    }
}

async fn what_was_put_is_read_back_to_the_last_field(stage: Stage) {
    let store = &stage.store;

    store.put_account(&account()).await.unwrap();
    store.put_user(&user()).await.unwrap();
    store.put_contact(&contact()).await.unwrap();
    store.put_channel(&channel()).await.unwrap();

    assert_eq!(*store.account(&account().id).await.unwrap().unwrap(), account());
    assert_eq!(*store.user(&user().id).await.unwrap().unwrap(), user());
    assert_eq!(*store.contact(&contact().id).await.unwrap().unwrap(), contact());
    assert_eq!(*store.channel(&channel().id).await.unwrap().unwrap(), channel());
}

async fn what_was_put_again_is_read_back_at_once(stage: Stage) {
    let store = &stage.store;
    for n in 0..20 {
        let name = format!("name {n}");
        let user = User { name: name.clone(), active: n % 2 == 0, ..user() };
        let contact = Contact { name: Some(name.clone()), phone: None, ..contact() };
        let channel = Channel { name: name.clone(), members: vec![], ..channel() };
        let account = Account { name, time_zone: None, ..account() };

        store.put_user(&user).await.unwrap();
        store.put_contact(&contact).await.unwrap();
        store.put_channel(&channel).await.unwrap();
        store.put_account(&account).await.unwrap();

        assert_eq!(*store.user(&user.id).await.unwrap().unwrap(), user);
        assert_eq!(*store.contact(&contact.id).await.unwrap().unwrap(), contact);
        assert_eq!(*store.channel(&channel.id).await.unwrap().unwrap(), channel);
        assert_eq!(*store.account(&account.id).await.unwrap().unwrap(), account);
    }
}

async fn nobody_is_there_before_they_are_put(stage: Stage) {
    let store = &stage.store;

    assert_eq!(store.account(&account().id).await.unwrap(), None);
    assert_eq!(store.user(&user().id).await.unwrap(), None);
    assert_eq!(store.contact(&contact().id).await.unwrap(), None);
    assert_eq!(store.channel(&channel().id).await.unwrap(), None);
    let by_address = store.channel_by_address(&channel().kind, "inbox@example.com").await;
    assert_eq!(by_address.unwrap(), None);

    // Having asked in vain does not hide who comes.
    store.put_user(&user()).await.unwrap();
    assert_eq!(*store.user(&user().id).await.unwrap().unwrap(), user());
}

async fn nothing_moves_to_another_account(stage: Stage) {
    let store = &stage.store;
    store.put_user(&user()).await.unwrap();
    store.put_contact(&contact()).await.unwrap();
    store.put_channel(&channel()).await.unwrap();

    let other = account_id("other");
    let moved_user = User { account: other.clone(), name: "x".into(), ..user() };
    let moved_contact = Contact { account: other.clone(), name: None, ..contact() };
    let moved_channel = Channel { account: other, name: "x".into(), ..channel() };

    let refused = |outcome| matches!(outcome, Err(PutError::OtherAccount));
    assert!(refused(store.put_user(&moved_user).await));
    assert!(refused(store.put_contact(&moved_contact).await));
    assert!(refused(store.put_channel(&moved_channel).await));
    assert_eq!(*store.user(&user().id).await.unwrap().unwrap(), user());
    assert_eq!(*store.contact(&contact().id).await.unwrap().unwrap(), contact());
    assert_eq!(*store.channel(&channel().id).await.unwrap().unwrap(), channel());
}

async fn an_address_belongs_to_one_channel_of_its_kind(stage: Stage) {
    let store = &stage.store;
    store.put_channel(&channel()).await.unwrap();
    let other = |address: Option<&str>, kind: &str| Channel {
        id: channel_id("other"),
        kind: ChannelKind(kind.into()),
        address: address.map(Into::into),
        ..channel()
    };

    let taken = store.put_channel(&other(Some("inbox@example.COM"), "EMAIL")).await;

    assert!(matches!(taken, Err(PutError::Taken)));
    assert_eq!(store.channel(&channel_id("other")).await.unwrap(), None);
    store.put_channel(&other(Some("inbox@example.com"), "X")).await.unwrap();
    store.put_channel(&other(None, "EMAIL")).await.unwrap();
    let third = Channel { id: channel_id("third"), ..other(None, "EMAIL") };
    store.put_channel(&third).await.unwrap();
    assert!(matches!(
        store.put_channel(&other(channel().address.as_deref(), "EMAIL")).await,
        Err(PutError::Taken)
    ));
}

async fn a_channel_is_found_by_its_present_address_only(stage: Stage) {
    let store = &stage.store;
    store.put_channel(&channel()).await.unwrap();
    let find = async |kind: &str, address| {
        let found = store.channel_by_address(&ChannelKind(kind.into()), address).await.unwrap();
        found.map(|channel| channel.id.to_string())
    };
    for _ in 0..2 {
        assert_eq!(find("EMAIL", "inbox@EXAMPLE.com").await.as_deref(), Some("mail"));
        assert_eq!(find("SMS", "inbox@example.com").await, None);
        assert_eq!(find("EMAIL", "other@example.com").await, None);
    }

    let moved = Channel { address: Some("new@example.com".into()), ..channel() };
    store.put_channel(&moved).await.unwrap();
    assert_eq!(find("EMAIL", "inbox@example.com").await, None, "it moved away");
    assert_eq!(find("EMAIL", "new@example.com").await.as_deref(), Some("mail"));

    let heir = Channel { id: channel_id("heir"), ..channel() };
    store.put_channel(&heir).await.unwrap();
    assert_eq!(find("EMAIL", "inbox@example.com").await.as_deref(), Some("heir"));
}

fn number() -> PhoneNumber {
    PhoneNumber::parse("+12025550143").unwrap()
}

async fn a_hundred_who_meet_an_unknown_number_agree_on_one_contact(stage: Stage) {
    let number = &number();
    let found = join_all((0..100).map(|n| {
        let fresh = Contact { id: contact_id(&format!("fresh{n}")), ..contact() };
        stage.store.contact_by_phone(number, fresh)
    }))
    .await;

    let first = found[0].as_ref().unwrap();
    assert!(found.iter().all(|contact| contact.as_ref().unwrap() == first));
    assert_eq!(*stage.store.contact(&first.id).await.unwrap().unwrap(), **first);
    for n in 0..100 {
        let id = contact_id(&format!("fresh{n}"));
        let kept = stage.store.contact(&id).await.unwrap().is_some();
        assert_eq!(kept, id == first.id);
    }
}

async fn of_two_contacts_with_one_number_the_older_is_found(stage: Stage) {
    let store = &stage.store;
    let older = Contact { id: contact_id("zoe"), ..contact() };
    store.put_contact(&older).await.unwrap();
    store.put_contact(&contact()).await.unwrap();
    // Being put again makes nobody younger.
    store.put_contact(&older).await.unwrap();

    let fresh = Contact { id: contact_id("fresh"), ..contact() };

    assert_eq!(*store.contact_by_phone(&number(), fresh).await.unwrap(), older);
}

async fn a_number_is_looked_for_in_its_account_only(stage: Stage) {
    let store = &stage.store;
    let theirs = Contact { account: account_id("other"), id: contact_id("z"), ..contact() };
    store.put_contact(&theirs).await.unwrap();

    let found = store.contact_by_phone(&number(), contact()).await.unwrap();

    assert_eq!(*found, contact());
}

async fn a_mailbox_is_looked_for_in_its_account_without_regard_to_case(stage: Stage) {
    let store = &stage.store;
    let address = |text| MailAddress::parse(text).unwrap();
    let known = Contact { email: Some("Zoe@Example.com".into()), ..contact() };
    let theirs = Contact { account: account_id("other"), id: contact_id("z"), ..known.clone() };
    store.put_contact(&theirs).await.unwrap();
    store.put_contact(&known).await.unwrap();
    let fresh = |id| Contact { id: contact_id(id), email: None, ..contact() };

    let found = store.contact_by_email(&address("zoe@example.COM"), fresh("f1")).await.unwrap();
    let new = store.contact_by_email(&address("dan@example.com"), fresh("f2")).await.unwrap();
    let again = store.contact_by_email(&address("DAN@example.com"), fresh("f3")).await.unwrap();

    assert_eq!(*found, known);
    assert_eq!(new.email.as_deref(), Some("dan@example.com"));
    assert_eq!(new, again);
}

async fn a_push_token_is_kept_once_and_dropped(stage: Stage) {
    let store = &stage.store;
    let token = |name, token: &str| PushToken { user: user_id(name), token: token.into() };
    for kept in [token("ana", "t1"), token("ana", "t2"), token("ana", "t1"), token("ben", "t1")] {
        store.put_push_token(&kept).await.unwrap();
    }

    store.drop_push_token(&token("ana", "t2")).await.unwrap();
    store.drop_push_token(&token("ana", "never")).await.unwrap();

    assert_eq!(store.push_tokens(&user_id("ana")).await.unwrap(), [token("ana", "t1")]);
    assert_eq!(store.push_tokens(&user_id("ben")).await.unwrap(), [token("ben", "t1")]);
    assert_eq!(store.push_tokens(&user_id("dan")).await.unwrap(), []);
}

async fn the_members_of_an_account_are_its_active_users_since_they_came(stage: Stage) {
    let store = &stage.store;
    let named = |name: &str| User { id: user_id(name), name: name.into(), ..user() };
    stage.clock.set(10);
    store.put_user(&named("zoe")).await.unwrap();
    stage.clock.set(20);
    store.put_user(&user()).await.unwrap();
    store.put_user(&User { active: false, ..named("gone") }).await.unwrap();
    store.put_user(&User { account: account_id("other"), ..named("dan") }).await.unwrap();
    store.put_user(&User { role: None, ..named("zoe") }).await.unwrap();

    let members = store.members_of(&account_id("acme")).await.unwrap();

    let seen: Vec<_> =
        members.iter().map(|member| (member.user.id.as_str(), member.since.0)).collect();
    assert_eq!(seen, [("zoe", 10), ("ana", 20)], "since they first came");
    assert_eq!(members[0].user.role, None);
}

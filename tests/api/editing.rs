//! Title and image: as given, or the contact's as they are now.
use serde_json::{Value, json};

use crate::lists::expect_error;
use crate::support::asks::{ADD, about, change, get, listed, told, told_until_now};
use crate::support::people::{ACCOUNT, CHANNEL, conversation, office, put, user};
use crate::support::{Client, TestNode};

const EDIT: &str = "prospect_edit_conversation";

#[test]
fn an_edit_is_for_everybody() {
    let node = TestNode::start();
    office(&node, &["ana", "ben"]);
    let (ana, ben) = (Client::of(&node, "ana"), Client::of(&node, "ben"));
    let place = conversation(&node, &ana, "carl", &["ben"]);
    let before = get(&ana, &place);

    let edit =
        json!({ "title": "The big one", "image": ["a.png", "b.png"], "channel_id": CHANNEL });
    let after = change(&ben, EDIT, &place, edit);

    assert_eq!(
        (&after["title"], &after["image"]),
        (&json!("The big one"), &json!(["a.png", "b.png"]))
    );
    assert!(after["updatedAt"].as_str() > before["updatedAt"].as_str());
    for member in [&ana, &ben] {
        let seen = told(member, &place);
        assert_eq!((&seen["title"], &seen["image"]), (&after["title"], &after["image"]));
    }
    // One field leaves the other alone.
    let after = change(&ana, EDIT, &place, json!({ "title": "Smaller" }));
    assert_eq!((&after["title"], &after["image"]), (&json!("Smaller"), &json!(["a.png", "b.png"])));
    let after = change(&ana, EDIT, &place, json!({ "image": "c.png" }));
    assert_eq!((&after["title"], &after["image"]), (&json!("Smaller"), &json!(["c.png"])));
    for _ in 0..2 {
        told(&ben, &place);
    }
    assert_eq!(change(&ana, EDIT, &place, json!({ "title": "Smaller" })), after);
    let heard = told_until_now(&node, &ben, &place);
    assert!(
        heard.iter().all(|(_, event)| event["isNew"] != false),
        "it changed nothing: {heard:?}"
    );
}

#[test]
fn what_nobody_gave_is_the_contacts_and_follows_it() {
    let node = TestNode::start();
    office(&node, &["ana"]);
    let ana = Client::of(&node, "ana");
    let place = conversation(&node, &ana, "carl", &[]);
    let shown = || {
        let seen = get(&ana, &place);
        (seen["title"].clone(), seen["image"].clone())
    };
    let contact = |name: &str, email: Value, phone: Value, image: &str| {
        let body = json!({
            "account_id": ACCOUNT, "name": name, "email": email, "phone": phone, "image": image,
        });
        put(&node, "/v1/contacts/carl", &body);
    };
    let (mail, phone) = (json!("carl@example.com"), json!("+12025550143"));

    assert_eq!(shown(), (json!("carl"), json!([])));
    contact("Carl C.", mail.clone(), phone.clone(), "carl.png");
    assert_eq!(shown(), (json!("Carl C."), json!(["carl.png"])), "renamed since");
    contact(" ", mail.clone(), phone.clone(), " ");
    assert_eq!(shown(), (mail, json!([])));
    contact("", Value::Null, phone.clone(), "");
    assert_eq!(shown(), (phone, json!([])));
    contact("", Value::Null, Value::Null, "");
    assert_eq!(shown(), (json!("Unknown contact"), json!([])));
    contact("Carl", Value::Null, Value::Null, "carl.png");

    for blank in [json!(""), json!("  "), json!(null)] {
        change(&ana, EDIT, &place, json!({ "title": "Mine", "image": ["mine.png"] }));
        assert_eq!(shown(), (json!("Mine"), json!(["mine.png"])));
        change(&ana, EDIT, &place, json!({ "title": blank, "image": blank }));
        assert_eq!(shown(), (json!("Carl"), json!(["carl.png"])), "{blank}");
    }
    change(&ana, EDIT, &place, json!({ "image": ["mine.png"] }));
    change(&ana, EDIT, &place, json!({ "image": [] }));
    assert_eq!(shown(), (json!("Carl"), json!(["carl.png"])));
}

#[test]
fn an_edit_smuggles_nothing_in() {
    let node = TestNode::start();
    office(&node, &["ana"]);
    user(&node, "stranger");
    let (ana, stranger) = (Client::of(&node, "ana"), Client::of(&node, "stranger"));
    let place = conversation(&node, &ana, "carl", &[]);
    let before = get(&ana, &place);

    let wrong = [
        json!({}),
        json!({ "title": "x", "contact_id": "cleo" }),
        json!({ "title": "x", "is_open": false }),
        json!({ "title": "x", "users": ["stranger"] }),
        json!({ "title": "x", "_id": "other" }),
        json!({ "title": "x", "unread_count": 0 }),
        json!({ "is_open": false }),
        json!({ "title": 5 }),
        json!({ "title": ["x"] }),
        json!({ "title": "x", "image": 5 }),
        json!({ "title": "x", "image": [5] }),
        json!({ "title": "x", "image": { "url": "a.png" } }),
        json!({ "title": "é".repeat(256) }),
        json!({ "image": vec!["a.png"; 21] }),
    ];
    for wrong in wrong {
        expect_error(&ana.ask(EDIT, about(&place, &wrong)), 400, "VALIDATION_ERROR");
    }
    expect_error(&ana.ask(EDIT, json!({ "title": "x" })), 400, "VALIDATION_ERROR");
    let title = about(&place, &json!({ "title": "x" }));
    expect_error(&stranger.ask(EDIT, title), 404, "NOT_FOUND");
    let elsewhere = about(&place, &json!({ "title": "x", "channel_id": "elsewhere" }));
    expect_error(&ana.ask(EDIT, elsewhere), 404, "NOT_FOUND");
    assert_eq!(get(&ana, &place), before);
    let longest = "é".repeat(255);
    assert_eq!(change(&ana, EDIT, &place, json!({ "title": longest }))["title"], longest);
}

#[test]
fn beginning_a_conversation_names_it_once_and_beginning_it_again_changes_no_name() {
    let node = TestNode::start();
    office(&node, &["ana", "ben"]);
    let (ana, ben) = (Client::of(&node, "ana"), Client::of(&node, "ben"));
    for id in ["carl", "cleo"] {
        put(&node, &format!("/v1/contacts/{id}"), &json!({ "account_id": ACCOUNT, "name": id }));
    }
    let done = json!({ "success": true, "message": "SUCCESS" });
    let ask = json!({
        "contact_id": "carl", "channel_id": CHANNEL, "title": "First", "image": "a.png",
        "users": "ben",
    });

    assert_eq!(ana.ask(ADD, ask), done, "the id arrives by broadcast");

    let first = ben.event(ADD);
    assert_eq!(
        (&first["isNew"], &first["title"], &first["image"]),
        (&json!(true), &json!("First"), &json!(["a.png"]))
    );
    assert_eq!((&first["unread_count"], &first["is_open"]), (&json!(0), &json!(true)));
    assert_eq!((&first["is_admin"], &ana.event(ADD)["is_admin"]), (&json!(false), &json!(true)));
    let place = first["_id"].as_str().expect("an id");
    change(&ana, "prospect_archive", place, json!({}));
    change(&ben, "prospect_archive", place, json!({}));
    change(&ana, "prospect_show_on_top", place, json!({}));
    change(&ana, "prospect_open", place, json!({ "is_open": false }));

    let ask = json!({ "contact_id": "carl", "channel_id": CHANNEL, "title": "Second", "image": ["b.png"] });
    assert_eq!(ana.ask(ADD, ask), done);

    let again =
        ana.event_where(ADD, |event| event["is_open"] == true && event["show_on_top"] == true);
    assert_eq!(
        (&again["isNew"], &again["title"], &again["image"]),
        (&json!(false), &json!("First"), &json!(["a.png"]))
    );
    assert_eq!(
        (listed(&ana, None).len(), listed(&ben, None).len()),
        (1, 0),
        "ben's archive is his"
    );
    for wrong in [
        json!({}),
        json!({ "contact_id": "carl" }),
        json!({ "channel_id": CHANNEL }),
        json!({ "contact_id": 5, "channel_id": CHANNEL }),
        json!({ "contact_id": "cleo", "channel_id": CHANNEL, "users": 5 }),
        json!({ "contact_id": "cleo", "channel_id": CHANNEL, "title": 5 }),
        json!({ "contact_id": "cleo", "channel_id": CHANNEL, "title": "x".repeat(256) }),
    ] {
        expect_error(&ana.ask(ADD, wrong), 400, "VALIDATION_ERROR");
    }
    put(&node, "/v1/contacts/foreign", &json!({ "account_id": "other", "name": "f" }));
    for (contact, channel) in [("nobody", CHANNEL), ("cleo", "nowhere"), ("foreign", CHANNEL)] {
        let ask = json!({ "contact_id": contact, "channel_id": channel });
        expect_error(&ana.ask(ADD, ask), 404, "NOT_FOUND");
    }
    assert_eq!(listed(&ana, None), [place]);
}

#[test]
fn fifty_who_begin_the_same_conversation_at_once_are_in_one() {
    let node = TestNode::start();
    let names: Vec<_> = (0..10).map(|number| format!("user{number}")).collect();
    let names: Vec<_> = names.iter().map(String::as_str).collect();
    office(&node, &names);
    put(&node, "/v1/contacts/carl", &json!({ "account_id": ACCOUNT, "name": "carl" }));
    let clients: Vec<_> = names.iter().map(|user| Client::of(&node, user)).collect();
    let ask = json!({ "contact_id": "carl", "channel_id": CHANNEL });

    let calls: Vec<_> =
        (0..50).map(|at| (at % 10, clients[at % 10].send(ADD, ask.clone()))).collect();

    for (at, call) in calls {
        assert_eq!(clients[at].answer(call)["success"], true);
    }
    let places: Vec<_> = clients.iter().flat_map(|client| listed(client, None)).collect();
    assert_eq!(places, vec![places[0].clone(); 10]);
    let seen = get(&clients[0], &places[0]);
    assert_eq!(seen["users"].as_array().map(Vec::len), Some(10));
    let news: usize =
        clients.iter().map(|client| client.heard().matches("\"isNew\":true").count()).sum();
    assert_eq!(news, 1, "it began once, for the one who was there then");
}

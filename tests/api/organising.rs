//! Open, archive, pin and snooze: what each changes, for whom, and who is told.
use std::collections::BTreeSet;

use serde_json::{Value, json};

use crate::lists::expect_error;
use crate::support::asks::{ADD, about, change, fence, get, listed, told, told_until_now};
use crate::support::people::{
    CHANNEL, channel, communication, conversation, emit_message, incoming, office, user,
};
use crate::support::token::in_seconds;
use crate::support::{Client, TestNode};

const SET: [&str; 4] =
    ["prospect_open", "prospect_archive", "prospect_show_on_top", "prospect_snooze"];

#[test]
fn a_conversation_is_shown_with_all_its_fields_and_with_nothing_of_the_others() {
    let node = TestNode::start();
    office(&node, &["ana", "ben"]);
    let (ana, ben) = (Client::of(&node, "ana"), Client::of(&node, "ben"));
    let place = conversation(&node, &ana, "carl", &["ben"]);
    say(&node, "m1", &place);
    change(&ben, "prospect_show_on_top", &place, json!({}));

    let seen = get(&ana, &place);

    let fields: BTreeSet<_> = seen.as_object().expect("an object").keys().cloned().collect();
    let wanted = [
        "_id",
        "title",
        "image",
        "contact_id",
        "channel_id",
        "users",
        "unread_count",
        "is_open",
        "show_on_top",
        "starred",
        "assigned_to",
        "tags",
        "contact_status",
        "is_snoozed",
        "snooze_until",
        "is_archived",
        "is_admin",
        "last_activity",
        "createdAt",
        "updatedAt",
    ];
    assert_eq!(fields, wanted.map(str::to_owned).into());
    assert_eq!(
        (&seen["contact_id"]["_id"], &seen["channel_id"]),
        (&json!("carl"), &json!(CHANNEL))
    );
    let person = |id: &str| json!({ "_id": id, "name": id, "email": format!("{id}@example.com"), "image": null });
    assert_eq!(seen["users"], json!([person("ana"), person("ben")]), "who they are, and no more");
    assert_eq!((&seen["unread_count"], &seen["is_open"]), (&json!(1), &json!(true)));
    assert_eq!((&seen["is_admin"], &get(&ben, &place)["is_admin"]), (&json!(true), &json!(false)));
    assert_eq!(
        (&seen["show_on_top"], &get(&ben, &place)["show_on_top"]),
        (&json!(false), &json!(true))
    );
    assert_eq!((&seen["is_snoozed"], &seen["snooze_until"]), (&json!(false), &Value::Null));
    let last = &seen["last_activity"];
    let fields: BTreeSet<_> = last.as_object().expect("an object").keys().cloned().collect();
    let wanted = [
        "_id",
        "UUID",
        "type",
        "data",
        "attachments",
        "sent_by",
        "is_sender",
        "is_note",
        "conversation_id",
        "createdAt",
    ];
    assert_eq!(fields, wanted.map(str::to_owned).into());
    assert_eq!((&last["_id"], &last["conversation_id"]), (&json!("m1"), &json!(place)));
    let alias = ana.ask("prospect_get_conversation_by_id", json!({ "_id": place }));
    assert_eq!(alias["data"]["conversation"], seen);
}

#[test]
fn closing_is_for_everybody_and_marks_nothing_as_read() {
    let node = TestNode::start();
    office(&node, &["ana", "ben"]);
    let [ana, phone, ben] = ["ana", "ana", "ben"].map(|user| Client::of(&node, user));
    let place = conversation(&node, &ana, "carl", &["ben"]);
    say(&node, "m1", &place);
    let before = get(&ana, &place);

    let after = change(&ana, "prospect_open", &place, json!({ "is_open": false }));

    assert_eq!((&after["is_open"], &after["unread_count"]), (&json!(false), &json!(1)));
    assert!(after["updatedAt"].as_str() > before["updatedAt"].as_str());
    for member in [&ana, &phone, &ben] {
        assert_eq!(told(member, &place)["is_open"], false);
        assert_eq!(listed(member, Some("CLOSE")), [place.as_str()]);
        assert_eq!(listed(member, Some("OPEN")).len(), 0);
        assert_eq!(listed(member, None), [place.as_str()]);
    }

    // Once more: it is done, and nobody hears of it.
    assert_eq!(change(&ana, "prospect_open", &place, json!({ "open": false })), after);
    let heard = told_until_now(&node, &ben, &place);
    assert!(heard.iter().all(|(_, event)| event["isNew"] != false), "{heard:?}");
    // An outgoing message leaves it closed, an incoming one opens it, and says so first.
    assert_eq!(get(&ben, &place)["is_open"], false);
    say(&node, "m2", &place);
    for member in [&phone, &ben] {
        let seen = member.events_until(|_, event| event["_id"] == "m2");
        let [.., (name, reopened), _] = &seen[..] else { panic!("{seen:?}") };
        assert_eq!((name.as_str(), &reopened["isNew"]), (ADD, &json!(false)));
        assert_eq!(reopened["is_open"], true);
    }
    change(&ben, "prospect_open", &place, json!({ "is_open": false }));
    let open = change(&ben, "prospect_open", &place, json!({ "channel_id": CHANNEL }));
    assert_eq!(open["is_open"], true, "open is what it says by itself");
}

#[test]
fn an_archive_is_ones_own_until_the_contact_writes() {
    let node = TestNode::start();
    office(&node, &["ana", "ben"]);
    let [ana, phone, ben] = ["ana", "ana", "ben"].map(|user| Client::of(&node, user));
    let place = conversation(&node, &ana, "carl", &["ben"]);
    let before = get(&ben, &place);

    let after = change(&ana, "prospect_archive", &place, json!({}));

    assert_eq!(after["is_archived"], true);
    assert_eq!(told(&phone, &place)["is_archived"], true);
    for filter in
        [None, Some("OPEN"), Some("CLOSE"), Some("SNOOZE"), Some("UNREAD"), Some("PRIORITY")]
    {
        assert_eq!(listed(&phone, filter).len(), 0, "{filter:?}");
    }
    assert_eq!(listed(&phone, Some("ARCHIVED")), [place.as_str()]);
    assert_eq!(get(&ben, &place), before, "nobody else's");
    assert_eq!(listed(&ben, Some("ARCHIVED")).len(), 0);
    let heard = told_until_now(&node, &ben, &place);
    assert!(heard.iter().all(|(_, event)| event["isNew"] != false), "{heard:?}");

    assert_eq!(
        change(&ana, "prospect_archive", &place, json!({ "archive": false }))["is_archived"],
        false
    );
    assert_eq!(
        change(&ana, "prospect_archive", &place, json!({ "is_archived": true }))["is_archived"],
        true
    );
    fence(&node, &place);
    assert_eq!(get(&ana, &place)["is_archived"], true, "what colleagues send changes nothing");
    say(&node, "m1", &place);
    let seen = phone.events_until(|_, event| event["_id"] == "m1");
    let [.., (name, back), _] = &seen[..] else { panic!("{seen:?}") };
    assert_eq!((name.as_str(), &back["is_archived"]), (ADD, &json!(false)));
    assert_eq!(listed(&phone, None), [place.as_str()]);
    let heard = ben.events_until(|_, event| event["_id"] == "m1");
    assert!(heard.iter().all(|(name, _)| name != ADD), "it was never away for ben: {heard:?}");
}

#[test]
fn a_note_brings_a_conversation_back_for_those_it_mentions_only() {
    let node = TestNode::start();
    office(&node, &["ana", "ben", "dan"]);
    let [ana, ben, dan] = ["ana", "ben", "dan"].map(|user| Client::of(&node, user));
    let place = conversation(&node, &ana, "carl", &["ben", "dan"]);
    for member in [&ana, &ben, &dan] {
        change(member, "prospect_archive", &place, json!({}));
        change(member, "prospect_snooze", &place, json!({}));
    }

    let note = about(&place, &json!({ "data": "look at this", "mentions": ["ben"] }));
    assert_eq!(ana.ask("prospect_add_note", note)["success"], true);

    let state = |member: &Client| {
        let seen = get(member, &place);
        (seen["is_archived"].clone(), seen["is_snoozed"].clone())
    };
    assert_eq!(state(&ben), (json!(false), json!(false)));
    assert_eq!(state(&dan), (json!(true), json!(true)));
    assert_eq!(state(&ana), (json!(true), json!(true)), "its author was not called");
    let back =
        ben.event_where(ADD, |event| event["is_archived"] == false && event["unread_count"] == 1);
    assert_eq!(back["isNew"], false);
}

#[test]
fn a_pin_is_ones_own_and_stays_first_in_either_order() {
    let node = TestNode::start();
    office(&node, &["ana", "ben"]);
    let [ana, phone, ben] = ["ana", "ana", "ben"].map(|user| Client::of(&node, user));
    let places: Vec<_> = ["carl", "cleo", "cora"]
        .iter()
        .map(|contact| conversation(&node, &ana, contact, &["ben"]))
        .collect();
    let order = |of: &Client, sort: &str| {
        let ask = json!({ "channel_id": CHANNEL, "sort": sort });
        let page = of.ask("prospect_list_conversation", ask);
        let rows = crate::support::asks::ids(&page["conversation"]);
        rows.iter()
            .map(|id| places.iter().position(|p| p == id).expect("known"))
            .collect::<Vec<_>>()
    };

    let pinned = change(&ana, "prospect_show_on_top", &places[1], json!({}));

    assert_eq!(
        (&pinned["show_on_top"], &told(&phone, &places[1])["show_on_top"]),
        (&json!(true), &json!(true))
    );
    assert_eq!((order(&phone, "NEWEST"), order(&phone, "OLDEST")), (vec![1, 2, 0], vec![1, 0, 2]));
    assert_eq!((order(&ben, "NEWEST"), order(&ben, "OLDEST")), (vec![2, 1, 0], vec![0, 1, 2]));
    assert_eq!(listed(&ana, Some("PRIORITY")), [places[1].as_str()]);
    assert_eq!(listed(&ben, Some("PRIORITY")).len(), 0);
    assert_eq!(
        change(&ana, "prospect_show_on_top", &places[1], json!({})),
        pinned,
        "set, not toggled"
    );
    let loose = change(&phone, "prospect_show_on_top", &places[1], json!({ "show_on_top": false }));
    assert_eq!(loose["show_on_top"], false);
    assert_eq!(order(&ana, "NEWEST"), [2, 1, 0]);
    let heard = told_until_now(&node, &ben, &places[1]);
    assert!(heard.iter().all(|(_, event)| event["isNew"] != false), "{heard:?}");
}

#[test]
fn a_snooze_lasts_until_the_contact_writes_or_one_wakes_it() {
    let node = TestNode::start();
    office(&node, &["ana", "ben"]);
    let [ana, phone, ben] = ["ana", "ana", "ben"].map(|user| Client::of(&node, user));
    let place = conversation(&node, &ana, "carl", &["ben"]);
    let is = |seen: &Value| (seen["is_snoozed"].clone(), seen["snooze_until"].clone());
    let (awake, asleep) = ((json!(false), Value::Null), (json!(true), Value::Null));

    for ways in [json!({}), json!({ "snooze": true }), json!({ "snooze_until": true })] {
        assert_eq!(is(&change(&ana, "prospect_snooze", &place, ways)), asleep);
    }
    assert_eq!(is(&told(&phone, &place)), asleep);
    assert_eq!(listed(&phone, Some("SNOOZE")), [place.as_str()]);
    assert_eq!((listed(&phone, Some("OPEN")).len(), listed(&phone, None).len()), (0, 1));
    assert_eq!((is(&get(&ben, &place)), listed(&ben, Some("OPEN")).len()), (awake.clone(), 1));
    for ways in [json!({ "snooze_until": null }), json!({ "until": false })] {
        assert_eq!(is(&change(&ana, "prospect_snooze", &place, ways)), awake);
        change(&ana, "prospect_snooze", &place, json!({}));
    }
    let end = in_seconds(3600);
    for name in ["snooze_until", "until", "snooze"] {
        let seen = change(&ana, "prospect_snooze", &place, json!({ name: end }));
        assert_eq!(is(&seen), (json!(true), json!(end)));
    }
    change(&phone, "prospect_open", &place, json!({ "is_open": false }));
    assert_eq!(listed(&ana, Some("SNOOZE")).len(), 1, "closed or open");
    fence(&node, &place);
    assert_eq!(get(&ana, &place)["is_snoozed"], true, "what colleagues send wakes nobody");

    say(&node, "m1", &place);

    assert_eq!(is(&get(&ana, &place)), awake);
    let seen = phone.events_until(|_, event| event["_id"] == "m1");
    let [.., (name, back), _] = &seen[..] else { panic!("{seen:?}") };
    assert_eq!((name.as_str(), is(back)), (ADD, awake));
}

#[test]
fn a_snooze_ends_on_time_although_the_server_was_down_meanwhile() {
    let mut node = TestNode::start();
    office(&node, &["ana", "ben"]);
    let place = {
        let ana = Client::of(&node, "ana");
        let place = conversation(&node, &ana, "carl", &["ben"]);
        let end = in_seconds(2);
        let asleep = change(&ana, "prospect_snooze", &place, json!({ "snooze_until": end }));
        assert_eq!((&asleep["is_snoozed"], &asleep["snooze_until"]), (&json!(true), &json!(end)));
        place
    };

    node.kill();
    node.resume();

    let (ana, ben) = (Client::of(&node, "ana"), Client::of(&node, "ben"));
    let woken = told(&ana, &place);
    assert_eq!((&woken["is_snoozed"], &woken["snooze_until"]), (&json!(false), &Value::Null));
    assert_eq!((listed(&ana, Some("OPEN")).len(), listed(&ana, Some("SNOOZE")).len()), (1, 0));
    let heard = told_until_now(&node, &ben, &place);
    assert!(heard.is_empty(), "it was nobody else's: {heard:?}");
}

#[test]
fn what_is_asked_wrongly_is_refused_and_changes_nothing() {
    let node = TestNode::start();
    office(&node, &["ana"]);
    user(&node, "stranger");
    channel(&node, "elsewhere", "+12025550109", &[]);
    let (ana, stranger) = (Client::of(&node, "ana"), Client::of(&node, "stranger"));
    let place = conversation(&node, &ana, "carl", &[]);
    let before = get(&ana, &place);

    for event in [&SET[..], &["prospect_get_conversation_by_id", "prospect_read"]].concat() {
        for wrong in [
            json!({}),
            json!({ "conversation_id": 5 }),
            json!({ "conversation_id": "" }),
            json!({ "conversation_id": [place] }),
        ] {
            expect_error(&ana.ask(event, wrong), 400, "VALIDATION_ERROR");
        }
        for wrong in [json!([place]), json!(place), json!(null)] {
            expect_error(&ana.ask(event, wrong), 400, "VALIDATION_ERROR");
        }
        expect_error(&ana.ask_with(event, json!([])), 400, "VALIDATION_ERROR");
        let elsewhere = about(&place, &json!({ "channel_id": "elsewhere" }));
        let absent = json!({ "conversation_id": "absent" });
        let answers = [
            ana.ask(event, elsewhere),
            ana.ask(event, absent.clone()),
            stranger.ask(event, about(&place, &json!({}))),
            stranger.ask(event, absent),
        ];
        for answer in &answers {
            expect_error(answer, 404, "NOT_FOUND");
            assert_eq!(answer, &answers[0], "one answer, no difference");
        }
    }
    let past = "2020-01-01T00:00:00.000Z";
    let wrong = [
        ("prospect_open", "is_open", json!("yes")),
        ("prospect_open", "open", json!(1)),
        ("prospect_archive", "archive", json!("true")),
        ("prospect_show_on_top", "show_on_top", json!({})),
        ("prospect_snooze", "snooze_until", json!(past)),
        ("prospect_snooze", "snooze_until", json!("tomorrow")),
        ("prospect_snooze", "snooze_until", json!(5)),
        ("prospect_snooze", "snooze_until", json!(in_seconds(367 * 24 * 3600))),
        ("prospect_read", "message_id", json!(5)),
    ];
    for (event, field, value) in wrong {
        expect_error(
            &ana.ask(event, about(&place, &json!({ field: value }))),
            400,
            "VALIDATION_ERROR",
        );
    }
    assert_eq!(get(&ana, &place), before);
}

fn say(node: &TestNode, id: &str, place: &str) {
    communication(node, id, &incoming("carl", place, "hello"));
    emit_message(node, id);
}

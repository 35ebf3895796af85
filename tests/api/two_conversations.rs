//! A contact who writes by SMS and by mail: two conversations, one message that may stand in both,
//! and nobody learns of the one they are not in.
use serde_json::{Value, json};

use crate::lists::expect_error;
use crate::support::asks::{ADD, MESSAGE, about, fence, get, ids};
use crate::support::people::{
    ACCOUNT, CHANNEL, communication, contact, conversation, emit_message, office, put,
};
use crate::support::{Client, Request, TestNode};

const MAIL: &str = "acme-mail";

struct Scene {
    node: TestNode,
    /// In both.
    ana: Client,
    /// In the SMS conversation.
    ben: Client,
    /// In the mail conversation.
    dan: Client,
    sms: String,
    mail: String,
}

fn scene() -> Scene {
    let node = TestNode::start();
    office(&node, &["ana", "ben", "dan"]);
    let mailbox = json!({
        "account_id": ACCOUNT, "kind": "EMAIL", "name": "mail", "address": "inbox@example.com",
    });
    put(&node, &format!("/v1/channels/{MAIL}"), &mailbox);
    let [ana, ben, dan] = ["ana", "ben", "dan"].map(|user| Client::of(&node, user));
    let sms = conversation(&node, &ana, "carl", &["ben"]);
    let begin = json!({ "contact_id": "carl", "channel_id": MAIL, "users": ["dan"] });
    assert_eq!(ana.ask(ADD, begin)["success"], true);
    let mail = ana.event_where(ADD, |event| event["channel_id"] == MAIL)["_id"].clone();
    let mail = mail.as_str().expect("an id").to_owned();
    assert_ne!(sms, mail);
    Scene { node, ana, ben, dan, sms, mail }
}

fn from_carl(text: &str, places: &[&str]) -> Value {
    json!({
        "type": "INCOMING", "data": text, "contact_id": "carl", "sent_by": "carl",
        "conversation_id": places,
    })
}

#[test]
fn a_message_in_both_is_seen_once_in_each_and_counts_in_each() {
    let Scene { node, ana, ben, dan, sms, mail } = scene();
    communication(&node, "m1", &from_carl("to both", &[&sms, &mail]));

    for _ in 0..3 {
        emit_message(&node, "m1");
    }

    for (member, places) in [(&ana, vec![&sms, &mail]), (&ben, vec![&sms]), (&dan, vec![&mail])] {
        let mark = fence(&node, places[0]);
        let seen = member.events_until(|_, event| event["data"] == mark.as_str());
        let shown: Vec<_> = seen.iter().filter(|(_, event)| event["_id"] == "m1").collect();
        assert_eq!(shown.len(), 3 * places.len());
        for place in places {
            let here = |(_, event): &&&(String, Value)| event["conversation_id"] == place.as_str();
            assert_eq!(shown.iter().filter(here).count(), 3, "one id, not the list");
            let row = get(member, place);
            assert_eq!((&row["unread_count"], &row["is_open"]), (&json!(1), &json!(true)));
            let page = member
                .ask("prospect_list_message", about(place, &json!({ "limit": 1, "sort": "ASC" })));
            assert_eq!(page["messages"][0]["conversation_id"], place.as_str());
            assert_eq!(ids(&page["messages"]), ["m1"]);
        }
        assert!(shown.iter().all(|(_, event)| event["createdAt"] == shown[0].1["createdAt"]));
    }
    assert!(!ben.heard().contains(&mail), "ben is not in the mail conversation");
    assert!(!dan.heard().contains(&sms), "dan is not in the SMS conversation");
    for (member, other) in [(&ben, &mail), (&dan, &sms)] {
        expect_error(
            &member.ask("prospect_list_message", about(other, &json!({}))),
            404,
            "NOT_FOUND",
        );
    }
}

#[test]
fn reading_one_leaves_the_other_unread() {
    let Scene { node, ana, sms, mail, .. } = scene();
    communication(&node, "m1", &from_carl("to both", &[&sms, &mail]));
    emit_message(&node, "m1");
    let unread = |place: &str| get(&ana, place)["unread_count"].clone();

    assert_eq!(ana.ask("prospect_read", about(&mail, &json!({})))["success"], true);

    assert_eq!((unread(&sms), unread(&mail)), (json!(1), json!(0)));
    emit_message(&node, "m1");
    assert_eq!((unread(&sms), unread(&mail)), (json!(1), json!(0)), "shown again, not counted");
    let up_to = about(&sms, &json!({ "message_id": "m1" }));
    assert_eq!(ana.ask("prospect_read", up_to)["data"]["conversation"]["unread_count"], 0);
}

#[test]
fn an_emit_for_one_channel_is_shown_there_only() {
    let Scene { node, ana, dan, sms, mail, .. } = scene();
    communication(&node, "m1", &from_carl("to both", &[&sms, &mail]));
    let emit = |channel: &str, id: &str| {
        node.send(&Request::get(&format!("/conversations/{channel}/emit/message/{id}")).key())
            .status
    };

    assert_eq!(emit(MAIL, "m1"), 200);

    assert_eq!(dan.event(MESSAGE)["conversation_id"], mail.as_str());
    assert_eq!(get(&ana, &sms)["unread_count"], 0);
    emit_message(&node, "m1");
    assert_eq!(
        (&get(&ana, &sms)["unread_count"], &get(&ana, &mail)["unread_count"]),
        (&json!(1), &json!(1))
    );
    communication(&node, "m2", &from_carl("by SMS", &[&sms]));
    assert_eq!((emit(MAIL, "m2"), emit("nowhere", "m2"), emit(CHANNEL, "m2")), (404, 404, 200));
}

#[test]
fn a_message_that_names_no_conversation_finds_its_contacts_own() {
    let Scene { node, ana, ben, dan, sms, mail } = scene();
    let mut by_mail = from_carl("by mail", &[]);
    by_mail["channel_id"] = json!(MAIL);
    communication(&node, "m1", &by_mail);
    communication(&node, "m2", &from_carl("anywhere", &[]));

    emit_message(&node, "m1");
    emit_message(&node, "m2");

    assert_eq!(ben.event(MESSAGE)["_id"], "m2", "the mail was not for him");
    assert_eq!(
        [dan.event(MESSAGE), dan.event(MESSAGE)].map(|event| event["_id"].clone()),
        [json!("m1"), json!("m2")]
    );
    let unread = |place: &str| get(&ana, place)["unread_count"].clone();
    assert_eq!((unread(&sms), unread(&mail)), (json!(1), json!(2)));
    let kept = node.send(&Request::get("/v1/communications/m1").key()).json();
    assert_eq!(kept["conversation_id"], json!([mail]), "what was found is kept");
    // Only what comes from the contact is looked for there.
    let mut out = from_carl("out", &[]);
    out["type"] = json!("OUTGOING");
    out["sent_by"] = json!("ana");
    communication(&node, "m3", &out);
    let answer = node.send(&Request::get("/conversations/prospect/emit/message/m3").key());
    assert_eq!((answer.status, &answer.json()["error"]), (404, &json!("NOT_FOUND")));
}

#[test]
fn a_conversation_of_somebody_else_is_passed_over() {
    let Scene { node, ana, sms, .. } = scene();
    let of_cleo = conversation(&node, &ana, "cleo", &[]);
    contact(&node, "alone", "+12025550199");
    communication(&node, "m1", &from_carl("mine", &[&of_cleo, &sms, "absent"]));
    emit_message(&node, "m1");

    assert_eq!(ana.event(MESSAGE)["conversation_id"], sms.as_str());
    let page = ana.ask("prospect_list_message", about(&of_cleo, &json!({})));
    assert_eq!(page["messages"], json!([]));
    assert_eq!(get(&ana, &of_cleo)["unread_count"], 0);
    let mut stray = from_carl("stray", &[&sms]);
    stray["contact_id"] = json!("alone");
    stray["sent_by"] = json!("alone");
    communication(&node, "m2", &stray);
    let answer = node.send(&Request::get("/conversations/prospect/emit/message/m2").key());
    assert_eq!(answer.status, 404, "there is nowhere left");
}

#[test]
fn a_note_in_both_is_read_by_each_mentioned_where_they_are() {
    let Scene { node, ana, ben, dan, sms, mail } = scene();
    let mut note = from_carl("between us", &[&sms, &mail]);
    note["type"] = json!("NOTE");
    note["sent_by"] = json!("ana");
    note["mentions"] = json!([]);
    communication(&node, "n1", &note);
    emit_message(&node, "n1");

    for place in [&sms, &mail] {
        assert_eq!(get(&ana, place)["last_activity"]["_id"], "n1");
    }
    for (member, place) in [(&ben, &sms), (&dan, &mail)] {
        let seen = crate::support::asks::told_until_now(&node, member, place);
        assert!(seen.iter().all(|(name, _)| name != MESSAGE), "{seen:?}");
        assert_eq!(get(member, place)["unread_count"], 0);
    }
}

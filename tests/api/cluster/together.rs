//! Whoever is connected where, and whatever comes in where: it is one house.
use std::time::{Duration, Instant};

use serde_json::json;

use super::{offices, patient, texts_until, write};
use crate::support::asks::{about, change, told};
use crate::support::fake_fcm::FakeFcm;
use crate::support::people::{
    CHANNEL, communication, conversation, emit_conversation, emit_message, incoming, office, put,
};
use crate::support::twilio::Sms;
use crate::support::{Client, Request, TestCluster, Way, client, token, wait};

#[test]
fn people_at_different_nodes_see_the_same_in_one_order_wherever_it_comes_in() {
    let Some(cluster) = offices(3, &["ana", "ben", "cleo"]) else { return };
    let people = ["ana", "ben", "cleo"].into_iter().enumerate();
    let people: Vec<_> = people.map(|(at, name)| Client::of(cluster.node(at), name)).collect();

    for number in 1..=12 {
        write(cluster.node(number as usize % 3), number, &number.to_string());
        people[0].event_where("prospect_message", |m| m["data"] == number.to_string().as_str());
    }

    let (ben, cleo) = (texts_until(&people[1], "12"), texts_until(&people[2], "12"));
    assert_eq!(ben, super::numbered(1..=12));
    assert_eq!(cleo, ben, "each once");
    let listed = people[2].ask("prospect_list_conversation", json!({ "channel_id": CHANNEL }));
    assert_eq!(listed["conversation"][0]["unread_count"], 12, "{listed}");
    let place = listed["conversation"][0]["_id"].as_str().expect("an id").to_owned();
    let read = change(&people[2], "prospect_read", &place, json!({}));
    assert_eq!(read["unread_count"], 0);
}

#[test]
fn what_one_does_at_a_node_the_others_see_at_theirs() {
    let Some(cluster) = offices(2, &["ana", "ben", "cleo"]) else { return };
    let ana = Client::of(cluster.node(0), "ana");
    let (ben, cleo) = (Client::of(cluster.node(1), "ben"), Client::of(cluster.node(1), "cleo"));
    let place = conversation(cluster.node(0), &ana, "carl", &["ben", "cleo"]);
    ben.event_where("prospect_add_conversation", |event| event["_id"] == place.as_str());

    let note = about(&place, &json!({ "data": "call her", "mentions": ["ben"] }));
    let noted = ana.ask("prospect_add_note", note);
    assert_eq!(noted["success"], true, "{noted}");
    assert_eq!(ben.event("prospect_message")["data"], "call her");
    change(&ben, "prospect_edit_conversation", &place, json!({ "title": "Carl's" }));

    assert_eq!(told(&ana, &place)["title"], "Carl's");
    assert!(!cleo.heard().contains("call her"), "she is not mentioned");
}

#[test]
fn who_comes_back_to_another_node_is_told_what_they_missed_before_anything_new() {
    let Some(cluster) = offices(2, &["ana", "ben"]) else { return };
    let balancer = Way::to(cluster.node(0).address);
    let (ana, ben) = (patient(&balancer, "ana"), Client::of(cluster.node(1), "ben"));

    for round in 0..4 {
        ana.cut();
        let number = round * 10;
        for missed in 1..=5 {
            write(cluster.node(round as usize % 2), number + missed, &format!("{round} {missed}"));
        }
        ben.event_where("prospect_message", |m| m["data"] == format!("{round} 5"));
        balancer.aim_at(cluster.node((round as usize + 1) % 2).address);
        ana.reopen();

        assert_eq!(ana.connected()["recovered"], true, "round {round}");
        write(cluster.node(0), number + 6, &format!("{round} new"));
        let expected: Vec<_> = (1..=5).map(|n| format!("{round} {n}")).collect();
        let mut seen = texts_until(&ana, &format!("{round} new"));
        seen.retain(|text| text.starts_with(&round.to_string()) && !text.ends_with("new"));
        assert_eq!(seen, expected);
    }
}

#[test]
fn what_other_services_emit_at_any_node_is_shown_at_all() {
    let Some(cluster) = offices(2, &["ana", "ben"]) else { return };
    let (ana, ben) = (Client::of(cluster.node(0), "ana"), Client::of(cluster.node(1), "ben"));
    let place = conversation(cluster.node(0), &ana, "carl", &["ben"]);
    communication(cluster.node(1), "m1", &incoming("carl", &place, "hello"));

    for node in &cluster.nodes {
        emit_message(node, "m1");
        for person in [&ana, &ben] {
            assert_eq!(person.event("prospect_message")["_id"], "m1");
        }
    }
    emit_conversation(cluster.node(1), &place);

    for person in [&ana, &ben] {
        let shown = told(person, &place);
        assert_eq!(shown["unread_count"], 1, "shown twice, counted once");
    }
}

#[test]
fn an_event_for_a_user_or_a_scraper_reaches_them_from_any_node() {
    let Some(cluster) = offices(2, &["ana"]) else { return };
    let shared = |at: usize| {
        let options = json!({ "auth": { "token": token::of("ana") } });
        let client = Client::open(cluster.node(at), "/v1/shared", options);
        client.connected();
        client
    };
    let devices = [shared(0), shared(1)];
    let options = json!({ "auth": { "clientId": "maps" } });
    let scraper = Client::open(cluster.node(1), "/v1/lead-finder", options);
    scraper.connected();
    let listed = wait::until("the scraper to be listed at the other node", || {
        let list = cluster.node(0).send(&Request::get("/lead-finder/sockets").key()).json();
        let list = list["data"].as_array().expect("a list").clone();
        (!list.is_empty()).then_some(list)
    });

    assert_eq!((listed.len(), &listed[0]["clientId"]), (1, &json!("maps")));
    wait::until("both devices to be known", || {
        let body = json!({ "n": 1 });
        let emit = Request::post("/emit/ana/news").key().json(&body);
        assert_eq!(cluster.node(0).send(&emit).status, 200);
        devices.iter().all(|device| device.heard().contains("\"news\"")).then_some(())
    });
    let task = json!({ "socketId": "maps", "payload": { "q": 1 } });
    let task = Request::post("/lead-finder/task").key().json(&task);
    let answer = cluster.node(0).send(&task);
    assert_eq!(answer.status, 200, "{}", answer.text());
    scraper.event("task");
}

#[test]
fn who_is_sent_away_is_sent_away_from_every_node() {
    let Some(cluster) = offices(2, &["ana"]) else { return };
    let devices = [Client::of(cluster.node(0), "ana"), Client::of(cluster.node(1), "ana")];

    let gone = json!({
        "account_id": "acme", "name": "ana", "email": "ana@example.com", "active": false,
    });
    put(cluster.node(0), "/v1/users/ana", &gone);

    devices.iter().for_each(|device| {
        device.disconnected();
    });
    let options = json!({ "auth": { "token": token::of("ana") } });
    let again = Client::open(cluster.node(1), client::NAMESPACE, options);
    assert_eq!(again.refused()["data"]["errno"], 401, "the other node does not remember her");
}

#[test]
fn a_user_has_no_more_connections_than_allowed_over_all_nodes_together() {
    let settings = [("limits.connections_per_user", "2")];
    let Some(cluster) = TestCluster::with(2, &settings) else { return };
    office(cluster.node(0), &["ana", "ben"]);
    let _one = Client::of(cluster.node(0), "ana");
    let _two = Client::of(cluster.node(0), "ana");

    let refused = wait::until("the other node to know of both", || {
        let options = json!({ "auth": { "token": token::of("ana") }, "reconnection": false });
        let third = Client::open(cluster.node(1), client::NAMESPACE, options);
        third.refusal_or_connection().filter(|report| report["is"] == "refused")
    });

    assert_eq!(refused["data"]["errno"], 429);
    Client::of(cluster.node(1), "ben");
}

#[test]
fn who_is_connected_to_any_node_is_not_told_on_their_devices() {
    let fcm = FakeFcm::start();
    let settings = fcm.settings();
    let settings: Vec<_> = settings.iter().map(|(key, value)| (*key, value.as_str())).collect();
    let Some(cluster) = TestCluster::with(2, &settings) else { return };
    office(cluster.node(0), &["ana", "ben", "cleo"]);
    for user in ["ana", "ben", "cleo"] {
        put(cluster.node(0), &format!("/v1/users/{user}/push-tokens/{user}-phone"), &json!({}));
    }
    let (ana, ben) = (Client::of(cluster.node(0), "ana"), Client::of(cluster.node(1), "ben"));

    for number in 1..=6 {
        write(cluster.node(number as usize % 2), number, &format!("text {number}"));
        ana.event_where("prospect_message", |m| m["data"] == format!("text {number}"));
        ben.event_where("prospect_message", |m| m["data"] == format!("text {number}"));
    }

    assert_eq!(fcm.told("cleo-phone", 6).len(), 6);
    assert_eq!(fcm.told_now("ana-phone").len() + fcm.told_now("ben-phone").len(), 0);
}

#[test]
fn messages_between_nodes_at_rest_do_not_grow_with_the_conversations_held() {
    let Some(cluster) = offices(2, &["ana", "ben"]) else { return };
    let (ana, ben) = (Client::of(cluster.node(0), "ana"), Client::of(cluster.node(1), "ben"));
    let contacts: Vec<_> = (0..60).map(|n| format!("+1202555{:04}", 3_000 + n)).collect();
    for (number, contact) in contacts.iter().enumerate() {
        Sms::new(number as u32, contact, "hello").deliver(cluster.node(number % 2));
    }
    for person in [&ana, &ben] {
        super::next_texts(person, contacts.len());
    }

    // Sixty conversations are held, and watched at both nodes. What is still said is the heartbeat, twice a
    // second.
    let sent = || cluster.counted(0, "switchboard_cluster_sent_total");
    let settled = wait::until("the last of it to be told", || {
        let before = sent();
        let at = Instant::now();
        wait::until("the next heartbeat", || (sent() > before).then_some(()));
        (at.elapsed() > Duration::from_millis(300)).then_some(before + 1.0)
    });
    let begun = Instant::now();
    wait::until("six more", || (sent() >= settled + 6.0).then_some(()));

    assert!(begun.elapsed() > Duration::from_secs(2), "{:?}", begun.elapsed());
}

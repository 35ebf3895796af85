//! What fails takes nothing away: whoever is still connected converges without listing anew.
use std::sync::atomic::{AtomicU32, Ordering};

use super::{eager, first_seen, numbered, offices, texts_until, write};
use crate::support::{Client, Proxy, Request, TestCluster, wait};

/// Writes so many messages at these nodes in turn, numbered on from `next`.
fn write_at(cluster: &TestCluster, nodes: &[usize], next: &AtomicU32, count: u32) {
    for _ in 0..count {
        let number = next.fetch_add(1, Ordering::Relaxed);
        let node = cluster.node(nodes[number as usize % nodes.len()]);
        write(node, number, &number.to_string());
    }
}

/// Waits until a node says so of one of the parts it needs.
fn says(cluster: &TestCluster, node: usize, part: &str, word: &str) {
    wait::until(&format!("node {node} to say that {part} is {word}"), || {
        let answer = Request::get("/ready").send(cluster.node(node).address).ok()?;
        (answer.json()["checks"][part] == word).then_some(())
    });
}

#[test]
fn when_a_node_is_killed_the_others_and_its_clients_miss_nothing() {
    let Some(mut cluster) = offices(3, &["ana", "ben", "cleo"]) else { return };
    let balancer = Proxy::to(cluster.node(0).address);
    let (ana, ben) = (eager(&balancer, "ana"), Client::of(cluster.node(1), "ben"));
    let next = AtomicU32::new(1);
    write_at(&cluster, &[0, 1, 2], &next, 9);
    ben.event_where("prospect_message", |m| m["data"] == "9");

    write_at(&cluster, &[0], &next, 3);
    cluster.nodes[0].kill();
    balancer.aim_at(cluster.node(2).address);
    write_at(&cluster, &[1, 2], &next, 9);
    assert_eq!(ana.connected()["recovered"], true);

    // What was kept and not yet taken in lies in the killed node's journal, and comes once it is back.
    cluster.nodes[0].resume();
    write_at(&cluster, &[0], &next, 1);
    let last = (next.load(Ordering::Relaxed) - 1).to_string();
    let mut seen = first_seen(texts_until(&ana, &last));
    seen.sort_by_key(|text| text.parse::<u32>().expect("a number"));
    assert_eq!(seen, numbered(1..=22), "not one is missing");
}

#[test]
fn a_node_cut_off_from_the_broker_shows_and_is_shown_everything_in_one_order() {
    let Some(cluster) = offices(2, &["ana", "ben"]) else { return };
    let (ana, ben) = (Client::of(cluster.node(0), "ana"), Client::of(cluster.node(1), "ben"));
    let next = AtomicU32::new(1);

    for (is_held, round) in [(false, 1), (true, 2)] {
        if is_held { cluster.to_broker[0].hold() } else { cluster.to_broker[0].cut() }
        write_at(&cluster, &[0, 1], &next, 5);
        says(&cluster, 0, "cluster", "cut");
        write_at(&cluster, &[0, 1], &next, 5);
        let last = (next.load(Ordering::Relaxed) - 1).to_string();
        let (seen, others) = (texts_until(&ana, &last), texts_until(&ben, &last));
        assert_eq!(first_seen(seen.clone()), first_seen(others), "one order");
        assert_eq!(seen.len(), 10, "each once, round {round}");

        cluster.to_broker[0].mend();
        says(&cluster, 0, "cluster", "ok");
        cluster.together();
    }
    write_at(&cluster, &[0, 1], &next, 4);
    let last = (next.load(Ordering::Relaxed) - 1).to_string();
    assert_eq!(texts_until(&ana, &last), numbered(21..=24));
    assert_eq!(texts_until(&ben, &last), numbered(21..=24));
}

#[test]
fn when_the_broker_is_away_and_back_nobody_notices() {
    let Some(mut cluster) = offices(2, &["ana", "ben"]) else { return };
    let (ana, ben) = (Client::of(cluster.node(0), "ana"), Client::of(cluster.node(1), "ben"));
    let next = AtomicU32::new(1);
    write_at(&cluster, &[0, 1], &next, 4);

    cluster.broker.stop();
    write_at(&cluster, &[0, 1], &next, 4);
    says(&cluster, 0, "cluster", "cut");
    write_at(&cluster, &[0, 1], &next, 4);
    cluster.broker.resume();
    cluster.together();
    write_at(&cluster, &[0, 1], &next, 4);

    let seen = texts_until(&ana, "16");
    assert_eq!(seen, texts_until(&ben, "16"), "in one order");
    let mut sorted = first_seen(seen.clone());
    sorted.sort_by_key(|text| text.parse::<u32>().expect("a number"));
    assert_eq!((sorted, seen.len()), (numbered(1..=16), 16), "each once");
}

#[test]
fn a_node_cut_off_from_the_store_keeps_what_it_is_given_and_is_nobodys_home_meanwhile() {
    let Some(cluster) = offices(2, &["ana", "ben"]) else { return };
    let (ana, ben) = (Client::of(cluster.node(0), "ana"), Client::of(cluster.node(1), "ben"));
    let next = AtomicU32::new(1);
    write_at(&cluster, &[0, 1], &next, 4);
    ben.event_where("prospect_message", |m| m["data"] == "4");

    cluster.to_store[0].cut();
    write_at(&cluster, &[0, 1], &next, 6);
    ben.event_where("prospect_message", |m| m["data"] == "10" || m["data"] == "9");
    says(&cluster, 0, "store", "cut");
    cluster.to_store[0].mend();
    says(&cluster, 0, "store", "ok");
    write_at(&cluster, &[1], &next, 1);

    for person in [&ana, &ben] {
        let mut seen = std::collections::BTreeSet::new();
        while seen.len() < 11 - usize::from(std::ptr::eq(person, &raw const ben)) * 2 {
            let message = person.event("prospect_message");
            seen.insert(super::text(&message));
        }
    }
}

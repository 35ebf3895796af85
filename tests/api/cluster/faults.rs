//! What fails takes nothing away: whoever is still connected converges without listing anew.
use std::sync::atomic::{AtomicU32, Ordering};

use super::{eager, first_seen, in_order, next_texts, numbered, offices, texts_until, write};
use crate::support::{Client, Request, TestCluster, Way, wait};

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
    let balancer = Way::to(cluster.node(0).address);
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
    while seen.len() < 22 {
        seen = first_seen([seen, next_texts(&ana, 1)].concat());
    }
    assert_eq!(in_order(seen), numbered(1..=22), "not one is missing");
}

#[test]
fn a_node_cut_off_from_the_broker_shows_and_is_shown_everything_in_one_order() {
    let Some(cluster) = offices(2, &["ana", "ben"]) else { return };
    let (ana, ben) = (Client::of(cluster.node(0), "ana"), Client::of(cluster.node(1), "ben"));
    let next = AtomicU32::new(1);

    for (is_held, round) in [(false, 1), (true, 2)] {
        if is_held {
            cluster.to_broker[0].hold()
        } else {
            cluster.to_broker[0].cut()
        }
        write_at(&cluster, &[0, 1], &next, 5);
        says(&cluster, 0, "cluster", "cut");
        write_at(&cluster, &[0, 1], &next, 5);
        let (seen, others) = (next_texts(&ana, 10), next_texts(&ben, 10));
        assert_eq!(seen, others, "one order");
        assert_eq!(in_order(seen), numbered(round * 10 - 9..=round * 10), "each once");

        cluster.to_broker[0].mend();
        says(&cluster, 0, "cluster", "ok");
        cluster.together();
    }
    write_at(&cluster, &[0], &next, 1);
    assert_eq!(
        (texts_until(&ana, "21"), texts_until(&ben, "21")),
        (numbered(21..=21), numbered(21..=21))
    );
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

    let seen = next_texts(&ana, 16);
    assert_eq!(seen, next_texts(&ben, 16), "in one order");
    assert_eq!(in_order(seen), numbered(1..=16), "each once");
}

#[test]
fn a_node_cut_off_from_the_store_keeps_what_it_is_given_and_is_nobodys_home_meanwhile() {
    let Some(cluster) = offices(2, &["ana", "ben"]) else { return };
    let (ana, ben) = (Client::of(cluster.node(0), "ana"), Client::of(cluster.node(1), "ben"));
    let next = AtomicU32::new(1);
    write_at(&cluster, &[0, 1], &next, 4);
    next_texts(&ben, 4);

    cluster.to_store[0].cut();
    write_at(&cluster, &[0, 1], &next, 6);
    // What came in at the other node is shown there meanwhile, at least.
    let meanwhile = next_texts(&ben, 3);
    says(&cluster, 0, "store", "cut");
    cluster.to_store[0].mend();
    says(&cluster, 0, "store", "ok");

    let later = next_texts(&ben, 3);
    assert_eq!(in_order([meanwhile, later].concat()), numbered(5..=10));
    let seen: Vec<_> = next_texts(&ana, 10);
    assert_eq!(in_order(seen), numbered(1..=10));
}

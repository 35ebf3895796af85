//! A node that is asked to stop sends its people on, and takes nothing with it.
use super::{eager, first_seen, numbered, offices, texts_until, write};
use crate::support::{Client, Way};

#[test]
fn a_node_that_is_asked_to_stop_sends_its_clients_on_and_nothing_is_lost() {
    let Some(mut cluster) = offices(2, &["ana", "ben"]) else { return };
    let balancer = Way::to(cluster.node(0).address);
    let moved: Vec<_> = (0..10).map(|_| eager(&balancer, "ana")).collect();
    let ben = Client::of(cluster.node(1), "ben");
    for number in 1..=5 {
        write(cluster.node(0), number, &number.to_string());
    }
    ben.event_where("prospect_message", |m| m["data"] == "5");

    balancer.aim_at(cluster.node(1).address);
    cluster.node(0).ask_to_stop();
    for number in 6..=10 {
        write(cluster.node(1), number, &number.to_string());
    }
    for client in &moved {
        assert_eq!(client.connected()["recovered"], true);
    }
    cluster.nodes[0].ended();
    for number in 11..=12 {
        write(cluster.node(1), number, &number.to_string());
    }

    for client in &moved {
        assert_eq!(first_seen(texts_until(client, "12")), numbered(1..=12));
    }
    cluster.together();
}

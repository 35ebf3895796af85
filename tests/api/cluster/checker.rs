//! Three nodes under random faults, people who watch, others who write; and a judge who looks whether
//! everybody saw everything they may, in one order, and nothing else.
//!
//! `CLUSTER_CHECK_SECONDS` says for how long (25 unless it is set), `CLUSTER_CHECK_SEED` which dice.
use std::collections::{BTreeMap, HashMap, HashSet};
use std::net::SocketAddr;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::eager;
use crate::support::asks::{MESSAGE, all_pages};
use crate::support::people::{self, ACCOUNT, channel};
use crate::support::twilio::Sms;
use crate::support::{Client, Request, TestCluster, Way, token, wait};

const SECONDS: u64 = 25;
const USERS: [&str; 4] = ["ana", "ben", "cleo", "dan"];
const DEVICES: usize = 8;
/// How long after the last fault everybody may take to have seen everything.
const CONVERGENCE: Duration = Duration::from_secs(90);

/// Two numbers, each watched by some, and who writes to them.
const ROOMS: [(&str, &str, &[&str], &str); 3] = [
    ("sales", "+12025550102", &["ana", "ben", "cleo"], "+12025550143"),
    ("sales", "+12025550102", &["ana", "ben", "cleo"], "+12025550144"),
    ("desk", "+12025550103", &["cleo", "dan"], "+12025550145"),
];

/// A message that somebody was told is kept.
#[derive(Clone, Debug)]
struct Kept {
    room: usize,
    text: String,
    /// Who may see it.
    viewers: Vec<&'static str>,
}

/// Numbers that look random and can be had again.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: usize) -> usize {
        // Xorshift64.
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 11) as usize % sides
    }
}

struct Stage {
    nodes: Vec<SocketAddr>,
    conversations: Vec<String>,
    next: AtomicU32,
    kept: Mutex<Vec<Kept>>,
    stop: AtomicBool,
}

#[test]
fn under_random_faults_everybody_sees_everything_they_may_once_in_one_order_and_nothing_else() {
    let given = |name| std::env::var(name).ok().and_then(|value| value.parse::<u64>().ok());
    let seconds = given("CLUSTER_CHECK_SECONDS").unwrap_or(SECONDS);
    let seed = given("CLUSTER_CHECK_SEED").unwrap_or_else(|| u64::from(token::now() as u32));
    println!("{seconds} s under faults, CLUSTER_CHECK_SEED={seed}");
    let Some(mut cluster) = TestCluster::of(3) else { return };
    people::office(cluster.node(0), &[]);
    for user in USERS {
        people::user(cluster.node(0), user);
    }
    for (name, number, members, _) in ROOMS {
        channel(cluster.node(0), name, number, members);
    }
    let balancers: Vec<_> = (0..DEVICES).map(|at| Way::to(cluster.node(at % 3).address)).collect();
    let devices: Vec<_> = balancers
        .iter()
        .enumerate()
        .map(|(at, balancer)| (USERS[at % USERS.len()], eager(balancer, USERS[at % USERS.len()])))
        .collect();
    let stage = Arc::new(begin(&cluster, &devices));

    let writers: Vec<_> = (0..4)
        .map(|writer| {
            let (stage, dice) = (Arc::clone(&stage), Dice(seed ^ (writer + 1) << 40 | 1));
            thread::spawn(move || stage.write(dice, writer))
        })
        .collect();
    let mut faults = Faults { dice: Dice(seed | 1), down: None, log: BTreeMap::new() };
    let begun = Instant::now();
    while begun.elapsed() < Duration::from_secs(seconds) {
        faults.next(&mut cluster, &balancers);
    }
    faults.mend(&mut cluster, &balancers);
    stage.stop.store(true, Ordering::Relaxed);
    writers.into_iter().for_each(|writer| writer.join().expect("it wrote to its end"));
    cluster.together();

    let kept = stage.kept.lock().expect("nobody panicked").clone();
    let figures = judge(&cluster, &stage, &devices, &kept);
    println!("{} messages kept, faults {:?}, {figures}", kept.len(), faults.log);
    assert!(kept.len() as u64 > seconds, "too little was written to prove anything");
}

/// The first message of each contact, seen by all who may.
fn begin(cluster: &TestCluster, devices: &[(&'static str, Client)]) -> Stage {
    let mut conversations = Vec::new();
    for (room, (_, number, members, contact)) in ROOMS.into_iter().enumerate() {
        let text = format!("begin {room}");
        let sms = Sms::new(room as u32, contact, &text).to(number);
        sms.deliver(cluster.node(room % 3));
        let here = devices.iter().filter(|(user, _)| members.contains(user));
        let place = here.map(|(_, device)| device.event_where(MESSAGE, |m| m["data"] == text));
        let place = place.last().expect("somebody watches")["conversation_id"].clone();
        let place = place.as_str().or(place[0].as_str()).expect("an id").to_owned();
        conversations.push(place);
    }
    Stage {
        nodes: cluster.nodes.iter().map(|node| node.address).collect(),
        conversations,
        next: AtomicU32::new(100),
        kept: Mutex::default(),
        stop: AtomicBool::new(false),
    }
}

impl Stage {
    fn write(&self, mut dice: Dice, writer: u64) {
        while !self.stop.load(Ordering::Relaxed) {
            let room = dice.roll(ROOMS.len());
            let number = self.next.fetch_add(1, Ordering::Relaxed);
            let text = format!("{writer}-{number}");
            let viewers = match dice.roll(4) {
                0 => self.note(&mut dice, room, number, &text),
                1 => self.send(&mut dice, room, number, &text),
                _ => self.webhook(&mut dice, room, number, &text),
            };
            let kept = Kept { room, text, viewers };
            self.kept.lock().expect("nobody panicked").push(kept);
            // The pace of an office with a lot to do.
            thread::sleep(Duration::from_millis(10 + dice.roll(60) as u64));
        }
    }

    /// Asks one node after the other until one says yes, as a service that means it does.
    fn insist(&self, dice: &mut Dice, request: &Request) {
        wait::for_long("a node to take it", || {
            let node = self.nodes[dice.roll(self.nodes.len())];
            let answer = request.send_within(node, Duration::from_secs(3)).ok()?;
            (answer.status == 200).then_some(())
        });
    }

    fn webhook(&self, dice: &mut Dice, room: usize, n: u32, text: &str) -> Vec<&'static str> {
        let (_, number, members, contact) = ROOMS[room];
        self.insist(dice, &Sms::new(n, contact, text).to(number).request());
        members.to_vec()
    }

    fn send(&self, dice: &mut Dice, room: usize, n: u32, text: &str) -> Vec<&'static str> {
        let members = ROOMS[room].2;
        let author = members[dice.roll(members.len())];
        let path = format!("/v1/conversations/prospect/{}/message", self.conversations[room]);
        let body = json!({ "data": text, "UUID": format!("uuid-{n}") });
        let token = format!("Bearer {}", token::of(author));
        self.insist(dice, &Request::post(&path).header("authorization", &token).json(&body));
        members.to_vec()
    }

    fn note(&self, dice: &mut Dice, room: usize, n: u32, text: &str) -> Vec<&'static str> {
        let members = ROOMS[room].2;
        let (author, other) =
            (members[dice.roll(members.len())], members[dice.roll(members.len())]);
        let body = json!({
            "account_id": ACCOUNT, "type": "NOTE", "data": text, "sent_by": author,
            "mentions": [other], "conversation_id": [self.conversations[room]],
            "channel_id": ROOMS[room].0,
        });
        let path = format!("/v1/communications/note-{n}");
        self.insist(dice, &Request::put(&path, &body).key());
        let emit = format!("/conversations/prospect/emit/message/note-{n}");
        self.insist(dice, &Request::get(&emit).key());
        let mut viewers = vec![author];
        if other != author {
            viewers.push(other);
        }
        viewers
    }
}

/// One at a time, and now and then a node besides.
struct Faults {
    dice: Dice,
    /// A node that does not run.
    down: Option<usize>,
    log: BTreeMap<&'static str, u32>,
}

impl Faults {
    fn next(&mut self, cluster: &mut TestCluster, balancers: &[Way]) {
        let node = self.dice.roll(cluster.nodes.len());
        let kind = match self.dice.roll(8) {
            0 => {
                cluster.broker.stop();
                self.pause(1_000, 5_000);
                cluster.broker.resume();
                "broker restarted"
            }
            1 => self.held_up(&cluster.to_broker[node], "cut off from the broker", Way::cut),
            2 => self.held_up(&cluster.to_broker[node], "broker silent", Way::hold),
            3 => self.held_up(&cluster.to_store[node], "cut off from the store", Way::cut),
            4 => self.held_up(&cluster.to_store[node], "store silent", Way::hold),
            5 => {
                let some = self.dice.roll(balancers.len());
                balancers[some].cut();
                balancers[some].aim_at(self.somewhere(cluster));
                balancers[some].mend();
                "line lost"
            }
            6 => {
                self.bring_back(cluster);
                cluster.nodes[node].ask_to_stop();
                self.send_on(cluster, balancers, node);
                cluster.nodes[node].ended();
                "node stopped"
            }
            _ => {
                self.bring_back(cluster);
                cluster.nodes[node].kill();
                self.send_on(cluster, balancers, node);
                "node killed"
            }
        };
        *self.log.entry(kind).or_default() += 1;
        self.pause(100, 1_500);
    }

    fn held_up(&mut self, way: &Way, kind: &'static str, fault: fn(&Way)) -> &'static str {
        fault(way);
        self.pause(500, 6_000);
        way.mend();
        kind
    }

    /// Whoever was at this node is led to another when they come back.
    fn send_on(&mut self, cluster: &TestCluster, balancers: &[Way], node: usize) {
        self.down = Some(node);
        for balancer in balancers {
            balancer.aim_at(self.somewhere(cluster));
        }
    }

    fn somewhere(&mut self, cluster: &TestCluster) -> SocketAddr {
        let running: Vec<_> =
            (0..cluster.nodes.len()).filter(|at| Some(*at) != self.down).collect();
        cluster.node(running[self.dice.roll(running.len())]).address
    }

    fn bring_back(&mut self, cluster: &mut TestCluster) {
        if let Some(node) = self.down.take() {
            cluster.nodes[node].resume();
        }
    }

    fn mend(&mut self, cluster: &mut TestCluster, balancers: &[Way]) {
        self.bring_back(cluster);
        for way in cluster.to_broker.iter().chain(&cluster.to_store).chain(balancers) {
            way.mend();
        }
    }

    /// The length of a fault, or of the peace after it; no test waits for anything by it.
    fn pause(&mut self, least: u64, most: u64) {
        let span = usize::try_from(most - least).expect("small");
        thread::sleep(Duration::from_millis(least + self.dice.roll(span) as u64));
    }
}

/// What a device was shown.
#[derive(Default)]
struct Seen {
    /// By conversation: ids in the order in which they came first.
    order: HashMap<String, Vec<String>>,
    texts: HashMap<String, String>,
    repeats: usize,
    returns: usize,
}

impl Seen {
    fn take_in(&mut self, report: &Value) {
        if report["is"] == "connected" {
            assert_eq!(report["recovered"], true, "who comes back is told what they missed");
            self.returns += 1;
        }
        if report["is"] != "event" || report["name"] != MESSAGE {
            return;
        }
        let message = &report["args"][0];
        let id = message["_id"].as_str().expect("an id").to_owned();
        let text = message["data"].as_str().expect("a text").to_owned();
        match self.texts.insert(id.clone(), text) {
            Some(_) => self.repeats += 1,
            None => {
                let place = message["conversation_id"].to_string();
                self.order.entry(place).or_default().push(id);
            }
        }
    }
}

/// Waits until everybody has seen what they may, and holds it against the record.
fn judge(
    cluster: &TestCluster,
    stage: &Stage,
    devices: &[(&'static str, Client)],
    kept: &[Kept],
) -> String {
    let (mut repeats, mut returns) = (0, 0);
    let deadline = Instant::now() + CONVERGENCE;
    for (user, device) in devices {
        let wanted: HashSet<_> = kept
            .iter()
            .filter(|kept| kept.viewers.contains(user))
            .map(|kept| kept.text.clone())
            .collect();
        let mut seen = Seen::default();
        loop {
            device.reports().iter().for_each(|report| seen.take_in(report));
            let there: HashSet<_> = seen.texts.values().cloned().collect();
            let missing: Vec<_> = wanted.difference(&there).collect();
            if missing.is_empty() {
                break;
            }
            assert!(Instant::now() < deadline, "{user} never saw {missing:?}");
            thread::sleep(Duration::from_millis(100));
        }
        for text in seen.texts.values().filter(|text| !text.starts_with("begin")) {
            assert!(wanted.contains(text), "{user} may not see {text}");
        }
        // One message, one id: what was sent again under its name is not there twice.
        let distinct: HashSet<_> = seen.texts.values().collect();
        assert_eq!(distinct.len(), seen.texts.len(), "{user} saw one text under two ids");
        for (room, place) in stage.conversations.iter().enumerate() {
            if ROOMS[room].2.contains(user) {
                let order = seen.order.iter().find(|(key, _)| key.contains(place.as_str()));
                let order = order.map(|(_, ids)| ids.clone()).unwrap_or_default();
                assert_eq!(order, recorded(cluster, user, place, &order), "{user} in room {room}");
            }
        }
        repeats += seen.repeats;
        returns += seen.returns;
    }
    assert!(kept.iter().all(|kept| kept.room < ROOMS.len()));
    format!("{returns} returns, {repeats} repeats, every order as recorded")
}

/// The messages this user may see, as the store has them, of those seen; oldest first.
fn recorded(cluster: &TestCluster, user: &str, place: &str, seen: &[String]) -> Vec<String> {
    let reader = Client::of(cluster.node(0), user);
    let ask = json!({ "conversation_id": place, "limit": 100 });
    let mut rows = all_pages(&reader, "prospect_list_message", "messages", &ask);
    rows.sort_by_key(|row| row["createdAt"].as_str().expect("an instant").to_owned());
    let ids: Vec<_> =
        rows.iter().map(|row| row["_id"].as_str().expect("an id").to_owned()).collect();
    let listed: HashSet<_> = ids.iter().collect();
    assert!(seen.iter().all(|id| listed.contains(id)), "shown and not in the record");
    ids.into_iter().filter(|id| seen.contains(id)).collect()
}

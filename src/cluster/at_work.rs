//! The tasks of a node: hearing, answering, telling, saying that it is there and who is connected to it.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use actix::ArbiterHandle;
use actors::domain::NodeId;
use actors::ports::{Declined, Neighbour};
use async_nats::connection::State;
use async_nats::{Message, Subscriber};
use futures_util::StreamExt;
use secrecy::SecretString;
use tokio::sync::{Semaphore, mpsc};
use tokio::time::{Instant, MissedTickBehavior};

use super::ConnectError;
use super::envelope::{open, seal};
use super::forward::{Reply, Request};
use super::members::BEAT;
use super::nodes::{Nodes, Outgoing};
use super::presence::{Counts, GuestHere};
use super::told::{Alive, Passing, Told, What};

/// How often the others are told who came and who went.
const CHANGES: Duration = Duration::from_millis(20);
/// What is told in passing is gathered for so long, or until it is so much.
const GATHER: Duration = Duration::from_millis(15);
const GATHERED: usize = 64;
/// Commands of others under way at a time. One more is not taken.
const UNDER_WAY: usize = 1_024;
/// Pause before a subscription is tried again.
const AGAIN: Duration = Duration::from_millis(200);

/// Who is connected here, for the others to know.
pub trait Doors: Send + Sync {
    /// Who came or went since this was asked, with how many sockets each has now.
    fn changed(&self) -> Vec<(actors::domain::UserId, Counts)>;

    /// All guests, if any came or went since this was asked.
    fn guests(&self) -> Option<Vec<GuestHere>>;
}

/// A node that is not at work yet.
pub struct AtWork {
    pub nodes: Arc<Nodes>,
    outgoing: mpsc::Receiver<Outgoing>,
}

impl AtWork {
    /// # Errors
    ///
    /// [`ConnectError`]: the address is none. A broker that is not there is waited for.
    pub async fn prepare(url: &SecretString, subject: &str) -> Result<Self, ConnectError> {
        let (nodes, outgoing) = Nodes::connect(url, subject).await?;
        Ok(Self { nodes, outgoing })
    }

    /// Begins, on a thread of its own.
    pub fn begin(
        self,
        thread: &ArbiterHandle,
        neighbour: Arc<dyn Neighbour>,
        doors: Arc<dyn Doors>,
    ) {
        let Self { nodes, outgoing } = self;
        let own = nodes.own().clone();
        let (asked, told) = (nodes.subjects.ask(&own), nodes.subjects.node(&own));
        // In this order: a node that hears its own heartbeat hears everything.
        thread.spawn(answer(Arc::clone(&nodes), Arc::clone(&neighbour), asked));
        thread.spawn(hear(Arc::clone(&nodes), Arc::clone(&neighbour), told));
        let all = nodes.subjects.all.clone();
        thread.spawn(hear(Arc::clone(&nodes), Arc::clone(&neighbour), all));
        thread.spawn(tell(Arc::clone(&nodes), outgoing));
        thread.spawn(watch_doors(Arc::clone(&nodes), doors));
        thread.spawn(beat(nodes, neighbour));
    }
}

async fn subscribe(nodes: &Nodes, subject: &str) -> Subscriber {
    loop {
        match nodes.client.subscribe(subject.to_owned()).await {
            Ok(subscriber) => return subscriber,
            Err(error) => {
                tracing::warn!(%error, "cannot listen to the others");
                tokio::time::sleep(AGAIN).await;
            }
        }
    }
}

/// Takes in what others tell. Nothing here waits, so that nothing is lost in the client's queue.
async fn hear(nodes: Arc<Nodes>, neighbour: Arc<dyn Neighbour>, subject: String) {
    loop {
        let mut heard = subscribe(&nodes, &subject).await;
        while let Some(message) = heard.next().await {
            match open::<Told>(message.payload) {
                Ok(told) => take_in(&nodes, &neighbour, told),
                Err(_) => metrics::counter!("switchboard_cluster_unread_total").increment(1),
            }
        }
    }
}

fn take_in(nodes: &Arc<Nodes>, neighbour: &Arc<dyn Neighbour>, Told { from, what }: Told) {
    if from == nodes.own {
        // Its own voice tells it that it is heard.
        if let What::Alive(alive) = what {
            nodes.members.hear(&from, alive.is_able, Instant::now());
        }
        return;
    }
    match what {
        What::Alive(alive) => {
            if nodes.members.hear(&from, alive.is_able, Instant::now()) {
                tracing::info!(node.id = %from, "another node is there");
            }
            neighbour.heard_of(alive.newest);
            if nodes.elsewhere.must_ask(&from, alive.changes) {
                actix::spawn(ask_who_is_there(Arc::clone(nodes), from));
            }
        }
        What::Leaving => {
            tracing::info!(node.id = %from, "another node left");
            nodes.members.leave(&from);
            nodes.elsewhere.forget(&from);
            neighbour.look_up();
        }
        What::Passing(passing) => passing.into_iter().for_each(|one| neighbour.hear(one.into())),
        What::News(news) => neighbour.hear(news),
        What::Shown(shown) => neighbour.show(shown),
        What::Guest { socket, packet } => neighbour.show_guest(&socket, packet),
        What::Dismiss(user) => neighbour.dismiss(&user),
        What::Changed(person) => neighbour.changed(&person),
        What::Presence(delta) => nodes.elsewhere.hear(&from, delta),
    }
}

async fn ask_who_is_there(nodes: Arc<Nodes>, node: NodeId) {
    let (mut pages, mut after) = (Vec::new(), None);
    let whole = loop {
        let Some(Reply::Presence(page)) =
            nodes.request(&node, &Request::Presence(after.clone())).await
        else {
            break None;
        };
        let is_last = page.is_last || page.users.is_empty();
        after = page.users.last().map(|(user, _)| user.clone());
        pages.push(page);
        if is_last {
            break Some(pages);
        }
    };
    nodes.elsewhere.asked(&node, whole);
}

/// Does what others ask, side by side.
async fn answer(nodes: Arc<Nodes>, neighbour: Arc<dyn Neighbour>, subject: String) {
    let slots = Arc::new(Semaphore::new(UNDER_WAY));
    loop {
        let mut asked = subscribe(&nodes, &subject).await;
        while let Some(Message { reply: Some(reply), payload, .. }) = asked.next().await {
            let answer = match open::<Request>(payload) {
                Ok(Request::Presence(after)) => {
                    Some(Reply::Presence(nodes.here.page(after.as_ref())))
                }
                Ok(Request::Do(ask)) => match Arc::clone(&slots).try_acquire_owned() {
                    Ok(slot) => {
                        let (client, neighbour) = (nodes.client.clone(), Arc::clone(&neighbour));
                        let reply = reply.clone();
                        actix::spawn(async move {
                            let done = seal(&Reply::Done(neighbour.carry_out(ask).await));
                            let _ = client.publish(reply, done).await;
                            drop(slot);
                        });
                        None
                    }
                    Err(_) => Some(Reply::Done(Err(Declined::Unable))),
                },
                Err(_) => Some(Reply::Done(Err(Declined::Unable))),
            };
            if let Some(answer) = answer {
                let _ = nodes.client.publish(reply, seal(&answer)).await;
            }
        }
    }
}

/// Sends what is to be sent, in its order, as long as there is a broker.
async fn tell(nodes: Arc<Nodes>, mut outgoing: mpsc::Receiver<Outgoing>) {
    let mut passing: Vec<Passing> = Vec::new();
    let mut gathered_by = Instant::now();
    loop {
        let next = tokio::select! {
            next = outgoing.recv() => match next {
                Some(next) => Some(next),
                None => return,
            },
            () = tokio::time::sleep_until(gathered_by), if !passing.is_empty() => None,
        };
        match next {
            Some(Outgoing::Message { subject, payload }) => {
                publish(&nodes, subject, payload).await;
            }
            Some(Outgoing::Passing(one)) => {
                if passing.is_empty() {
                    gathered_by = Instant::now() + GATHER;
                }
                passing.push(one);
            }
            None => {}
        }
        if passing.len() >= GATHERED || (!passing.is_empty() && Instant::now() >= gathered_by) {
            let told = nodes.told(What::Passing(std::mem::take(&mut passing)));
            publish(&nodes, nodes.subjects.all.clone(), told).await;
        }
    }
}

/// What cannot be sent now is not sent later: by then it is in the log, and read there.
async fn publish(nodes: &Nodes, subject: String, payload: bytes::Bytes) {
    if nodes.client.connection_state() == State::Connected {
        metrics::counter!("switchboard_cluster_sent_total").increment(1);
        let _ = nodes.client.publish(subject, payload).await;
    }
}

async fn watch_doors(nodes: Arc<Nodes>, doors: Arc<dyn Doors>) {
    let mut tick = tokio::time::interval(CHANGES);
    tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        tick.tick().await;
        let (users, guests) = (doors.changed(), doors.guests());
        if users.is_empty() && guests.is_none() {
            continue;
        }
        if let Some(delta) = nodes.here.update(users, guests) {
            nodes.tell_all(What::Presence(delta));
        }
    }
}

/// Says that this node is there, and notices who is not any more.
async fn beat(nodes: Arc<Nodes>, neighbour: Arc<dyn Neighbour>) {
    let mut tick = tokio::time::interval(BEAT);
    tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
    while !nodes.is_gone.load(Ordering::Acquire) {
        tick.tick().await;
        let alive = Alive {
            newest: neighbour.newest(),
            changes: nodes.here.changes(),
            is_able: neighbour.is_able() && !nodes.is_leaving.load(Ordering::Acquire),
        };
        let told = nodes.told(What::Alive(alive));
        publish(&nodes, nodes.subjects.all.clone(), told).await;
        for silent in nodes.members.silent(Instant::now()) {
            if silent != nodes.own {
                tracing::warn!(node.id = %silent, "another node fell silent");
            }
            nodes.elsewhere.forget(&silent);
            // What it committed last it may have told nobody.
            neighbour.look_up();
        }
        let is_cut = !nodes.members.hears_itself();
        if nodes.is_cut.swap(is_cut, Ordering::AcqRel) != is_cut {
            match is_cut {
                true => tracing::warn!("cut off from the other nodes; reading the log instead"),
                false => tracing::info!("together with the other nodes"),
            }
            neighbour.look_up();
        }
        metrics::gauge!("switchboard_cluster_nodes").set((nodes.members.others() + 1) as f64);
    }
}

impl Nodes {
    /// The last word: who is connected here now is so nowhere.
    pub async fn say_goodbye(&self) {
        self.is_gone.store(true, Ordering::Release);
        publish(self, self.subjects.all.clone(), self.told(What::Leaving)).await;
        // It goes out now, or nobody listens; then the others notice by the silence.
        let _ = tokio::time::timeout(AGAIN, self.client.flush()).await;
    }
}

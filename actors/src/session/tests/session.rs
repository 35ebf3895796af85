use std::cell::RefCell;
use std::time::Duration;

use tokio::time::Instant;

use super::*;

/// Says what it hears; a number is repeated so many milliseconds later, in the lane of its tens.
struct Parrot {
    silent_after: Duration,
    heard: Option<Instant>,
    done: Rc<RefCell<Vec<u32>>>,
    closed: Rc<RefCell<Option<CloseReason>>>,
}

impl Protocol for Parrot {
    type Packet = u32;
    type Outcome = u32;
    type Command = String;

    fn open(&mut self, turn: &mut Turn<'_, Self>) {
        turn.send(&[Frame::text("hello")]);
        self.heard = Some(turn.now());
    }

    fn receive(&mut self, number: u32, turn: &mut Turn<'_, Self>) {
        self.heard = Some(turn.now());
        let done = Rc::clone(&self.done);
        let job = async move {
            tokio::time::sleep(Duration::from_millis(number.into())).await;
            done.borrow_mut().push(number);
            number
        };
        if turn.run(LaneId(number / 10), Box::pin(job)).is_err() {
            turn.send(&[Frame::text("too many")]);
        }
    }

    fn finish(&mut self, number: u32, turn: &mut Turn<'_, Self>) {
        turn.send(&[Frame::text(number.to_string())]);
    }

    fn obey(&mut self, command: String, turn: &mut Turn<'_, Self>) {
        turn.send(&[Frame::text(command)]);
    }

    fn deadline(&self) -> Option<Instant> {
        self.heard.map(|heard| heard + self.silent_after)
    }

    fn expire(&mut self, turn: &mut Turn<'_, Self>) {
        if self.deadline().is_some_and(|deadline| deadline <= turn.now()) {
            turn.close(CloseReason::HeartbeatTimeout);
        }
    }

    fn closed(&mut self, reason: CloseReason) {
        *self.closed.borrow_mut() = Some(reason);
    }
}

struct Stage {
    handle: Handle<Parrot>,
    lease: Lease,
    done: Rc<RefCell<Vec<u32>>>,
    closed: Rc<RefCell<Option<CloseReason>>>,
}

impl Stage {
    fn open(jobs: usize) -> Self {
        let (done, closed) = (Rc::default(), Rc::default());
        let parrot = Parrot {
            silent_after: Duration::from_secs(1),
            heard: None,
            done: Rc::clone(&done),
            closed: Rc::clone(&closed),
        };
        let handle = Session::open(OutboxLimits::default(), jobs, |_| parrot);
        let lease = handle.outbox.begin_socket();
        Self { handle, lease, done, closed }
    }

    async fn say(&self, numbers: &[u32]) {
        self.handle.address.send(Receive(numbers.to_vec())).await.unwrap().unwrap();
    }

    async fn hear(&self, count: usize) -> Vec<String> {
        let mut heard = Vec::new();
        while heard.len() < count {
            match self.handle.outbox.take(self.lease, 1).await {
                Taken::Frames(frames) => heard.extend(frames.iter().map(text)),
                other => heard.push(format!("{other:?}")),
            }
        }
        heard
    }
}

#[actix::test]
async fn jobs_of_one_lane_keep_their_order_and_lanes_do_not_wait_for_each_other() {
    tokio::time::pause();
    let stage = Stage::open(10);

    stage.say(&[29, 28, 11, 12]).await;

    assert_eq!(stage.hear(5).await, ["hello", "11", "12", "29", "28"]);
}

#[actix::test]
async fn only_so_many_jobs_wait() {
    tokio::time::pause();
    let stage = Stage::open(1);

    stage.say(&[1, 2, 3]).await;

    assert_eq!(stage.hear(4).await, ["hello", "too many", "1", "2"]);
}

#[actix::test]
async fn what_was_accepted_is_done_even_if_the_client_leaves() {
    tokio::time::pause();
    let stage = Stage::open(10);

    stage.say(&[5, 6]).await;
    stage.handle.outbox.close(CloseReason::TransportGone);
    tokio::time::sleep(Duration::from_millis(20)).await;

    assert_eq!(*stage.done.borrow(), [5, 6]);
    assert_eq!(*stage.closed.borrow(), Some(CloseReason::TransportGone));
    assert_eq!(stage.hear(1).await, ["Closed(TransportGone)"]);
}

#[actix::test]
async fn a_deadline_that_moved_is_kept_where_it_moved_to() {
    tokio::time::pause();
    let stage = Stage::open(10);
    stage.hear(1).await;
    let start = Instant::now();
    tokio::time::sleep(Duration::from_millis(600)).await;
    stage.say(&[1]).await;

    assert_eq!(stage.hear(2).await, ["1", "Closed(HeartbeatTimeout)"]);
    assert!(start.elapsed() >= Duration::from_millis(1600));
    assert!(start.elapsed() < Duration::from_millis(1650));
    assert_eq!(*stage.closed.borrow(), Some(CloseReason::HeartbeatTimeout));
}

#[actix::test]
async fn a_command_from_elsewhere_reaches_the_protocol_and_a_closed_session_hears_none() {
    let stage = Stage::open(10);
    stage.handle.address.send(Tell("psst".into())).await.unwrap();
    assert_eq!(stage.hear(2).await, ["hello", "psst"]);

    stage.handle.address.send(Close(CloseReason::ShuttingDown)).await.unwrap();

    assert!(stage.handle.address.send(Tell("psst".into())).await.is_err());
    assert_eq!(stage.hear(1).await, ["Closed(ShuttingDown)"]);
}

#[actix::test]
async fn a_poll_waits_alone_and_a_websocket_takes_over_without_loss() {
    let stage = Stage::open(10);
    stage.hear(1).await;
    let outbox = Outbox::new(OutboxLimits::default(), Owner.start().recipient());

    let poll = outbox.begin_poll().unwrap();
    assert_eq!(outbox.begin_poll(), Err(PollRefused::Overlap));
    outbox.begin_switch().unwrap();
    assert_eq!(outbox.begin_switch(), Err(SwitchRefused));
    assert_eq!(outbox.take(poll, 1).await, Taken::Switching);
    outbox.push(&[Frame::text("1"), Frame::text("2")]).unwrap();
    assert_eq!(outbox.take(poll, 1).await, Taken::Frames(vec![Frame::text("1")]));
    let socket = outbox.switch().unwrap();
    assert_eq!(outbox.take(poll, 1).await, Taken::Revoked);
    assert_eq!(outbox.begin_poll(), Err(PollRefused::NotPolling));
    assert_eq!(outbox.take(socket, 1).await, Taken::Frames(vec![Frame::text("2")]));
}

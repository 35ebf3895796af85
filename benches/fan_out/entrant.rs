//! One contestant with its crowd, in a process of their own: no process holds more sockets than
//! the people of one contestant, and the load on all of them comes from the same core.
use std::io::{BufRead, BufReader, Write};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::sync::mpsc;
use std::time::Duration;

use super::contestant::{Contestant, Kind};
use super::crowd::Crowd;
use super::shape::{Pace, Shape};
use super::slice::{self, Slice};

const FLAG: &str = "--entrant=";

/// Seen from the one who directs.
pub struct Entrant {
    process: Child,
    /// Ends with this.
    orders: Option<ChildStdin>,
    answers: BufReader<ChildStdout>,
}

impl Entrant {
    /// Everybody is there when this returns.
    pub fn start(kind: Kind) -> Self {
        let mut command = Command::new(std::env::current_exe().expect("a path"));
        command.arg(format!("{FLAG}{}", kind as usize));
        command.stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut process = command.spawn().expect("a process");
        let orders = process.stdin.take();
        let answers = BufReader::new(process.stdout.take().expect("a pipe"));
        let mut entrant = Self { process, orders, answers };
        assert_eq!(entrant.answer(), "ready", "{}", kind.name());
        entrant
    }

    pub fn turn(&mut self, shape: Shape, pace: Pace, about: Duration) -> Slice {
        let shape = Shape::ALL.iter().position(|other| *other == shape).expect("one of them");
        let order = format!("{shape} {} {}\n", pace as usize, about.as_millis());
        let orders = self.orders.as_mut().expect("a pipe");
        orders.write_all(order.as_bytes()).expect("it listens");
        serde_json::from_str(&self.answer()).expect("what it measured")
    }

    fn answer(&mut self) -> String {
        let mut line = String::new();
        self.answers.read_line(&mut line).expect("it lives");
        assert!(!line.is_empty(), "an entrant has failed");
        line.trim_end().to_owned()
    }
}

impl Drop for Entrant {
    fn drop(&mut self) {
        // Without orders it ends by itself, and its server before it; killed, it would leave that.
        self.orders = None;
        let _ = self.process.wait();
    }
}

/// Which of them this process shall be, if any.
pub fn asked_for() -> Option<Kind> {
    let index = std::env::args().find_map(|word| word.strip_prefix(FLAG)?.parse::<usize>().ok());
    Kind::ALL.get(index?).copied()
}

/// Until nobody gives orders any more.
pub fn run(kind: Kind) {
    let people = Shape::ALL.iter().map(|shape| shape.people()).max().unwrap_or(0);
    let contestant = Contestant::start(kind, people);
    let mut crowd = Crowd::new(contestant.address);
    for person in 0..people {
        crowd.join(&contestant.auth(person, &Shape::rooms(person)));
    }
    let emits = Shape::ALL.map(|shape| shape.emits(&contestant));
    println!("ready");

    let (tell, told) = mpsc::channel();
    let waker = crowd.waker();
    std::thread::spawn(move || {
        for line in std::io::stdin().lines().map_while(Result::ok) {
            let _ = tell.send(line);
            let _ = waker.wake();
        }
        // Who directs is gone, and so is every reason to go on.
        drop(tell);
        let _ = waker.wake();
    });
    loop {
        let line = match told.try_recv() {
            Ok(line) => line,
            Err(mpsc::TryRecvError::Empty) => {
                crowd.listen(Duration::from_secs(1));
                continue;
            }
            Err(mpsc::TryRecvError::Disconnected) => return,
        };
        let mut words = line.split(' ').map(|word| word.parse::<usize>().expect("a number"));
        let mut word = || words.next().expect("three words");
        let (shape, pace, about) =
            (word(), Pace::ALL[word()], Duration::from_millis(word() as u64));
        let measured =
            slice::run(&contestant, &mut crowd, Shape::ALL[shape], pace, &emits[shape], about);
        println!("{}", serde_json::to_string(&measured).expect("plain figures"));
    }
}

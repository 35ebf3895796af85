//! Everybody does what is planned, side by side, until somebody pulls the plug.
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::net::SocketAddr;
use std::sync::{Mutex, MutexGuard, PoisonError, mpsc};
use std::thread;

use super::plan::{Deed, What};
use crate::support::TestNode;
use crate::support::fake_twilio::FakeTwilio;

/// Who does things at the same time.
const HANDS: usize = 8;

/// What is still to be done, and what came of the rest.
pub struct Traffic<'a> {
    twilio: &'a FakeTwilio,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    waiting: VecDeque<Deed>,
    outcome: Outcome,
}

/// As the world outside knows it.
#[derive(Default)]
pub struct Outcome {
    /// Webhooks of messages that were answered 200, by the message's name.
    pub answered: BTreeMap<String, usize>,
    /// Webhooks that were sent and not answered.
    pub unanswered: BTreeMap<String, usize>,
    /// Webhooks that were never sent.
    pub dropped: BTreeSet<String>,
    /// Messages to contacts that were taken, by UUID: the `_id` that each answer gave.
    pub written: BTreeMap<String, BTreeSet<String>>,
    /// Requests that a kill cut off.
    pub cut: usize,
    begun: BTreeSet<String>,
}

impl<'a> Traffic<'a> {
    pub fn of(deeds: &[Deed], twilio: &'a FakeTwilio) -> Self {
        let waiting = deeds.iter().cloned().collect();
        Self { twilio, state: Mutex::new(State { waiting, ..State::default() }) }
    }

    pub fn is_over(&self) -> bool {
        self.state().waiting.is_empty()
    }

    pub fn into_outcome(self) -> Outcome {
        self.state.into_inner().unwrap_or_else(PoisonError::into_inner).outcome
    }

    /// Goes on until so many requests were answered, then kills the server; or until nothing is
    /// left to do. `true`: it was killed.
    pub fn round(&self, node: &mut TestNode, enough: usize) -> bool {
        let (answered, answers) = mpsc::channel();
        let address = node.address;
        thread::scope(|scope| {
            for _ in 0..HANDS {
                let answered = answered.clone();
                scope.spawn(move || self.work(address, &answered));
            }
            drop(answered);
            // The hands are gone when nothing is left to do.
            if answers.iter().take(enough).count() < enough {
                return false;
            }
            node.kill();
            true
        })
    }

    fn work(&self, address: SocketAddr, answered: &mpsc::Sender<()>) {
        while let Some(deed) = self.next() {
            match deed.request.send(address) {
                Ok(answer) if answer.status == 200 => {
                    self.taken(&deed, &answer.text());
                    let _ = answered.send(());
                }
                Ok(answer) => {
                    panic!("{:?} was answered {}: {}", deed.what, answer.status, answer.text())
                }
                Err(_) => {
                    self.cut_off(deed);
                    return;
                }
            }
        }
    }

    fn next(&self) -> Option<Deed> {
        let mut state = self.state();
        loop {
            let deed = state.waiting.pop_front()?;
            let first_time = state.outcome.begun.insert(deed.id.clone());
            if let Some(number) = deed.listed.filter(|_| first_time) {
                self.twilio.receive(&deed.id, &deed.contact, number, &deed.text);
            }
            if !deed.dropped {
                return Some(deed);
            }
            state.outcome.dropped.insert(deed.id.clone());
            if deed.what == What::Mail {
                // Who hands mails over comes again; Twilio does not.
                state.waiting.push_back(Deed { dropped: false, ..deed });
            }
        }
    }

    fn taken(&self, deed: &Deed, answer: &str) {
        let outcome = &mut self.state().outcome;
        if let What::ByPhone(_) | What::ByMail(_) = deed.what {
            let answer: serde_json::Value = serde_json::from_str(answer).expect("JSON");
            let id = answer["data"]["_id"].as_str().expect("an id").to_owned();
            outcome.written.entry(deed.id.clone()).or_default().insert(id);
        } else {
            *outcome.answered.entry(deed.id.clone()).or_default() += 1;
        }
    }

    /// Nobody knows whether it arrived. Twilio does not ask again; everybody else does.
    fn cut_off(&self, deed: Deed) {
        let mut state = self.state();
        state.outcome.cut += 1;
        match deed.what {
            What::Sms | What::DoubtfulSms => {
                *state.outcome.unanswered.entry(deed.id).or_default() += 1;
            }
            What::Mail | What::DoubtfulMail => {
                *state.outcome.unanswered.entry(deed.id.clone()).or_default() += 1;
                state.waiting.push_back(deed);
            }
            What::ByPhone(_) | What::ByMail(_) => state.waiting.push_back(deed),
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

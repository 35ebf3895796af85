//! A day at the office, with everything that may go wrong: providers that do not answer, webhooks
//! that never come or come again, requests nobody can vouch for, and somebody who pulls the plug.
//! In the end the books have to balance.
//!
//! `SWITCHBOARD_BALANCE_MESSAGES` makes the day longer, `SWITCHBOARD_BALANCE_SEED` another one. The
//! figures come with `cargo test --test api books_balance -- --nocapture`.
mod books;
mod office;
mod plan;
mod pushes;
mod reports;
mod traffic;

use std::time::Instant;

use self::plan::Plan;
use self::reports::Reporters;
use self::traffic::Traffic;
use crate::support::dice::Dice;
use crate::support::fake_fcm::FakeFcm;
use crate::support::fake_sendgrid::FakeSendgrid;
use crate::support::fake_twilio::FakeTwilio;
use crate::support::{TestNode, wait};

const MESSAGES: usize = 1_000;
/// Of so many calls to Firebase one goes wrong.
const PUSH_TROUBLE: usize = 20;

#[test]
fn through_faults_drops_and_kills_the_books_balance() {
    let began = Instant::now();
    let (twilio, sendgrid, fcm) = (FakeTwilio::start(), FakeSendgrid::start(), FakeFcm::start());
    let mut node = office::start(&twilio, &sendgrid, &fcm);
    let (ana, contacts) = office::furnish(&node);
    let (seed, messages) = Plan::wanted(MESSAGES);
    let plan = Plan::throw(seed, messages, &contacts, &twilio, &sendgrid);
    fcm.trouble_every(PUSH_TROUBLE);
    let reporters = Reporters::start(node.address, &plan.deeds, seed, &twilio, &sendgrid);
    let traffic = Traffic::of(&plan.deeds, &twilio);
    let (mut dice, mut kills, mut notes, mut reconciled) = (Dice::of(seed), 0, Vec::new(), 0);

    while !traffic.is_over() {
        let before = fcm.calls();
        let place = &contacts[dice.below(contacts.len())].by_phone;
        notes.push(office::note(&ana, place, notes.len()));
        if kills % 3 == 2 {
            // Long enough for pushes to be under way when the plug is pulled: Ben's at least.
            wait::until("pushes to begin", || (fcm.calls() > before).then_some(()));
        }
        if traffic.round(&mut node, 60 + dice.below(80)) {
            node.resume();
            kills += 1;
        }
        if kills == 4 {
            // As an operator's timer does, in the middle of it all.
            reconciled += reconcile(&node);
        }
    }
    let reports = reporters.done();
    let sent = books::assert_sent_once(&plan.deeds, &twilio, &sendgrid);
    // Nobody sends anything from here on: what is still kept shows from the start.
    node.kill();
    node.resume();
    books::intake_is_empty(&node);
    let outcome = traffic.into_outcome();

    // What is missing is what Twilio never told us of; its own list does.
    let wanted = books::wanted_incoming(&plan.deeds);
    let missing = wanted.len() - books::incoming(&books::messages(&ana)).len();
    let foreign = books::foreign(&plan.deeds);
    let handed_over = [(missing, foreign), (0, foreign)].map(|(stored, foreign)| {
        let outcomes = ["stored", "duplicate", "foreign"];
        let before = books::counted(&node, outcomes);
        let listed = reconcile(&node);
        let came = wait::until("what was handed over to be delivered", || {
            let now = books::counted(&node, outcomes);
            let came = [0, 1, 2].map(|at| now[at] - before[at]);
            (came.iter().sum::<usize>() >= listed).then_some(came)
        });
        assert_eq!(came, [stored, listed - stored - foreign, foreign]);
        listed
    });
    let messages = books::settled(&ana, &plan.deeds);
    let pushes = pushes::assert_told(&node, &fcm, &messages, &notes);

    assert_eq!(books::incoming(&messages), wanted, "everything that was written, once");
    books::assert_written_once(&messages, &plan.deeds, &outcome);
    books::assert_heard(&ana, &messages);
    let book = books::balance(&plan.deeds, &outcome, &books::quarantined(&node));
    eprintln!(
        "seed {seed}, {messages} messages, {kills} kills, {cut} requests cut off, {faults} faults \
         of Twilio and SendGrid, {troubles} of Firebase, {dropped} webhooks dropped\n\
         accepted {accepted} + {unanswered} not answered = stored {stored} + duplicate \
         {duplicate} + quarantined {quarantined}\n\
         reconciler: {reconciled} handed over meanwhile, then {handed_over:?}, {missing} of them \
         missing, {foreign} to a number nobody has\n\
         sent: {sent}, refused by the provider: {refused}; reports: {reports:?}\n\
         pushes: {told} told, {perhaps} perhaps, {notes} notes\n{seconds:.1} s",
        messages = plan.messages,
        accepted = book.accepted,
        unanswered = book.unanswered,
        stored = book.stored,
        duplicate = book.duplicate,
        quarantined = book.quarantined,
        cut = outcome.cut,
        faults = plan.faults,
        troubles = fcm.troubles(),
        dropped = outcome.dropped.len(),
        refused = books::outgoing(&plan.deeds).len() - sent,
        told = pushes.told,
        perhaps = pushes.perhaps,
        notes = notes.len(),
        seconds = began.elapsed().as_secs_f64(),
    );
}

/// Reads Twilio's list as an operator does; how many messages of contacts were handed over.
fn reconcile(node: &TestNode) -> usize {
    let said = node.run(&["reconcile", "--since", "1h"]);
    let taken = said.split(", ").nth(1).and_then(|taken| taken.split(' ').next());
    taken.and_then(|taken| taken.parse().ok()).unwrap_or_else(|| panic!("it said {said}"))
}

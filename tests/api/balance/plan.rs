//! What is to happen, thrown from one seed.
use std::env;

use serde_json::json;

use super::office::{Contact, MAILBOX};
use crate::outgoing::as_person;
use crate::support::Request;
use crate::support::dice::Dice;
use crate::support::fake_sendgrid::{self, FakeSendgrid};
use crate::support::fake_twilio::{self, FakeTwilio};
use crate::support::people::NUMBER;
use crate::support::sendgrid::{INBOUND_KEY, mail};
use crate::support::twilio::Sms;

/// One in so many goes wrong: messages handed to a provider, webhooks of messages.
const WRONG: usize = 20;
/// Messages to a contact that say the same, so that they can be told apart by their names only.
pub const COMMON: &str = "ok";
/// A number that Twilio has for us, and no channel has.
const NOBODYS: &str = "+12025559999";

pub struct Plan {
    pub messages: usize,
    /// Everything that is done, in the order it is begun.
    pub deeds: Vec<Deed>,
    /// Answers of Twilio and SendGrid that go wrong.
    pub faults: usize,
    incoming: usize,
    outgoing: usize,
}

/// One thing that somebody does, told by one request.
#[derive(Clone, Debug)]
pub struct Deed {
    pub what: What,
    /// The provider's name for it, or the UUID of who wrote it.
    pub id: String,
    /// The number or mailbox of the contact.
    pub contact: String,
    pub text: String,
    pub request: Request,
    /// The number of ours by which Twilio lists it.
    pub listed: Option<&'static str>,
    /// It never arrives; a mail is delivered later.
    pub dropped: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum What {
    /// From a contact.
    Sms,
    Mail,
    /// To a contact.
    ByPhone(Fate),
    ByMail(Fate),
    /// Nobody can say that it is genuine, or for whom it is: a text, or a mail.
    DoubtfulSms,
    DoubtfulMail,
}

/// What becomes of a message to a contact.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fate {
    Delivered,
    Read,
    /// The carrier says later that it could not.
    Undelivered,
    /// The provider never takes it.
    Refused,
}

impl Plan {
    /// From the environment, or else the same each time.
    pub fn wanted(messages: usize) -> (u64, usize) {
        let given = |name: &str| env::var(name).ok().and_then(|text| text.parse::<u64>().ok());
        let seed = given("SWITCHBOARD_BALANCE_SEED").unwrap_or(20_260_131);
        let messages =
            given("SWITCHBOARD_BALANCE_MESSAGES").map_or(messages, |count| count as usize);
        (seed, messages)
    }

    pub fn throw(
        seed: u64,
        messages: usize,
        contacts: &[Contact],
        twilio: &FakeTwilio,
        sendgrid: &FakeSendgrid,
    ) -> Self {
        let mut dice = Dice::of(seed);
        let mut plan = Self { messages, deeds: Vec::new(), faults: 0, incoming: 0, outgoing: 0 };
        for number in 0..messages {
            let contact = &contacts[dice.below(contacts.len())];
            let deed = match dice.below(10) {
                0..3 => plan.text_from(&mut dice, number, contact),
                3..5 => plan.letter_from(number, contact),
                5..8 => plan.text_to(&mut dice, number, contact, twilio),
                _ => plan.letter_to(&mut dice, number, contact, sendgrid),
            };
            // Providers repeat themselves, and people click twice.
            let again = if dice.once_in(12) { 1 + dice.below(2) } else { 0 };
            plan.deeds.extend(vec![Deed { dropped: false, ..deed.clone() }; again]);
            plan.deeds.push(deed);
            if dice.once_in(25) {
                plan.deeds.push(doubtful(&mut dice, number, contact));
            }
        }
        // What is repeated may come much later.
        for at in 0..plan.deeds.len() {
            if dice.once_in(4) {
                let other = dice.below(plan.deeds.len());
                plan.deeds.swap(at, other);
            }
        }
        plan
    }

    fn text_from(&mut self, dice: &mut Dice, number: usize, from: &Contact) -> Deed {
        // Some have never written before.
        let stranger = format!("+1202557{:04}", dice.below(20));
        let contact = if dice.once_in(10) { stranger } else { from.phone.clone() };
        let text = format!("text {number} from me");
        let sms = Sms::new(number as u32, &contact, &text);
        let (request, listed, dropped) = (sms.request(), Some(NUMBER), self.is_dropped());
        Deed { what: What::Sms, id: sms.sid(), contact, text, request, listed, dropped }
    }

    fn letter_from(&mut self, number: usize, from: &Contact) -> Deed {
        let text = format!("letter {number} from me");
        let id = format!("letter-{number}@customer.example");
        let request = letter(INBOUND_KEY, &id, &from.mailbox, MAILBOX, &text);
        let (contact, dropped) = (from.mailbox.clone(), self.is_dropped());
        Deed { what: What::Mail, id, contact, text, request, listed: None, dropped }
    }

    fn is_dropped(&mut self) -> bool {
        self.incoming += 1;
        self.incoming.is_multiple_of(WRONG)
    }

    fn goes_wrong(&mut self) -> bool {
        self.outgoing += 1;
        let wrong = self.outgoing.is_multiple_of(WRONG);
        self.faults += usize::from(wrong);
        wrong
    }

    fn text_to(
        &mut self,
        dice: &mut Dice,
        number: usize,
        to: &Contact,
        twilio: &FakeTwilio,
    ) -> Deed {
        let common = dice.once_in(10);
        let text = if common { COMMON.to_owned() } else { format!("text {number} to you") };
        let fate = if common { Fate::Delivered } else { fate(dice, false) };
        if fate == Fate::Refused {
            twilio.mishap_of(&text, fake_twilio::Mishap::Refused(30_006));
        } else if self.goes_wrong() {
            use fake_twilio::Mishap::{AnswerLost, Broken, Busy, Held};
            // A call that is not answered takes as long as ten others.
            let kinds = [Busy, Broken, AnswerLost, Busy, Broken, AnswerLost, Held];
            twilio.mishap_of(&text, kinds[self.faults % kinds.len()]);
        }
        outgoing(dice, number, What::ByPhone(fate), to, text)
    }

    fn letter_to(
        &mut self,
        dice: &mut Dice,
        number: usize,
        to: &Contact,
        sendgrid: &FakeSendgrid,
    ) -> Deed {
        let (text, fate) = (format!("letter {number} to you"), fate(dice, true));
        if fate == Fate::Refused {
            sendgrid.mishap_of(&text, fake_sendgrid::Mishap::Refused);
        } else if self.goes_wrong() {
            use fake_sendgrid::Mishap::{AnswerLost, Broken, Busy};
            sendgrid.mishap_of(&text, [Busy, Broken, AnswerLost][self.faults % 3]);
        }
        outgoing(dice, number, What::ByMail(fate), to, text)
    }
}

fn fate(dice: &mut Dice, may_be_read: bool) -> Fate {
    match dice.below(50) {
        0 => Fate::Refused,
        1..5 => Fate::Undelivered,
        5..20 if may_be_read => Fate::Read,
        _ => Fate::Delivered,
    }
}

fn letter(key: &str, id: &str, from: &str, to: &str, text: &str) -> Request {
    let headers = format!("From: {from}\r\nTo: {to}\r\nSubject: Hello\r\nMessage-ID: <{id}>");
    mail(key, &[("headers", &headers), ("text", text)], &[])
}

fn outgoing(dice: &mut Dice, number: usize, what: What, to: &Contact, text: String) -> Deed {
    let (place, contact) = match what {
        What::ByPhone(_) => (&to.by_phone, to.phone.clone()),
        _ => (&to.by_mail, to.mailbox.clone()),
    };
    let by = if dice.flag() { "ana" } else { "ben" };
    let id = format!("uuid-{number}");
    let path = format!("/v1/conversations/prospect/{place}/message");
    let body = json!({ "data": text, "UUID": id });
    let request = as_person(Request::post(&path), by).json(&body);
    Deed { what, id, contact, text, request, listed: None, dropped: false }
}

fn doubtful(dice: &mut Dice, number: usize, from: &Contact) -> Deed {
    let text = format!("nobody shall read {number}");
    let sms = Sms::new(1_000_000 + number as u32, &from.phone, &text);
    let id = format!("doubtful-{number}@customer.example");
    let (what, id, listed, request) = match dice.below(4) {
        0 => (What::DoubtfulSms, sms.sid(), None, sms.signed("AAAAAAAAAAAAAAAAAAAAAAAAAAA=")),
        1 => (What::DoubtfulSms, sms.sid(), Some(NOBODYS), sms.to(NOBODYS).request()),
        2 => {
            let forged = letter("guessed", &id, &from.mailbox, MAILBOX, &text);
            (What::DoubtfulMail, id, None, forged)
        }
        _ => {
            let lost = letter(INBOUND_KEY, &id, &from.mailbox, "nobody@acme.example", &text);
            (What::DoubtfulMail, id, None, lost)
        }
    };
    Deed { what, id, contact: from.phone.clone(), text, request, listed, dropped: false }
}

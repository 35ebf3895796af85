//! The product from outside: the real program, stock clients, signed webhooks. One binary, a file
//! per feature; every test has a server of its own.
#[path = "../support/mod.rs"]
mod support;

mod aliases;
mod around;
mod auth;
mod callbacks;
mod consent;
mod editing;
mod emit;
mod emits;
mod filters;
mod import;
mod inbound_sms;
mod inbox;
mod kill;
mod lead_finder;
mod lists;
mod note_fields;
mod notes;
mod openapi;
mod organising;
mod origin;
mod outgoing;
mod outgoing_mail;
mod participants;
mod privacy;
mod push;
mod quick_start;
mod reading;
mod recovery;
mod reference;
mod rude;
mod scheduled;
mod trace;
mod transports;
mod two_conversations;
mod types;
mod watching;
mod webhooks_out;

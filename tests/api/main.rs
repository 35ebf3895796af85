//! The product from outside: the real program, stock clients, signed webhooks. One binary, a file
//! per feature; every test has a server of its own.
#[path = "../support/mod.rs"]
mod support;

mod auth;
mod emit;
mod emits;
mod inbound_sms;
mod kill;
mod lead_finder;
mod lists;
mod notes;
mod origin;
mod quick_start;
mod recovery;
mod reference;
mod rude;
mod types;
mod watching;
mod webhooks_out;

//! The product from outside: the real program, stock clients, signed webhooks. One binary, a file
//! per feature; every test has a server of its own.
#[path = "../support/mod.rs"]
mod support;

mod auth;
mod emit;
mod inbound_sms;
mod kill;
mod lists;
mod notes;
mod origin;
mod push;
mod quick_start;
mod recovery;
mod reference;
mod rude;
mod trace;
mod watching;

//! What the measurements stand on: the real program on loopback, and clients that cost little.
#![allow(dead_code, reason = "each program uses a part of it")]
pub mod curve;
pub mod figures;
pub mod filled;
pub mod http;
pub mod node;
pub mod office;
pub mod process;
pub mod sms;
pub mod socket;
pub mod token;

/// Runs a client on one thread, so that the server has the rest of the machine.
pub fn on_one_thread<T>(client: impl Future<Output = T>) -> T {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    tokio::task::LocalSet::new().block_on(&runtime.expect("a runtime"), client)
}

//! What the tests need to stand where the world stands: outside, talking to the real program.
pub mod asks;
pub mod client;
pub mod driver;
pub mod fake_fcm;
pub mod fake_http;
pub mod fake_sendgrid;
pub mod fake_twilio;
pub mod highlevel;
pub mod http;
pub mod node;
pub mod people;
pub mod raw_socket;
pub mod receiver;
pub mod sendgrid;
pub mod token;
pub mod twilio;
pub mod wait;

pub use client::Client;
pub use http::{Request, Response};
pub use node::TestNode;
pub use raw_socket::{Frame, RawSocket};
pub use receiver::Receiver;

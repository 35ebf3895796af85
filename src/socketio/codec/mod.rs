//! Text and bytes ⇄ Socket.IO packets (protocol revision 5). Pure.
//!
//! The packets themselves are read and written by `socketioxide-parser-common`; what it lets pass
//! and the reference refuses is refused here, and what it cannot say is written here.
mod decode;
mod encode;

pub use decode::{Decoder, Malformed, Packet};
pub use encode::{
    ack, binary_event, connect, connect_error, disconnect, event, event_with, message,
};

/// Deepest JSON a client may send, in nested arrays and objects.
pub const MAX_DEPTH: usize = 64;

/// Most attachments of one packet; the reference's limit.
pub const MAX_ATTACHMENTS: usize = 10;

/// Event names that mean something to the client's own library: a client that receives one fails
/// to parse it and drops its connection, with all namespaces.
pub const RESERVED_EVENTS: [&str; 6] =
    ["connect", "connect_error", "disconnect", "disconnecting", "newListener", "removeListener"];

pub fn is_reserved(event: &str) -> bool {
    RESERVED_EVENTS.contains(&event)
}

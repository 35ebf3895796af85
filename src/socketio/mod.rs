//! Socket.IO (protocol 5) over Engine.IO (protocol 4), as stock clients speak it.
//!
//! | from the socket inwards | file |
//! | --- | --- |
//! | TCP options, server settings, upgraded connections | `accept.rs` |
//! | one route: origin, limits, which transport | `http.rs`, `fault.rs`, `origin.rs`, `census.rs` |
//! | the two transports | `polling.rs`, `websocket/` |
//! | Engine.IO: heartbeat, open, close | `engine.rs` |
//! | Socket.IO: namespaces, events, acks | `connection.rs`, `house.rs`, `codec/` |
//! | what namespaces do | [`Application`] in `behaviour.rs`; the product's in `application.rs`, `lead_finder.rs` |
//! | client events, a file each | `events/` |
//! | what clients are shown | `src/views`, `presenter.rs`; events of any name: `custom_events.rs` |
//! | the same in TypeScript | `docs/types/index.d.ts`, written by `typescript.rs` |
//!
//! Nothing between the transports and the application does input or output.
pub mod accept;
pub mod application;
mod behaviour;
mod bucket;
mod census;
pub mod codec;
mod connection;
mod custom_events;
mod engine;
pub mod events;
mod fault;
mod house;
mod http;
mod hub;
pub mod lead_finder;
mod limits;
pub mod namespace;
mod pids;
mod polling;
mod presenter;
mod table;
#[cfg(test)]
mod tests;
#[cfg(test)]
mod typescript;
pub use crate::views;
mod websocket;

pub use crate::origin::Origins;
pub use behaviour::{
    Admission, Answer, Application, Connect, Event, Handshake, Refused, Rejection, Resumption,
};
pub use connection::Connection;
pub use custom_events::SocketIoEvents;
pub use engine::{EngineIo, EngineTurn, Messages};
pub use house::SocketIo;
pub use http::{Arrival, Door, Face, configure};
pub use hub::Hub;
pub use limits::Limits;
pub use pids::Pids;
pub use presenter::SocketIoPresenter;

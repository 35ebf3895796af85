//! .
pub mod application;
mod behaviour;
pub mod events;
pub mod namespace;
mod presenter;
pub mod views;
pub use behaviour::*;
pub use presenter::SocketIoPresenter;

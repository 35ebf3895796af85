//! Switchboard, the server: everything that can fail for reasons outside our code.
pub mod answer;
pub mod auth;
pub mod cli;
pub mod http;
pub mod ingest;
pub mod server;
pub mod settings;
pub mod socketio;
pub mod store;
pub mod telemetry;

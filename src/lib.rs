//! Switchboard, the server: everything that can fail for reasons outside our code.
pub mod answer;
pub mod auth;
pub mod cli;
pub mod clock;
pub mod documents;
pub mod http;
pub mod ids;
pub mod ingest;
pub mod recovery;
pub mod seal;
pub mod server;
pub mod settings;
pub mod socketio;
pub mod store;
pub mod telemetry;
pub mod time;

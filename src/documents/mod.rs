//! Stored things as JSON documents: read strictly, shown whole. The same for REST and import.
//!
//! | file            | document                                                        |
//! |-----------------|-----------------------------------------------------------------|
//! | `account`       | a tenant                                                        |
//! | `channel`       | an address through which contacts write                         |
//! | `user`          | a person who works here                                         |
//! | `contact`       | a person outside, with any further field                        |
//! | `subscription`  | what another service wants to be told                           |
//! | `communication` | a message that an outside service wrote; `resolve` finds whose  |
//! | `conversation`  | a conversation as another installation had it                   |
//! | `label`         | a tag, a status                                                 |
pub mod account;
pub mod channel;
pub mod communication;
pub mod contact;
pub mod conversation;
mod fields;
pub mod label;
mod phone;
mod resolve;
pub mod subscription;
pub mod user;

pub use fields::{Fields, Invalid};
pub use resolve::resolve;

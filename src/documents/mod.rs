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
//! | `profile`       | what platforms know of a contact, out of its further fields     |
//! | `score_rules`   | what an account scores its contacts by                          |
pub mod account;
pub mod channel;
pub mod communication;
pub mod contact;
pub mod conversation;
mod fields;
pub mod label;
mod phone;
pub mod profile;
mod resolve;
pub mod score_rules;
pub mod subscription;
pub mod user;

pub use fields::{Fields, Invalid};
pub use resolve::resolve;

//! Who is asking: people and teams by token, trusted services by key.
mod access;
mod api_key;
mod claims;
mod keys;
mod team;
mod token;

pub use access::{Access, Person, bearer, strip_bearer};
pub use api_key::{ApiKeys, KeyHash, ServiceKey, require_service_key};
pub use claims::{Claims, scope};
pub use keys::{KeyError, Keys};
pub use team::{Issued, TeamAccess, issue_team_key};
pub use token::{Grant, LEEWAY_MS, TokenError, issue, verify};

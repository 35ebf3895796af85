use jsonwebtoken::{EncodingKey, Header, encode};
use serde_json::json;

use super::office::ACCOUNT;

pub const SECRET: &str = "a-secret-that-only-measurements-know-0123";

/// A token of the team that may read everything, in either of its APIs.
pub fn of_the_team() -> String {
    let now = jsonwebtoken::get_current_timestamp();
    let claims = json!({
        "account_id": ACCOUNT, "scope": "conversations.readonly inbox.read",
        "iat": now, "exp": now + 6 * 3600,
    });
    let key = EncodingKey::from_secret(SECRET.as_bytes());
    encode(&Header::default(), &claims, &key).expect("a token")
}

/// A token of a user, good for longer than any measurement.
pub fn of(user: &str) -> String {
    let now = jsonwebtoken::get_current_timestamp();
    let claims = json!({
        "sub": user, "account_id": ACCOUNT, "scope": "conversation",
        "iat": now, "exp": now + 6 * 3600,
    });
    let key = EncodingKey::from_secret(SECRET.as_bytes());
    encode(&Header::default(), &claims, &key).expect("a token")
}

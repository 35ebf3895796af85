//! Tokens, good and forged, made without the library that the server reads them with.
use std::time::{SystemTime, UNIX_EPOCH};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::{Hmac, KeyInit, Mac};
use serde_json::{Value, json};
use sha2::Sha256;

use super::people::ACCOUNT;

/// What [`super::TestNode`] signs and checks with.
pub const SECRET: &str = "a-secret-that-only-tests-know-0123456789";

/// A good token of a user, for the sockets.
pub fn of(user: &str) -> String {
    sign(&claims(user))
}

/// The claims of a good token: valid for an hour, scope `conversation`.
pub fn claims(user: &str) -> Value {
    json!({
        "sub": user,
        "account_id": ACCOUNT,
        "scope": "conversation",
        "iat": now(),
        "exp": now() + 3600,
    })
}

pub fn sign(claims: &Value) -> String {
    sign_with(claims, SECRET.as_bytes())
}

/// HS256 with any key: also with one that was never meant for it.
pub fn sign_with(claims: &Value, key: &[u8]) -> String {
    let text = unsigned_part(&json!({ "alg": "HS256", "typ": "JWT" }), claims);
    let mut mac = Hmac::<Sha256>::new_from_slice(key).expect("any length will do");
    mac.update(text.as_bytes());
    format!("{text}.{}", URL_SAFE_NO_PAD.encode(mac.finalize().into_bytes()))
}

/// `alg: none`, as of RFC 7519, clause 6.
pub fn unsigned(claims: &Value) -> String {
    unsigned_part(&json!({ "alg": "none", "typ": "JWT" }), claims) + "."
}

fn unsigned_part(header: &Value, claims: &Value) -> String {
    let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
    format!("{}.{}", part(header), part(claims))
}

/// Seconds since 1970.
#[expect(clippy::disallowed_methods, reason = "a test's clock is the world's")]
pub fn now() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).expect("after 1970").as_secs()
}

/// An instant so many seconds from now, as the wire shows instants.
pub fn in_seconds(seconds: u64) -> String {
    let at = i64::try_from(now() + seconds).expect("small");
    let at = chrono::DateTime::from_timestamp(at, 0).expect("in range");
    at.to_rfc3339_opts(chrono::SecondsFormat::Millis, true)
}

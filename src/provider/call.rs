//! What every call of a provider has in common.

use std::time::Duration;

use actors::ports::SendError;
use reqwest::redirect::Policy;
use reqwest::{Client, RequestBuilder, Response};
use serde_json::Value;

/// Longest a call may take until it counts as unanswered.
const PATIENCE: Duration = Duration::from_secs(15);
const TO_CONNECT: Duration = Duration::from_secs(5);
/// Longest answer, in bytes. A page of a hundred messages is a tenth of it.
const MAX_ANSWER_BYTES: usize = 1 << 20;

/// A client that follows nobody elsewhere: it carries credentials.
pub fn client() -> Result<Client, reqwest::Error> {
    Client::builder()
        .user_agent(concat!("switchboard/", env!("CARGO_PKG_VERSION")))
        .timeout(PATIENCE)
        .connect_timeout(TO_CONNECT)
        .redirect(Policy::none())
        .build()
}

/// # Errors
///
/// [`SendError::NotNow`] when nobody listens, [`SendError::Unknown`] when the call broke off
/// later. Never says to whom.
pub async fn send(request: RequestBuilder) -> Result<Response, SendError> {
    request.send().await.map_err(|error| match error {
        error if error.is_connect() => SendError::NotNow("cannot connect".into()),
        error if error.is_builder() => SendError::Never("REQUEST".into()),
        error if error.is_timeout() => SendError::Unknown("timed out".into()),
        _ => SendError::Unknown("broken off".into()),
    })
}

/// The JSON of an answer; null when it has none.
///
/// # Errors
///
/// [`SendError::Unknown`] when it broke off or is too long.
pub async fn json(mut response: Response) -> Result<Value, SendError> {
    let mut body = Vec::new();
    let broken = |_| SendError::Unknown("answer broken off".into());
    while let Some(part) = response.chunk().await.map_err(broken)? {
        if body.len() + part.len() > MAX_ANSWER_BYTES {
            return Err(SendError::Unknown("answer too long".into()));
        }
        body.extend_from_slice(&part);
    }
    Ok(serde_json::from_slice(&body).unwrap_or_default())
}

/// What an answer that is no success means; `code` is the provider's own, if it gave one.
pub fn refusal(status: u16, code: Option<String>) -> SendError {
    let code = code.unwrap_or_else(|| format!("HTTP_{status}"));
    match status {
        429 => SendError::NotNow(code),
        // It says nothing of the message.
        401 | 403 => SendError::LockedOut(code),
        // 408: it gave up waiting for the end of what it may have read.
        400..=499 if status != 408 => SendError::Never(code),
        _ => SendError::Unknown(code),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_plain_no_is_a_no() {
        for status in [400, 404, 413] {
            assert!(matches!(refusal(status, None), SendError::Never(_)), "{status}");
        }
        assert!(matches!(refusal(429, None), SendError::NotNow(_)));
        for status in [401, 403] {
            assert!(matches!(refusal(status, None), SendError::LockedOut(_)), "{status}");
        }
        for status in [301, 408, 500, 502, 503, 504] {
            assert!(matches!(refusal(status, None), SendError::Unknown(_)), "{status}");
        }
    }
}

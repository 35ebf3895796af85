//! Firebase Cloud Messaging, HTTP v1.
//!
//! Source: <https://firebase.google.com/docs/reference/fcm/rest/v1/projects.messages/send> and
//! <https://firebase.google.com/docs/reference/fcm/rest/v1/ErrorCode>.
mod account;
mod message;

use std::path::PathBuf;
use std::time::Duration;

use reqwest::StatusCode;
use reqwest::header::RETRY_AFTER;
use reqwest::redirect::Policy;
use serde::Deserialize;

use super::{Carrier, NotCarried, Notification};
use crate::settings;

use account::ServiceAccount;

const TIMEOUT: Duration = Duration::from_secs(10);
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);
/// Bytes of an answer that are read; Google's have a few hundred.
const ANSWER_BYTES: usize = 64 * 1024;

pub struct Fcm {
    http: reqwest::Client,
    address: String,
    account: ServiceAccount,
}

#[derive(Debug, thiserror::Error)]
pub enum FcmError {
    #[error("cannot read {path}")]
    File {
        path: PathBuf,
        #[source]
        source: std::io::Error,
    },
    /// Says what is wrong, quoting nothing of it.
    #[error("{path} is no service account file: {wrong}")]
    NoAccount { path: PathBuf, wrong: &'static str },
    #[error("cannot make an HTTP client")]
    Client(#[source] reqwest::Error),
}

impl Fcm {
    /// `None` when it is not configured.
    ///
    /// # Errors
    ///
    /// [`FcmError`] names the file and what is wrong with it.
    pub fn from_settings(fcm: &settings::Fcm) -> Result<Option<Self>, FcmError> {
        let (Some(project), Some(path)) = (&fcm.project_id, &fcm.credentials_file) else {
            return Ok(None);
        };
        let text =
            std::fs::read(path).map_err(|source| FcmError::File { path: path.clone(), source })?;
        let account = ServiceAccount::parse(&text)
            .map_err(|wrong| FcmError::NoAccount { path: path.clone(), wrong })?;
        // The proxy of the environment is not asked: credentials go where settings say.
        let http = reqwest::Client::builder()
            .timeout(TIMEOUT)
            .connect_timeout(CONNECT_TIMEOUT)
            .redirect(Policy::none())
            .no_proxy()
            .build()
            .map_err(FcmError::Client)?;
        let address = format!("{}/v1/projects/{project}/messages:send", fcm.api_base);
        Ok(Some(Self { http, address, account }))
    }
}

#[async_trait::async_trait]
impl Carrier for Fcm {
    async fn carry(&self, token: &str, notification: &Notification) -> Result<(), NotCarried> {
        let access = self.account.access(&self.http).await?;
        let asked = self
            .http
            .post(&self.address)
            .bearer_auth(&access)
            .json(&message::body(token, notification))
            .send()
            .await;
        let answer = asked.map_err(|error| match why(&error) {
            why if error.is_connect() => NotCarried::NotNow(why, None),
            // Google knows no name of ours by which it would take a push once.
            why => NotCarried::Unknown(why),
        })?;
        let status = answer.status();
        if status.is_success() {
            return Ok(());
        }
        if status == StatusCode::UNAUTHORIZED {
            self.account.forget(&access).await;
        }
        let wait = answer
            .headers()
            .get(RETRY_AFTER)
            .and_then(|seconds| seconds.to_str().ok()?.trim().parse().ok())
            .map(Duration::from_secs);
        let body = read(answer).await;
        Err(read_error(status, wait, &body))
    }
}

/// As much of an answer as is of use.
async fn read(mut answer: reqwest::Response) -> Vec<u8> {
    let mut body = Vec::new();
    while body.len() < ANSWER_BYTES
        && let Ok(Some(part)) = answer.chunk().await
    {
        body.extend_from_slice(&part);
    }
    body
}

/// A word of our own: the client's would repeat the address.
fn why(error: &reqwest::Error) -> String {
    let why = if error.is_connect() {
        "not reached"
    } else if error.is_timeout() {
        "no answer in time"
    } else {
        "connection broke"
    };
    why.to_owned()
}

/// `{"error": {"details": [{"errorCode": "UNREGISTERED"}]}}`
#[derive(Default, Deserialize)]
#[serde(default)]
struct Answer {
    error: ErrorBody,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct ErrorBody {
    status: String,
    details: Vec<Detail>,
}

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Detail {
    error_code: String,
}

fn read_error(status: StatusCode, wait: Option<Duration>, body: &[u8]) -> NotCarried {
    let Answer { error } = serde_json::from_slice(body).unwrap_or_default();
    let code = error.details.iter().map(|detail| detail.error_code.as_str());
    let code = code.chain([error.status.as_str()]).find(|code| !code.is_empty());
    // Only a word of Google's; anything else might quote what was sent.
    let is_word =
        |code: &&str| code.len() < 64 && code.bytes().all(|b| b == b'_' || b.is_ascii_uppercase());
    let code = code.filter(is_word).map_or_else(|| status.as_u16().to_string(), str::to_owned);
    if code == "UNREGISTERED" || status == StatusCode::NOT_FOUND {
        return NotCarried::Gone;
    }
    // 401: an access token that was withdrawn; the next attempt asks for a new one.
    let later =
        [StatusCode::UNAUTHORIZED, StatusCode::TOO_MANY_REQUESTS, StatusCode::REQUEST_TIMEOUT];
    if later.contains(&status) || status.is_server_error() {
        return NotCarried::NotNow(code, wait);
    }
    NotCarried::Refused(code)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answered(status: u16, body: &str) -> NotCarried {
        read_error(StatusCode::from_u16(status).unwrap(), None, body.as_bytes())
    }

    #[test]
    fn a_device_is_gone_when_google_says_so_and_not_otherwise() {
        let unregistered = r#"{"error":{"code":404,"message":"Requested entity was not found.",
            "status":"NOT_FOUND","details":[{"@type":"type.googleapis.com/google.firebase.fcm.v1.FcmError",
            "errorCode":"UNREGISTERED"}]}}"#;
        let invalid = r#"{"error":{"code":400,"status":"INVALID_ARGUMENT","details":[]}}"#;

        assert_eq!(answered(404, unregistered), NotCarried::Gone);
        assert_eq!(answered(404, "<html>"), NotCarried::Gone);
        assert_eq!(answered(400, invalid), NotCarried::Refused("INVALID_ARGUMENT".into()));
        assert_eq!(answered(403, ""), NotCarried::Refused("403".into()));
    }

    #[test]
    fn what_is_busy_or_broken_is_asked_again() {
        for status in [401, 429, 500, 503] {
            assert!(matches!(answered(status, "{}"), NotCarried::NotNow(..)), "{status}");
        }
    }

    #[test]
    fn an_answer_is_never_quoted() {
        let quoting = r#"{"error":{"status":"token abc of +12025550143 is bad"}}"#;

        assert_eq!(answered(400, quoting), NotCarried::Refused("400".into()));
    }
}

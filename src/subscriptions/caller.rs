//! One attempt: a POST to where somebody subscribed from, and what came of it.

use std::error::Error;
use std::time::Duration;

use bytes::Bytes;
use reqwest::header::{CONTENT_TYPE, RETRY_AFTER, USER_AGENT};
use reqwest::redirect;
use reqwest::{Client, Response, StatusCode};

use super::resolver::{NotPublic, Resolver};
use super::target::Policy;

/// Of an answer, so much is read, and only that the connection can be used again.
const READ_AT_MOST: usize = 64 * 1024;
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);
const KEEP_ALIVE: Duration = Duration::from_secs(30);

/// An event, spelled and signed.
pub struct Delivery {
    /// Its name and signature, as its form has them.
    pub headers: Vec<(&'static str, String)>,
    pub body: Bytes,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// Answered 2xx.
    Delivered,
    /// Answered 410: whoever is there wants no more of it.
    Gone,
    Failed {
        /// Short, and without anything of the answer.
        reason: String,
        /// How long the receiver asked to be left alone.
        retry_after: Option<Duration>,
    },
}

/// Calls out, to public addresses only unless the policy says otherwise.
#[derive(Clone)]
pub struct Caller {
    client: Client,
    policy: Policy,
}

impl Caller {
    /// # Errors
    ///
    /// There is nothing on this machine to judge certificates by.
    pub fn new(policy: Policy, timeout: Duration) -> Result<Self, reqwest::Error> {
        let client = Client::builder()
            .dns_resolver(Resolver(policy))
            // A proxy would look names up for itself, and a redirect may lead inside.
            .no_proxy()
            .redirect(redirect::Policy::none())
            .timeout(timeout)
            .connect_timeout(CONNECT_TIMEOUT.min(timeout))
            .pool_idle_timeout(KEEP_ALIVE)
            .pool_max_idle_per_host(1)
            .build()?;
        Ok(Self { client, policy })
    }

    pub async fn call(&self, url: &str, delivery: Delivery) -> Outcome {
        // Once more, since what is allowed may have changed since it was subscribed.
        let url = match self.policy.check(url) {
            Ok(url) => url,
            Err(error) => return failed(error.to_string()),
        };
        let mut request = self
            .client
            .post(url)
            .header(USER_AGENT, concat!("Switchboard/", env!("CARGO_PKG_VERSION")))
            .header(CONTENT_TYPE, "application/json")
            .body(delivery.body);
        for (name, value) in delivery.headers {
            request = request.header(name, value);
        }
        match request.send().await {
            Ok(response) => judge(response).await,
            Err(error) => failed(reason(&error)),
        }
    }
}

async fn judge(mut response: Response) -> Outcome {
    let status = response.status();
    let asked = response.headers().get(RETRY_AFTER).and_then(|value| value.to_str().ok());
    let retry_after = asked.and_then(|text| text.parse().ok()).map(Duration::from_secs);
    let mut read = 0;
    while let Ok(Some(chunk)) = response.chunk().await {
        read += chunk.len();
        if read > READ_AT_MOST {
            break;
        }
    }
    match status {
        _ if status.is_success() => Outcome::Delivered,
        StatusCode::GONE => Outcome::Gone,
        _ => Outcome::Failed { reason: format!("answered {}", status.as_u16()), retry_after },
    }
}

fn failed(reason: impl Into<String>) -> Outcome {
    Outcome::Failed { reason: reason.into(), retry_after: None }
}

/// The client's own words would repeat the URL.
fn reason(error: &reqwest::Error) -> &'static str {
    let mut source = error.source();
    while let Some(cause) = source {
        if cause.downcast_ref::<NotPublic>().is_some() {
            return "the host has no public address";
        }
        source = cause.source();
    }
    if error.is_timeout() {
        "timed out"
    } else if error.is_connect() {
        "no connection"
    } else {
        "the connection broke"
    }
}

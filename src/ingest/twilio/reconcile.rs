//! Twilio's own list of messages, read for those of which no webhook ever came: Twilio does not ask
//! again when a webhook fails.
//!
//! Source: <https://www.twilio.com/docs/messaging/api/message-resource#read-multiple-message-resources>.

use std::sync::Arc;
use std::time::Duration;

use actors::domain::Timestamp;
use actors::ports::Clock;
use chrono::DateTime;
use reqwest::{Client, redirect};
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use url::Url;
use url::form_urlencoded::Serializer;

use crate::ingest::form::Form;
use crate::ingest::{Intake, NotTaken, Raw, Source};
use crate::time;

/// Messages on one page; the most there may be.
const PAGE: &str = "1000";
/// Pages of one run.
const MOST_PAGES: usize = 200;
/// Longest answer, in bytes.
const MAX_ANSWER_BYTES: usize = 16 << 20;
/// Longest wait for one answer.
const WITHIN: Duration = Duration::from_secs(30);
/// When the message was written, in milliseconds since 1970: a parameter of ours.
const WRITTEN_AT: &str = "SwitchboardWrittenAt";

/// Reads Twilio's list and hands what came in to the intake, where what is there already counts as
/// a duplicate. Safe to run at any time, any number of times.
pub struct Reconciler {
    client: Client,
    base: Url,
    account: String,
    token: SecretString,
    intake: Arc<Intake>,
    clock: Arc<dyn Clock>,
}

/// What one run found.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Reconciled {
    /// Messages on Twilio's list, in either direction.
    pub listed: usize,
    /// Of these, inbound ones that were handed to the intake.
    pub taken: usize,
}

/// Why a run ended early. Nothing of it holds a number or a text.
#[derive(Debug, thiserror::Error)]
pub enum NotReconciled {
    #[error("twilio.account_sid and twilio.auth_token are needed to read Twilio's list")]
    NoAccount,
    #[error("twilio.api_base is no web address")]
    Base,
    #[error("Twilio cannot be reached")]
    Unreachable,
    #[error("Twilio answered {0}")]
    Status(u16),
    #[error("Twilio's answer cannot be read")]
    Unreadable,
    #[error("Twilio's list has more than {MOST_PAGES} pages; ask for a shorter time")]
    TooMany,
    #[error("a message could not be kept")]
    NotKept(#[source] NotTaken),
}

#[derive(Deserialize)]
struct Page {
    messages: Vec<Listed>,
    next_page_uri: Option<String>,
}

#[derive(Deserialize)]
struct Listed {
    sid: String,
    direction: String,
    from: Option<String>,
    to: Option<String>,
    body: Option<String>,
    num_media: Option<String>,
    date_created: Option<String>,
}

#[derive(Deserialize)]
struct MediaPage {
    media_list: Vec<Medium>,
}

#[derive(Deserialize)]
struct Medium {
    sid: String,
    content_type: Option<String>,
}

impl Reconciler {
    /// # Errors
    ///
    /// [`NotReconciled`] names the setting that is missing or wrong.
    pub fn new(
        settings: &crate::settings::Twilio,
        intake: Arc<Intake>,
        clock: Arc<dyn Clock>,
    ) -> Result<Self, NotReconciled> {
        let account = settings.account_sid.clone().ok_or(NotReconciled::NoAccount)?;
        let token = settings.auth_token.clone().ok_or(NotReconciled::NoAccount)?;
        let base = Url::parse(&settings.api_base).map_err(|_| NotReconciled::Base)?;
        let client = Client::builder().timeout(WITHIN).redirect(redirect::Policy::none()).build();
        let client = client.map_err(|_| NotReconciled::Unreachable)?;
        Ok(Self { client, base, account, token, intake, clock })
    }

    /// Reads the list again and again. Each run goes back twice as far as the last one was ago, so
    /// that nothing falls between two.
    pub async fn run_every(&self, every: Duration) {
        let mut ticks = tokio::time::interval(every);
        ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        loop {
            ticks.tick().await;
            match self.run(every * 2).await {
                Ok(Reconciled { listed, taken }) => {
                    tracing::debug!(listed, taken, "read Twilio's list of messages");
                }
                // The next run reads the same time again.
                Err(error) => tracing::warn!(%error, "could not read Twilio's list of messages"),
            }
        }
    }

    /// One run over everything since this long ago.
    ///
    /// # Errors
    ///
    /// [`NotReconciled`]; what was taken in until then stays.
    pub async fn run(&self, since: Duration) -> Result<Reconciled, NotReconciled> {
        let ago = i64::try_from(since.as_millis()).unwrap_or(i64::MAX);
        let from = Timestamp(self.clock.now().0.saturating_sub(ago));
        let mut url = self.at(&format!("/2010-04-01/Accounts/{}/Messages.json", self.account))?;
        // Whole seconds, as Twilio writes them.
        let day = format!("{}Z", time::format(from).split('.').next().unwrap_or_default());
        url.query_pairs_mut().append_pair("DateSent>", &day).append_pair("PageSize", PAGE);
        let mut found = Reconciled::default();
        for _ in 0..MOST_PAGES {
            let page: Page = self.get(url).await?;
            for message in page.messages {
                found.listed += 1;
                if message.direction == "inbound" && !message.is_before(from) {
                    self.take(message).await?;
                    found.taken += 1;
                }
            }
            match page.next_page_uri.filter(|next| !next.is_empty()) {
                None => return Ok(found),
                Some(next) => url = self.at(&next)?,
            }
        }
        Err(NotReconciled::TooMany)
    }

    async fn take(&self, message: Listed) -> Result<(), NotReconciled> {
        let media = match message.num_media.as_deref() {
            None | Some("" | "0") => Vec::new(),
            Some(_) => self.media(&message.sid).await?,
        };
        let raw = Raw {
            source: Source::TwilioReconcile,
            target: String::new(),
            content_type: Some("application/x-www-form-urlencoded".into()),
            signature: None,
            peer: None,
            forwarded: false,
            body: message.form(&media).into(),
        };
        self.intake.take(raw).await.map(drop).map_err(NotReconciled::NotKept)
    }

    /// Address and kind of each medium.
    async fn media(&self, sid: &str) -> Result<Vec<(String, String)>, NotReconciled> {
        let folder = format!("/2010-04-01/Accounts/{}/Messages/{sid}/Media", self.account);
        let page: MediaPage = self.get(self.at(&format!("{folder}.json"))?).await?;
        let medium = |medium: Medium| {
            let url = self.at(&format!("{folder}/{}", medium.sid))?;
            Ok((url.to_string(), medium.content_type.unwrap_or_default()))
        };
        page.media_list.into_iter().map(medium).collect()
    }

    /// A path on Twilio's own host, whatever an answer says.
    fn at(&self, path: &str) -> Result<Url, NotReconciled> {
        let own = path.starts_with('/') && !path.starts_with("//");
        let url = own.then(|| self.base.join(path).ok()).flatten();
        url.filter(|url| url.origin() == self.base.origin()).ok_or(NotReconciled::Unreadable)
    }

    async fn get<T: DeserializeOwned>(&self, url: Url) -> Result<T, NotReconciled> {
        let asked =
            self.client.get(url).basic_auth(&self.account, Some(self.token.expose_secret()));
        let mut answer = asked.send().await.map_err(|_| NotReconciled::Unreachable)?;
        if !answer.status().is_success() {
            return Err(NotReconciled::Status(answer.status().as_u16()));
        }
        let mut body = Vec::new();
        while let Some(part) = answer.chunk().await.map_err(|_| NotReconciled::Unreachable)? {
            body.extend_from_slice(&part);
            if body.len() > MAX_ANSWER_BYTES {
                return Err(NotReconciled::Unreadable);
            }
        }
        serde_json::from_slice(&body).map_err(|_| NotReconciled::Unreadable)
    }
}

impl Listed {
    fn created(&self) -> Option<Timestamp> {
        let text = self.date_created.as_deref()?;
        Some(Timestamp(DateTime::parse_from_rfc2822(text).ok()?.timestamp_millis()))
    }

    fn is_before(&self, when: Timestamp) -> bool {
        self.created().is_some_and(|at| at < when)
    }

    /// The form that the webhook would have been.
    fn form(&self, media: &[(String, String)]) -> String {
        let mut form = Serializer::new(String::new());
        form.append_pair("MessageSid", &self.sid)
            .append_pair("From", self.from.as_deref().unwrap_or_default())
            .append_pair("To", self.to.as_deref().unwrap_or_default())
            .append_pair("Body", self.body.as_deref().unwrap_or_default());
        if let Some(at) = self.created() {
            form.append_pair(WRITTEN_AT, &at.0.to_string());
        }
        for (number, (url, kind)) in media.iter().enumerate() {
            form.append_pair(&format!("MediaUrl{number}"), url);
            form.append_pair(&format!("MediaContentType{number}"), kind);
        }
        form.finish()
    }
}

/// When a message that was found in the list was written, to the second.
pub fn written_at(body: &[u8]) -> Option<Timestamp> {
    let form = Form::parse(body).ok()?;
    form.text(WRITTEN_AT).ok()??.parse().ok().map(Timestamp)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ingest::twilio::sms;

    #[test]
    fn a_listed_message_reads_like_its_webhook_and_keeps_its_time() {
        let listed: Listed = serde_json::from_str(
            r#"{"sid":"SM1","direction":"inbound","from":"+12025550143","to":"+12025550100",
                "body":"a & b","num_media":"1","date_created":"Sat, 31 Jan 2026 09:30:00 +0000"}"#,
        )
        .unwrap();
        let media = [("https://api.example.com/ME1".to_owned(), "image/png".to_owned())];

        let form = listed.form(&media);

        let sms = sms::read(form.as_bytes()).unwrap();
        assert_eq!((sms.provider_id.as_str(), sms.text.as_str()), ("SM1", "a & b"));
        assert_eq!(sms.attachments.len(), 1);
        assert_eq!(written_at(form.as_bytes()), time::parse("2026-01-31T09:30:00Z").ok());
        assert_eq!(written_at(b"MessageSid=SM1"), None);
    }
}

//! SMS and MMS through Twilio.
//!
//! Source: <https://www.twilio.com/docs/messaging/api/message-resource>.

use actors::domain::{ProviderMessageId, Timestamp};
use actors::ports::{Outgoing, Provider, SendError};
use chrono::DateTime;
use reqwest::{Client, RequestBuilder};
use secrecy::{ExposeSecret, SecretString};
use serde_json::Value;

use super::call;
use crate::settings;

/// "Attempt to send to unsubscribed recipient."
const OPTED_OUT: &str = "21610";
/// Links one message may carry.
const MOST_MEDIA: usize = 10;
/// Messages of one pair looked through, newest first.
const LOOKED_AT: &str = "100";
/// How far Twilio's clock and ours may be apart, and how coarse its stamps are. What lies in
/// between and belongs to another message is known by its own name.
const SKEW_MS: i64 = 60_000;
/// What Twilio puts before every text of a trial account.
const TRIAL: &str = "Sent from your Twilio trial account - ";

pub struct Twilio {
    client: Client,
    /// `…/2010-04-01/Accounts/{sid}/Messages.json`
    messages: String,
    account_sid: String,
    auth_token: SecretString,
    /// Where reports of delivery are to go.
    status_callback: Option<String>,
}

impl Twilio {
    /// `None` without credentials.
    pub fn from_settings(settings: &settings::Twilio) -> Result<Option<Self>, reqwest::Error> {
        let (Some(account_sid), Some(auth_token)) = (&settings.account_sid, &settings.auth_token)
        else {
            return Ok(None);
        };
        let base = &settings.api_base;
        let callback = settings.public_url.as_ref();
        Ok(Some(Self {
            client: call::client()?,
            messages: format!("{base}/2010-04-01/Accounts/{account_sid}/Messages.json"),
            account_sid: account_sid.clone(),
            auth_token: auth_token.clone(),
            status_callback: callback.map(|url| format!("{url}/webhooks/twilio/status")),
        }))
    }

    fn signed(&self, request: RequestBuilder) -> RequestBuilder {
        request.basic_auth(&self.account_sid, Some(self.auth_token.expose_secret()))
    }
}

#[async_trait::async_trait]
impl Provider for Twilio {
    async fn send(&self, outgoing: &Outgoing) -> Result<ProviderMessageId, SendError> {
        let mut form = vec![("From", outgoing.from.as_str()), ("To", &outgoing.to)];
        if !outgoing.text.is_empty() {
            form.push(("Body", &outgoing.text));
        }
        form.extend(outgoing.media.iter().take(MOST_MEDIA).map(|url| ("MediaUrl", url.as_str())));
        form.extend(self.status_callback.iter().map(|url| ("StatusCallback", url.as_str())));
        let answer = call::send(self.signed(self.client.post(&self.messages)).form(&form)).await?;
        let status = answer.status();
        let body = call::json(answer).await;
        if status.is_success() {
            return sid(&body?).ok_or_else(|| SendError::Unknown("answer without a sid".into()));
        }
        Err(refused(status.as_u16(), &body.unwrap_or_default()))
    }

    /// By receiver, sender and text. Not by `DateSent`, which a message has only once it left.
    async fn look_up(
        &self,
        outgoing: &Outgoing,
        since: Timestamp,
    ) -> Result<Vec<ProviderMessageId>, SendError> {
        let query =
            [("To", outgoing.to.as_str()), ("From", &outgoing.from), ("PageSize", LOOKED_AT)];
        let request = self.signed(self.client.get(&self.messages)).query(&query);
        let answer = call::send(request).await?;
        let status = answer.status();
        let body = call::json(answer).await?;
        if !status.is_success() {
            return Err(refused(status.as_u16(), &body));
        }
        let listed = body["messages"].as_array();
        let listed = listed.ok_or_else(|| SendError::Unknown("answer without a list".into()))?;
        let ours = listed.iter().rev().filter(|message| resembles(message, outgoing, since));
        Ok(ours.filter_map(sid).collect())
    }
}

fn sid(message: &Value) -> Option<ProviderMessageId> {
    message["sid"].as_str().and_then(|sid| ProviderMessageId::parse(sid).ok())
}

fn refused(status: u16, body: &Value) -> SendError {
    let code = body["code"].as_u64().map(|code| code.to_string());
    match code {
        Some(code) if code == OPTED_OUT => SendError::OptedOut(code),
        code => call::refusal(status, code),
    }
}

fn resembles(listed: &Value, outgoing: &Outgoing, since: Timestamp) -> bool {
    let text = listed["body"].as_str().unwrap_or_default();
    let text = text.strip_prefix(TRIAL).unwrap_or(text);
    let direction = listed["direction"].as_str().unwrap_or("outbound-api");
    let created = listed["date_created"].as_str();
    let created = created.and_then(|at| DateTime::parse_from_rfc2822(at).ok());
    let late_enough =
        created.is_none_or(|at| at.timestamp_millis() >= since.0.saturating_sub(SKEW_MS));
    text.trim_end() == outgoing.text.trim_end() && direction.starts_with("outbound") && late_enough
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn outgoing() -> Outgoing {
        Outgoing {
            reference: "m1".into(),
            from: "+12025550100".into(),
            to: "+12025550143".into(),
            text: "hello".into(),
            media: vec![],
            mail: None,
        }
    }

    #[test]
    fn a_refusal_carries_twilios_own_code_and_an_opt_out_is_told_apart() {
        let refused = |status, code| refused(status, &json!({ "code": code, "message": "x" }));

        assert!(matches!(refused(400, 21211), SendError::Never(code) if code == "21211"));
        assert!(matches!(refused(400, 21610), SendError::OptedOut(code) if code == "21610"));
        assert!(matches!(refused(429, 20429), SendError::NotNow(_)));
        assert!(matches!(refused(503, 20503), SendError::Unknown(_)));
    }

    #[test]
    fn a_message_is_known_by_its_text_its_direction_and_when_it_came() {
        let since = Timestamp(1_770_000_000_000);
        let listed = |body: &str, direction: &str, at: &str| json!({ "sid": "SM1", "body": body, "direction": direction, "date_created": at });
        let known = |listed: Value| resembles(&listed, &outgoing(), since);
        let then = "Mon, 02 Feb 2026 02:40:00 +0000";

        assert!(known(listed("hello", "outbound-api", then)));
        assert!(known(listed(&format!("{TRIAL}hello"), "outbound-api", then)));
        assert!(!known(listed("hello there", "outbound-api", then)));
        assert!(!known(listed("hello", "inbound", then)));
        assert!(!known(listed("hello", "outbound-api", "Mon, 02 Feb 2026 02:38:00 +0000")));
    }
}

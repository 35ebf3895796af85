//! Mail through SendGrid.
//!
//! Sources: <https://www.twilio.com/docs/sendgrid/api-reference/mail-send/mail-send>,
//! <https://www.twilio.com/docs/sendgrid/api-reference/e-mail-activity>.

use actors::domain::{ProviderMessageId, Timestamp};
use actors::ports::{Outgoing, Provider, SendError};
use reqwest::{Client, StatusCode};
use secrecy::{ExposeSecret, SecretString};
use serde_json::{Map, Value, json};

use super::call;
use crate::settings;

/// Our name for a message, which SendGrid carries along and tells with every event.
const REFERENCE: &str = "message_id";

pub struct Sendgrid {
    client: Client,
    base: String,
    api_key: SecretString,
}

impl Sendgrid {
    /// `None` without a key.
    pub fn from_settings(settings: &settings::Sendgrid) -> Result<Option<Self>, reqwest::Error> {
        let Some(api_key) = settings.api_key.clone() else { return Ok(None) };
        Ok(Some(Self { client: call::client()?, base: settings.api_base.clone(), api_key }))
    }
}

#[async_trait::async_trait]
impl Provider for Sendgrid {
    async fn send(&self, outgoing: &Outgoing) -> Result<ProviderMessageId, SendError> {
        let request = self.client.post(format!("{}/v3/mail/send", self.base));
        let request = request.bearer_auth(self.api_key.expose_secret()).json(&letter(outgoing));
        let answer = call::send(request).await?;
        let status = answer.status();
        if !status.is_success() {
            return Err(call::refusal(status.as_u16(), None));
        }
        let name = answer.headers().get("x-message-id").and_then(|name| name.to_str().ok());
        // Taken without a name: ours will do, since events carry it.
        ProviderMessageId::parse(name.unwrap_or(&outgoing.reference))
            .map_err(|_| SendError::Unknown("answer with an unusable name".into()))
    }

    /// By our own name for it. Asks for the e-mail activity, which not every plan has and not every
    /// key may read: without it the answer is [`SendError::Never`].
    async fn look_up(
        &self,
        outgoing: &Outgoing,
        _: Timestamp,
    ) -> Result<Vec<ProviderMessageId>, SendError> {
        let query = format!("(unique_args['{REFERENCE}']=\"{}\")", outgoing.reference);
        let request = self.client.get(format!("{}/v3/messages", self.base));
        let request = request.bearer_auth(self.api_key.expose_secret());
        let answer = call::send(request.query(&[("limit", "10"), ("query", &query)])).await?;
        let status = answer.status();
        let body = call::json(answer).await?;
        if !status.is_success() {
            return Err(match call::refusal(status.as_u16(), None) {
                SendError::LockedOut(code) if status == StatusCode::FORBIDDEN => {
                    SendError::Never(code)
                }
                error => error,
            });
        }
        let listed = body["messages"].as_array();
        let listed = listed.ok_or_else(|| SendError::Unknown("answer without a list".into()))?;
        let names = listed.iter().filter_map(|message| message["msg_id"].as_str());
        Ok(names.filter_map(|name| ProviderMessageId::parse(as_sent(name)).ok()).collect())
    }
}

/// Activity and events name a message by what `X-Message-Id` said and where it went from there.
fn as_sent(name: &str) -> &str {
    let end = [".filter", ".recvd"].iter().filter_map(|mark| name.find(mark)).min();
    &name[..end.unwrap_or(name.len())]
}

fn letter(outgoing: &Outgoing) -> Value {
    let mut headers = Map::new();
    let mut subject = "";
    if let Some(mail) = &outgoing.mail {
        subject = &mail.subject;
        headers.insert("Message-ID".into(), json!(mail.message_id));
        if let Some(answered) = &mail.in_reply_to {
            headers.insert("In-Reply-To".into(), json!(answered));
        }
        if !mail.references.is_empty() {
            headers.insert("References".into(), json!(mail.references.join(" ")));
        }
    }
    // Links go below the text: what they point to is not ours to fetch.
    let parts = std::iter::once(outgoing.text.as_str()).filter(|text| !text.is_empty());
    let text: Vec<_> = parts.chain(outgoing.media.iter().map(String::as_str)).collect();
    let mut content = vec![json!({ "type": "text/plain", "value": text.join("\n\n") })];
    let mut envelope = json!({
        "to": [{ "email": outgoing.to }],
        "custom_args": { REFERENCE: outgoing.reference },
    });
    if let Some(mail) = &outgoing.mail {
        content
            .extend(mail.html.as_ref().map(|html| json!({ "type": "text/html", "value": html })));
        // SendGrid refuses a mail that names somebody twice.
        let mut named = vec![outgoing.to.to_lowercase()];
        for (how, whom) in [("cc", &mail.cc), ("bcc", &mail.bcc)] {
            let mut others = Vec::new();
            for address in whom {
                let name = address.to_lowercase();
                if !named.contains(&name) {
                    named.push(name);
                    others.push(json!({ "email": address }));
                }
            }
            if !others.is_empty() {
                envelope[how] = json!(others);
            }
        }
    }
    json!({
        "personalizations": [envelope],
        "from": { "email": outgoing.from },
        "subject": subject,
        "content": content,
        "headers": headers,
    })
}

#[cfg(test)]
mod tests {
    use actors::ports::Mail;

    use super::*;

    #[test]
    fn a_letter_names_the_one_it_answers_and_carries_our_name() {
        let letter = letter(&Outgoing {
            reference: "m1".into(),
            from: "inbox@example.com".into(),
            to: "joe@example.com".into(),
            text: "hello".into(),
            media: vec!["https://example.com/plan.pdf".into()],
            mail: Some(Mail {
                subject: "Re: plans".into(),
                message_id: "<m1@example.com>".into(),
                in_reply_to: Some("<b@x>".into()),
                references: vec!["<a@x>".into(), "<b@x>".into()],
                html: Some("<p>hello</p>".into()),
                cc: vec!["ann@example.com".into(), "Joe@example.com".into()],
                bcc: vec!["ann@example.com".into()],
            }),
        });

        assert_eq!(letter["personalizations"][0]["custom_args"]["message_id"], "m1");
        assert_eq!(letter["headers"]["Message-ID"], "<m1@example.com>");
        assert_eq!(letter["headers"]["In-Reply-To"], "<b@x>");
        assert_eq!(letter["headers"]["References"], "<a@x> <b@x>");
        assert_eq!(letter["content"][0]["value"], "hello\n\nhttps://example.com/plan.pdf");
        assert_eq!(letter["content"][1]["value"], "<p>hello</p>");
        let envelope = &letter["personalizations"][0];
        assert_eq!(envelope["cc"], json!([{ "email": "ann@example.com" }]), "nobody twice");
        assert_eq!(envelope["bcc"], Value::Null);
    }

    #[test]
    fn a_name_from_the_activity_is_the_one_that_sending_was_answered_with() {
        assert_eq!(
            as_sent("14c5d75ce93.dfd.64b469.filter0001.16648.5515E0B88.0"),
            "14c5d75ce93.dfd.64b469"
        );
        assert_eq!(
            as_sent("LRzXl_NHStOGhQ4kofSm_A.filterdrecv-p3mdw1-0"),
            "LRzXl_NHStOGhQ4kofSm_A"
        );
        assert_eq!(as_sent("abc.recvd-canary-1-2"), "abc");
        assert_eq!(as_sent("abc"), "abc");
    }
}

//! `{account_id, url, events, secret?, active?, format?}`

use actors::domain::{AccountId, EventKind, Form, SigningSecret, Subscription, SubscriptionId};
use actors::ports::Standing;
use serde_json::{Value, json};

use super::fields::{missing, wrong};
use super::{Fields, Invalid};
use crate::subscriptions::signature;
use crate::time;

/// Longer than any URL that is accepted.
const MAX_URL: usize = 4_096;
/// Longer than any secret that is accepted.
const MAX_SECRET: usize = 256;
const MAX_FORM: usize = 16;

/// A subscription as somebody asks for it.
pub struct Asked {
    pub account: AccountId,
    pub url: String,
    pub events: Vec<EventKind>,
    /// Unset: the one there is, or a fresh one.
    pub secret: Option<SigningSecret>,
    pub active: bool,
    pub form: Form,
}

impl Asked {
    pub fn with(self, id: SubscriptionId, secret: SigningSecret) -> Subscription {
        let Self { account, url, events, active, form, .. } = self;
        Subscription { id, account, url, events, secret, active, form }
    }
}

/// # Errors
///
/// [`Invalid`] names the first field that is wrong.
pub fn read(id: &SubscriptionId, mut fields: Fields) -> Result<Asked, Invalid> {
    fields.same_id(id.as_str())?;
    let account = fields.account()?;
    let url = fields.text("url", MAX_URL)?;
    let mut events = Vec::new();
    for entry in fields.list("events")?.ok_or_else(|| missing("events"))? {
        let kind = entry.as_str().and_then(EventKind::parse);
        let kind = kind.ok_or_else(|| {
            let known = EventKind::ALL.map(EventKind::as_str).join(", ");
            wrong("events", &format!("a list of {known}"))
        })?;
        if !events.contains(&kind) {
            events.push(kind);
        }
    }
    if events.is_empty() {
        return Err(missing("events"));
    }
    let secret = fields.optional_text("secret", MAX_SECRET)?;
    let secret = secret.map(|text| {
        signature::read(&text).map_err(|_| wrong("secret", "whsec_ and 24 to 64 bytes in base64"))
    });
    let secret = secret.transpose()?;
    let active = fields.flag("active")?.unwrap_or(true);
    let form = fields.optional_text("format", MAX_FORM)?.map(|text| {
        let known = Form::ALL.map(Form::as_str).join(" or ");
        Form::parse(&text).ok_or_else(|| wrong("format", &known))
    });
    let form = form.transpose()?.unwrap_or_default();
    // What a GET shows besides, and nobody can set.
    let _ = (fields.take("failing"), fields.take("disabled"));
    fields.end()?;
    Ok(Asked { account, url, events, secret, active, form })
}

/// Without the secret, which is shown when it is made and never again; and without how much there
/// is to tell, since a number could betray what must not be told.
pub fn view(standing: &Standing) -> Value {
    let Standing { subscription, progress, disabled, .. } = standing;
    let failing = progress.failing_since.map(|since| {
        json!({
            "since": time::format(since),
            "reason": progress.last_failure,
            "next_attempt_at": time::format(progress.due_at),
        })
    });
    let disabled = disabled
        .as_ref()
        .map(|disabled| json!({ "at": time::format(disabled.at), "reason": disabled.reason }));
    json!({
        "_id": subscription.id.as_str(),
        "account_id": subscription.account.as_str(),
        "url": subscription.url,
        "events": subscription.events.iter().map(|kind| kind.as_str()).collect::<Vec<_>>(),
        "active": subscription.active,
        "format": subscription.form.as_str(),
        "failing": failing,
        "disabled": disabled,
    })
}

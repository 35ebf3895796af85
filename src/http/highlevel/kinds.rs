//! Names and numbers of types. A conversation's type and a message's are different codes.

use actors::domain::{AccountId, Channel, ChannelKind, Medium};
use actors::engine::Engine;
use actors::ports::Unavailable;

/// Every message type; its number is its place, beginning with 1.
pub const MESSAGE_TYPES: [&str; 42] = [
    "TYPE_CALL",
    "TYPE_SMS",
    "TYPE_EMAIL",
    "TYPE_SMS_REVIEW_REQUEST",
    "TYPE_WEBCHAT",
    "TYPE_SMS_NO_SHOW_REQUEST",
    "TYPE_CAMPAIGN_SMS",
    "TYPE_CAMPAIGN_CALL",
    "TYPE_CAMPAIGN_EMAIL",
    "TYPE_CAMPAIGN_VOICEMAIL",
    "TYPE_FACEBOOK",
    "TYPE_CAMPAIGN_FACEBOOK",
    "TYPE_CAMPAIGN_MANUAL_CALL",
    "TYPE_CAMPAIGN_MANUAL_SMS",
    "TYPE_GMB",
    "TYPE_CAMPAIGN_GMB",
    "TYPE_REVIEW",
    "TYPE_INSTAGRAM",
    "TYPE_WHATSAPP",
    CUSTOM,
    "TYPE_CUSTOM_EMAIL",
    "TYPE_CUSTOM_PROVIDER_SMS",
    "TYPE_CUSTOM_PROVIDER_EMAIL",
    "TYPE_IVR_CALL",
    "TYPE_ACTIVITY_CONTACT",
    "TYPE_ACTIVITY_INVOICE",
    "TYPE_ACTIVITY_PAYMENT",
    "TYPE_ACTIVITY_OPPORTUNITY",
    "TYPE_LIVE_CHAT",
    "TYPE_LIVE_CHAT_INFO_MESSAGE",
    "TYPE_ACTIVITY_APPOINTMENT",
    "TYPE_FACEBOOK_COMMENT",
    "TYPE_INSTAGRAM_COMMENT",
    "TYPE_CUSTOM_CALL",
    "TYPE_INTERNAL_COMMENT",
    "TYPE_ACTIVITY_EMPLOYEE_ACTION_LOG",
    "TYPE_TIKTOK",
    "TYPE_TIKTOK_COMMENT",
    "TYPE_ACTIVITY_WHATSAPP",
    "TYPE_FORM_SUBMISSION",
    "TYPE_SMS_REACTION",
    "TYPE_RCS",
];

/// What stands for every kind that has no type of its own.
const CUSTOM: &str = "TYPE_CUSTOM_SMS";
const SMS: &str = "SMS";

/// The type of a message, by what carried it or else by its channel.
pub fn message_type(medium: Option<&str>, channel: Option<&Channel>) -> &'static str {
    let kind = medium.or(channel.map(|channel| channel.kind.0.as_str())).unwrap_or(SMS);
    type_of(kind)
}

fn type_of(kind: &str) -> &'static str {
    // As the channel kind has it; the type is that of what it carries.
    let kind = if kind == "GROUP_SMS" { SMS } else { kind };
    let known = MESSAGE_TYPES.iter().find(|name| name.strip_prefix("TYPE_") == Some(kind));
    known.copied().unwrap_or(CUSTOM)
}

pub fn number(message_type: &str) -> usize {
    MESSAGE_TYPES.iter().position(|name| *name == message_type).map_or(0, |at| at + 1)
}

/// What a search for one message type looks for.
///
/// # Errors
///
/// [`Unavailable`]: unknown.
pub async fn medium(
    engine: &Engine,
    account: &AccountId,
    message_type: &str,
) -> Result<Medium, Unavailable> {
    let channels = engine.store.channels_of(account).await?;
    let of_type = |kind: &str| type_of(kind) == message_type;
    let bare = message_type.strip_prefix("TYPE_").unwrap_or(message_type);
    // What has no type of its own can be told by the channels there are.
    let kinds = channels.iter().map(|channel| channel.kind.0.as_str()).filter(|kind| of_type(kind));
    let mut names: Vec<_> = std::iter::once(bare).chain(kinds).map(str::to_owned).collect();
    names.sort_unstable();
    names.dedup();
    let channels = channels.iter().filter(|channel| of_type(&channel.kind.0));
    Ok(Medium { names, channels: channels.map(|channel| channel.id.clone()).collect() })
}

/// A conversation's type, by its channel: as text and as number.
pub fn conversation_type(channel: Option<&Channel>) -> (&'static str, u8) {
    match channel.map_or(SMS, |channel| channel.kind.0.as_str()) {
        SMS => ("TYPE_PHONE", 1),
        "EMAIL" => ("TYPE_EMAIL", 2),
        "REVIEW" => ("TYPE_REVIEW", 4),
        "GROUP_SMS" => ("TYPE_GROUP_SMS", 5),
        _ => ("TYPE_FB_MESSENGER", 3),
    }
}

/// What a body's `type` means: the kind of channel it goes over, if it says so, and the medium
/// that its message has.
pub struct Sent {
    pub channel: Option<ChannelKind>,
    pub medium: Option<&'static str>,
    pub is_call: bool,
}

/// `None`: there is no such type.
pub fn sent(body_type: &str) -> Option<Sent> {
    let over = |kind: &str| Some(ChannelKind(kind.into()));
    let plain =
        |kind: &'static str| Sent { channel: over(kind), medium: Some(kind), is_call: false };
    let call = |medium| Sent { channel: over(SMS), medium: Some(medium), is_call: true };
    Some(match body_type {
        "SMS" => plain(SMS),
        "Email" => plain("EMAIL"),
        "RCS" => plain("RCS"),
        "WhatsApp" => plain("WHATSAPP"),
        "IG" => plain("INSTAGRAM"),
        "FB" => plain("FACEBOOK"),
        "GMB" => plain("GMB"),
        "Live_Chat" | "ALL_IN_ONE_CHAT" => plain("LIVE_CHAT"),
        "WebChat" => plain("WEBCHAT"),
        "TIKTOK" => plain("TIKTOK"),
        "FORM_SUBMISSION" => {
            Sent { channel: None, medium: Some("FORM_SUBMISSION"), is_call: false }
        }
        "Custom" => Sent { channel: None, medium: None, is_call: false },
        "Call" => call("CALL"),
        "IVR_Call" => call("IVR_CALL"),
        "Campaign_Call" => call("CAMPAIGN_CALL"),
        "Campaign_VoiceMail" => call("CAMPAIGN_VOICEMAIL"),
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_numbers_that_are_published_stand_where_they_belong() {
        let published = [
            ("TYPE_CALL", 1),
            ("TYPE_SMS", 2),
            ("TYPE_EMAIL", 3),
            ("TYPE_CAMPAIGN_VOICEMAIL", 10),
            ("TYPE_LIVE_CHAT", 29),
            ("TYPE_CUSTOM_CALL", 34),
        ];
        for (name, expected) in published {
            assert_eq!(number(name), expected, "{name}");
        }
    }

    #[test]
    fn a_kind_without_a_type_of_its_own_is_custom_and_a_group_is_sms() {
        assert_eq!(message_type(Some("X"), None), CUSTOM);
        assert_eq!(message_type(Some("GROUP_SMS"), None), "TYPE_SMS");
        assert_eq!(message_type(None, None), "TYPE_SMS");
    }
}

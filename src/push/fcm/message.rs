use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::Notification;

/// The request for one device. A newer push of a conversation takes the place of an older one
/// that its device has not fetched.
pub fn body(token: &str, told: &Notification) -> Value {
    let key = collapse_key(told.conversation.as_str());
    json!({ "message": {
        "token": token,
        "notification": { "title": told.title, "body": told.body },
        "data": {
            "conversation_id": told.conversation.as_str(),
            "message_id": told.message.as_str(),
            "channel_id": told.channel.as_str(),
            "type": told.kind.as_str(),
        },
        "android": { "collapse_key": key, "priority": "HIGH" },
        "apns": { "headers": { "apns-collapse-id": key } },
        "webpush": { "headers": { "Topic": key, "Urgency": "high" } },
    }})
}

/// A conversation's id where it will do, else its hash: a web push topic has at most 32 characters
/// of base64url (RFC 8030, 5.4), Apple's key 64 bytes.
fn collapse_key(conversation: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_';
    if conversation.len() <= 32 && conversation.bytes().all(plain) {
        return conversation.to_owned();
    }
    let hash = Sha256::digest(conversation.as_bytes());
    hash.iter().take(16).map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn any_conversation_has_a_key_that_every_platform_takes() {
        let foreign = "é".repeat(128);

        assert_eq!(collapse_key("65a1b2c3d4e5f60718293a4b"), "65a1b2c3d4e5f60718293a4b");
        assert_eq!(collapse_key(&foreign).len(), 32);
        assert_ne!(collapse_key(&foreign), collapse_key("a b"));
    }
}

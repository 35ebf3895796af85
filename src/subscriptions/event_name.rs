//! `webhook-id`: the lasting name of one event of one subscription.

use actors::domain::{AccountId, Form, Position, Subscription, SubscriptionId};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use subtle::ConstantTimeEq;

const PREFIX: &str = "msg_";
const HALF: usize = 8;

/// Makes names out of positions, and positions out of names.
///
/// The same event has the same name forever. A name tells nothing of the position, whose steps
/// would betray hidden notes: it is a keyed tag and, masked by a key made of that tag, the position
/// (as in RFC 5297, a tag that is made of the content stands for the nonce).
pub struct EventNames {
    key: Vec<u8>,
}

impl EventNames {
    pub fn new(secret: &[u8]) -> Self {
        Self { key: secret.to_vec() }
    }

    /// Whose names the events of a subscription have: its own, or, in the form of the Inbox API, its
    /// team's.
    pub fn owner(subscription: &Subscription) -> SubscriptionId {
        match subscription.form {
            Form::Standard => subscription.id.clone(),
            Form::Inbox => Self::team(&subscription.account),
        }
    }

    pub fn team(account: &AccountId) -> SubscriptionId {
        SubscriptionId::parse(account.as_str())
            .unwrap_or_else(|_| unreachable!("what is an id of one kind is one of every kind"))
    }

    /// `msg_` and 22 characters.
    pub fn name(&self, subscription: &SubscriptionId, position: Position) -> String {
        let content = position.0.to_be_bytes();
        let tag = self.keyed(b"tag", subscription, content);
        let masked = xor(content, self.keyed(b"mask", subscription, tag));
        format!("{PREFIX}{}", URL_SAFE_NO_PAD.encode([tag, masked].concat()))
    }

    /// `None`: not a name of this subscription's.
    pub fn position(&self, subscription: &SubscriptionId, name: &str) -> Option<Position> {
        let bytes = URL_SAFE_NO_PAD.decode(name.strip_prefix(PREFIX)?).ok()?;
        let (tag, masked) = bytes.split_at_checked(HALF)?;
        let (tag, masked) = (tag.try_into().ok()?, masked.try_into().ok()?);
        let content = xor(masked, self.keyed(b"mask", subscription, tag));
        let genuine = self.keyed(b"tag", subscription, content).ct_eq(&tag);
        bool::from(genuine).then_some(Position(u64::from_be_bytes(content)))
    }

    fn keyed(&self, what: &[u8], subscription: &SubscriptionId, half: [u8; HALF]) -> [u8; HALF] {
        let mut mac = Hmac::<Sha256>::new_from_slice(&self.key)
            .unwrap_or_else(|_| unreachable!("a key of any length will do"));
        // No id holds a control character, so where one part ends is never in doubt.
        for part in [what, b"\0", subscription.as_str().as_bytes(), b"\0", &half] {
            mac.update(part);
        }
        let mut tag = [0; HALF];
        tag.copy_from_slice(&mac.finalize().into_bytes()[..HALF]);
        tag
    }
}

fn xor(a: [u8; HALF], b: [u8; HALF]) -> [u8; HALF] {
    std::array::from_fn(|index| a[index] ^ b[index])
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn id(text: &str) -> SubscriptionId {
        SubscriptionId::parse(text).unwrap()
    }

    #[test]
    fn an_event_keeps_its_name_and_no_two_share_one() {
        let names = EventNames::new(b"secret");
        let name = names.name(&id("s"), Position(7));

        assert_eq!(EventNames::new(b"secret").name(&id("s"), Position(7)), name);
        assert_eq!(names.position(&id("s"), &name), Some(Position(7)));
        assert_ne!(names.name(&id("s"), Position(8)), name);
        assert_ne!(names.name(&id("t"), Position(7)), name);
        assert_eq!(name.len(), 26);
    }

    #[test]
    fn a_name_of_another_subscription_or_a_made_up_one_is_none() {
        let names = EventNames::new(b"secret");
        let name = names.name(&id("s"), Position(7));

        assert_eq!(names.position(&id("t"), &name), None);
        assert_eq!(EventNames::new(b"other").position(&id("s"), &name), None);
        for wrong in ["", "msg_", "msg_AAAA", "2026-01-31T09:30:00Z", "msg_AAAAAAAAAAAAAAAAAAAAAA"]
        {
            assert_eq!(names.position(&id("s"), wrong), None, "{wrong}");
        }
    }

    proptest! {
        #[test]
        fn every_position_comes_back_out_of_its_name(position in any::<u64>()) {
            let names = EventNames::new(b"secret");
            let name = names.name(&id("s"), Position(position));

            prop_assert_eq!(names.position(&id("s"), &name), Some(Position(position)));
        }
    }
}

//! Links that end: the name of a file, until when, and a key that holds for both.

use std::time::Duration;

use actors::domain::Timestamp;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use subtle::ConstantTimeEq;
use url::form_urlencoded;

/// Bytes of a key; as many as nobody guesses.
const KEY_BYTES: usize = 16;
/// Into so many parts a lifetime is cut. All links of one part are alike, so that a browser which
/// lists messages again need not fetch their files again.
const PARTS: i64 = 8;

/// Makes links and tells them from others.
pub struct Links {
    secret: Vec<u8>,
    lifetime: i64,
}

impl Links {
    pub fn new(secret: &[u8], lifetime: Duration) -> Self {
        let lifetime = i64::try_from(lifetime.as_millis()).unwrap_or(i64::MAX);
        Self { secret: secret.to_vec(), lifetime }
    }

    /// What to add to the path of a file so that it may be fetched, for a lifetime or an eighth more.
    pub fn query(&self, name: &str, now: Timestamp) -> String {
        let part = (self.lifetime / PARTS).max(1);
        let until = (now.0 / part).saturating_add(1).saturating_mul(part);
        let until = until.saturating_add(self.lifetime);
        format!("until={until}&key={}", self.key(name, until))
    }

    /// How long such a query still holds for this name, if it is one of ours.
    pub fn holds(&self, name: &str, query: &str, now: Timestamp) -> Option<Duration> {
        let value = |wanted: &str| {
            let mut pairs = form_urlencoded::parse(query.as_bytes());
            pairs.find(|(key, _)| key == wanted).map(|(_, value)| value.into_owned())
        };
        let until: i64 = value("until")?.parse().ok()?;
        let genuine = self.key(name, until).as_bytes().ct_eq(value("key")?.as_bytes());
        let left = u64::try_from(until.checked_sub(now.0)?).ok().filter(|left| *left > 0)?;
        bool::from(genuine).then_some(Duration::from_millis(left))
    }

    fn key(&self, name: &str, until: i64) -> String {
        let mut mac = Hmac::<Sha256>::new_from_slice(&self.secret)
            .unwrap_or_else(|_| unreachable!("a key of any length will do"));
        // No name holds a zero, so where it ends is never in doubt.
        for part in [&b"attachment\0"[..], name.as_bytes(), b"\0", &until.to_be_bytes()] {
            mac.update(part);
        }
        URL_SAFE_NO_PAD.encode(&mac.finalize().into_bytes()[..KEY_BYTES])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIFETIME: Duration = Duration::from_secs(8);
    const NOW: Timestamp = Timestamp(1_700_000_000_400);

    #[test]
    fn a_link_holds_for_its_lifetime_and_not_for_long_after() {
        let links = Links::new(b"secret", LIFETIME);
        let query = links.query("a", NOW);

        let holds = |after: i64| links.holds("a", &query, Timestamp(NOW.0 + after));

        assert_eq!(holds(0), Some(Duration::from_millis(8_600)));
        assert_eq!(holds(8_599), Some(Duration::from_millis(1)));
        assert_eq!((holds(8_600), holds(i64::MAX - NOW.0)), (None, None));
        assert_eq!(links.query("a", Timestamp(NOW.0 + 500)), query, "alike for a while");
        assert_ne!(links.query("a", Timestamp(NOW.0 + 600)), query);
    }

    #[test]
    fn a_link_is_for_one_file_and_one_end_and_of_one_installation() {
        let links = Links::new(b"secret", LIFETIME);
        let query = links.query("a", NOW);
        let later = query.replacen("until=1", "until=2", 1);

        assert_eq!(links.holds("b", &query, NOW), None);
        assert_eq!(links.holds("a", &later, NOW), None);
        assert_eq!(Links::new(b"other", LIFETIME).holds("a", &query, NOW), None);
        for wrong in ["", "until=x", "until=1700000009000", "key=", "until=-1&key="] {
            assert_eq!(links.holds("a", wrong, NOW), None, "{wrong}");
        }
    }
}

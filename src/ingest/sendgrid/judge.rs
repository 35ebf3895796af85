//! Inbound mail is not signed: its address holds a key. Events are signed with ECDSA.
//!
//! Source: <https://www.twilio.com/docs/sendgrid/for-developers/tracking-events/getting-started-event-webhook-security-features>.

use std::fmt;

use aws_lc_rs::signature::{ECDSA_P256_SHA256_ASN1, UnparsedPublicKey};
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use secrecy::{ExposeSecret, SecretString};
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

use crate::ingest::{Judgement, Raw};

/// How requests are judged. Nothing is ever refused: SendGrid drops a mail for good when it is
/// answered with 4xx.
#[derive(Clone, Default)]
pub struct Settings {
    /// Inbound mail carries it. Without it only this machine is believed.
    pub inbound_key: Option<SecretString>,
    /// Events are signed for it. Without it only this machine is believed.
    pub events_key: Option<EventsKey>,
}

/// Why a request may not be from SendGrid. The texts hold nothing of the request.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Doubt {
    #[error("no key to check it with")]
    NoKey,
    #[error("key is missing")]
    Missing,
    #[error("key does not match")]
    Mismatch,
    #[error("signature or its timestamp is missing")]
    Unsigned,
    #[error("signature is not base64")]
    Malformed,
    #[error("signature does not match")]
    Forged,
}

/// The P-256 key that events are signed for.
#[derive(Clone)]
pub struct EventsKey(UnparsedPublicKey<Vec<u8>>);

impl fmt::Debug for EventsKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("EventsKey")
    }
}

/// What stands before the point in a SubjectPublicKeyInfo of P-256 (RFC 5480).
const PREFIX: &[u8] = b"\x30\x59\x30\x13\x06\x07\x2a\x86\x48\xce\x3d\x02\x01\x06\x08\x2a\x86\x48\
                        \xce\x3d\x03\x01\x07\x03\x42\x00";
/// An uncompressed point: 4, x, y.
const POINT_BYTES: usize = 65;

impl EventsKey {
    /// Reads a key as SendGrid shows it: base64, with or without PEM's first and last line.
    /// `None` when it is none.
    pub fn parse(text: &str) -> Option<Self> {
        let base64: String = text
            .lines()
            .filter(|line| !line.trim_start().starts_with("-----"))
            .flat_map(str::split_whitespace)
            .collect();
        let key = BASE64_STANDARD.decode(base64).ok()?;
        let point = key
            .strip_prefix(PREFIX)
            .filter(|point| point.len() == POINT_BYTES && point.first() == Some(&4))?;
        Some(Self(UnparsedPublicKey::new(&ECDSA_P256_SHA256_ASN1, point.to_vec())))
    }
}

impl Settings {
    /// Inbound mail; `raw.signature` is the key it came with.
    pub fn judge_mail(&self, raw: &Raw) -> Judgement<Doubt> {
        let Some(key) = &self.inbound_key else { return nearby(raw) };
        let digest = |text: &str| Sha256::digest(text.as_bytes());
        match raw.signature.as_deref().filter(|given| !given.is_empty()) {
            None => Judgement::Quarantine(Doubt::Missing),
            // Digests, so that not even the key's length shows in the time it takes.
            Some(given) if digest(given).ct_eq(&digest(key.expose_secret())).into() => {
                Judgement::Genuine
            }
            Some(_) => Judgement::Quarantine(Doubt::Mismatch),
        }
    }

    /// A batch of events; `raw.signature` is its timestamp, a space, and the signature.
    pub fn judge_events(&self, raw: &Raw) -> Judgement<Doubt> {
        let Some(key) = &self.events_key else { return nearby(raw) };
        match check(key, raw) {
            Ok(()) => Judgement::Genuine,
            Err(doubt) => Judgement::Quarantine(doubt),
        }
    }
}

/// Somebody who tries the program out on one machine has no key; a stranger has none either.
fn nearby(raw: &Raw) -> Judgement<Doubt> {
    match raw.is_local() {
        true => Judgement::Doubtful(Doubt::NoKey),
        false => Judgement::Quarantine(Doubt::NoKey),
    }
}

fn check(key: &EventsKey, raw: &Raw) -> Result<(), Doubt> {
    let signed = raw.signature.as_deref().and_then(|signed| signed.split_once(' '));
    let (timestamp, signature) = signed.ok_or(Doubt::Unsigned)?;
    let signature = BASE64_STANDARD.decode(signature).map_err(|_| Doubt::Malformed)?;
    let content = [timestamp.as_bytes(), &raw.body].concat();
    key.0.verify(&content, &signature).map_err(|_| Doubt::Forged)
}

#[cfg(test)]
mod tests {
    use aws_lc_rs::rand::SystemRandom;
    use aws_lc_rs::signature::{ECDSA_P256_SHA256_ASN1_SIGNING, EcdsaKeyPair, KeyPair};

    use super::*;
    use crate::ingest::Source;

    fn raw(signature: Option<&str>, peer: &str) -> Raw {
        Raw {
            source: Source::SendgridEvents,
            target: "/webhooks/sendgrid/events".into(),
            content_type: None,
            signature: signature.map(Into::into),
            peer: Some(peer.parse().unwrap()),
            forwarded: false,
            body: "[]".into(),
        }
    }

    fn pair() -> (EcdsaKeyPair, String) {
        let pair = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_ASN1_SIGNING).unwrap();
        let key = BASE64_STANDARD.encode([PREFIX, pair.public_key().as_ref()].concat());
        (pair, key)
    }

    fn signed(pair: &EcdsaKeyPair, timestamp: &str, body: &str) -> String {
        let signature =
            pair.sign(&SystemRandom::new(), format!("{timestamp}{body}").as_bytes()).unwrap();
        format!("{timestamp} {}", BASE64_STANDARD.encode(signature.as_ref()))
    }

    #[test]
    fn events_are_believed_by_their_signature_over_timestamp_and_body() {
        let (pair, key) = pair();
        let judge = |signature: &str| {
            let events_key = EventsKey::parse(&key);
            assert!(events_key.is_some());
            Settings { events_key, inbound_key: None }
                .judge_events(&raw(Some(signature), "127.0.0.1"))
        };
        let right = signed(&pair, "1700000000", "[]");

        assert_eq!(judge(&right), Judgement::Genuine);
        let later = right.replacen("1700000000", "1700000001", 1);
        assert_eq!(judge(&later), Judgement::Quarantine(Doubt::Forged));
        let other = signed(&pair, "1700000000", "[{}]");
        assert_eq!(judge(&other), Judgement::Quarantine(Doubt::Forged));
        assert_eq!(judge("1700000000 !"), Judgement::Quarantine(Doubt::Malformed));
        assert_eq!(judge("x"), Judgement::Quarantine(Doubt::Unsigned));
    }

    #[test]
    fn a_key_is_read_as_base64_and_as_pem_and_nothing_else_is_one() {
        let (_, key) = pair();
        let pem = format!("-----BEGIN PUBLIC KEY-----\n{key}\n-----END PUBLIC KEY-----\n");

        assert!(EventsKey::parse(&key).is_some() && EventsKey::parse(&pem).is_some());
        for wrong in ["", "AAAA", "no base64", &key[4..]] {
            assert!(EventsKey::parse(wrong).is_none(), "{wrong}");
        }
    }

    #[test]
    fn a_mail_is_believed_by_its_key() {
        let settings = Settings { inbound_key: Some("k3y".into()), events_key: None };
        let judge = |key: Option<&str>| settings.judge_mail(&raw(key, "127.0.0.1"));

        assert_eq!(judge(Some("k3y")), Judgement::Genuine);
        assert_eq!(judge(Some("k3")), Judgement::Quarantine(Doubt::Mismatch));
        assert_eq!(judge(Some("")), Judgement::Quarantine(Doubt::Missing));
        assert_eq!(judge(None), Judgement::Quarantine(Doubt::Missing));
    }

    #[test]
    fn without_keys_only_this_machine_is_taken_in() {
        let settings = Settings::default();
        for judge in [Settings::judge_mail, Settings::judge_events] {
            let judge = |raw: Raw| judge(&settings, &raw);
            let proxied = Raw { forwarded: true, ..raw(None, "127.0.0.1") };

            assert_eq!(judge(raw(None, "127.0.0.1")), Judgement::Doubtful(Doubt::NoKey));
            assert_eq!(judge(raw(None, "203.0.113.7")), Judgement::Quarantine(Doubt::NoKey));
            assert_eq!(judge(proxied), Judgement::Quarantine(Doubt::NoKey));
        }
    }
}

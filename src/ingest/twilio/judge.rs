use secrecy::SecretString;

use super::signature::{self, Doubt};
use crate::ingest::{Judgement, Raw};
use crate::settings::SignatureMode as Mode;

/// How requests are judged.
#[derive(Clone)]
pub struct Settings {
    /// Signs what Twilio sends. Without it nothing can be checked, whatever the mode.
    pub auth_token: Option<SecretString>,
    /// Base of the URL that Twilio was given: it signs that URL, which no proxy must be trusted to
    /// repeat. The path and query of the request come after it.
    pub public_url: Option<String>,
    /// What becomes of a doubtful request. To quarantine is the default, because a signature that
    /// is right for Twilio and wrong for us (a changed proxy, a rotated token) would otherwise
    /// cost real messages.
    pub mode: Mode,
}

impl From<&crate::settings::Twilio> for Settings {
    fn from(settings: &crate::settings::Twilio) -> Self {
        Self {
            auth_token: settings.auth_token.clone(),
            public_url: settings.public_url.clone(),
            mode: settings.signature,
        }
    }
}

impl Settings {
    pub fn judge(&self, raw: &Raw) -> Judgement<Doubt> {
        let Some(token) = &self.auth_token else {
            // Somebody who tries the program out on one machine has no token; a stranger has none
            // either, so this must not let the world in.
            return match raw.is_local() {
                true => Judgement::Doubtful(Doubt::NoToken),
                false => Judgement::Quarantine(Doubt::NoToken),
            };
        };
        match (self.check(token, raw), self.mode) {
            (Ok(()), _) => Judgement::Genuine,
            (Err(doubt), Mode::Enforce) => Judgement::Refuse(doubt),
            (Err(doubt), Mode::Quarantine) => Judgement::Quarantine(doubt),
            (Err(doubt), Mode::Observe) => Judgement::Doubtful(doubt),
        }
    }

    fn check(&self, token: &SecretString, raw: &Raw) -> Result<(), Doubt> {
        let base = self.public_url.as_deref().filter(|url| !url.is_empty()).ok_or(Doubt::NoUrl)?;
        let url = format!("{}{}", base.trim_end_matches('/'), raw.target);
        signature::check(token, &url, raw.signature.as_deref(), &raw.body)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ingest::Source;

    const SIGNED: &str = "RSOYDt4T1cUTdK1PDd93/VVr8B8=";
    const CALL: &str = "CallSid=CA1234567890ABCDE&Digits=1234&From=%2B14158675309\
                        &To=%2B18005551212&Caller=%2B14158675309";

    fn raw(signature: Option<&str>, peer: &str) -> Raw {
        Raw {
            source: Source::TwilioSms,
            target: "/myapp.php?foo=1&bar=2".into(),
            content_type: None,
            signature: signature.map(Into::into),
            peer: Some(peer.parse().unwrap()),
            forwarded: false,
            body: CALL.into(),
        }
    }

    fn settings(token: Option<&str>, mode: Mode) -> Settings {
        let public_url = Some("https://mycompany.com/".into());
        Settings { auth_token: token.map(SecretString::from), public_url, mode }
    }

    #[test]
    fn every_mode_meets_every_signature() {
        use Judgement::{Doubtful, Genuine, Quarantine, Refuse};
        let wrong = Some("AAAAAAAAAAAAAAAAAAAAAAAAAAA=");
        let table = [
            (Mode::Enforce, Some(SIGNED), Genuine),
            (Mode::Enforce, wrong, Refuse(Doubt::Mismatch)),
            (Mode::Enforce, None, Refuse(Doubt::Missing)),
            (Mode::Quarantine, Some(SIGNED), Genuine),
            (Mode::Quarantine, wrong, Quarantine(Doubt::Mismatch)),
            (Mode::Quarantine, None, Quarantine(Doubt::Missing)),
            (Mode::Observe, Some(SIGNED), Genuine),
            (Mode::Observe, wrong, Doubtful(Doubt::Mismatch)),
            (Mode::Observe, None, Doubtful(Doubt::Missing)),
        ];

        for (mode, signature, expected) in table {
            // Nearness earns no trust once there is a token.
            for peer in ["127.0.0.1", "203.0.113.7"] {
                let judged = settings(Some("12345"), mode).judge(&raw(signature, peer));
                assert_eq!(judged, expected, "{mode:?} {signature:?} {peer}");
            }
        }
    }

    #[test]
    fn without_a_token_only_this_machine_is_taken_in() {
        for mode in [Mode::Enforce, Mode::Quarantine, Mode::Observe] {
            let judge = |raw: Raw| settings(None, mode).judge(&raw);
            let proxied = Raw { forwarded: true, ..raw(None, "127.0.0.1") };

            assert_eq!(judge(raw(None, "127.0.0.1")), Judgement::Doubtful(Doubt::NoToken));
            assert_eq!(judge(raw(None, "::ffff:127.0.0.1")), Judgement::Doubtful(Doubt::NoToken));
            assert_eq!(judge(raw(None, "203.0.113.7")), Judgement::Quarantine(Doubt::NoToken));
            assert_eq!(judge(proxied), Judgement::Quarantine(Doubt::NoToken));
        }
    }

    #[test]
    fn without_a_public_url_no_signature_can_be_right() {
        let settings = Settings { public_url: None, ..settings(Some("12345"), Mode::Quarantine) };

        let judged = settings.judge(&raw(Some(SIGNED), "203.0.113.7"));

        assert_eq!(judged, Judgement::Quarantine(Doubt::NoUrl));
    }
}

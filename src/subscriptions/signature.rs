//! Signatures of Standard Webhooks: `v1,` and base64 of HMAC-SHA256 over `id.timestamp.body`.

use actors::domain::{SecretError, SigningSecret};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

const PREFIX: &str = "whsec_";
/// As the specification suggests at least.
const FRESH_BYTES: usize = 32;

/// Seconds since 1970, as `webhook-timestamp` carries them.
pub fn sign(secret: &SigningSecret, id: &str, seconds: i64, body: &[u8]) -> String {
    let mut mac = Hmac::<Sha256>::new_from_slice(secret.expose())
        .unwrap_or_else(|_| unreachable!("a key of any length will do"));
    mac.update(format!("{id}.{seconds}.").as_bytes());
    mac.update(body);
    format!("v1,{}", STANDARD.encode(mac.finalize().into_bytes()))
}

/// As the Inbox API has it: `t=<seconds>,v1=<hex>` of HMAC-SHA256 over `seconds.body`. Its clients
/// take the secret for a text, so that the key is what they were shown.
pub fn sign_inbox(secret: &SigningSecret, seconds: i64, body: &[u8]) -> String {
    let mut mac = Hmac::<Sha256>::new_from_slice(show(secret).as_bytes())
        .unwrap_or_else(|_| unreachable!("a key of any length will do"));
    mac.update(format!("{seconds}.").as_bytes());
    mac.update(body);
    let tag = mac.finalize().into_bytes();
    let hex: String = tag.iter().map(|byte| format!("{byte:02x}")).collect();
    format!("t={seconds},v1={hex}")
}

/// `whsec_…`, as it is shown once.
pub fn show(secret: &SigningSecret) -> String {
    format!("{PREFIX}{}", STANDARD.encode(secret.expose()))
}

/// Reads `whsec_…`.
///
/// # Errors
///
/// [`SecretError`] when it is none, or too short or too long.
pub fn read(text: &str) -> Result<SigningSecret, SecretError> {
    let encoded = text.strip_prefix(PREFIX).ok_or(SecretError)?;
    SigningSecret::of(&STANDARD.decode(encoded).map_err(|_| SecretError)?)
}

/// `None` when the system has no randomness.
pub fn fresh() -> Option<SigningSecret> {
    let mut bytes = [0; FRESH_BYTES];
    aws_lc_rs::rand::fill(&mut bytes).ok()?;
    SigningSecret::of(&bytes).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The example that the specification's own libraries are tested with.
    #[test]
    fn our_signature_is_that_of_standard_webhooks() {
        let secret = read("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw").unwrap();
        let id = "msg_p5jXN8AQM9LWM0D4loKWxJek";

        let signature = sign(&secret, id, 1_614_265_330, br#"{"test": 2432232314}"#);

        assert_eq!(signature, "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
    }

    #[test]
    fn a_secret_is_read_as_it_is_shown_and_never_printed() {
        let secret = fresh().unwrap();

        assert_eq!(read(&show(&secret)), Ok(secret.clone()));
        assert_ne!(fresh().unwrap(), secret);
        assert_eq!(format!("{secret:?}"), "SigningSecret");
        for wrong in ["", "whsec_", "whsec_c2hvcnQ=", "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "whsec_!"]
        {
            assert_eq!(read(wrong), Err(SecretError), "{wrong}");
        }
    }
}

//! Opaque texts that only this installation can make and read.

use aws_lc_rs::aead::{AES_256_GCM, Aad, NONCE_LEN, Nonce, RandomizedNonceKey};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha2::{Digest, Sha256};

/// Encrypts and authenticates with a random nonce: the same content never looks the same twice,
/// so not even "nothing happened" can be read off two of them.
pub struct Seal(RandomizedNonceKey);

/// What a sealed text is for; one made for another purpose does not open.
#[derive(Clone, Copy, Debug)]
pub enum Purpose {
    Offset,
    Pid,
    Attachment,
}

impl Purpose {
    fn label(self) -> &'static [u8] {
        match self {
            Self::Offset => b"offset",
            Self::Pid => b"pid",
            Self::Attachment => b"attachment",
        }
    }
}

impl Seal {
    /// The key follows from the secret, so a secret of any length will do.
    pub fn new(secret: &[u8]) -> Self {
        let key = RandomizedNonceKey::new(&AES_256_GCM, &Sha256::digest(secret));
        Self(key.expect("SHA-256 makes as many bytes as AES-256 takes"))
    }

    pub fn seal(&self, purpose: Purpose, content: &[u8]) -> String {
        let mut sealed = content.to_vec();
        let nonce = self
            .0
            .seal_in_place_append_tag(Aad::from(purpose.label()), &mut sealed)
            .expect("the content is far below the cipher's limit");
        sealed.extend_from_slice(nonce.as_ref());
        URL_SAFE_NO_PAD.encode(sealed)
    }

    /// `None`: not ours, not for this, or tampered with.
    pub fn open(&self, purpose: Purpose, text: &str) -> Option<Vec<u8>> {
        let mut sealed = URL_SAFE_NO_PAD.decode(text).ok()?;
        let nonce = sealed.split_off(sealed.len().checked_sub(NONCE_LEN)?);
        let nonce = Nonce::try_assume_unique_for_key(&nonce).ok()?;
        let aad = Aad::from(purpose.label());
        self.0.open_in_place(nonce, aad, &mut sealed).ok().map(|content| content.to_vec())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_sealed_opens_for_its_purpose_and_for_nobody_else() {
        let (ours, theirs) = (Seal::new(&[1; 32]), Seal::new(&[2; 32]));
        let sealed = ours.seal(Purpose::Offset, b"12");

        assert_eq!(ours.open(Purpose::Offset, &sealed).as_deref(), Some(&b"12"[..]));
        assert_eq!(ours.open(Purpose::Pid, &sealed), None);
        assert_eq!(theirs.open(Purpose::Offset, &sealed), None);
        assert_eq!(ours.open(Purpose::Offset, "x"), None);
        assert_ne!(ours.seal(Purpose::Offset, b"12"), sealed, "never the same twice");
    }
}

//! The one key that tokens are verified with, and where it comes from.

use std::fs;
use std::io;
use std::path::PathBuf;

use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey};
use secrecy::ExposeSecret;

use crate::kept_secret::KeptError;
use crate::secrets::Secrets;
use crate::settings::Auth;

/// The name of the secret that is used when none is set.
const KEPT_AS: &str = "jwt_secret";

/// A key with the one algorithm it is for, so that no token can choose another.
#[derive(Clone)]
pub struct Keys {
    pub(super) verifying: DecodingKey,
    pub(super) algorithm: Algorithm,
    /// Unset when tokens are signed elsewhere.
    pub(super) signing: Option<EncodingKey>,
}

#[derive(Debug, thiserror::Error)]
pub enum KeyError {
    #[error("cannot read the key file {path}")]
    File { path: PathBuf, source: io::Error },
    #[error("{path} holds no RSA, P-256 or Ed25519 public key in PEM form")]
    NoKey { path: PathBuf },
    #[error(transparent)]
    Kept(#[from] KeptError),
}

impl Keys {
    /// The configured secret or public key; else one of the installation's own.
    ///
    /// # Errors
    ///
    /// [`KeyError`] names the file and what is wrong with it.
    pub fn from_settings(auth: &Auth, secrets: &Secrets) -> Result<Self, KeyError> {
        if let Some(secret) = &auth.jwt_secret {
            return Ok(Self::from_secret(secret.expose_secret().as_bytes()));
        }
        if let Some(path) = &auth.jwt_public_key_file {
            let pem =
                fs::read(path).map_err(|source| KeyError::File { path: path.into(), source })?;
            return Self::from_public_pem(&pem)
                .ok_or_else(|| KeyError::NoKey { path: path.into() });
        }
        let secret = secrets.get(KEPT_AS)?;
        Ok(Self::from_secret(secret.as_bytes()))
    }

    /// HS256 with a shared secret.
    pub fn from_secret(secret: &[u8]) -> Self {
        Self {
            verifying: DecodingKey::from_secret(secret),
            algorithm: Algorithm::HS256,
            signing: Some(EncodingKey::from_secret(secret)),
        }
    }

    /// RS256, ES256 or EdDSA, as the key is; `None` when it is no such key.
    pub fn from_public_pem(pem: &[u8]) -> Option<Self> {
        let (verifying, algorithm) = DecodingKey::from_rsa_pem(pem)
            .map(|key| (key, Algorithm::RS256))
            .or_else(|_| DecodingKey::from_ec_pem(pem).map(|key| (key, Algorithm::ES256)))
            .or_else(|_| DecodingKey::from_ed_pem(pem).map(|key| (key, Algorithm::EdDSA)))
            .ok()?;
        Some(Self { verifying, algorithm, signing: None })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_public_key_file_is_read_by_what_it_holds() {
        let algorithm = |pem: &str| Keys::from_public_pem(pem.as_bytes()).unwrap().algorithm;

        assert_eq!(algorithm(include_str!("testdata/rsa_public.pem")), Algorithm::RS256);
        assert_eq!(algorithm(include_str!("testdata/p256_public.pem")), Algorithm::ES256);
        assert_eq!(algorithm(include_str!("testdata/ed25519_public.pem")), Algorithm::EdDSA);
        assert!(Keys::from_public_pem(b"no key").is_none());
    }
}

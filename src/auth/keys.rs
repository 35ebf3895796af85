//! The one key that tokens are verified with, and where it comes from.

use std::fs::{self, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey};
use secrecy::ExposeSecret;

use crate::settings::Auth;

/// File in `server.data_dir` that holds the secret made on first start.
const KEPT_AS: &str = "jwt_secret";
/// As much as HMAC-SHA-256 makes use of.
const SECRET_BYTES: usize = 32;

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
    #[error("cannot read or keep the key file {path}")]
    File { path: PathBuf, source: io::Error },
    #[error("{path} holds no RSA, P-256 or Ed25519 public key in PEM form")]
    NoKey { path: PathBuf },
    #[error("the kept secret {path} is damaged; remove it to have a new one made")]
    Damaged { path: PathBuf },
    #[error("no randomness to make a secret from")]
    NoRandomness,
}

impl Keys {
    /// The configured secret or public key; else the secret kept in `data_dir`, made if need be.
    ///
    /// # Errors
    ///
    /// [`KeyError`] names the file and what is wrong with it.
    pub fn from_settings(auth: &Auth, data_dir: &Path) -> Result<Self, KeyError> {
        if let Some(secret) = &auth.jwt_secret {
            return Ok(Self::from_secret(secret.expose_secret().as_bytes()));
        }
        if let Some(path) = &auth.jwt_public_key_file {
            let pem = fs::read(path).map_err(|source| at(path, source))?;
            return Self::from_public_pem(&pem)
                .ok_or_else(|| KeyError::NoKey { path: path.into() });
        }
        kept(data_dir).map(|secret| Self::from_secret(&secret))
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

fn at(path: &Path, source: io::Error) -> KeyError {
    KeyError::File { path: path.into(), source }
}

/// The secret of this installation. Two programs that start at once agree on one: each writes a
/// file of its own and the first to give it the name wins.
fn kept(data_dir: &Path) -> Result<Vec<u8>, KeyError> {
    let path = data_dir.join(KEPT_AS);
    if !path.exists() {
        fs::create_dir_all(data_dir).map_err(|source| at(data_dir, source))?;
        make(&path)?;
    }
    let text = fs::read_to_string(&path).map_err(|source| at(&path, source))?;
    let secret = text.trim().as_bytes();
    if secret.len() != 2 * SECRET_BYTES || !secret.iter().all(u8::is_ascii_hexdigit) {
        return Err(KeyError::Damaged { path });
    }
    Ok(secret.to_vec())
}

fn make(path: &Path) -> Result<(), KeyError> {
    let mut secret = [0; SECRET_BYTES];
    aws_lc_rs::rand::fill(&mut secret).map_err(|_| KeyError::NoRandomness)?;
    let draft = path.with_extension(std::process::id().to_string());
    let written = write(&draft, &secret).and_then(|()| match fs::hard_link(&draft, path) {
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(()),
        other => other,
    });
    // A draft that stays behind holds a secret nobody uses; the next start overwrites it.
    let _ = fs::remove_file(&draft);
    written.map_err(|source| at(path, source))
}

fn write(path: &Path, secret: &[u8]) -> io::Result<()> {
    let mut file =
        OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(path)?;
    for byte in secret {
        write!(file, "{byte:02x}")?;
    }
    file.sync_all()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt;

    fn none() -> Auth {
        Auth {
            jwt_secret: None,
            jwt_public_key_file: None,
            api_keys: vec![],
            leadfinder_token: None,
        }
    }

    #[test]
    fn without_a_key_one_is_made_kept_and_found_again() {
        let dir = tempfile::tempdir().unwrap();
        let data = dir.path().join("data");
        Keys::from_settings(&none(), &data).unwrap();
        let first = fs::read(data.join(KEPT_AS)).unwrap();

        Keys::from_settings(&none(), &data).unwrap();

        assert_eq!(fs::read(data.join(KEPT_AS)).unwrap(), first);
        assert_eq!(first.len(), 64);
        let mode = fs::metadata(data.join(KEPT_AS)).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
        assert_eq!(fs::read_dir(&data).unwrap().count(), 1, "no draft stays behind");
    }

    #[test]
    fn programs_that_start_at_once_agree_on_one_secret() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join(KEPT_AS);
        fs::write(&path, "ab".repeat(32)).unwrap();

        make(&path).unwrap();

        assert_eq!(fs::read_to_string(&path).unwrap(), "ab".repeat(32));
    }

    #[test]
    fn a_damaged_secret_is_named_and_not_used() {
        let dir = tempfile::tempdir().unwrap();
        fs::write(dir.path().join(KEPT_AS), "").unwrap();

        let error = Keys::from_settings(&none(), dir.path()).err().unwrap();

        assert!(matches!(error, KeyError::Damaged { .. }));
    }

    #[test]
    fn a_public_key_file_is_read_by_what_it_holds() {
        let algorithm = |pem: &str| Keys::from_public_pem(pem.as_bytes()).unwrap().algorithm;

        assert_eq!(algorithm(include_str!("testdata/rsa_public.pem")), Algorithm::RS256);
        assert_eq!(algorithm(include_str!("testdata/p256_public.pem")), Algorithm::ES256);
        assert_eq!(algorithm(include_str!("testdata/ed25519_public.pem")), Algorithm::EdDSA);
        assert!(Keys::from_public_pem(b"no key").is_none());
    }
}

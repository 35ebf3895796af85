//! Secrets that this installation makes of something, and needs again.

use std::path::PathBuf;

use hmac::{Hmac, KeyInit, Mac};
use secrecy::{ExposeSecret, SecretString};
use sha2::Sha256;

use crate::kept_secret::{KeptError, kept_secret};
use crate::settings::Settings;

/// Where secrets that nobody configured come from.
#[derive(Clone)]
pub enum Secrets {
    /// Made on first start, and kept in this folder: one node's own.
    Kept(PathBuf),
    /// Made of one that all nodes are given, so that all have the same.
    Shared(SecretString),
}

impl From<&Settings> for Secrets {
    fn from(settings: &Settings) -> Self {
        match &settings.cluster.secret {
            Some(secret) => Self::Shared(secret.clone()),
            None => Self::Kept(settings.server.data_dir.clone()),
        }
    }
}

impl Secrets {
    /// 64 hex digits, the same each time for the same name.
    ///
    /// # Errors
    ///
    /// [`KeptError`] names the file.
    pub fn get(&self, name: &str) -> Result<String, KeptError> {
        match self {
            Self::Kept(folder) => kept_secret(&folder.join(name)),
            Self::Shared(secret) => {
                let mut mac = Hmac::<Sha256>::new_from_slice(secret.expose_secret().as_bytes())
                    .map_err(|_| KeptError::NoRandomness)?;
                mac.update(name.as_bytes());
                let derived = mac.finalize().into_bytes();
                Ok(derived.iter().map(|byte| format!("{byte:02x}")).collect())
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nodes_that_share_a_secret_share_what_is_made_of_it_and_no_two_names_are_alike() {
        let node = |secret: &str| Secrets::Shared(secret.to_owned().into());

        let seal = node("one").get("recovery_secret").unwrap();

        assert_eq!(node("one").get("recovery_secret").unwrap(), seal);
        assert_eq!(seal.len(), 64);
        assert_ne!(node("one").get("webhook_secret").unwrap(), seal);
        assert_ne!(node("two").get("recovery_secret").unwrap(), seal);
    }

    #[test]
    fn one_node_keeps_its_own() {
        let folder = tempfile::tempdir().unwrap();
        let kept = Secrets::Kept(folder.path().into());

        assert_eq!(kept.get("a").unwrap(), kept.get("a").unwrap());
        assert_ne!(kept.get("a").unwrap(), kept.get("b").unwrap());
    }
}

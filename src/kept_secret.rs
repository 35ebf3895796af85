//! Secrets that this installation makes for itself on first start, and keeps.

use std::fs::{self, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

/// As much as HMAC-SHA-256 and AES-256 make use of.
const SECRET_BYTES: usize = 32;

#[derive(Debug, thiserror::Error)]
pub enum KeptError {
    #[error("cannot read or keep the secret {path}")]
    File { path: PathBuf, source: io::Error },
    #[error("the kept secret {path} is damaged; remove it to have a new one made")]
    Damaged { path: PathBuf },
    #[error("no randomness to make a secret from")]
    NoRandomness,
}

/// The secret in this file, 64 hex digits; made, mode 0600, if it is not there. Two programs that
/// start at once agree on one: each writes a file of its own and the first to give it the name
/// wins.
///
/// # Errors
///
/// [`KeptError`] names the file.
pub fn kept_secret(path: &Path) -> Result<String, KeptError> {
    if !path.exists() {
        if let Some(directory) = path.parent() {
            fs::create_dir_all(directory).map_err(|source| at(directory, source))?;
        }
        make(path)?;
    }
    let text = fs::read_to_string(path).map_err(|source| at(path, source))?;
    let secret = text.trim();
    let whole = secret.len() == 2 * SECRET_BYTES;
    if !whole || !secret.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return Err(KeptError::Damaged { path: path.into() });
    }
    Ok(secret.to_owned())
}

fn at(path: &Path, source: io::Error) -> KeptError {
    KeptError::File { path: path.into(), source }
}

fn make(path: &Path) -> Result<(), KeptError> {
    let mut secret = [0; SECRET_BYTES];
    aws_lc_rs::rand::fill(&mut secret).map_err(|_| KeptError::NoRandomness)?;
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

    #[test]
    fn a_secret_is_made_kept_and_found_again() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("data").join("secret");

        let first = kept_secret(&path).unwrap();

        assert_eq!(kept_secret(&path).unwrap(), first);
        assert_eq!(first.len(), 64);
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        let beside = fs::read_dir(path.parent().unwrap()).unwrap().count();
        assert_eq!(beside, 1, "no draft stays behind");
    }

    #[test]
    fn programs_that_start_at_once_agree_on_one_secret() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("secret");
        fs::write(&path, "ab".repeat(32)).unwrap();

        make(&path).unwrap();

        assert_eq!(kept_secret(&path).unwrap(), "ab".repeat(32));
    }

    #[test]
    fn a_damaged_secret_is_named_and_not_used() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("secret");
        fs::write(&path, "").unwrap();

        assert!(matches!(kept_secret(&path), Err(KeptError::Damaged { .. })));
    }
}

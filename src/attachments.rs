//! Files that came with mails: kept once under the digest of their content, fetched by a link that
//! only this installation can make.

use std::fs::{self, File, OpenOptions};
use std::io::{self, ErrorKind, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::PathBuf;
use std::sync::Arc;

use actors::domain::Json;
use serde::{Deserialize, Serialize};
use serde_json::json;
use sha2::{Digest, Sha256};

use crate::seal::{Purpose, Seal};

/// Longest name of a file that is kept, in characters.
const MAX_NAME_CHARS: usize = 200;
/// Longest content type that is kept, in bytes.
const MAX_KIND_BYTES: usize = 127;

/// A folder of files, and the seal that its links are made with.
pub struct Attachments {
    folder: PathBuf,
    seal: Arc<Seal>,
}

/// What a link names. The key stands in the link, so whoever has the link has the file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Named {
    digest: String,
    pub filename: String,
    pub content_type: String,
}

impl Attachments {
    pub fn new(folder: PathBuf, seal: Arc<Seal>) -> Self {
        Self { folder, seal }
    }

    /// Keeps a file, synced, and describes it as a message does:
    /// `{url, filename, content_type, size}`. The same content is kept once. Blocks.
    ///
    /// # Errors
    ///
    /// It is not kept; trying again is safe.
    pub fn keep(&self, name: &str, kind: Option<&str>, content: &[u8]) -> io::Result<Json> {
        let digest: String =
            Sha256::digest(content).iter().map(|byte| format!("{byte:02x}")).collect();
        self.write(&digest, content)?;
        let kind = kind.filter(|kind| kind.len() <= MAX_KIND_BYTES && is_plain(kind));
        let named = Named {
            digest,
            filename: file_name(name),
            content_type: kind.unwrap_or("application/octet-stream").to_owned(),
        };
        let sealed = self.seal.seal(Purpose::Attachment, json!(named).to_string().as_bytes());
        let described = json!({
            "url": format!("/v1/attachments/{sealed}"),
            "filename": named.filename,
            "content_type": named.content_type,
            "size": content.len(),
        });
        Ok(Json::from_valid(described.to_string()))
    }

    /// What a link names, if it is one of ours, and its content. Blocks.
    ///
    /// # Errors
    ///
    /// It could not be read now.
    pub fn open(&self, sealed: &str) -> io::Result<Option<(Named, Vec<u8>)>> {
        let named = self.seal.open(Purpose::Attachment, sealed);
        let named = named.and_then(|json| serde_json::from_slice::<Named>(&json).ok());
        let Some(named) = named else { return Ok(None) };
        match fs::read(self.folder.join(&named.digest)) {
            Ok(content) => Ok(Some((named, content))),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error),
        }
    }

    fn write(&self, digest: &str, content: &[u8]) -> io::Result<()> {
        let path = self.folder.join(digest);
        if path.try_exists()? {
            return Ok(());
        }
        fs::create_dir_all(&self.folder)?;
        // Under another name until it is whole. Who writes the same at the same time writes the
        // same bytes.
        let draft = self.folder.join(format!("{digest}.draft"));
        let mut file =
            OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&draft)?;
        file.write_all(content)?;
        file.sync_all()?;
        fs::rename(&draft, &path)?;
        File::open(&self.folder)?.sync_all()
    }
}

/// The last part of a path, without what a terminal or a header would stumble over.
fn file_name(name: &str) -> String {
    let last = name.rsplit(['/', '\\']).next().unwrap_or_default();
    let name: String = last.chars().filter(|c| !c.is_control()).take(MAX_NAME_CHARS).collect();
    if name.trim_matches(['.', ' ']).is_empty() { "attachment".into() } else { name }
}

fn is_plain(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_graphic() || byte == b' ')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stage() -> (Attachments, tempfile::TempDir) {
        let folder = tempfile::tempdir().unwrap();
        let seal = Arc::new(Seal::new(b"secret"));
        (Attachments::new(folder.path().join("attachments"), seal), folder)
    }

    fn sealed(described: &Json) -> String {
        let described: serde_json::Value = serde_json::from_str(described.as_str()).unwrap();
        let url = described["url"].as_str().unwrap();
        url.strip_prefix("/v1/attachments/").unwrap().to_owned()
    }

    #[test]
    fn the_same_content_is_kept_once_and_fetched_by_either_link() {
        let (attachments, folder) = stage();

        let one = attachments.keep("../a/plan.pdf", Some("application/pdf"), b"plan").unwrap();
        let two = attachments.keep("", None, b"plan").unwrap();

        let (named, content) = attachments.open(&sealed(&one)).unwrap().unwrap();
        assert_eq!((named.filename.as_str(), &content[..]), ("plan.pdf", &b"plan"[..]));
        assert_eq!(named.content_type, "application/pdf");
        let (named, _) = attachments.open(&sealed(&two)).unwrap().unwrap();
        assert_eq!(named.filename, "attachment");
        assert_eq!(named.content_type, "application/octet-stream");
        assert_eq!(fs::read_dir(folder.path().join("attachments")).unwrap().count(), 1);
    }

    #[test]
    fn a_link_that_is_not_ours_names_nothing() {
        let (attachments, _folder) = stage();
        let kept = attachments.keep("x", None, b"x").unwrap();

        for link in ["", "x", "../../etc/passwd", &sealed(&kept)[1..]] {
            assert!(attachments.open(link).unwrap().is_none(), "{link}");
        }
    }
}

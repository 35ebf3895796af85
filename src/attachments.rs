//! Files that came with mails: kept once under the digest of their content, fetched by a link that
//! only this installation can make, and that ends.
mod link;

use std::fs::{self, File, OpenOptions};
use std::io::{self, ErrorKind, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use actors::domain::{Json, Timestamp};
use actors::ports;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use self::link::Links;
use crate::seal::{Purpose, Seal};

/// Longest name of a file that is kept, in characters.
const MAX_NAME_CHARS: usize = 200;
/// Longest content type that is kept, in bytes.
const MAX_KIND_BYTES: usize = 127;

/// The path of a file, but for its name.
const PATH: &str = "/v1/attachments/";

/// A folder of files, the seal that their names are made with, and what makes links of names.
pub struct Attachments {
    folder: PathBuf,
    seal: Arc<Seal>,
    links: Links,
}

/// What the name of a file says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Named {
    digest: String,
    pub filename: String,
    pub content_type: String,
}

impl Attachments {
    /// A link may be used for `lifetime` since it was shown.
    pub fn new(folder: PathBuf, seal: Arc<Seal>, secret: &[u8], lifetime: Duration) -> Self {
        Self { folder, seal, links: Links::new(secret, lifetime) }
    }

    /// Keeps a file, synced, and describes it as a message does:
    /// `{url, filename, content_type, size}`. The same content is kept once. The `url` names it, and
    /// opens only with what [`ports::Links::shown`] adds. Blocks.
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
            "url": format!("{PATH}{sealed}"),
            "filename": named.filename,
            "content_type": named.content_type,
            "size": content.len(),
        });
        Ok(Json::from_valid(described.to_string()))
    }

    /// How long a link to this name may still be used, if it is good.
    pub fn holds(&self, sealed: &str, query: &str, now: Timestamp) -> Option<Duration> {
        self.links.holds(sealed, query, now)
    }

    /// What a name says, if it is one of ours, and its content. Blocks.
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

impl ports::Links for Attachments {
    fn shown(&self, attachment: &Json, now: Timestamp) -> Option<Json> {
        let mut shown: Value = serde_json::from_str(attachment.as_str()).ok()?;
        let link = match &shown {
            // A link that was shown before, and sent along with a message.
            Value::String(link) => {
                let (base, rest) = link.split_once(PATH)?;
                let name = rest.split('?').next().unwrap_or_default();
                self.seal.open(Purpose::Attachment, name)?;
                format!("{base}{PATH}{name}?{}", self.links.query(name, now))
            }
            Value::Object(fields) => {
                let url = fields.get("url")?.as_str()?;
                format!("{url}?{}", self.links.query(url.strip_prefix(PATH)?, now))
            }
            _ => return None,
        };
        match &mut shown {
            Value::Object(fields) => _ = fields.insert("url".to_owned(), Value::String(link)),
            other => *other = Value::String(link),
        }
        Some(Json::from_valid(shown.to_string()))
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
        let folder_of = folder.path().join("attachments");
        (Attachments::new(folder_of, seal, b"secret", Duration::from_secs(8)), folder)
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
    fn a_file_of_ours_is_shown_by_a_link_and_everything_else_as_it_stands() {
        let (attachments, _folder) = stage();
        let shown = |text: &str| {
            let shown = ports::Links::shown(
                &attachments,
                &Json::from_valid(text.to_owned()),
                Timestamp(7_000),
            );
            shown.map(|shown| serde_json::from_str::<Value>(shown.as_str()).unwrap())
        };

        let link = shown(r#"{"url":"/v1/attachments/abc","size":4}"#).unwrap();

        let query = link["url"].as_str().unwrap().strip_prefix("/v1/attachments/abc?").unwrap();
        assert_eq!(link["size"], 4);
        assert!(attachments.holds("abc", query, Timestamp(7_000)).is_some());
        for foreign in [
            r#"{"url":"https://example.com/v1/attachments/x"}"#,
            r#""https://example.com/v1/attachments/x?until=1""#,
            r#""text""#,
            "{}",
        ] {
            assert_eq!(shown(foreign), None, "{foreign}");
        }
    }

    #[test]
    fn a_link_of_ours_that_was_sent_along_is_made_anew_wherever_it_is_shown() {
        let (attachments, _folder) = stage();
        let name = sealed(&attachments.keep("x.txt", None, b"x").unwrap());
        let old = json!(format!("https://ours.example/v1/attachments/{name}?until=1&key=x"));

        let shown =
            ports::Links::shown(&attachments, &Json::from_valid(old.to_string()), Timestamp(7_000));

        let shown: String = serde_json::from_str(shown.unwrap().as_str()).unwrap();
        let (link, query) = shown.split_once('?').unwrap();
        assert_eq!(link, format!("https://ours.example/v1/attachments/{name}"));
        assert!(attachments.holds(&name, query, Timestamp(7_000)).is_some());
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

//! The multipart form that an inbound mail comes as.

use std::collections::HashMap;
use std::convert::Infallible;

use bytes::Bytes;
use encoding_rs::{Encoding, UTF_8};
use futures_util::stream;
use multer::Multipart;

/// Most parts of a form: some twenty fields, and the files.
const MOST_PARTS: usize = 500;

/// A form's fields by their names, and its files.
#[derive(Default)]
pub struct Fields {
    fields: HashMap<String, Bytes>,
    charsets: HashMap<String, String>,
    pub files: Vec<File>,
}

pub struct File {
    pub name: String,
    pub content_type: Option<String>,
    pub content: Bytes,
}

/// The texts hold nothing of the form.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FieldsError {
    #[error("body is no multipart form")]
    NoForm,
    #[error("multipart form is damaged")]
    Damaged,
    #[error("more than {MOST_PARTS} parts")]
    TooMany,
}

impl Fields {
    /// # Errors
    ///
    /// [`FieldsError`] says what is wrong.
    pub async fn read(content_type: Option<&str>, body: &Bytes) -> Result<Self, FieldsError> {
        let boundary = content_type.and_then(|kind| multer::parse_boundary(kind).ok());
        let boundary = boundary.ok_or(FieldsError::NoForm)?;
        let whole = stream::iter([Ok::<_, Infallible>(body.clone())]);
        let mut parts = Multipart::new(whole, boundary);
        let mut read = Self::default();
        let damaged = |_| FieldsError::Damaged;
        while let Some(part) = parts.next_field().await.map_err(damaged)? {
            if read.fields.len() + read.files.len() == MOST_PARTS {
                return Err(FieldsError::TooMany);
            }
            let name = part.name().unwrap_or_default().to_owned();
            let file = part.file_name().map(str::to_owned);
            let content_type = part.content_type().map(ToString::to_string);
            let content = part.bytes().await.map_err(damaged)?;
            match file {
                Some(name) => read.files.push(File { name, content_type, content }),
                // The first one counts.
                None => drop(read.fields.entry(name).or_insert(content)),
            }
        }
        let charsets = read.fields.get("charsets").map(|json| serde_json::from_slice(json));
        read.charsets = charsets.and_then(Result::ok).unwrap_or_default();
        Ok(read)
    }

    pub fn bytes(&self, name: &str) -> Option<&Bytes> {
        self.fields.get(name).filter(|field| !field.is_empty())
    }

    /// A field as text, in the charset that `charsets` names for it. What is no text in it shows
    /// as replacement characters: better than no mail.
    pub fn text(&self, name: &str) -> Option<String> {
        let charset = self.charsets.get(name);
        let charset = charset.and_then(|label| Encoding::for_label(label.as_bytes()));
        Some(charset.unwrap_or(UTF_8).decode(self.bytes(name)?).0.into_owned())
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    pub const KIND: &str = "multipart/form-data; boundary=xYz";

    /// A form of fields, each as bytes.
    pub fn form(fields: &[(&str, &[u8])]) -> Bytes {
        let mut form = Vec::new();
        for (name, value) in fields {
            let head = format!("--xYz\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n");
            form.extend_from_slice(head.as_bytes());
            form.extend_from_slice(value);
            form.extend_from_slice(b"\r\n");
        }
        form.extend_from_slice(b"--xYz--\r\n");
        form.into()
    }

    #[tokio::test]
    async fn a_field_is_read_in_its_own_charset() {
        let body = form(&[
            ("text", b"gr\xfc\xdfe"),
            ("subject", "grüße".as_bytes()),
            ("charsets", br#"{"text":"iso-8859-1","subject":"UTF-8"}"#),
        ]);

        let fields = Fields::read(Some(KIND), &body).await.unwrap();

        assert_eq!(fields.text("text").as_deref(), Some("grüße"));
        assert_eq!(fields.text("subject").as_deref(), Some("grüße"));
        assert_eq!(fields.text("html"), None);
    }

    #[tokio::test]
    async fn what_is_no_whole_form_is_named() {
        let cut = form(&[("text", b"hello")]);
        let cut = cut.slice(..cut.len() - 12);
        let many = form(&vec![("a", &b"b"[..]); MOST_PARTS + 1]);
        let error = |kind, body| async move { Fields::read(kind, &body).await.err() };

        assert_eq!(error(None, cut.clone()).await, Some(FieldsError::NoForm));
        assert_eq!(error(Some("text/plain"), cut.clone()).await, Some(FieldsError::NoForm));
        assert_eq!(error(Some(KIND), cut).await, Some(FieldsError::Damaged));
        // Fields of one name are one.
        assert_eq!(error(Some(KIND), many).await, None);
    }
}

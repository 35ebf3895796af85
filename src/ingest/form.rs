//! A form body as bytes: who signs it signs the decoded bytes, UTF-8 or not, so nothing is
//! repaired here.

use std::borrow::Cow;

use percent_encoding::percent_decode;

/// `application/x-www-form-urlencoded`, decoded. Parameters keep their order and may repeat.
///
/// Source: <https://url.spec.whatwg.org/#urlencoded-parsing>; a `%` without two hex digits after
/// it stands for itself.
#[derive(Clone, PartialEq, Eq)]
pub struct Form<'a> {
    pairs: Vec<Pair<'a>>,
}

/// Name and value.
type Pair<'a> = (Cow<'a, [u8]>, Cow<'a, [u8]>);

#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FormError {
    #[error("more than {max} parameters", max = Form::MAX_PARAMETERS)]
    TooMany,
    #[error("{0} is not UTF-8")]
    NotText(&'static str),
}

impl<'a> Form<'a> {
    /// A provider sends some thirty; the bound keeps a body of nothing but `&a` from growing to
    /// fifty times its size.
    pub const MAX_PARAMETERS: usize = 2_000;

    /// # Errors
    ///
    /// [`FormError::TooMany`]; there is no other way to be no form.
    pub fn parse(body: &'a [u8]) -> Result<Self, FormError> {
        let mut pairs = vec![];
        for part in body.split(|byte| *byte == b'&').filter(|part| !part.is_empty()) {
            if pairs.len() == Self::MAX_PARAMETERS {
                return Err(FormError::TooMany);
            }
            let end = part.iter().position(|byte| *byte == b'=').unwrap_or(part.len());
            let (name, value) = part.split_at(end);
            pairs.push((decode(name), decode(value.get(1..).unwrap_or_default())));
        }
        Ok(Self { pairs })
    }

    /// Every parameter, in the order of the body.
    pub fn pairs(&self) -> impl Iterator<Item = (&[u8], &[u8])> {
        self.pairs.iter().map(|(name, value)| (name.as_ref(), value.as_ref()))
    }

    /// The first parameter of this name; `None` when there is none.
    ///
    /// # Errors
    ///
    /// [`FormError::NotText`] when it is there and not UTF-8.
    pub fn text(&self, name: &'static str) -> Result<Option<&str>, FormError> {
        self.pairs()
            .find(|(key, _)| *key == name.as_bytes())
            .map(|(_, value)| std::str::from_utf8(value).map_err(|_| FormError::NotText(name)))
            .transpose()
    }
}

fn decode(text: &[u8]) -> Cow<'_, [u8]> {
    if !text.iter().any(|byte| matches!(byte, b'+' | b'%')) {
        return Cow::Borrowed(text);
    }
    let spaced: Vec<u8> =
        text.iter().map(|byte| if *byte == b'+' { b' ' } else { *byte }).collect();
    Cow::Owned(percent_decode(&spaced).collect())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn plus_is_a_space_and_an_escaped_plus_is_a_plus() {
        let form = Form::parse(b"From=%2B1555&Body=a+b").unwrap();

        assert_eq!(form.text("From"), Ok(Some("+1555")));
        assert_eq!(form.text("Body"), Ok(Some("a b")));
        assert_eq!(form.text("To"), Ok(None));
    }

    #[test]
    fn percent_garbage_stands_for_itself() {
        let form = Form::parse(b"Body=100%&a=%zz&b=%4").unwrap();

        assert_eq!(form.text("Body"), Ok(Some("100%")));
        assert_eq!(form.text("a"), Ok(Some("%zz")));
        assert_eq!(form.text("b"), Ok(Some("%4")));
    }

    #[test]
    fn a_value_that_is_not_utf8_is_named_and_kept_as_bytes() {
        let form = Form::parse(b"Body=%FF").unwrap();

        assert_eq!(form.text("Body"), Err(FormError::NotText("Body")));
        assert_eq!(form.pairs().collect::<Vec<_>>(), [(&b"Body"[..], &b"\xff"[..])]);
    }

    #[test]
    fn one_parameter_too_many_is_refused() {
        let full = b"a&".repeat(Form::MAX_PARAMETERS);
        let over = b"a&".repeat(Form::MAX_PARAMETERS + 1);

        assert!(Form::parse(&full).is_ok());
        assert_eq!(Form::parse(&over).err(), Some(FormError::TooMany));
    }

    proptest! {
        #[test]
        fn no_body_panics(body in proptest::collection::vec(any::<u8>(), 0..512)) {
            let _ = Form::parse(&body).map(|form| form.text("Body").is_ok());
        }

        #[test]
        fn what_a_browser_encodes_is_read_back(value in ".*") {
            let body = url::form_urlencoded::Serializer::new(String::new())
                .append_pair("Body", &value)
                .finish();

            let form = Form::parse(body.as_bytes()).unwrap();

            prop_assert_eq!(form.text("Body"), Ok(Some(value.as_str())));
        }
    }
}

/// The address of a mailbox, such as `carl@example.com`, as it was written. Two that differ in
/// case alone reach one mailbox in practice, so [`MailAddress::same`] compares without it.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct MailAddress(String);

/// Why a text is no [`MailAddress`]. Never repeats the text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum MailAddressError {
    #[error("mail address lacks a mailbox, an @ or a host")]
    Incomplete,
    #[error("mail address holds a space, a control character or an angle bracket")]
    Character,
    #[error("mail address is longer than {max} bytes", max = MailAddress::MAX_BYTES)]
    TooLong,
}

impl MailAddress {
    /// Longest address, in bytes: RFC 5321, 4.5.3.1.3, without the angle brackets.
    pub const MAX_BYTES: usize = 254;

    /// # Errors
    ///
    /// [`MailAddressError`] names the first thing wrong.
    pub fn parse(text: &str) -> Result<Self, MailAddressError> {
        let text = text.trim();
        if text.len() > Self::MAX_BYTES {
            return Err(MailAddressError::TooLong);
        }
        let strange = |c: char| c.is_whitespace() || c.is_control() || matches!(c, '<' | '>');
        if text.chars().any(strange) {
            return Err(MailAddressError::Character);
        }
        match text.rsplit_once('@') {
            Some((mailbox, host)) if !mailbox.is_empty() && !host.is_empty() => {
                Ok(Self(text.to_owned()))
            }
            _ => Err(MailAddressError::Incomplete),
        }
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether another text names the same mailbox. Case counts for nothing, as far as ASCII goes:
    /// what every store can compare.
    pub fn same(&self, other: &str) -> bool {
        self.0.eq_ignore_ascii_case(other)
    }
}

impl std::fmt::Debug for MailAddress {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("MailAddress")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mailbox_is_read_and_compared_without_case() {
        let carl = MailAddress::parse(" Carl@Example.com ").unwrap();

        assert_eq!(carl.as_str(), "Carl@Example.com");
        assert!(carl.same("carl@example.COM") && !carl.same("karl@example.com"));
        assert!(!format!("{carl:?}").contains("arl@"));
    }

    #[test]
    fn what_is_no_mailbox_is_refused() {
        for (text, error) in [
            ("", MailAddressError::Incomplete),
            ("carl", MailAddressError::Incomplete),
            ("@example.com", MailAddressError::Incomplete),
            ("carl@", MailAddressError::Incomplete),
            ("carl smith@example.com", MailAddressError::Character),
            ("<carl@example.com>", MailAddressError::Character),
            ("carl@example.com\nbcc", MailAddressError::Character),
        ] {
            assert_eq!(MailAddress::parse(text), Err(error), "{text}");
        }
        let long = format!("{}@example.com", "x".repeat(243));
        assert_eq!(MailAddress::parse(&long), Err(MailAddressError::TooLong));
    }
}

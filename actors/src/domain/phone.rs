/// A telephone number in international form, such as `+12025550143`.
///
/// Source: ITU-T E.164 (11/2010), clause 6.1 on number length.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct PhoneNumber(String);

impl PhoneNumber {
    /// Longest number, in digits, without the leading `+`.
    pub const MAX_DIGITS: usize = 15;

    /// Reads a number as a provider sends it: a `+`, then digits only.
    ///
    /// # Errors
    ///
    /// [`PhoneNumberError`] names the first thing wrong. It never repeats the text, which may be
    /// somebody's number.
    pub fn parse(text: &str) -> Result<Self, PhoneNumberError> {
        let digits = text.strip_prefix('+').ok_or(PhoneNumberError::NoPlus)?;
        if digits.is_empty() || digits.starts_with('0') {
            return Err(PhoneNumberError::NoCountryCode);
        }
        if !digits.bytes().all(|byte| byte.is_ascii_digit()) {
            return Err(PhoneNumberError::NotADigit);
        }
        if digits.len() > Self::MAX_DIGITS {
            return Err(PhoneNumberError::TooLong { digits: digits.len() });
        }
        Ok(Self(text.to_owned()))
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl std::fmt::Debug for PhoneNumber {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("PhoneNumber")
    }
}

/// Why a text is no [`PhoneNumber`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PhoneNumberError {
    #[error("phone number lacks the leading +")]
    NoPlus,
    #[error("phone number has no country code")]
    NoCountryCode,
    #[error("phone number holds something other than digits")]
    NotADigit,
    #[error("phone number has {digits} digits, more than {max}", max = PhoneNumber::MAX_DIGITS)]
    TooLong { digits: usize },
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_of_fifteen_digits_is_read_and_of_sixteen_refused() {
        assert!(PhoneNumber::parse("+123456789012345").is_ok());
        assert_eq!(
            PhoneNumber::parse("+1234567890123456"),
            Err(PhoneNumberError::TooLong { digits: 16 })
        );
    }

    #[test]
    fn a_number_never_shows_in_a_debug_line() {
        let number = PhoneNumber::parse("+12025550143").unwrap();

        assert!(!format!("{number:?}").contains("2025550143"));
    }
}

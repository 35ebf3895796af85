use actors::domain::PhoneNumber;

use super::Invalid;
use super::fields::wrong;

/// Digits of the shortest numbers there are, country code included: those of Niue, +683 4xxx.
const MIN_DIGITS: usize = 7;

/// A number that begins with `+` as E.164, without what people write between digits.
///
/// # Errors
///
/// [`Invalid`] when it then is no E.164 number.
pub fn e164(key: &str, text: &str) -> Result<String, Invalid> {
    let between = |c: &char| !matches!(c, ' ' | '-' | '(' | ')' | '.' | '\u{a0}');
    let bare: String = text.chars().filter(between).collect();
    let whole = PhoneNumber::parse(&bare).is_ok() && bare.len() > MIN_DIGITS;
    whole.then_some(bare).ok_or_else(|| wrong(key, "an E.164 number, such as +12025550143"))
}

/// A contact's number. Without `+` nobody can say which country it is of, so it stays as given.
///
/// # Errors
///
/// As [`e164`].
pub fn as_given_or_e164(key: &str, text: String) -> Result<String, Invalid> {
    let text = text.trim();
    if text.starts_with('+') { e164(key, text) } else { Ok(text.to_owned()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_international_number_loses_what_stands_between_its_digits() {
        let read = |text: &str| as_given_or_e164("phone", text.into());

        assert_eq!(read("+1 (202) 555-0143").unwrap(), "+12025550143");
        assert_eq!(read("202-555-0143").unwrap(), "202-555-0143");
        assert!(read("+1 call me").is_err());
        assert!(read("+").is_err());
        assert!(read("+12").is_err());
        assert!(read("+683 4000").is_ok());
    }
}

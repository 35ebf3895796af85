use actors::domain::PhoneNumber;

use super::Invalid;
use super::fields::wrong;

/// A number that begins with `+` as E.164, without what people write between digits.
///
/// # Errors
///
/// [`Invalid`] when it then is no E.164 number.
pub fn e164(key: &str, text: &str) -> Result<String, Invalid> {
    let between = |c: &char| !matches!(c, ' ' | '-' | '(' | ')' | '.' | '\u{a0}');
    let bare: String = text.chars().filter(between).collect();
    let number = PhoneNumber::parse(&bare);
    number.map(|_| bare).map_err(|_| wrong(key, "an E.164 number, such as +12025550143"))
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
    }
}

//! Instants as the wire shows them: ISO-8601 (RFC 3339), UTC, milliseconds and `Z`.

use actors::domain::Timestamp;
use chrono::{DateTime, SecondsFormat, Utc};

/// The years that four digits can show; everything else would not sort as text.
pub const FIRST: i64 = -62_167_219_200_000;
pub const LAST: i64 = 253_402_300_799_999;

#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("has to be an ISO-8601 instant, such as 2026-01-31T09:30:00.000Z")]
pub struct TimeError;

/// `2026-01-31T09:30:00.000Z`. Instants outside the years 0 to 9999 show as the nearest inside.
pub fn format(at: Timestamp) -> String {
    DateTime::<Utc>::from_timestamp_millis(at.0.clamp(FIRST, LAST))
        .unwrap_or_default()
        .to_rfc3339_opts(SecondsFormat::Millis, true)
}

/// Reads an instant with any offset. Digits finer than a millisecond are cut off, since an
/// instant that is shown has to be the instant that is stored.
///
/// # Errors
///
/// [`TimeError`] when the text is no instant or lies outside the years 0 to 9999.
pub fn parse(text: &str) -> Result<Timestamp, TimeError> {
    let at = DateTime::parse_from_rfc3339(text).map_err(|_| TimeError)?.timestamp_millis();
    (FIRST..=LAST).contains(&at).then_some(Timestamp(at)).ok_or(TimeError)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn an_instant_shows_milliseconds_and_z_even_when_they_are_zero() {
        assert_eq!(format(Timestamp(0)), "1970-01-01T00:00:00.000Z");
        assert_eq!(format(Timestamp(1_769_851_800_007)), "2026-01-31T09:30:00.007Z");
    }

    #[test]
    fn an_offset_is_taken_into_account_and_finer_digits_are_cut_off() {
        let utc = parse("2026-01-31T09:30:00.007Z").unwrap();

        assert_eq!(parse("2026-01-31T10:30:00.0079999+01:00"), Ok(utc));
        assert_eq!(parse("2026-01-31T09:30:00Z"), Ok(Timestamp(utc.0 - 7)));
    }

    #[test]
    fn what_is_no_instant_is_refused() {
        for text in ["", "yesterday", "2026-01-31", "2026-01-31T09:30:00", "2026-02-30T00:00:00Z"] {
            assert_eq!(parse(text), Err(TimeError), "{text}");
        }
    }

    #[test]
    fn an_instant_beyond_four_digits_shows_as_the_last_one() {
        assert_eq!(format(Timestamp(i64::MAX)), "9999-12-31T23:59:59.999Z");
        assert_eq!(format(Timestamp(i64::MIN)), "0000-01-01T00:00:00.000Z");
    }

    proptest! {
        #[test]
        fn what_is_shown_is_read_back_and_sorts_as_text(a in FIRST..=LAST, b in FIRST..=LAST) {
            let (a, b) = (Timestamp(a), Timestamp(b));

            prop_assert_eq!(parse(&format(a)), Ok(a));
            prop_assert_eq!(format(a).cmp(&format(b)), a.cmp(&b));
        }

        #[test]
        fn no_text_makes_the_reader_panic(text in ".*") {
            let _ = parse(&text);
        }
    }
}

//! A query string as the SDKs write it: repeated keys, `key[]`, `key[0]`, `key[key]`, in brackets
//! or percent-encoded. What is not known is passed over.

use percent_encoding::percent_decode_str;

use super::problem::Problem;

/// Most pairs that are read; what comes behind them is as if it were not there.
const MOST_PAIRS: usize = 500;

pub struct Query(Vec<(String, String)>);

impl Query {
    pub fn of(text: &str) -> Self {
        let pairs = text.split('&').filter(|pair| !pair.is_empty()).take(MOST_PAIRS);
        let read = pairs.map(|pair| {
            let (key, value) = pair.split_once('=').unwrap_or((pair, ""));
            let key = decoded(key);
            // Brackets say that there may be several; which comes first says their order.
            let base = key.split('[').next().unwrap_or_default().to_owned();
            (base, decoded(value))
        });
        Self(read.collect())
    }

    /// Every value of a key, in the order sent; an empty one is as good as absent.
    pub fn all<'a>(&'a self, key: &'a str) -> impl Iterator<Item = &'a str> {
        let named = self.0.iter().filter(move |(name, value)| name == key && !value.is_empty());
        named.map(|(_, value)| value.as_str())
    }

    pub fn one<'a>(&'a self, key: &'a str) -> Option<&'a str> {
        self.all(key).last()
    }

    /// Values of a key that may come as a list, comma-separated, or both.
    pub fn list<'a>(&'a self, key: &'a str) -> Vec<&'a str> {
        let entries = self.all(key).flat_map(|value| value.split(','));
        entries.map(str::trim).filter(|entry| !entry.is_empty()).collect()
    }

    /// A whole number, also as `20.0`.
    ///
    /// # Errors
    ///
    /// It is none.
    pub fn whole(&self, key: &'static str) -> Result<Option<i64>, Problem> {
        let Some(text) = self.one(key) else { return Ok(None) };
        let number =
            text.trim().parse::<f64>().ok().filter(|number| {
                number.is_finite() && number.fract() == 0.0 && number.abs() < 9e15
            });
        let wrong = || Problem::invalid(format!("{key} must be an integer number"));
        number.map(|number| Some(number as i64)).ok_or_else(wrong)
    }
}

fn decoded(text: &str) -> String {
    let text = text.replace('+', " ");
    percent_decode_str(&text).decode_utf8_lossy().into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_sdks_write_is_read_alike() {
        for text in [
            "startAfterDate=1&startAfterDate=2",
            "startAfterDate%5B%5D=1&startAfterDate%5B%5D=2",
            "startAfterDate[0]=1&startAfterDate[1]=2",
            "startAfterDate[startAfterDate]=1&startAfterDate[startAfterDate]=2",
        ] {
            assert_eq!(Query::of(text).all("startAfterDate").collect::<Vec<_>>(), ["1", "2"]);
        }
        assert_eq!(Query::of("q=John+Doe+%2B1555").one("q"), Some("John Doe +1555"));
        assert_eq!(Query::of("a=u1%2Cu2&a[]=u3").list("a"), ["u1", "u2", "u3"]);
        assert_eq!(Query::of("a=&b").one("a"), None);
    }

    #[test]
    fn a_float_without_fraction_is_a_whole_number() {
        assert_eq!(Query::of("limit=20.0").whole("limit").unwrap(), Some(20));
        for wrong in ["20.5", "many", "1e300", "NaN"] {
            assert!(Query::of(&format!("limit={wrong}")).whole("limit").is_err(), "{wrong}");
        }
    }
}

//! Values as they are written in settings. Their errors never repeat what was written.

use std::path::PathBuf;
use std::time::Duration;

use secrecy::SecretString;
use serde::{Deserialize, Deserializer, de::Error};
use url::Url;

/// `"25s"`, `"5m"`, `"24h"`.
pub mod duration {
    use super::*;

    pub fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Duration, D::Error> {
        let text = String::deserialize(from)?;
        humantime::parse_duration(&text)
            .map_err(|_| D::Error::custom("expected a duration such as \"25s\", \"5m\" or \"24h\""))
    }
}

pub fn optional_duration<'de, D: Deserializer<'de>>(from: D) -> Result<Option<Duration>, D::Error> {
    let read = |text: String| {
        humantime::parse_duration(&text)
            .map_err(|_| D::Error::custom("expected a duration such as \"15m\" or \"1h\""))
    };
    optional(from)?.map(read).transpose()
}

/// A list of them.
pub mod durations {
    use super::*;

    pub fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Vec<Duration>, D::Error> {
        let expected = || D::Error::custom("expected durations such as \"5s\", \"5m\" and \"10h\"");
        let texts = Vec::<String>::deserialize(from)?;
        texts.iter().map(|text| humantime::parse_duration(text).map_err(|_| expected())).collect()
    }
}

pub fn optional<'de, D: Deserializer<'de>>(from: D) -> Result<Option<String>, D::Error> {
    let text = String::deserialize(from)?;
    Ok((!text.is_empty()).then_some(text))
}

pub fn optional_path<'de, D: Deserializer<'de>>(from: D) -> Result<Option<PathBuf>, D::Error> {
    Ok(optional(from)?.map(PathBuf::from))
}

pub fn optional_secret<'de, D: Deserializer<'de>>(
    from: D,
) -> Result<Option<SecretString>, D::Error> {
    Ok(optional(from)?.map(SecretString::from))
}

pub fn optional_http_url<'de, D: Deserializer<'de>>(from: D) -> Result<Option<String>, D::Error> {
    optional(from)?.map(checked::<D::Error>).transpose()
}

pub fn http_url<'de, D: Deserializer<'de>>(from: D) -> Result<String, D::Error> {
    checked(String::deserialize(from)?)
}

fn checked<E: Error>(text: String) -> Result<String, E> {
    let good = Url::parse(&text).is_ok_and(|url| {
        matches!(url.scheme(), "http" | "https")
            && url.query().is_none()
            && url.fragment().is_none()
            && url.password().is_none()
    });
    if !good {
        return Err(E::custom("expected an address such as \"https://example.com\""));
    }
    Ok(text.trim_end_matches('/').to_owned())
}

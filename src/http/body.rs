//! A request's JSON body, with limits on size and depth.

use std::future::Future;
use std::pin::Pin;

use actix_web::dev::Payload;
use actix_web::http::header::{CONTENT_LENGTH, CONTENT_TYPE};
use actix_web::{FromRequest, HttpRequest};
use bytes::BytesMut;
use futures_util::StreamExt;
use serde::de::DeserializeOwned;
use serde_json::Value;
use serde_json::value::RawValue;

use crate::answer::Fault;
use crate::settings::Limits;

#[derive(Clone, Copy, Debug)]
pub struct BodyLimits {
    /// Longest body. Longer ones are 413 before they are read whole.
    pub bytes: usize,
    /// Deepest nesting of arrays and objects.
    pub depth: usize,
}

impl From<&Limits> for BodyLimits {
    fn from(limits: &Limits) -> Self {
        // Deeper than this the parser itself gives up.
        Self { bytes: limits.rest_body_bytes, depth: limits.rest_json_depth.min(127) }
    }
}

/// Any JSON value that came as `application/json`.
#[derive(Debug)]
pub struct JsonBody(pub Value);

impl FromRequest for JsonBody {
    type Error = Fault;
    type Future = Pin<Box<dyn Future<Output = Result<Self, Fault>>>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let read = Reading::of(request, payload);
        Box::pin(async move {
            let Read { limits, is_json, body } = read?.finish().await?;
            if !is_json {
                return Err(Fault::UnsupportedMediaType);
            }
            parse(&body, limits.depth).map(Self)
        })
    }
}

/// Any JSON value, as it was written: numbers keep their digits and objects their order. `None`
/// when there is no body, whatever its media type.
#[derive(Debug)]
pub struct RawBody(pub Option<Box<RawValue>>);

impl FromRequest for RawBody {
    type Error = Fault;
    type Future = Pin<Box<dyn Future<Output = Result<Self, Fault>>>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let read = Reading::of(request, payload);
        Box::pin(async move {
            let Read { limits, is_json, body } = read?.finish().await?;
            if body.is_empty() {
                return Ok(Self(None));
            }
            if !is_json {
                return Err(Fault::UnsupportedMediaType);
            }
            parse(&body, limits.depth).map(Some).map(Self)
        })
    }
}

/// A body on its way.
struct Reading {
    limits: BodyLimits,
    is_json: bool,
    payload: Payload,
}

struct Read {
    limits: BodyLimits,
    is_json: bool,
    body: BytesMut,
}

impl Reading {
    fn of(request: &HttpRequest, payload: &mut Payload) -> Result<Self, Fault> {
        let limits = *request.app_data::<BodyLimits>().ok_or(Fault::Internal)?;
        let header = |name| request.headers().get(name).and_then(|value| value.to_str().ok());
        let length = header(CONTENT_LENGTH).and_then(|length| length.parse::<usize>().ok());
        if length.is_some_and(|length| length > limits.bytes) {
            return Err(Fault::TooLarge);
        }
        let is_json = header(CONTENT_TYPE).is_some_and(is_json);
        Ok(Self { limits, is_json, payload: payload.take() })
    }

    async fn finish(mut self) -> Result<Read, Fault> {
        let mut body = BytesMut::new();
        while let Some(chunk) = self.payload.next().await {
            let chunk = chunk.map_err(|_| Fault::invalid("the body ended too early"))?;
            if body.len() + chunk.len() > self.limits.bytes {
                return Err(Fault::TooLarge);
            }
            body.extend_from_slice(&chunk);
        }
        Ok(Read { limits: self.limits, is_json: self.is_json, body })
    }
}

fn is_json(content_type: &str) -> bool {
    let kind = content_type.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    kind == "application/json" || (kind.starts_with("application/") && kind.ends_with("+json"))
}

fn parse<T: DeserializeOwned>(body: &[u8], max_depth: usize) -> Result<T, Fault> {
    if depth(body) > max_depth {
        return Err(Fault::invalid(format!("JSON nests deeper than {max_depth}")));
    }
    // The parser's own message would quote the body.
    serde_json::from_slice(body).map_err(|error| {
        Fault::invalid(format!("malformed JSON at line {} column {}", error.line(), error.column()))
    })
}

/// How deep arrays and objects nest. Right for JSON; for anything else, any number.
fn depth(body: &[u8]) -> usize {
    let (mut now, mut deepest) = (0_usize, 0);
    let (mut in_text, mut escaped) = (false, false);
    for byte in body {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if in_text => escaped = true,
            b'"' => in_text = !in_text,
            _ if in_text => {}
            b'[' | b'{' => {
                now += 1;
                deepest = deepest.max(now);
            }
            b']' | b'}' => now = now.saturating_sub(1),
            _ => {}
        }
    }
    deepest
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn nesting_is_counted_outside_of_texts_only() {
        assert_eq!(depth(br#"{"a":[{"b":1}]}"#), 3);
        assert_eq!(depth(br#"["[[[[", "\"[[[", "\\"]"#), 1);
        assert!(parse::<Value>(&b"[".repeat(100_000), 64).is_err());
        assert!(parse::<Value>(&[b"[".repeat(64), b"]".repeat(64)].concat(), 64).is_ok());
    }

    #[test]
    fn a_malformed_body_is_not_repeated() {
        let fault = parse::<Value>(br#"{"password": "secret" oops}"#, 64).unwrap_err();

        assert_eq!(fault.to_string(), "malformed JSON at line 1 column 23");
    }

    #[test]
    fn json_is_known_by_its_media_type() {
        for good in ["application/json", "Application/JSON; charset=utf-8", "application/a+json"] {
            assert!(is_json(good), "{good}");
        }
        for other in ["", "text/plain", "application/x-www-form-urlencoded", "text/json"] {
            assert!(!is_json(other), "{other}");
        }
    }

    proptest! {
        #[test]
        fn no_bytes_make_the_reader_panic(body in prop::collection::vec(any::<u8>(), 0..200)) {
            let _ = parse::<Value>(&body, 8);
            let _ = parse::<Box<RawValue>>(&body, 8);
        }
    }
}

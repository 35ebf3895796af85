//! Trusted services of the operator: the header `x-api-key`.

use std::future::{Ready, ready};

use actix_web::body::MessageBody;
use actix_web::dev::{Payload, ServiceRequest, ServiceResponse};
use actix_web::http::header::HeaderMap;
use actix_web::middleware::Next;
use actix_web::{FromRequest, HttpRequest, web};
use secrecy::{ExposeSecret, SecretString};
use sha2::{Digest, Sha256};
use subtle::{Choice, ConstantTimeEq};

use super::Access;
use crate::answer::Fault;

const HEADER: &str = "x-api-key";

/// SHA-256 of a key.
pub type KeyHash = [u8; 32];

/// The keys that are good, as hashes: what is compared has one length, whatever was sent.
#[derive(Clone)]
pub struct ApiKeys(Vec<KeyHash>);

impl ApiKeys {
    pub fn new(keys: &[SecretString]) -> Self {
        Self(keys.iter().map(|key| hash(key.expose_secret().as_bytes())).collect())
    }

    /// Whether whoever sent this may pass. Without any key everybody may, so settings allow that
    /// on loopback only.
    pub fn admits(&self, sent: Option<&[u8]>) -> bool {
        self.0.is_empty() || sent.is_some_and(|key| self.holds(key))
    }

    /// Takes as long for a wrong key as for a right one, whichever of them it is.
    fn holds(&self, key: &[u8]) -> bool {
        let sent = hash(key);
        let found = self.0.iter().fold(Choice::from(0), |found, good| found | good.ct_eq(&sent));
        found.into()
    }
}

/// The one key of a request. A second header hides nothing: then there is none.
fn sent(headers: &HeaderMap) -> Option<&[u8]> {
    let mut sent = headers.get_all(HEADER);
    match (sent.next(), sent.next()) {
        (Some(key), None) => Some(key.as_bytes()),
        _ => None,
    }
}

fn hash(key: &[u8]) -> KeyHash {
    Sha256::digest(key).into()
}

/// The request comes from a trusted service, which reaches every account.
///
/// Stands first among a handler's arguments, so that a stranger learns nothing else.
#[derive(Clone, Copy, Debug)]
pub struct ServiceKey {
    /// Which service; unset where no keys are configured, whatever was sent.
    pub key: Option<KeyHash>,
}

impl FromRequest for ServiceKey {
    type Error = Fault;
    type Future = Ready<Result<Self, Fault>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(check(request))
    }
}

fn check(request: &HttpRequest) -> Result<ServiceKey, Fault> {
    // Without the data nobody could be told apart: a fault of assembly must not open the door.
    let access = request.app_data::<web::Data<Access>>().ok_or(Fault::Internal)?;
    let sent = sent(request.headers());
    if !access.keys.admits(sent) {
        return Err(Fault::Unauthorized);
    }
    Ok(ServiceKey { key: sent.filter(|_| !access.keys.0.is_empty()).map(hash) })
}

/// The same check as a middleware, for whole scopes: `.wrap(from_fn(require_service_key))`.
///
/// # Errors
///
/// [`Fault::Unauthorized`] without a good key.
pub async fn require_service_key<B: MessageBody + 'static>(
    request: ServiceRequest,
    next: Next<B>,
) -> Result<ServiceResponse<B>, actix_web::Error> {
    check(request.request())?;
    next.call(request).await
}

#[cfg(test)]
mod tests {
    use super::*;
    use actix_web::http::header::{HeaderName, HeaderValue};

    fn headers(keys: &[&str]) -> HeaderMap {
        let mut headers = HeaderMap::new();
        for key in keys {
            let value = HeaderValue::from_str(key).unwrap();
            headers.append(HeaderName::from_static(HEADER), value);
        }
        headers
    }

    fn keys(keys: &[&str]) -> ApiKeys {
        ApiKeys::new(&keys.iter().map(|key| SecretString::from(*key)).collect::<Vec<_>>())
    }

    #[test]
    fn any_of_the_configured_keys_opens_and_nothing_else_does() {
        let keys = keys(&["first", "second"]);

        assert!(keys.admits(sent(&headers(&["first"]))));
        assert!(keys.admits(sent(&headers(&["second"]))));
        for wrong in ["", "firs", "firstt", "FIRST", "first,second"] {
            assert!(!keys.admits(sent(&headers(&[wrong]))), "{wrong}");
        }
        assert!(!keys.admits(sent(&headers(&[]))));
        assert!(!keys.admits(sent(&headers(&["wrong", "first"]))), "a second header hides nothing");
    }

    #[test]
    fn without_keys_everybody_passes() {
        assert!(keys(&[]).admits(sent(&headers(&[]))));
        assert!(keys(&[]).admits(sent(&headers(&["anything"]))));
    }

    #[test]
    fn keys_are_kept_as_hashes_of_one_length() {
        let ApiKeys(hashes) = keys(&["k", "a much longer key than the other one"]);

        assert!(hashes.iter().all(|hash| hash.len() == 32));
        assert!(!hashes.contains(&[b'k'; 32]));
    }
}

//! `X-Twilio-Signature`: HMAC-SHA1 under the account's auth token, in base64.
//!
//! Source: <https://www.twilio.com/docs/usage/webhooks/webhooks-security>.

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use hmac::{Hmac, KeyInit, Mac};
use secrecy::{ExposeSecret, SecretString};
use sha1::Sha1;
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

use crate::ingest::form::{Form, FormError};

/// Why a request may not be from Twilio. The texts hold nothing of the request.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Doubt {
    #[error("no auth token to check the signature with")]
    NoToken,
    #[error("no public url to check the signature with")]
    NoUrl,
    #[error("signature is missing")]
    Missing,
    #[error("signature is not base64")]
    Malformed,
    #[error("body does not match its digest")]
    Digest,
    #[error("signature does not match")]
    Mismatch,
    #[error(transparent)]
    Form(#[from] FormError),
}

/// Whether Twilio signed this request to this URL, which is the public one with path and query
/// exactly as requested. A query with `bodySHA256` vouches for the body by its digest; any other
/// body is a form whose parameters are signed.
///
/// # Errors
///
/// [`Doubt`]: it did not, or nobody can tell.
pub fn check(
    token: &SecretString,
    url: &str,
    signature: Option<&str>,
    body: &[u8],
) -> Result<(), Doubt> {
    let signature = signature.filter(|text| !text.is_empty()).ok_or(Doubt::Missing)?;
    let signature = BASE64_STANDARD.decode(signature).map_err(|_| Doubt::Malformed)?;
    let form;
    let mut pairs = vec![];
    match digest_in(url)? {
        Some(digest) => check_digest(&digest, body)?,
        None => {
            form = Form::parse(body)?;
            pairs.extend(form.pairs());
            pairs.sort_unstable();
            pairs.dedup();
        }
    }
    let signed = spellings(url).iter().any(|url| is_signed(token, url, &pairs, &signature));
    if signed { Ok(()) } else { Err(Doubt::Mismatch) }
}

fn is_signed(token: &SecretString, url: &str, pairs: &[(&[u8], &[u8])], signature: &[u8]) -> bool {
    let Ok(mut mac) = Hmac::<Sha1>::new_from_slice(token.expose_secret().as_bytes()) else {
        return false;
    };
    mac.update(url.as_bytes());
    for (name, value) in pairs {
        mac.update(name);
        mac.update(value);
    }
    // Takes the same time wherever the first difference is.
    mac.verify_slice(signature).is_ok()
}

fn digest_in(url: &str) -> Result<Option<String>, Doubt> {
    let query = url.split_once('?').map_or("", |(_, query)| query);
    Ok(Form::parse(query.as_bytes())?.text("bodySHA256")?.map(str::to_owned))
}

fn check_digest(digest: &str, body: &[u8]) -> Result<(), Doubt> {
    let ours: String = Sha256::digest(body).iter().map(|byte| format!("{byte:02x}")).collect();
    let same = ours.as_bytes().ct_eq(digest.to_ascii_lowercase().as_bytes());
    if bool::from(same) { Ok(()) } else { Err(Doubt::Digest) }
}

/// The URL as it is and with the port taken off or the usual one added: Twilio signs now one,
/// now the other, and its own libraries try both.
fn spellings(url: &str) -> Vec<String> {
    let mut all = vec![url.to_owned()];
    let Some((scheme, rest)) = url.split_once("://") else { return all };
    let (authority, tail) = rest.split_at(rest.find(['/', '?', '#']).unwrap_or(rest.len()));
    let host = authority.rsplit_once('@').map_or(authority, |(_, host)| host);
    let port = host.rfind(':').filter(|at| !host[*at..].contains(']'));
    all.push(match port {
        Some(at) => {
            let kept = authority.len() - (host.len() - at);
            format!("{scheme}://{}{tail}", &authority[..kept])
        }
        None => {
            let port = if scheme.eq_ignore_ascii_case("https") { 443 } else { 80 };
            format!("{scheme}://{authority}:{port}{tail}")
        }
    });
    all
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    // Token, URL, parameters and signatures of Twilio's own documentation and libraries' tests.
    const URL: &str = "https://mycompany.com/myapp.php?foo=1&bar=2";
    const CALL: &str = "CallSid=CA1234567890ABCDE&Digits=1234&From=%2B14158675309\
                        &To=%2B18005551212&Caller=%2B14158675309";
    const SIGNED: &str = "RSOYDt4T1cUTdK1PDd93/VVr8B8=";
    const JSON: &str = r#"{"property": "value", "boolean": true}"#;
    const JSON_URL: &str = "https://mycompany.com/myapp.php?foo=1&bar=2&bodySHA256=\
                            0a1ff7634d9ab3b95db5c9a2dfe9416e41502b283a80c7cf19632632f96e6620";
    const JSON_SIGNED: &str = "a9nBmqA0ju/hNViExpshrM61xv4=";

    fn verdict(url: &str, signature: &str, body: &str) -> Result<(), Doubt> {
        check(&SecretString::from("12345"), url, Some(signature), body.as_bytes())
    }

    #[test]
    fn the_published_example_is_genuine() {
        assert_eq!(verdict(URL, SIGNED, CALL), Ok(()));
    }

    #[test]
    fn a_key_given_twice_is_signed_with_its_values_in_order() {
        let body = "Sid=CA123&SidAccount=AC123&Digits=5678&Digits=1234";

        assert_eq!(verdict(URL, "IK+Dwps556ElfBT0I3Rgjkr1wJU=", body), Ok(()));
    }

    #[test]
    fn a_json_body_is_vouched_for_by_its_digest() {
        assert_eq!(verdict(JSON_URL, JSON_SIGNED, JSON), Ok(()));
        assert_eq!(verdict(JSON_URL, JSON_SIGNED, "{}"), Err(Doubt::Digest));
        assert_eq!(
            verdict(&JSON_URL.replace("foo", "fox"), JSON_SIGNED, JSON),
            Err(Doubt::Mismatch)
        );
    }

    #[test]
    fn the_port_may_have_been_signed_or_not() {
        let http = URL.replace("https", "http");
        let odd = |url: &str| url.replace(".com", ".com:1234");

        assert_eq!(verdict(&odd(URL), SIGNED, CALL), Ok(()));
        assert_eq!(verdict(&odd(&http), "Zmvh+3yNM1Phv2jhDCwEM3q5ebU=", CALL), Ok(()));
        assert_eq!(verdict(URL, "kvajT1Ptam85bY51eRf/AJRuM3w=", CALL), Ok(()));
        assert_eq!(verdict(&http, "0ZXoZLH/DfblKGATFgpif+LLRf4=", CALL), Ok(()));
    }

    #[test]
    fn ports_are_found_beside_credentials_and_in_ipv6_hosts() {
        assert_eq!(spellings("https://u:p@h:1/x")[1], "https://u:p@h/x");
        assert_eq!(spellings("https://u:p@h/x")[1], "https://u:p@h:443/x");
        assert_eq!(spellings("http://[::1]?a:1")[1], "http://[::1]:80?a:1");
        assert_eq!(spellings("http://[::1]:9/")[1], "http://[::1]/");
    }

    #[test]
    fn whatever_is_changed_the_signature_no_longer_matches() {
        let other = SecretString::from("12346");

        assert_eq!(verdict(URL, SIGNED, &CALL.replace("1234&", "1235&")), Err(Doubt::Mismatch));
        assert_eq!(verdict(URL, SIGNED, &format!("{CALL}&Body=x")), Err(Doubt::Mismatch));
        assert_eq!(verdict(&URL.replace("bar", "baz"), SIGNED, CALL), Err(Doubt::Mismatch));
        assert_eq!(verdict(&URL.replace("my", "your"), SIGNED, CALL), Err(Doubt::Mismatch));
        assert_eq!(verdict(URL, &SIGNED[..8], CALL), Err(Doubt::Mismatch));
        assert_eq!(verdict(URL, "no base64!", CALL), Err(Doubt::Malformed));
        assert_eq!(verdict(URL, "", CALL), Err(Doubt::Missing));
        assert_eq!(check(&other, URL, Some(SIGNED), CALL.as_bytes()), Err(Doubt::Mismatch));
        assert_eq!(check(&other, URL, None, CALL.as_bytes()), Err(Doubt::Missing));
    }

    proptest! {
        #[test]
        fn nothing_invented_is_genuine_and_nothing_panics(
            url in ".{0,64}",
            signature in "[A-Za-z0-9+/]{27}=|.{0,40}",
            body in proptest::collection::vec(any::<u8>(), 0..256),
        ) {
            let token = SecretString::from("12345");

            prop_assert!(check(&token, &url, Some(&signature), &body).is_err());
        }
    }
}

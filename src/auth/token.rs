//! JSON Web Tokens (RFC 7519): verified with one key and one algorithm, issued for operators.

use actors::domain::{AccountId, Timestamp, UserId};
use jsonwebtoken::errors::ErrorKind;
use jsonwebtoken::{Header, Validation};
use serde::Serialize;

use super::claims::Payload;
use super::{Claims, Keys};

/// How far clocks of issuer and server may be apart, in milliseconds.
pub const LEEWAY_MS: i64 = 30_000;

/// Longest token, in bytes. Ours have some 200.
const MAX_BYTES: usize = 8 * 1024;

/// Why a token was refused. For logs: a caller only learns that it was.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TokenError {
    #[error("token is longer than {MAX_BYTES} bytes")]
    TooLong,
    #[error("token is malformed in {0}")]
    Malformed(&'static str),
    /// Another algorithm than that of the configured key, `none` included.
    #[error("token is signed with another algorithm")]
    Algorithm,
    #[error("signature does not match")]
    Signature,
    #[error("token has expired")]
    Expired,
    #[error("token is not valid yet")]
    NotYet,
}

/// Reads a token and holds it against key and clock.
///
/// # Errors
///
/// The first [`TokenError`]. None of them repeats any of the token.
pub fn verify(token: &str, keys: &Keys, now: Timestamp) -> Result<Claims, TokenError> {
    if token.len() > MAX_BYTES {
        return Err(TokenError::TooLong);
    }
    let header = jsonwebtoken::decode_header(token).map_err(|error| reason(error.kind()))?;
    // An issuer that marks something as critical wants us to understand it (RFC 7515, 4.1.11).
    if header.crit.is_some() {
        return Err(TokenError::Malformed("header"));
    }
    // Dates are ours to check: the library reads the machine's clock, tests have another one.
    let mut only_the_signature = Validation::new(keys.algorithm);
    only_the_signature.required_spec_claims.clear();
    only_the_signature.validate_exp = false;
    only_the_signature.validate_nbf = false;
    only_the_signature.validate_aud = false;
    jsonwebtoken::decode::<Payload>(token, &keys.verifying, &only_the_signature)
        .map_err(|error| reason(error.kind()))?
        .claims
        .claims(now)
}

fn reason(kind: &ErrorKind) -> TokenError {
    match kind {
        // An algorithm the library has never heard of, `none` among them, fails as JSON.
        ErrorKind::InvalidAlgorithm | ErrorKind::InvalidAlgorithmName => TokenError::Algorithm,
        ErrorKind::InvalidSignature => TokenError::Signature,
        ErrorKind::Json(_) => TokenError::Malformed("header or payload"),
        _ => TokenError::Malformed("form"),
    }
}

/// What a token to be issued shall say.
#[derive(Clone, Debug)]
pub struct Grant {
    /// Unset: a team token.
    pub user: Option<UserId>,
    pub account: AccountId,
    pub scopes: Vec<String>,
    pub issued_at: Timestamp,
    /// How long it is good for, in milliseconds.
    pub ttl_ms: i64,
}

#[derive(Serialize)]
struct Issued<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    sub: Option<&'a str>,
    account_id: &'a str,
    scope: String,
    iat: i64,
    exp: i64,
}

/// Signs a token; `None` when the configured key can only verify.
pub fn issue(grant: &Grant, keys: &Keys) -> Option<String> {
    let issued = Issued {
        sub: grant.user.as_ref().map(UserId::as_str),
        account_id: grant.account.as_str(),
        scope: grant.scopes.join(" "),
        iat: grant.issued_at.0.div_euclid(1_000),
        exp: grant.issued_at.0.saturating_add(grant.ttl_ms).div_euclid(1_000),
    };
    let signing = keys.signing.as_ref()?;
    jsonwebtoken::encode(&Header::new(keys.algorithm), &issued, signing).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use aws_lc_rs::encoding::{AsDer, PublicKeyX509Der};
    use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair};
    use base64::Engine as _;
    use base64::engine::general_purpose::URL_SAFE_NO_PAD as BASE64;
    use jsonwebtoken::{Algorithm, EncodingKey};
    use serde_json::{Value, json};

    const NOW: Timestamp = Timestamp(1_700_000_000_000);
    const RSA_PUBLIC: &str = include_str!("testdata/rsa_public.pem");

    fn hs256() -> Keys {
        Keys::from_secret(b"a secret of at least 32 bytes, really")
    }

    fn good() -> Value {
        json!({"sub": "ana", "scope": "conversation", "exp": 1_700_000_600})
    }

    fn signed(header: &Header, payload: &Value, key: &EncodingKey) -> String {
        jsonwebtoken::encode(header, payload, key).unwrap()
    }

    fn grant() -> Grant {
        Grant {
            user: Some(UserId::parse("ana").unwrap()),
            account: AccountId::default_account(),
            scopes: vec!["conversation".into(), "inbox.read".into()],
            issued_at: NOW,
            ttl_ms: 3_600_000,
        }
    }

    #[test]
    fn a_token_we_issue_says_what_was_granted() {
        let token = issue(&grant(), &hs256()).unwrap();

        let claims = verify(&token, &hs256(), NOW).unwrap();

        assert_eq!(claims.user, grant().user);
        assert!(claims.allows("conversation") && claims.allows("inbox.read"));
        assert_eq!(claims.expires_at, Timestamp(NOW.0 + 3_600_000));
    }

    #[test]
    fn a_team_token_names_no_user() {
        let token = issue(&Grant { user: None, ..grant() }, &hs256()).unwrap();

        assert_eq!(verify(&token, &hs256(), NOW).unwrap().user, None);
    }

    #[test]
    fn an_unsigned_token_is_refused_however_none_is_written() {
        let payload = BASE64.encode(good().to_string());
        for none in ["none", "None", "NONE", "nOnE", ""] {
            let header = BASE64.encode(json!({"alg": none, "typ": "JWT"}).to_string());
            for signature in ["", "AAAA"] {
                let token = format!("{header}.{payload}.{signature}");

                assert!(verify(&token, &hs256(), NOW).is_err(), "{none}");
            }
        }
    }

    #[test]
    fn the_public_key_is_no_hmac_secret() {
        let keys = Keys::from_public_pem(RSA_PUBLIC.as_bytes()).unwrap();
        let confused = EncodingKey::from_secret(RSA_PUBLIC.as_bytes());
        for algorithm in [Algorithm::HS256, Algorithm::HS384, Algorithm::HS512] {
            let token = signed(&Header::new(algorithm), &good(), &confused);

            assert_eq!(verify(&token, &keys, NOW), Err(TokenError::Algorithm));
        }
    }

    #[test]
    fn a_token_of_a_key_pair_is_verified_by_the_public_half() {
        let pair = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).unwrap();
        let private = EncodingKey::from_ec_der(pair.to_pkcs8v1().unwrap().as_ref());
        let public: PublicKeyX509Der<'_> = pair.public_key().as_der().unwrap();
        let encoded = base64::engine::general_purpose::STANDARD.encode(public.as_ref());
        let pem = format!("-----BEGIN PUBLIC KEY-----\n{encoded}\n-----END PUBLIC KEY-----\n");
        let keys = Keys::from_public_pem(pem.as_bytes()).unwrap();
        let token = signed(&Header::new(Algorithm::ES256), &good(), &private);

        assert!(verify(&token, &keys, NOW).is_ok());
        assert_eq!(verify(&token, &hs256(), NOW), Err(TokenError::Algorithm));
    }

    #[test]
    fn another_algorithm_of_the_same_family_is_refused() {
        let secret = EncodingKey::from_secret(b"a secret of at least 32 bytes, really");
        let token = signed(&Header::new(Algorithm::HS512), &good(), &secret);

        assert_eq!(verify(&token, &hs256(), NOW), Err(TokenError::Algorithm));
    }

    #[test]
    fn a_key_that_only_verifies_issues_nothing() {
        let keys = Keys::from_public_pem(RSA_PUBLIC.as_bytes()).unwrap();

        assert_eq!(issue(&grant(), &keys), None);
    }

    #[test]
    fn a_token_that_was_changed_or_signed_by_somebody_else_is_refused() {
        let token = issue(&grant(), &hs256()).unwrap();
        let (rest, signature) = token.rsplit_once('.').unwrap();
        let (header, _) = rest.split_once('.').unwrap();
        let other = BASE64.encode(json!({"sub": "ben", "exp": 1_700_000_600}).to_string());

        let forged = format!("{header}.{other}.{signature}");

        assert_eq!(verify(&forged, &hs256(), NOW), Err(TokenError::Signature));
        let stranger = Keys::from_secret(b"another secret");
        assert_eq!(verify(&token, &stranger, NOW), Err(TokenError::Signature));
    }

    #[test]
    fn a_header_that_brings_its_own_key_changes_nothing() {
        let mut header = Header::new(Algorithm::HS256);
        header.kid = Some("../../dev/null".into());
        header.jku = Some("http://127.0.0.1/keys".into());
        let token = signed(&header, &good(), &EncodingKey::from_secret(b"their own"));

        assert_eq!(verify(&token, &hs256(), NOW), Err(TokenError::Signature));
    }

    #[test]
    fn an_expired_token_is_refused() {
        let token = issue(&grant(), &hs256()).unwrap();
        let end = NOW.0 + 3_600_000 + LEEWAY_MS;

        assert!(verify(&token, &hs256(), Timestamp(end)).is_ok());
        assert_eq!(verify(&token, &hs256(), Timestamp(end + 1)), Err(TokenError::Expired));
    }

    #[test]
    fn no_text_is_taken_for_a_token() {
        for text in ["", ".", "..", "a.b.c", "a.b", "a.b.c.d", &"a".repeat(9_000)] {
            assert!(verify(text, &hs256(), NOW).is_err(), "{text}");
        }
    }
}

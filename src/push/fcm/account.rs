//! A Google service account: signs for short-lived access tokens.
//!
//! Source: <https://developers.google.com/identity/protocols/oauth2/service-account>, "HTTP/REST";
//! RFC 7523, 2.1.

use std::time::{Duration, Instant};

use jsonwebtoken::{Algorithm, EncodingKey, Header};
use serde::{Deserialize, Serialize};
use tokio::sync::Mutex;
use url::{Host, Url};

use super::{NotCarried, why};

const SCOPE: &str = "https://www.googleapis.com/auth/firebase.messaging";
const GRANT: &str = "urn:ietf:params:oauth:grant-type:jwt-bearer";
/// How long what we sign holds. Google's most.
const SIGNED_FOR: i64 = 3600;
/// An access token is renewed this long before its end.
const EARLY: Duration = Duration::from_secs(60);

pub struct ServiceAccount {
    email: String,
    key: EncodingKey,
    key_id: Option<String>,
    token_uri: String,
    /// Held while a new one is fetched, so that many pushes fetch one.
    access: Mutex<Option<Access>>,
}

struct Access {
    token: String,
    until: Instant,
}

#[derive(Deserialize)]
struct File {
    client_email: String,
    private_key: String,
    private_key_id: Option<String>,
    token_uri: String,
}

#[derive(Serialize)]
struct Claims<'a> {
    iss: &'a str,
    scope: &'a str,
    aud: &'a str,
    iat: i64,
    exp: i64,
}

#[derive(Deserialize)]
struct Granted {
    access_token: String,
    expires_in: u64,
}

impl ServiceAccount {
    /// Reads the file that Google hands out.
    ///
    /// # Errors
    ///
    /// What is wrong, quoting nothing.
    pub fn parse(text: &[u8]) -> Result<Self, &'static str> {
        let file: File = serde_json::from_slice(text)
            .map_err(|_| "expected client_email, private_key and token_uri in a JSON object")?;
        let key = EncodingKey::from_rsa_pem(file.private_key.as_bytes())
            .map_err(|_| "private_key is no RSA key in PEM form")?;
        if !is_safe(&file.token_uri) {
            return Err("token_uri has to be an https address");
        }
        Ok(Self {
            email: file.client_email,
            key,
            key_id: file.private_key_id,
            token_uri: file.token_uri,
            access: Mutex::default(),
        })
    }

    /// An access token that holds for a while.
    ///
    /// # Errors
    ///
    /// [`NotCarried::NotNow`]: there is none now.
    pub async fn access(&self, http: &reqwest::Client) -> Result<String, NotCarried> {
        let mut access = self.access.lock().await;
        if let Some(known) = access.as_ref().filter(|known| Instant::now() < known.until) {
            return Ok(known.token.clone());
        }
        let Granted { access_token: token, expires_in } = self.fetch(http).await?;
        let holds = Duration::from_secs(expires_in.min(SIGNED_FOR.unsigned_abs()));
        let until = Instant::now() + holds.saturating_sub(EARLY);
        *access = Some(Access { token: token.clone(), until });
        Ok(token)
    }

    /// This access token was refused.
    pub async fn forget(&self, refused: &str) {
        self.access.lock().await.take_if(|known| known.token == refused);
    }

    async fn fetch(&self, http: &reqwest::Client) -> Result<Granted, NotCarried> {
        let not_now = |why: &str| NotCarried::NotNow(format!("no access token: {why}"), None);
        // Google's clock decides, so it is the wall clock and not the Clock port's.
        let now = chrono::Utc::now().timestamp();
        let claims = Claims {
            iss: &self.email,
            scope: SCOPE,
            aud: &self.token_uri,
            iat: now,
            exp: now + SIGNED_FOR,
        };
        let header = Header { kid: self.key_id.clone(), ..Header::new(Algorithm::RS256) };
        let assertion = jsonwebtoken::encode(&header, &claims, &self.key)
            .map_err(|_| not_now("signing failed"))?;
        let form = [("grant_type", GRANT), ("assertion", &assertion)];
        let asked = http.post(&self.token_uri).form(&form).send().await;
        let answer = asked.map_err(|error| not_now(&why(&error)))?;
        if !answer.status().is_success() {
            return Err(not_now(answer.status().as_str()));
        }
        let granted = answer.json().await;
        granted.map_err(|_| not_now("answer makes no sense"))
    }
}

/// What is signed is as good as a password, so it travels encrypted, or not at all.
fn is_safe(address: &str) -> bool {
    let Ok(url) = Url::parse(address) else { return false };
    let local = match url.host() {
        Some(Host::Ipv4(ip)) => ip.is_loopback(),
        Some(Host::Ipv6(ip)) => ip.is_loopback(),
        Some(Host::Domain(name)) => name == "localhost",
        None => false,
    };
    url.scheme() == "https" || (url.scheme() == "http" && local)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_signed_goes_over_https_or_stays_on_this_machine() {
        assert!(is_safe("https://oauth2.googleapis.com/token"));
        assert!(is_safe("http://127.0.0.1:4567/token"));
        assert!(!is_safe("http://oauth2.googleapis.com/token"));
        assert!(!is_safe("nonsense"));
    }

    #[test]
    fn a_file_that_is_none_is_named_and_not_quoted() {
        let wrong = |text: &str| ServiceAccount::parse(text.as_bytes()).err().unwrap();

        assert!(wrong("{}").contains("client_email"));
        let keyless = r#"{"client_email":"a@b","private_key":"secret","token_uri":"https://x"}"#;
        assert_eq!(wrong(keyless), "private_key is no RSA key in PEM form");
    }
}

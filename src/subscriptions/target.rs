//! Which URLs may be subscribed with, as far as the text alone tells.

use std::net::IpAddr;

use url::{Host, Url};

use super::address::is_public;

const MAX_BYTES: usize = 2_048;

/// What the operator allows beyond the public internet over TLS.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Policy {
    pub http: bool,
    pub private: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TargetError {
    #[error("url has to be an absolute URL of at most {MAX_BYTES} bytes")]
    NoUrl,
    #[error("url has to begin with https://")]
    Scheme,
    #[error("url must not hold a user name, a password or a fragment")]
    Credentials,
    #[error("url leads to an address that is not public")]
    Address,
}

impl Policy {
    /// The URL if it may be called. A host name is looked up only when it is called: what it means
    /// then is what counts.
    ///
    /// # Errors
    ///
    /// [`TargetError`] names the first thing wrong.
    pub fn check(self, text: &str) -> Result<Url, TargetError> {
        if text.len() > MAX_BYTES {
            return Err(TargetError::NoUrl);
        }
        let url = Url::parse(text).map_err(|_| TargetError::NoUrl)?;
        if url.scheme() != "https" && !(self.http && url.scheme() == "http") {
            return Err(TargetError::Scheme);
        }
        let secret = !url.username().is_empty() || url.password().is_some();
        if secret || url.fragment().is_some() {
            return Err(TargetError::Credentials);
        }
        let literal = match url.host().ok_or(TargetError::NoUrl)? {
            Host::Ipv4(address) => Some(IpAddr::from(address)),
            Host::Ipv6(address) => Some(IpAddr::from(address)),
            Host::Domain(_) => None,
        };
        if literal.is_some_and(|address| !self.admits(address)) {
            return Err(TargetError::Address);
        }
        Ok(url)
    }

    /// Whether a connection may be made to there.
    pub fn admits(self, address: IpAddr) -> bool {
        self.private || is_public(address)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_of_the_inside_is_refused_however_it_is_spelled() {
        let spellings = [
            "https://127.0.0.1/x",
            "https://127.1/x",
            "https://2130706433/",
            "https://0x7f.0.0.1/",
            "https://0177.0.0.1/",
            "https://[::1]/",
            "https://[::ffff:127.0.0.1]/",
            "https://[::ffff:7f00:1]/",
            "https://169.254.169.254/latest/meta-data",
            "https://①②⑦.0.0.1/",
        ];
        for text in spellings {
            assert_eq!(Policy::default().check(text), Err(TargetError::Address), "{text}");
            assert!(Policy { private: true, ..Policy::default() }.check(text).is_ok(), "{text}");
        }
    }

    #[test]
    fn only_https_without_credentials_is_called() {
        let strict = Policy::default();
        for text in ["http://example.com", "ftp://example.com", "file:///etc/passwd"] {
            assert_eq!(strict.check(text), Err(TargetError::Scheme), "{text}");
        }
        for text in ["https://a:b@example.com", "https://a@example.com", "https://example.com/#x"] {
            assert_eq!(strict.check(text), Err(TargetError::Credentials), "{text}");
        }
        for text in ["", "example.com/x", "https://", "//example.com"] {
            assert_eq!(strict.check(text), Err(TargetError::NoUrl), "{text}");
        }
        assert!(strict.check(&format!("https://example.com/{}", "x".repeat(2_048))).is_err());
        assert!(strict.check("https://hooks.example.com:8443/in?x=1").is_ok());
        assert!(Policy { http: true, private: false }.check("http://example.com").is_ok());
    }
}

//! Which web pages are let in: one rule for sockets and REST.

use actix_web::HttpRequest;
use actix_web::http::header;

/// Which browser pages are let in.
///
/// Asked on polling, on the websocket's handshake and by REST alike. Browsers do not apply CORS to
/// websockets, so there nobody else would ask; elsewhere they keep a page from reading an answer, and
/// not always from asking.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Origins {
    allowed: Vec<String>,
}

/// What an `Origin` header comes to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Not a browser: nobody whose session another page could borrow.
    None,
    /// Let in; say so in CORS headers.
    Allowed(String),
    Forbidden,
}

impl Origins {
    /// Only pages of the host that is asked.
    pub fn same_host() -> Self {
        Self::default()
    }

    /// Pages of these origins (`https://app.example`), or of all for `*`, besides the same host.
    pub fn of(allowed: impl IntoIterator<Item = impl Into<String>>) -> Self {
        let allowed = allowed
            .into_iter()
            .map(|origin| origin.into().trim_end_matches('/').to_ascii_lowercase())
            .collect();
        Self { allowed }
    }

    pub fn judge(&self, request: &HttpRequest) -> Verdict {
        let mut origins = request.headers().get_all(header::ORIGIN);
        let Some(origin) = origins.next() else { return Verdict::None };
        let (Ok(origin), None) = (origin.to_str(), origins.next()) else {
            return Verdict::Forbidden;
        };
        let lower = origin.to_ascii_lowercase();
        let listed = self.allowed.iter().any(|allowed| allowed == "*" || *allowed == lower);
        let host = request.headers().get(header::HOST).and_then(|host| host.to_str().ok());
        let same_host = host.is_some_and(|host| {
            lower.split_once("://").is_some_and(|(_, rest)| rest == host.to_ascii_lowercase())
        });
        if listed || same_host { Verdict::Allowed(origin.to_owned()) } else { Verdict::Forbidden }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use actix_web::test::TestRequest;

    fn judge(origins: &Origins, origin: &str) -> Verdict {
        let request = TestRequest::default()
            .insert_header((header::HOST, "inbox.example:4000"))
            .insert_header((header::ORIGIN, origin));
        origins.judge(&request.to_http_request())
    }

    #[test]
    fn only_listed_origins_and_the_same_host_get_in() {
        let origins = Origins::of(["https://app.example/"]);

        for good in ["https://app.example", "http://inbox.example:4000", "https://APP.example"] {
            assert_eq!(judge(&origins, good), Verdict::Allowed(good.to_owned()));
        }
        for bad in [
            "https://app.example.evil.test",
            "http://inbox.example",
            "https://evil.test",
            "null",
            "",
            "http://app.example",
        ] {
            assert_eq!(judge(&origins, bad), Verdict::Forbidden, "{bad}");
        }
        assert_eq!(origins.judge(&TestRequest::default().to_http_request()), Verdict::None);
    }
}

//! Twilio as seen from here: signed webhooks, from a signature of our own making.
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit, Mac};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use sha1::Sha1;

use super::people::NUMBER;
use super::{Request, Response, TestNode};

pub const AUTH_TOKEN: &str = "a-twilio-token-that-only-tests-know";
/// Where Twilio believes the server to be; what it signs begins with it.
pub const PUBLIC_URL: &str = "https://hooks.example.com";
const PATH: &str = "/webhooks/twilio/sms";

#[derive(Clone, Debug)]
pub struct Sms {
    parameters: Vec<(String, String)>,
}

impl Sms {
    /// From a contact to [`NUMBER`].
    pub fn new(number: u32, from: &str, text: &str) -> Self {
        let sid = format!("SM{number:032x}");
        let parameters = [
            ("MessageSid", sid.as_str()),
            ("SmsSid", &sid),
            ("AccountSid", "AC00000000000000000000000000000001"),
            ("From", from),
            ("To", NUMBER),
            ("Body", text),
            ("NumSegments", "1"),
        ];
        let owned = |(name, value): (&str, &str)| (name.to_owned(), value.to_owned());
        Self { parameters: parameters.into_iter().map(owned).collect() }
    }

    pub fn sid(&self) -> String {
        self.parameters[0].1.clone()
    }

    pub fn to(mut self, number: &str) -> Self {
        for (name, value) in &mut self.parameters {
            if name == "To" {
                number.clone_into(value);
            }
        }
        self
    }

    pub fn with_media(mut self, media: &[(&str, &str)]) -> Self {
        for (index, (url, kind)) in media.iter().enumerate() {
            self.parameters.push((format!("MediaUrl{index}"), (*url).to_owned()));
            self.parameters.push((format!("MediaContentType{index}"), (*kind).to_owned()));
        }
        self.parameters.push(("NumMedia".to_owned(), media.len().to_string()));
        self
    }

    pub fn request(&self) -> Request {
        self.signed(&signature(AUTH_TOKEN, &format!("{PUBLIC_URL}{PATH}"), &self.parameters))
    }

    pub fn signed(&self, signature: &str) -> Request {
        let encode = |text: &str| utf8_percent_encode(text, NON_ALPHANUMERIC).to_string();
        let form: Vec<_> = self
            .parameters
            .iter()
            .map(|(name, value)| format!("{}={}", encode(name), encode(value)))
            .collect();
        Request::post(PATH)
            .header("x-twilio-signature", signature)
            .body("application/x-www-form-urlencoded", form.join("&"))
    }

    /// Delivers it, and sees that it was kept.
    pub fn deliver(&self, node: &TestNode) -> Response {
        let answer = node.send(&self.request());
        assert_eq!(answer.status, 200, "{}", answer.text());
        answer
    }
}

/// Source: <https://www.twilio.com/docs/usage/security>, "Validating requests".
pub fn signature(token: &str, url: &str, parameters: &[(String, String)]) -> String {
    let mut sorted: Vec<_> = parameters.iter().collect();
    sorted.sort();
    let mut mac = Hmac::<Sha1>::new_from_slice(token.as_bytes()).expect("any length will do");
    mac.update(url.as_bytes());
    for (name, value) in sorted {
        mac.update(name.as_bytes());
        mac.update(value.as_bytes());
    }
    STANDARD.encode(mac.finalize().into_bytes())
}

/// The example of Twilio's documentation.
#[test]
fn our_signature_is_twilios_own() {
    let parameters = [
        ("CallSid", "CA1234567890ABCDE"),
        ("Caller", "+14158675309"),
        ("Digits", "1234"),
        ("From", "+14158675309"),
        ("To", "+18005551212"),
    ]
    .map(|(name, value)| (name.to_owned(), value.to_owned()));

    let made = signature("12345", "https://mycompany.com/myapp.php?foo=1&bar=2", &parameters);

    assert_eq!(made, "RSOYDt4T1cUTdK1PDd93/VVr8B8=");
}

//! Webhooks as Twilio signs and sends them.
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit, Mac};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use sha1::Sha1;

pub const AUTH_TOKEN: &str = "a-twilio-token-that-only-measurements-know";
pub const PUBLIC_URL: &str = "https://hooks.example.com";
const PATH: &str = "/webhooks/twilio/sms";

/// The text of message `index`, about as long as people's: 100 bytes.
pub fn text(index: usize) -> String {
    format!("m{index:08} {:.<90}", "Could we move it to Thursday, if that still suits you")
}

/// The index that a frame's [`text`] begins with.
pub fn index(frame: &str) -> Option<usize> {
    frame.split_once("\"data\":\"m")?.1.get(..8)?.parse().ok()
}

pub fn sender(index: usize) -> String {
    format!("+1303{index:07}")
}

/// A whole HTTP request.
///
/// Source of the signature: <https://www.twilio.com/docs/usage/security>.
pub fn request(index: usize, from: &str, to: &str) -> Vec<u8> {
    let (sid, text) = (format!("SM{index:032x}"), text(index));
    // In the order of their names, as they are signed.
    let parameters = [
        ("AccountSid", "AC00000000000000000000000000000001"),
        ("Body", &text),
        ("From", from),
        ("MessageSid", &sid),
        ("NumMedia", "0"),
        ("NumSegments", "1"),
        ("SmsSid", &sid),
        ("SmsStatus", "received"),
        ("To", to),
    ];
    let mut mac = Hmac::<Sha1>::new_from_slice(AUTH_TOKEN.as_bytes()).expect("any length");
    mac.update(format!("{PUBLIC_URL}{PATH}").as_bytes());
    let mut body = String::new();
    for (name, value) in parameters {
        mac.update(name.as_bytes());
        mac.update(value.as_bytes());
        let value = utf8_percent_encode(value, NON_ALPHANUMERIC);
        body.push_str(&format!("{}{name}={value}", if body.is_empty() { "" } else { "&" }));
    }
    let signature = STANDARD.encode(mac.finalize().into_bytes());
    let length = body.len();
    format!(
        "POST {PATH} HTTP/1.1\r\nhost: hooks.example.com\r\nx-twilio-signature: {signature}\r\n\
         content-type: application/x-www-form-urlencoded\r\ncontent-length: {length}\r\n\r\n{body}"
    )
    .into_bytes()
}

use std::fmt;
use std::time::Duration;

use bytes::Bytes;
use engineioxide_core::Str;
use serde_json::value::RawValue;
use socketioxide_core::Value;
use socketioxide_core::packet::PacketData;
use socketioxide_core::parser::{Parse, ParseConfig, ParseError, ParserState};
use socketioxide_parser_common::CommonParser;

use super::{MAX_ATTACHMENTS, MAX_DEPTH, is_reserved};

/// A whole packet from a client.
#[derive(Debug)]
pub enum Packet {
    Connect {
        namespace: Str,
        /// A JSON object.
        auth: Option<Box<RawValue>>,
    },
    Disconnect {
        namespace: Str,
    },
    Event {
        namespace: Str,
        name: String,
        args: Vec<Box<RawValue>>,
        attachments: Vec<Bytes>,
        ack: Option<i64>,
    },
    /// An answer. We never ask, so what it answers is nothing.
    Ack {
        namespace: Str,
    },
}

impl Packet {
    pub fn namespace(&self) -> &str {
        match self {
            Self::Connect { namespace, .. }
            | Self::Disconnect { namespace }
            | Self::Event { namespace, .. }
            | Self::Ack { namespace } => namespace,
        }
    }
}

/// Not a packet; the connection it came on is of no further use.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Malformed(&'static str);

impl fmt::Display for Malformed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)
    }
}

/// Reads the messages of one connection. Keeps at most one packet that waits for attachments.
pub struct Decoder {
    config: ParseConfig,
    state: ParserState,
}

impl Decoder {
    /// `max_bytes` bounds the attachments of one packet together.
    pub fn new(max_bytes: usize) -> Self {
        let config = ParseConfig {
            max_incoming_binary_buf_size: max_bytes,
            max_incoming_binaries: MAX_ATTACHMENTS,
            packet_completion_timeout: Duration::from_secs(60),
        };
        Self { config, state: ParserState::default() }
    }

    /// A text message came. `None`: its attachments are yet to come.
    ///
    /// # Errors
    ///
    /// [`Malformed`], naming the first thing wrong and quoting nothing.
    pub fn text(&mut self, text: Str) -> Result<Option<Packet>, Malformed> {
        let whole_len = text.len();
        let bytes = text.clone();
        match CommonParser.decode_str(&self.config, &self.state, text) {
            Ok(packet) => strict(packet, Some((&bytes, whole_len))).map(Some),
            Err(ParseError::NeedsMoreBinaryData) => self.check_partial(&bytes).map(|()| None),
            Err(error) => Err(malformed(&error)),
        }
    }

    /// A binary message came: an attachment.
    ///
    /// # Errors
    ///
    /// [`Malformed`]; also when no packet waits for one.
    pub fn binary(&mut self, data: Bytes) -> Result<Option<Packet>, Malformed> {
        match CommonParser.decode_bin(&self.config, &self.state, data) {
            Ok(packet) => strict(packet, None).map(Some),
            Err(ParseError::NeedsMoreBinaryData) => Ok(None),
            Err(error) => Err(malformed(&error)),
        }
    }

    /// What can be refused before its attachments are waited for: a lost ack id.
    fn check_partial(&self, text: &str) -> Result<(), Malformed> {
        let partial = self.state.partial_bin_packet.lock();
        let partial = partial.unwrap_or_else(std::sync::PoisonError::into_inner);
        match partial.as_ref().map(|partial| &partial.packet.inner) {
            Some(PacketData::BinaryEvent(Value::Str(data, _), ack)) => {
                check_ack_id(text, text.len() - data.len(), *ack)
            }
            _ => Ok(()),
        }
    }
}

fn malformed(error: &ParseError) -> Malformed {
    Malformed(match error {
        ParseError::TooManyAttachments { .. } => "too many attachments",
        ParseError::AttachmentsTooHeavy { .. } => "attachments too large",
        ParseError::UnexpectedStringPacket => "text between attachments",
        ParseError::UnexpectedBinaryPacket => "attachment without a packet",
        ParseError::TimeoutWhileWaitingAttachments => "attachments too late",
        _ => "not a packet",
    })
}

/// The checks of the reference's parser that the crate leaves to others.
fn strict(
    packet: socketioxide_core::packet::Packet,
    source: Option<(&str, usize)>,
) -> Result<Packet, Malformed> {
    let namespace = packet.ns;
    match packet.inner {
        PacketData::Connect(None) => Ok(Packet::Connect { namespace, auth: None }),
        PacketData::Connect(Some(payload)) => {
            let text = json_text(&payload)?;
            check_depth(text)?;
            let auth: Box<RawValue> =
                serde_json::from_str(text).map_err(|_| Malformed("payload is not JSON"))?;
            if !auth.get().starts_with('{') {
                return Err(Malformed("CONNECT payload is not an object"));
            }
            Ok(Packet::Connect { namespace, auth: Some(auth) })
        }
        PacketData::Disconnect => match source {
            // The crate drops what follows, so ask whether anything did.
            Some((text, _)) if !ends_with_namespace(text, &namespace) => {
                Err(Malformed("DISCONNECT with a payload"))
            }
            _ => Ok(Packet::Disconnect { namespace }),
        },
        PacketData::Event(data, ack) => {
            if let Some((text, len)) = source {
                check_ack_id(text, len - json_text(&data)?.len(), ack)?;
            }
            event(namespace, data, ack)
        }
        PacketData::BinaryEvent(data, ack) => {
            some_attachments(&data)?;
            event(namespace, data, ack)
        }
        PacketData::EventAck(data, _) => {
            array(&data)?;
            Ok(Packet::Ack { namespace })
        }
        PacketData::BinaryAck(data, _) => {
            some_attachments(&data)?;
            array(&data)?;
            Ok(Packet::Ack { namespace })
        }
        PacketData::ConnectError(_) => Err(Malformed("CONNECT_ERROR from a client")),
    }
}

fn event(namespace: Str, data: Value, ack: Option<i64>) -> Result<Packet, Malformed> {
    let mut args = array(&data)?.into_iter();
    let name = args.next().ok_or(Malformed("event without a name"))?;
    let name: String =
        serde_json::from_str(name.get()).map_err(|_| Malformed("event name is not a text"))?;
    if is_reserved(&name) {
        return Err(Malformed("reserved event name"));
    }
    let args = args.map(ToOwned::to_owned).collect();
    let attachments = match data {
        Value::Str(_, attachments) => attachments.unwrap_or_default().into(),
        Value::Bytes(_) => Vec::new(),
    };
    Ok(Packet::Event { namespace, name, args, attachments, ack })
}

/// The whole payload as an array, so that no part of it goes on unread: a forwarded slice of bad
/// JSON would disconnect everybody who receives it.
fn array(data: &Value) -> Result<Vec<&RawValue>, Malformed> {
    let text = json_text(data)?;
    check_depth(text)?;
    serde_json::from_str(text).map_err(|_| Malformed("payload is not an array"))
}

fn json_text(data: &Value) -> Result<&str, Malformed> {
    match data {
        Value::Str(text, _) => Ok(text),
        Value::Bytes(_) => Err(Malformed("payload is not text")),
    }
}

fn some_attachments(data: &Value) -> Result<(), Malformed> {
    match data {
        Value::Str(_, Some(attachments)) if !attachments.is_empty() => Ok(()),
        _ => Err(Malformed("binary packet without attachments")),
    }
}

/// An ack id that does not fit is dropped by the crate; whoever sent it would wait for ever.
fn check_ack_id(text: &str, header_len: usize, ack: Option<i64>) -> Result<(), Malformed> {
    let header = &text.as_bytes()[..header_len];
    if ack.is_none() && header.len() > 1 && header.ends_with_digit() {
        return Err(Malformed("ack id out of range"));
    }
    Ok(())
}

trait EndsWithDigit {
    fn ends_with_digit(&self) -> bool;
}

impl EndsWithDigit for [u8] {
    fn ends_with_digit(&self) -> bool {
        self.last().is_some_and(u8::is_ascii_digit)
    }
}

fn ends_with_namespace(text: &str, namespace: &str) -> bool {
    let rest = text.get(1..).unwrap_or_default();
    match namespace {
        "/" => matches!(rest, "" | "/" | "/,"),
        named => rest.strip_suffix(',').unwrap_or(rest) == named,
    }
}

/// Nothing after us needs to guard its stack against brackets.
fn check_depth(json: &str) -> Result<(), Malformed> {
    let (mut depth, mut in_text, mut escaped) = (0_usize, false, false);
    for byte in json.bytes() {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if in_text => escaped = true,
            b'"' => in_text = !in_text,
            b'[' | b'{' if !in_text => {
                depth += 1;
                if depth > MAX_DEPTH {
                    return Err(Malformed("JSON too deep"));
                }
            }
            b']' | b'}' if !in_text => depth = depth.saturating_sub(1),
            _ => {}
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn read(text: &str) -> Result<Option<Packet>, Malformed> {
        Decoder::new(1000).text(Str::copy_from_slice(text))
    }

    #[test]
    fn what_the_reference_parser_throws_at_is_malformed() {
        for text in [
            "",
            "9",
            "abc",
            "2",
            "2{}",
            "2[]",
            "2abc[\"m\"]",
            "2[\"m\",]",
            "2[\"m\"]]",
            "2[5]",
            "2[\"connect\"]",
            "2[\"removeListener\",1]",
            "0[]",
            "0\"x\"",
            "0{",
            "0{}x",
            "1{}",
            "1/a,{}",
            "4{}",
            "4/a,{\"message\":\"x\"}",
            "50-[\"m\"]",
            "511-[\"m\"]",
            "5[\"m\"]",
            "5-[\"m\"]",
            "3[]",
            "31",
            "30-[]",
            "2abc",
            "2/a",
            "2/a,",
            "7[]",
            "299999999999999999999[\"m\"]",
            "51-99999999999999999999[\"m\"]",
        ] {
            assert!(read(text).is_err(), "{text}");
        }
    }

    #[test]
    fn an_escaped_event_name_and_ack_id_zero_are_read() {
        let Ok(Some(Packet::Event { namespace, name, args, ack, .. })) =
            read(r#"2/v1/x,0["a\"bé",1,{"k":[]}]"#)
        else {
            panic!("no event");
        };

        assert_eq!((&*namespace, name.as_str(), ack), ("/v1/x", "a\"bé", Some(0)));
        assert_eq!(args.iter().map(|arg| arg.get()).collect::<Vec<_>>(), ["1", r#"{"k":[]}"#]);
    }

    #[test]
    fn a_namespace_may_come_without_its_comma() {
        assert!(
            matches!(read("0/custom"), Ok(Some(Packet::Connect { namespace, auth: None })) if &*namespace == "/custom")
        );
        assert!(
            matches!(read("1/custom"), Ok(Some(Packet::Disconnect { namespace })) if &*namespace == "/custom")
        );
        assert!(
            matches!(read("1"), Ok(Some(Packet::Disconnect { namespace })) if &*namespace == "/")
        );
    }

    #[test]
    fn attachments_follow_their_packet_and_nothing_comes_between() {
        let mut decoder = Decoder::new(10);
        let head = || Str::from(r#"52-["m",{"_placeholder":true,"num":0}]"#);

        assert!(decoder.text(head()).unwrap().is_none());
        assert!(decoder.binary(Bytes::from_static(&[1])).unwrap().is_none());
        let Some(Packet::Event { attachments, .. }) =
            decoder.binary(Bytes::from_static(&[2, 3])).unwrap()
        else {
            panic!("no event");
        };
        assert_eq!(attachments, [vec![1], vec![2, 3]]);

        assert!(decoder.binary(Bytes::from_static(&[1])).is_err());
        assert!(decoder.text(head()).unwrap().is_none());
        assert!(decoder.text(Str::from("2[\"m\"]")).is_err());

        let mut decoder = Decoder::new(10);
        decoder.text(head()).unwrap();
        assert!(decoder.binary(Bytes::from(vec![0; 11])).is_err());
    }

    #[test]
    fn json_is_64_deep_at_most() {
        let nested =
            |depth: usize| format!("2[\"m\",{}{}]", "[".repeat(depth - 1), "]".repeat(depth - 1));
        assert!(read(&nested(64)).is_ok());
        assert!(read(&nested(65)).is_err());
        assert!(read(&format!("2[\"m\",\"{}\"]", "[".repeat(100))).is_ok());
    }

    proptest! {
        #[test]
        fn nothing_a_client_sends_makes_it_panic(text in ".{0,40}", data in prop::collection::vec(any::<u8>(), 0..20)) {
            let mut decoder = Decoder::new(16);
            let _ = decoder.text(Str::from(text));
            let _ = decoder.binary(Bytes::from(data));
        }

        #[test]
        fn nothing_like_a_packet_makes_it_panic(text in r#"[0-6][0-9]{0,3}-?(/[a-z/,?]{0,5})?,?[0-9]{0,22}[\[\]{}",:a-z\\0-9 ]{0,20}"#) {
            let mut decoder = Decoder::new(16);
            let _ = decoder.text(Str::from(text));
        }

        #[test]
        fn an_event_is_read_as_it_was_written(name in "[^\\p{C}]{1,12}", arg in "[^\\p{C}]{0,20}", ack in 0..i64::MAX) {
            prop_assume!(!is_reserved(&name));
            let args = serde_json::to_string(&(&name, &arg)).unwrap();
            let Ok(Some(Packet::Event { name: read_name, args, ack: read_ack, .. })) =
                read(&format!("2/x,{ack}{args}"))
            else {
                panic!("no event");
            };
            prop_assert_eq!(name, read_name);
            prop_assert_eq!(serde_json::from_str::<String>(args[0].get()).unwrap(), arg);
            prop_assert_eq!(read_ack, Some(ack));
        }
    }
}

use std::collections::VecDeque;
use std::convert::Infallible;

use actors::session::{Frame, SocketId};
use bytes::Bytes;
use engineioxide_core::Str;
use socketioxide_core::Value;
use socketioxide_core::packet::Packet;
use socketioxide_core::parser::Parse;
use socketioxide_parser_common::CommonParser;

/// `4`, Engine.IO's message, with this text.
pub fn message(text: &str) -> Frame {
    composed(1 + text.len(), |buffer| {
        buffer.push(b'4');
        buffer.extend_from_slice(text.as_bytes());
    })
}

/// An EVENT. `args` are valid JSON; `name` must not be [reserved](super::is_reserved).
pub fn event(namespace: &str, name: &str, args: &[&str]) -> Frame {
    let size = args.iter().map(|arg| arg.len() + 1).sum::<usize>();
    composed(namespace.len() + name.len() + size + 8, |buffer| {
        head(buffer, namespace, name);
        for arg in args {
            buffer.push(b',');
            buffer.extend_from_slice(arg.as_bytes());
        }
        buffer.push(b']');
    })
}

/// An EVENT whose arguments are written in place: once, with no copy after it. `write` appends
/// JSON values with a comma between them.
///
/// # Errors
///
/// Whatever `write` says.
pub fn event_with<E>(
    namespace: &str,
    name: &str,
    expected_len: usize,
    write: impl FnOnce(&mut Vec<u8>) -> Result<(), E>,
) -> Result<Frame, E> {
    Frame::compose(namespace.len() + name.len() + expected_len + 8, |buffer| {
        head(buffer, namespace, name);
        buffer.push(b',');
        write(buffer)?;
        buffer.push(b']');
        Ok(())
    })
}

/// By hand, since the crate would copy a payload twice that is encoded once for thousands.
fn head(buffer: &mut Vec<u8>, namespace: &str, name: &str) {
    buffer.extend_from_slice(b"42");
    put_namespace(buffer, namespace);
    buffer.push(b'[');
    put_text(buffer, name);
}

/// An EVENT with attachments: the packet and its frames belong together.
pub fn binary_event(
    namespace: &str,
    name: &str,
    args: &[&str],
    attachments: Vec<Bytes>,
) -> Vec<Frame> {
    let mut array = Vec::with_capacity(64);
    array.push(b'[');
    put_text(&mut array, name);
    for arg in args {
        array.push(b',');
        array.extend_from_slice(arg.as_bytes());
    }
    array.push(b']');
    let array = String::from_utf8(array).unwrap_or_default();
    let data = Value::Str(Str::from(array), Some(VecDeque::from(attachments)));
    encoded(Packet::event(Str::copy_from_slice(namespace), data))
}

/// An ACK, with attachments if there are any.
pub fn ack(namespace: &str, id: i64, args: &[String], attachments: Vec<Bytes>) -> Vec<Frame> {
    let array = format!("[{}]", args.join(","));
    let data = Value::Str(Str::from(array), Some(VecDeque::from(attachments)));
    encoded(Packet::ack(Str::copy_from_slice(namespace), data, id))
}

/// The answer to a CONNECT that succeeded.
pub fn connect(namespace: &str, socket: &SocketId, pid: Option<&str>) -> Vec<Frame> {
    let mut payload = Vec::with_capacity(64);
    payload.extend_from_slice(b"{\"sid\":");
    put_text(&mut payload, socket.as_str());
    if let Some(pid) = pid {
        payload.extend_from_slice(b",\"pid\":");
        put_text(&mut payload, pid);
    }
    payload.push(b'}');
    let payload = String::from_utf8(payload).unwrap_or_default();
    let data = Value::Str(Str::from(payload), None);
    encoded(Packet::connect(Str::copy_from_slice(namespace), Some(data)))
}

/// The answer to a CONNECT that was refused. By hand: the crate's has no `data`, and without it a
/// client cannot tell why.
pub fn connect_error(namespace: &str, message: &str, data: Option<&str>) -> Frame {
    composed(64 + message.len() + data.map_or(0, str::len), |buffer| {
        buffer.extend_from_slice(b"44");
        put_namespace(buffer, namespace);
        buffer.extend_from_slice(b"{\"message\":");
        put_text(buffer, message);
        if let Some(data) = data {
            buffer.extend_from_slice(b",\"data\":");
            buffer.extend_from_slice(data.as_bytes());
        }
        buffer.push(b'}');
    })
}

/// The server leaves a namespace.
pub fn disconnect(namespace: &str) -> Vec<Frame> {
    encoded(Packet::disconnect(Str::copy_from_slice(namespace)))
}

fn encoded(packet: Packet) -> Vec<Frame> {
    let Value::Str(text, attachments) = CommonParser.encode(packet) else { return Vec::new() };
    let mut frames = vec![message(&text)];
    frames.extend(attachments.into_iter().flatten().map(Frame::binary));
    frames
}

fn composed(expected_len: usize, write: impl FnOnce(&mut Vec<u8>)) -> Frame {
    let frame = Frame::compose(expected_len, |buffer| {
        write(buffer);
        Ok::<_, Infallible>(())
    });
    frame.unwrap_or_else(|never| match never {})
}

fn put_namespace(buffer: &mut Vec<u8>, namespace: &str) {
    if namespace != "/" {
        buffer.extend_from_slice(namespace.as_bytes());
        buffer.push(b',');
    }
}

/// A JSON string. A `Vec` takes every byte, so this cannot fail.
fn put_text(buffer: &mut Vec<u8>, text: &str) {
    let _ = serde_json::to_writer(buffer, text);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(frame: &Frame) -> String {
        String::from_utf8(frame.packet().to_vec()).unwrap()
    }

    #[test]
    fn packets_read_as_the_protocol_shows_them() {
        assert_eq!(text(&event("/", "a", &["1", "{}"])), r#"42["a",1,{}]"#);
        assert_eq!(text(&event("/x", "a\"", &[])), r#"42/x,["a\""]"#);
        assert_eq!(text(&ack("/x", 0, &["{}".into()], vec![])[0]), "43/x,0[{}]");
        assert_eq!(text(&disconnect("/x")[0]), "41/x,");
        assert_eq!(
            text(&connect("/x", &SocketId::new("s"), Some("p"))[0]),
            r#"40/x,{"sid":"s","pid":"p"}"#
        );
        assert_eq!(
            text(&connect_error("/x", "No", Some(r#"{"errno":401}"#))),
            r#"44/x,{"message":"No","data":{"errno":401}}"#
        );
        assert_eq!(
            text(&connect_error("/random", "Invalid namespace", None)),
            r#"44/random,{"message":"Invalid namespace"}"#
        );
    }

    #[test]
    fn attachments_follow_their_packet() {
        let frames = ack("/", 789, &["1".into()], vec![Bytes::from_static(&[1, 2])]);

        assert_eq!(text(&frames[0]), "461-789[1]");
        assert!(frames[1].is_binary());
        assert_eq!(&frames[1].packet()[..], &[1, 2]);

        let frames = binary_event("/x", "m", &["{}"], vec![Bytes::new(), Bytes::new()]);
        assert_eq!(text(&frames[0]), r#"452-/x,["m",{}]"#);
        assert_eq!(frames.len(), 3);
    }
}

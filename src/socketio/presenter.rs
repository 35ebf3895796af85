use std::io::{self, Write as _};
use std::sync::Arc;

use actors::conversation::Presenter;
use actors::domain::Position;
use actors::session::{Frame, Namespace};
use actors::view::{ConversationView, MessageView, StatusView};
use bytes::Bytes;
use serde::Serialize;

use super::views::{Broadcast, ConversationShape, MessageShape, StatusShape};
use super::{codec, namespace};
use crate::recovery::Offsets;

/// What most packets take, in bytes; a longer one grows its buffer.
const EXPECTED_LEN: usize = 768;

/// An event of ours up to where its last argument begins, which is a text of base64 digits.
fn without_offset(packet: &[u8]) -> Option<&[u8]> {
    let rest = packet.strip_suffix(b"\"]")?;
    let quote = rest.iter().rposition(|byte| *byte == b'"')?;
    Some(&rest[..quote])
}

/// Spells what happened as Socket.IO events: `42/namespace,["event",{…},"offset"]`.
pub struct SocketIoPresenter {
    pub offsets: Arc<Offsets>,
}

impl SocketIoPresenter {
    fn event(
        &self,
        namespace: Namespace,
        event: &str,
        payload: &impl Serialize,
        offset: Position,
    ) -> Frame {
        let (path, offset) = (namespace::path(namespace), self.offsets.seal(offset));
        let composed: io::Result<Frame> = codec::event_with(path, event, EXPECTED_LEN, |packet| {
            serde_json::to_writer(&mut *packet, payload)?;
            write!(packet, ",\"{offset}\"")
        });
        composed.expect("our shapes have text keys only, and a buffer takes everything")
    }
}

impl Presenter for SocketIoPresenter {
    fn message(&self, namespace: Namespace, view: &MessageView, offset: Position) -> Frame {
        self.event(namespace, "prospect_message", &MessageShape::from(view), offset)
    }

    fn status(&self, namespace: Namespace, view: &StatusView, offset: Position) -> Frame {
        self.event(namespace, "prospect_message_status", &StatusShape::from(view), offset)
    }

    fn conversation(
        &self,
        namespace: Namespace,
        view: &ConversationView,
        is_new: bool,
        offset: Position,
    ) -> Frame {
        let payload = Broadcast { conversation: ConversationShape::from(view), is_new };
        self.event(namespace, "prospect_add_conversation", &payload, offset)
    }

    fn ready_made(&self, packet: &Bytes, offset: Option<Position>) -> Frame {
        let before = offset.and_then(|_| without_offset(packet));
        let (Some(before), Some(offset)) = (before, offset) else {
            return Frame::packed(packet);
        };
        let offset = self.offsets.seal(offset);
        let composed = Frame::compose(packet.len(), |buffer| {
            buffer.extend_from_slice(before);
            write!(buffer, "\"{offset}\"]")
        });
        composed.unwrap_or_else(|_: io::Error| Frame::packed(packet))
    }
}

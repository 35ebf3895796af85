use std::sync::Arc;

use actors::conversation::Presenter;
use actors::domain::Position;
use actors::session::{Frame, Namespace};
use actors::view::{ConversationView, MessageView};
use serde::Serialize;

use super::namespace;
use super::views::{Broadcast, ConversationShape, MessageShape};
use crate::recovery::Offsets;

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
        let path = namespace::path(namespace);
        let mut packet = Vec::with_capacity(512);
        packet.extend_from_slice(b"42");
        packet.extend_from_slice(path.as_bytes());
        packet.extend_from_slice(b",[\"");
        packet.extend_from_slice(event.as_bytes());
        packet.extend_from_slice(b"\",");
        serde_json::to_writer(&mut packet, payload).expect("our shapes have text keys only");
        packet.extend_from_slice(b",\"");
        packet.extend_from_slice(self.offsets.seal(offset).as_bytes());
        packet.extend_from_slice(b"\"]");
        Frame::text(&packet)
    }
}

impl Presenter for SocketIoPresenter {
    fn message(&self, namespace: Namespace, view: &MessageView, offset: Position) -> Frame {
        self.event(namespace, "prospect_message", &MessageShape::from(view), offset)
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
}

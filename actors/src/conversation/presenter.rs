use bytes::Bytes;

use crate::domain::Position;
use crate::session::{Frame, Namespace};
use crate::view::{ConversationView, MessageView, StatusView};

/// How what happened is spelled for sessions. It encodes and decides nothing.
///
/// `offset` is what a session is to come back with: everything up to it was handed out.
pub trait Presenter: Send + Sync {
    fn message(&self, namespace: Namespace, view: &MessageView, offset: Position) -> Frame;

    fn status(&self, namespace: Namespace, view: &StatusView, offset: Position) -> Frame;

    fn conversation(
        &self,
        namespace: Namespace,
        view: &ConversationView,
        is_new: bool,
        offset: Position,
    ) -> Frame;

    /// A packet that another node spelled. What it says a session is to come back with is said
    /// anew: how far everything was handed out differs from node to node.
    fn ready_made(&self, packet: &Bytes, offset: Option<Position>) -> Frame;
}

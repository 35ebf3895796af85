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
}

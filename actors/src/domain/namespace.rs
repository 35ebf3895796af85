/// To which of a user's sockets something goes.
///
/// An alias is a namespace of its own here, because the name stands in the frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Namespace {
    Conversation,
    /// The alias of [`Namespace::Conversation`].
    ConversationLive,
    Shared,
    LeadFinder,
}

impl Namespace {
    pub const ALL: [Self; 4] =
        [Self::Conversation, Self::ConversationLive, Self::Shared, Self::LeadFinder];

    pub(crate) fn index(self) -> usize {
        self as usize
    }
}

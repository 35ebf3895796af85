use std::sync::Arc;

use super::{
    AccountId, ChannelId, ContactId, ConversationId, Json, MessageId, Position, ProviderMessageId,
    Seq, Timestamp, UserId, Uuid,
};

/// What was written, by whom, to whom. Fixed once it stands in a conversation, but for its status.
#[derive(Clone, Debug, PartialEq)]
pub struct Message {
    pub id: MessageId,
    pub account: AccountId,
    pub uuid: Uuid,
    pub kind: Kind,
    pub author: Author,
    /// The contact whose conversation this belongs to.
    pub contact: ContactId,
    pub text: String,
    /// Objects or texts, as the writer gave them.
    pub attachments: Vec<Json>,
    /// Users who may see a note besides its author. Empty on everything else.
    pub mentions: Vec<UserId>,
    pub created_at: Timestamp,
    pub provider_id: Option<ProviderMessageId>,
    /// `SMS`, `EMAIL`, …; unset where the channel says it.
    pub medium: Option<String>,
    pub email: Option<Email>,
    /// Delivery towards the contact; outgoing messages only.
    pub status: Option<Status>,
    pub error_code: Option<String>,
}

impl Message {
    /// How much there is of it, as far as it can be much.
    pub fn bytes(&self) -> usize {
        let attachments = self.attachments.iter().map(|json| json.as_str().len());
        let email = self.email.as_ref().map_or(0, |email| email.0.as_str().len());
        self.text.len() + attachments.sum::<usize>() + email
    }
}

/// An incoming message is from the contact, an outgoing one to it; a note stays among users.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Kind {
    Incoming,
    Outgoing,
    Note,
}

impl Kind {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Incoming => "INCOMING",
            Self::Outgoing => "OUTGOING",
            Self::Note => "NOTE",
        }
    }

    pub fn parse(text: &str) -> Option<Self> {
        [Self::Incoming, Self::Outgoing, Self::Note].into_iter().find(|kind| kind.as_str() == text)
    }
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Author {
    Contact(ContactId),
    User(UserId),
    /// An automated message.
    System,
}

impl Author {
    pub fn is_user(&self, user: &UserId) -> bool {
        matches!(self, Self::User(author) if author == user)
    }
}

/// Where an outgoing message is on its way to the contact.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Status {
    Queued,
    Sent,
    Delivered,
    Read,
    Undelivered,
    Failed,
}

impl Status {
    pub const ALL: [Self; 6] =
        [Self::Queued, Self::Sent, Self::Delivered, Self::Read, Self::Undelivered, Self::Failed];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Queued => "queued",
            Self::Sent => "sent",
            Self::Delivered => "delivered",
            Self::Read => "read",
            Self::Undelivered => "undelivered",
            Self::Failed => "failed",
        }
    }

    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|status| status.as_str() == text)
    }

    /// What is known when both of these were reported, in whichever order: reports overtake each
    /// other and repeat, so that the last one to come in need not be the last one that happened.
    ///
    /// A delivery that was reported happened, whatever else was feared.
    #[must_use]
    pub fn join(self, other: Self) -> Self {
        if self.rank() >= other.rank() { self } else { other }
    }

    /// Rising; no two alike, or the order of reports would matter again.
    fn rank(self) -> u8 {
        match self {
            Self::Queued => 0,
            Self::Sent => 1,
            Self::Undelivered => 2,
            Self::Failed => 3,
            Self::Delivered => 4,
            Self::Read => 5,
        }
    }
}

/// What only an e-mail has: a JSON object `{subject, from, to, cc, bcc, html, …}`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Email(pub Json);

/// A message where it stands in one conversation. One message may stand in several.
#[derive(Clone, Debug, PartialEq)]
pub struct Placed {
    pub conversation: ConversationId,
    pub seq: Seq,
    pub position: Position,
    pub message: Arc<Message>,
}

/// A message as an outside service wrote it, before and after it was emitted.
#[derive(Clone, Debug, PartialEq)]
pub struct Communication {
    pub message: Message,
    pub channel: Option<ChannelId>,
    /// Where it is to stand; resolved and stored when it is emitted.
    pub conversations: Vec<ConversationId>,
    pub from_number: Option<String>,
    pub to_number: Option<String>,
    /// It came with a `createdAt` of its own, which is kept.
    pub dated: bool,
    /// Shown to people; from then on its content is fixed.
    pub emitted: bool,
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_status_never_goes_back() {
        assert_eq!(Status::Delivered.join(Status::Sent), Status::Delivered);
        assert_eq!(Status::Read.join(Status::Delivered), Status::Read);
        assert_eq!(Status::Undelivered.join(Status::Sent), Status::Undelivered);
        assert_eq!(Status::Failed.join(Status::Queued), Status::Failed);
    }

    #[test]
    fn what_was_delivered_did_not_fail() {
        assert_eq!(Status::Failed.join(Status::Delivered), Status::Delivered);
        assert_eq!(Status::Delivered.join(Status::Undelivered), Status::Delivered);
    }

    #[test]
    fn two_reports_mean_the_same_in_either_order_and_three_in_any_grouping() {
        for a in Status::ALL {
            assert_eq!(a.join(a), a);
            for b in Status::ALL {
                assert_eq!(a.join(b), b.join(a), "{a:?} {b:?}");
                for c in Status::ALL {
                    assert_eq!(a.join(b).join(c), a.join(b.join(c)), "{a:?} {b:?} {c:?}");
                }
            }
        }
    }

    proptest! {
        #[test]
        fn reports_in_any_order_and_any_number_end_alike(
            (reports, shuffled) in proptest::collection::vec(0_usize..6, 1..12)
                .prop_flat_map(|reports| (Just(reports.clone()), Just(reports).prop_shuffle())),
            repeated in 0_usize..12,
        ) {
            let end = |reports: &[usize]| {
                reports.iter().map(|at| Status::ALL[*at]).reduce(Status::join)
            };
            let again = shuffled[repeated % shuffled.len()];

            prop_assert_eq!(end(&reports), end(&[&shuffled[..], &[again]].concat()));
        }
    }
}

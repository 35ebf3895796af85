use std::sync::Arc;

use super::{LabelsView, MessageView, Writer};
use crate::domain::{Contact, Conversation, Participant, Timestamp};

/// A conversation as one participant sees it. Holds nothing of the other participants but who
/// they are.
#[derive(Clone, Debug, PartialEq)]
pub struct ConversationView {
    pub conversation: Arc<Conversation>,
    /// What is the viewer's own.
    pub own: Participant,
    /// When it was looked at; a snooze is over or not by this.
    pub at: Timestamp,
    /// `None` when the contact was deleted.
    pub contact: Option<Arc<Contact>>,
    pub users: Vec<Writer>,
    pub labels: LabelsView,
    /// The newest message the viewer may see.
    pub last_activity: Option<MessageView>,
}

impl ConversationView {
    /// The title as given, or derived from the contact, anew each time it is shown.
    pub fn title(&self) -> &str {
        self.conversation.title(self.contact.as_deref())
    }

    /// The images as given, or the contact's.
    pub fn image(&self) -> Vec<&str> {
        image(&self.conversation, self.contact.as_deref())
    }
}

pub(super) fn image<'a>(
    conversation: &'a Conversation,
    contact: Option<&'a Contact>,
) -> Vec<&'a str> {
    if !conversation.image.is_empty() {
        return conversation.image.iter().map(String::as_str).collect();
    }
    let derived = contact.and_then(|contact| contact.image.as_deref());
    derived.into_iter().filter(|image| !image.trim().is_empty()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{Json, Seq};
    use crate::testing::domain::{conversation, key, user};

    fn view(contact: Option<Contact>) -> ConversationView {
        ConversationView {
            conversation: Arc::new(conversation(&["ana"])),
            own: Participant::new(user("ana"), Seq(0)),
            at: Timestamp(0),
            contact: contact.map(Arc::new),
            users: vec![],
            labels: LabelsView::default(),
            last_activity: None,
        }
    }

    fn contact(name: &str, email: &str, phone: &str) -> Contact {
        Contact {
            id: key().contact,
            account: key().account,
            name: Some(name.into()),
            email: Some(email.into()),
            phone: Some(phone.into()),
            image: Some(" ".into()),
            details: Json::from_valid("{}"),
        }
    }

    #[test]
    fn a_title_nobody_gave_is_the_contacts_name_then_email_then_phone() {
        assert_eq!(view(Some(contact("Joe", "j@x.io", "+1"))).title(), "Joe");
        assert_eq!(view(Some(contact(" ", "j@x.io", "+1"))).title(), "j@x.io");
        assert_eq!(view(Some(contact("", "", "+1"))).title(), "+1");
        assert_eq!(view(None).title(), "Unknown contact");
        assert!(view(Some(contact("Joe", "", ""))).image().is_empty(), "blank is not given");
    }
}

//! What clients send, as types. Each is read field by field in the event's own file under
//! `events/`, whose first line of prose a test compares with the fields here.
use ts_rs::TS;

/// One id or several.
#[derive(TS)]
#[ts(untagged)]
#[expect(dead_code, reason = "only its shape matters")]
pub enum OneOrMore {
    One(String),
    More(Vec<String>),
}

macro_rules! requests {
    ($($(#[$doc:meta])* $name:ident { $($(#[$attribute:meta])* $field:ident: $type:ty,)* })*) => {$(
        $(#[$doc])*
        #[derive(TS)]
        #[ts(optional_fields)]
        #[expect(dead_code, reason = "only its shape matters")]
        pub struct $name {
            $($(#[$attribute])* $field: $type,)*
        }
    )*};
}

requests! {
    /// The conversation arrives as `prospect_add_conversation`.
    AddConversation {
        contact_id: String,
        channel_id: String,
        users: Option<OneOrMore>,
        title: Option<String>,
        image: Option<OneOrMore>,
    }
    /// Repeating it with the same `UUID` writes one note and gives the first answer again.
    AddNote {
        conversation_id: String,
        channel_id: Option<String>,
        #[ts(rename = "UUID")]
        uuid: Option<String>,
        data: String,
        mentions: Option<OneOrMore>,
        #[ts(optional, type = "Array<Attachment>")]
        attachments: Option<Vec<()>>,
    }
    AddParticipant {
        conversation_id: String,
        channel_id: Option<String>,
        users: OneOrMore,
    }
    /// True unless it says false.
    Archive {
        conversation_id: String,
        channel_id: Option<String>,
        archive: Option<bool>,
    }
    /// At least one of `title` and `image`; null or empty: derived from the contact again.
    EditConversation {
        conversation_id: String,
        channel_id: Option<String>,
        #[ts(optional, type = "string | null")]
        title: Option<String>,
        #[ts(optional, type = "OneOrMore | null")]
        image: Option<OneOrMore>,
    }
    GetConversationById {
        conversation_id: String,
        channel_id: Option<String>,
    }
    /// Without a filter: all but the archived ones.
    ListConversation {
        channel_id: String,
        #[ts(optional, type = "ConversationFilter")]
        filter: Option<String>,
        #[ts(optional, type = "ConversationSort")]
        sort: Option<String>,
        limit: Option<u32>,
        /// `paging.next` of the answer before.
        next: Option<String>,
    }
    ListMessage {
        conversation_id: String,
        channel_id: Option<String>,
        limit: Option<u32>,
        #[ts(optional, type = "MessageSort")]
        sort: Option<String>,
        /// `paging.next` or `paging.prev` of the answer before.
        next: Option<String>,
    }
    ListMessageById {
        conversation_id: String,
        channel_id: Option<String>,
        message_id: String,
        limit: Option<u32>,
        #[ts(optional, type = "MessageSort")]
        sort: Option<String>,
    }
    /// True unless it says false.
    Open {
        conversation_id: String,
        channel_id: Option<String>,
        is_open: Option<bool>,
    }
    /// Without a message: all of them.
    Read {
        conversation_id: String,
        channel_id: Option<String>,
        message_id: Option<String>,
    }
    /// Whole words of messages; beginnings of a contact's name, address, number, company.
    Search {
        query: String,
        channel_id: Option<String>,
        limit: Option<u32>,
        /// `paging.next` of the answer before.
        next: Option<String>,
    }
    /// True unless it says false.
    ShowOnTop {
        conversation_id: String,
        channel_id: Option<String>,
        show_on_top: Option<bool>,
    }
    /// Until an instant; absent or true: until the next incoming message; null or false wakes.
    Snooze {
        conversation_id: String,
        channel_id: Option<String>,
        #[ts(optional, type = "string | boolean | null")]
        snooze_until: Option<String>,
    }
}

use actors::view::ConversationView;
use serde::Serialize;

use crate::answer::Fault;
use crate::socketio::views::ConversationShape;

/// The two families of success: mutations answer in an envelope, lists as the bare object.
pub enum Ack {
    /// `{success: true, message: 'SUCCESS'}`
    Done,
    /// The same with `data`, which is JSON already.
    Data(String),
    /// A list's own object, which is JSON already.
    Bare(String),
}

impl Ack {
    pub fn data(data: &impl Serialize) -> Result<Self, Fault> {
        json(data).map(Self::Data)
    }

    pub fn bare(list: &impl Serialize) -> Result<Self, Fault> {
        json(list).map(Self::Bare)
    }

    /// `data: {conversation}`, as every answer about one conversation has it.
    pub fn conversation(view: &ConversationView) -> Result<Self, Fault> {
        #[derive(Serialize)]
        struct Data<'a> {
            conversation: ConversationShape<'a>,
        }
        Self::data(&Data { conversation: ConversationShape::from(view) })
    }

    /// The one argument of the acknowledgement.
    pub fn into_json(self) -> String {
        match self {
            Self::Done => r#"{"success":true,"message":"SUCCESS"}"#.to_owned(),
            Self::Data(data) => {
                format!(r#"{{"success":true,"message":"SUCCESS","data":{data}}}"#)
            }
            Self::Bare(list) => list,
        }
    }
}

fn json(value: &impl Serialize) -> Result<String, Fault> {
    serde_json::to_string(value).map_err(|_| Fault::Internal)
}

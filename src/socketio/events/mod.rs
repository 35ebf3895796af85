//! The client events of `/v1/conversation`: a file per event, each reads its payload, asks the
//! engine, spells the answer.
mod ack;
mod cursor;
mod payload;
mod prospect_add_conversation;
mod prospect_add_note;
mod prospect_add_participant;
mod prospect_archive;
mod prospect_edit_conversation;
mod prospect_get_conversation_by_id;
mod prospect_list_conversation;
mod prospect_list_message;
mod prospect_list_message_by_id;
mod prospect_open;
mod prospect_read;
mod prospect_search;
mod prospect_show_on_top;
mod prospect_snooze;

pub use ack::Ack;
pub use payload::Payload;

use actors::engine::{Caller, Engine};

use crate::answer::Fault;

/// Carries out one event of one caller.
///
/// # Errors
///
/// [`Fault::UnknownEvent`] for names that stand in no file here; what the event says otherwise.
pub async fn handle(
    engine: &Engine,
    caller: &Caller,
    name: &str,
    payload: Payload,
) -> Result<Ack, Fault> {
    match name {
        // Sessions are registered when they connect; what is left of `join` is its answer.
        "join" => Ok(Ack::Done),
        "prospect_add_conversation" => {
            prospect_add_conversation::handle(engine, caller, payload).await
        }
        "prospect_add_note" => prospect_add_note::handle(engine, caller, payload).await,
        "prospect_add_participant" => {
            prospect_add_participant::handle(engine, caller, payload).await
        }
        "prospect_archive" => prospect_archive::handle(engine, caller, payload).await,
        "prospect_edit_conversation" => {
            prospect_edit_conversation::handle(engine, caller, payload).await
        }
        "prospect_get_conversation_by_id" => {
            prospect_get_conversation_by_id::handle(engine, caller, payload).await
        }
        "prospect_list_conversation" => {
            prospect_list_conversation::handle(engine, caller, payload).await
        }
        "prospect_list_message" => prospect_list_message::handle(engine, caller, payload).await,
        "prospect_list_message_by_id" => {
            prospect_list_message_by_id::handle(engine, caller, payload).await
        }
        "prospect_open" => prospect_open::handle(engine, caller, payload).await,
        "prospect_read" => prospect_read::handle(engine, caller, payload).await,
        "prospect_search" => prospect_search::handle(engine, caller, payload).await,
        "prospect_show_on_top" => prospect_show_on_top::handle(engine, caller, payload).await,
        "prospect_snooze" => prospect_snooze::handle(engine, caller, payload).await,
        _ => Err(Fault::UnknownEvent),
    }
}

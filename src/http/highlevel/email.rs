//! `GET /conversations/messages/email/{id}`. One message is one e-mail here.

use actix_web::HttpResponse;
use actix_web::web::{Data, Path};
use serde_json::{Value, json};

use super::admit::Caller;
use super::conversation_shapes::direction;
use super::message_shapes::{email, html, link, source, status, type_of};
use super::messages::message_id;
use super::problem::Problem;
use super::{HighLevel, scope};
use crate::time;

const WHAT: &str = "Email message";

pub async fn get(
    caller: Caller,
    face: Data<HighLevel>,
    at: Path<String>,
) -> Result<HttpResponse, Problem> {
    let team = caller.may(scope::READ_MESSAGES)?;
    let missing = || Problem::Missing(WHAT, at.to_string());
    let id = message_id(&at).map_err(|_| missing())?;
    let found = face.engine.message_for_team(&team, &id).await;
    let (conversation, view) = found.map_err(Problem::about(WHAT, &at))?;
    let message = &*view.message;
    if message.email.is_none() && type_of(&conversation, message) != "TYPE_EMAIL" {
        return Err(missing());
    }
    let mail = email(message);
    let ours = conversation.channel.as_ref().and_then(|channel| channel.address.clone());
    let theirs = conversation.contact.as_ref().and_then(|contact| contact.email.clone());
    let incoming = direction(message.kind) == "inbound";
    let (from, to) = if incoming { (theirs, ours) } else { (ours, theirs) };
    let mut shown = json!({
        "id": message.id.as_str(),
        "threadId": message.id.as_str(),
        "locationId": message.account.as_str(),
        "contactId": message.contact.as_str(),
        "conversationId": view.conversation.as_str(),
        "dateAdded": time::format(message.created_at),
        "body": html(&mail).unwrap_or(&message.text),
        "direction": direction(message.kind),
        // An e-mail waits under another name than a message does.
        "status": if status(message) == "queued" { "pending" } else { status(message) },
        "contentType": if html(&mail).is_some() { "text/html" } else { "text/plain" },
        "attachments": message.attachments.iter().filter_map(link).collect::<Vec<_>>(),
        "from": mail["from"].as_str().map(str::to_owned).or(from).unwrap_or_default(),
        "to": addresses(&mail["to"], to),
    });
    for list in ["cc", "bcc"] {
        shown[list] = json!(addresses(&mail[list], None));
    }
    for (name, given) in [
        ("subject", mail["subject"].as_str()),
        ("provider", mail["provider"].as_str()),
        ("altId", mail["message_id"].as_str()),
        ("replyToMessageId", mail["in_reply_to"].as_str()),
        ("source", source(message)),
    ] {
        if let Some(given) = given {
            shown[name] = json!(given);
        }
    }
    Ok(HttpResponse::Ok().json(shown))
}

fn addresses(given: &Value, otherwise: Option<String>) -> Vec<String> {
    let given: Vec<_> = given
        .as_array()
        .map(|entries| entries.iter().filter_map(Value::as_str).map(str::to_owned).collect())
        .unwrap_or_default();
    if given.is_empty() { otherwise.into_iter().collect() } else { given }
}

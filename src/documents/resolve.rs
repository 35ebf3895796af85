use actors::domain::command::AddNote;
use actors::domain::{
    AccountId, Author, Communication, Contact, ContactId, Email, Kind, Message, Refusal, Timestamp,
    UserId,
};
use actors::ports::{Conversations, People};
use std::sync::Arc;

use super::communication::Draft;
use super::fields::{missing, wrong};
use crate::answer::Fault;

/// Finds out whose a communication is: its contact, by that its account, and its author.
///
/// # Errors
///
/// - [`Fault::Invalid`]: it names no contact, or an author it cannot have.
/// - [`Fault::NotFound`]: contact, channel or conversation is unknown.
/// - [`Fault::Conflict`]: something it names belongs to another account.
/// - [`Fault::Engine`]: a rule said no, or the store did not answer.
pub async fn resolve(
    draft: Draft,
    people: &dyn People,
    conversations: &dyn Conversations,
) -> Result<Communication, Fault> {
    if draft.kind == Kind::Note && draft.text.len() > AddNote::MAX_TEXT_BYTES {
        return Err(Refusal::TextTooLong.into());
    }
    let contact = contact(&draft, people, conversations).await?;
    let account = contact.account.clone();
    let same = |other: &AccountId| {
        if *other == account {
            Ok(())
        } else {
            Err(Fault::Conflict("it belongs to another account"))
        }
    };
    draft.account.as_ref().map_or(Ok(()), &same)?;
    if let Some(channel) = &draft.channel {
        let channel = people.channel(channel).await?.ok_or(Fault::NotFound("channel"))?;
        same(&channel.account)?;
    }
    let author = author(&draft, &contact.id)?;
    if let Author::User(user) = &author {
        match people.user(user).await? {
            Some(user) => same(&user.account)?,
            // Messages outlive their authors, but nobody else can have written a note.
            None if draft.kind == Kind::Note => return Err(wrong("sent_by", "a known user").into()),
            None => {}
        }
    }
    let mut mentions = draft.mentions;
    mentions.retain(|user| !author.is_user(user));
    Ok(Communication {
        message: Message {
            id: draft.id,
            account,
            uuid: draft.uuid,
            kind: draft.kind,
            author,
            contact: contact.id.clone(),
            text: draft.text,
            attachments: draft.attachments,
            mentions,
            created_at: draft.created_at.unwrap_or(Timestamp(0)),
            provider_id: None,
            medium: draft.medium,
            email: draft.email.map(Email),
            status: None,
            error_code: None,
        },
        channel: draft.channel,
        conversations: draft.conversations,
        from_number: draft.from_number,
        to_number: draft.to_number,
        dated: draft.created_at.is_some(),
        emitted: false,
    })
}

/// The contact it names, or the one who wrote it, or the one of its first conversation.
async fn contact(
    draft: &Draft,
    people: &dyn People,
    conversations: &dyn Conversations,
) -> Result<Arc<Contact>, Fault> {
    let id = match (&draft.contact, draft.kind, &draft.sent_by, draft.conversations.first()) {
        (Some(contact), ..) => contact.clone(),
        (None, Kind::Incoming, Some(sender), _) => contact_id(sender)?,
        (None, _, _, Some(conversation)) => {
            let there = conversations.load(conversation).await?;
            there.ok_or(Fault::NotFound("conversation"))?.key.contact
        }
        _ => return Err(missing("contact_id").into()),
    };
    people.contact(&id).await?.ok_or(Fault::NotFound("contact"))
}

fn author(draft: &Draft, contact: &ContactId) -> Result<Author, Fault> {
    match (draft.kind, &draft.sent_by) {
        (Kind::Incoming, Some(sender)) if sender != contact.as_str() => {
            Err(wrong("sent_by", "the contact of an incoming message").into())
        }
        (Kind::Incoming, _) => Ok(Author::Contact(contact.clone())),
        (_, None) => Ok(Author::System),
        (_, Some(user)) => {
            let user = UserId::parse(user).map_err(|_| wrong("sent_by", "an id"))?;
            Ok(Author::User(user))
        }
    }
}

fn contact_id(text: &str) -> Result<ContactId, Fault> {
    ContactId::parse(text).map_err(|_| wrong("sent_by", "an id").into())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::documents::{Fields, communication, contact, user};
    use crate::http::testing::{MemoryPeople, user as person};
    use actors::domain::MessageId;
    use serde_json::{Value, json};

    async fn people() -> MemoryPeople {
        let people = MemoryPeople::default();
        people.put_user(&person("ana")).await.unwrap();
        let stranger = json!({"account_id": "other", "name": "S", "email": "s@example.com"});
        let stranger = Fields::of(stranger).unwrap();
        let stranger = user::read(UserId::parse("stranger").unwrap(), stranger).unwrap();
        people.put_user(&stranger).await.unwrap();
        let joe = contact::read(ContactId::parse("joe").unwrap(), Fields::of(json!({})).unwrap());
        people.put_contact(&joe.unwrap()).await.unwrap();
        people
    }

    async fn resolved(document: Value) -> Result<Communication, u16> {
        let people = people().await;
        let fields = Fields::of(document).unwrap();
        let draft = communication::read(MessageId::parse("m1").unwrap(), fields).unwrap();
        resolve(draft, &people, &people).await.map_err(|fault| fault.answer().errno)
    }

    #[actix_web::test]
    async fn an_incoming_message_is_its_senders() {
        let one =
            resolved(json!({"type": "INCOMING", "data": "x", "sent_by": "joe"})).await.unwrap();

        assert_eq!(one.message.contact.as_str(), "joe");
        assert!(matches!(one.message.author, Author::Contact(_)));
        let other = json!({"type": "INCOMING", "data": "x", "sent_by": "ana", "contact_id": "joe"});
        assert_eq!(resolved(other).await.unwrap_err(), 400);
    }

    #[actix_web::test]
    async fn a_note_is_by_a_known_user_of_the_same_account() {
        let note = |author: &str| {
            json!({"type": "NOTE", "data": "x", "contact_id": "joe", "sent_by": author,
                   "mentions": ["ana", "ben"]})
        };

        let one = resolved(note("ana")).await.unwrap();
        assert_eq!(one.message.mentions.len(), 1, "the author is not mentioned");
        assert_eq!(resolved(note("joe")).await.unwrap_err(), 400);
        assert_eq!(resolved(note("stranger")).await.unwrap_err(), 409);
        let mut long = note("ana");
        long["data"] = json!("x".repeat(AddNote::MAX_TEXT_BYTES + 1));
        assert_eq!(resolved(long).await.unwrap_err(), 413);
    }

    #[actix_web::test]
    async fn an_outgoing_message_without_sender_is_automated() {
        let one = json!({"type": "OUTGOING", "data": "x", "contact_id": "joe"});
        assert_eq!(resolved(one).await.unwrap().message.author, Author::System);
        assert_eq!(resolved(json!({"type": "OUTGOING", "data": "x"})).await.unwrap_err(), 400);
        let unknown = json!({"type": "OUTGOING", "data": "x", "contact_id": "nobody"});
        assert_eq!(resolved(unknown).await.unwrap_err(), 404);
        let channel =
            json!({"type": "OUTGOING", "data": "x", "contact_id": "joe", "channel_id": "c"});
        assert_eq!(resolved(channel).await.unwrap_err(), 404);
    }
}

use std::collections::HashMap;

use actors::ports::{People, PutError, Unavailable};

use super::Fault;
use super::read::{Document, What};

/// Asks the store about every document, so that what it would refuse is known before anything is
/// written.
///
/// # Errors
///
/// The [`Fault`] of every document that the store would refuse.
pub(super) async fn judge(documents: &[Document], people: &dyn People) -> Result<(), Vec<Fault>> {
    let mut faults = Vec::new();
    let mut addresses = HashMap::new();
    for Document { line, what } in documents {
        let mut fault = |what: String| faults.push(Fault { line: *line, what });
        match refused(what, people).await {
            Ok(None) => {}
            Ok(Some(error)) => fault(error.to_string()),
            Err(error) => fault(error.to_string()),
        }
        if let What::Channel(channel) = what
            && let Some(address) = &channel.address
            && let Some(first) = addresses.insert((&channel.kind, address), line)
        {
            fault(format!("the channel on line {first} has the same address"));
        }
    }
    if faults.is_empty() { Ok(()) } else { Err(faults) }
}

async fn refused(what: &What, people: &dyn People) -> Result<Option<PutError>, Unavailable> {
    let moved = match what {
        What::Account(_) => false,
        What::User(user) => people.user(&user.id).await?.is_some_and(|u| u.account != user.account),
        What::Contact(contact) => {
            people.contact(&contact.id).await?.is_some_and(|c| c.account != contact.account)
        }
        What::Channel(channel) => {
            if let Some(address) = &channel.address
                && let Some(there) = people.channel_by_address(&channel.kind, address).await?
                && there.id != channel.id
            {
                return Ok(Some(PutError::Taken));
            }
            people.channel(&channel.id).await?.is_some_and(|c| c.account != channel.account)
        }
        What::PushToken(_) => false,
    };
    Ok(moved.then_some(PutError::OtherAccount))
}

/// Writes every document. Doing it again, after a failure too, writes the same.
///
/// # Errors
///
/// The first document that could not be written; those before it are.
pub(super) async fn all(documents: &[Document], people: &dyn People) -> Result<(), Fault> {
    for Document { line, what } in documents {
        let put = match what {
            What::Account(account) => people.put_account(account).await,
            What::Channel(channel) => people.put_channel(channel).await,
            What::User(user) => people.put_user(user).await,
            What::Contact(contact) => people.put_contact(contact).await,
            What::PushToken(token) => people.put_push_token(token).await.map_err(Into::into),
        };
        put.map_err(|error| Fault {
            line: *line,
            what: format!("{error}; the lines before it are imported"),
        })?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::super::{Collection, read};
    use super::*;
    use crate::http::testing::{MemoryPeople, user};
    use actors::domain::{AccountId, ChannelId, User, UserId};

    fn documents(collection: Collection, text: &str) -> Vec<Document> {
        read::all(collection, text.as_bytes()).unwrap()
    }

    #[actix_web::test]
    async fn importing_twice_is_importing_once() {
        let people = MemoryPeople::default();
        let text = r#"{"_id":"ana","name":"Ana","email":"ana@example.com"}"#;
        for _ in 0..2 {
            let users = documents(Collection::Users, text);
            judge(&users, &people).await.unwrap();
            all(&users, &people).await.unwrap();
        }

        let ana = people.user(&UserId::parse("ana").unwrap()).await.unwrap();
        assert_eq!(ana.unwrap().name, "Ana");
    }

    #[actix_web::test]
    async fn what_the_store_would_refuse_is_known_before_anything_is_written() {
        let people = MemoryPeople::default();
        let account = AccountId::parse("other").unwrap();
        people.put_user(&User { account, ..user("ana") }).await.unwrap();
        let text = "{\"_id\":\"ben\",\"name\":\"B\",\"email\":\"b@b.c\"}\n\
                    {\"_id\":\"ana\",\"name\":\"A\",\"email\":\"a@b.c\"}";

        let faults = judge(&documents(Collection::Users, text), &people).await.unwrap_err();

        assert_eq!(faults.len(), 1);
        assert_eq!(faults[0].line, 2);
    }

    #[actix_web::test]
    async fn two_channels_of_one_file_cannot_share_an_address() {
        let people = MemoryPeople::default();
        let channel = |id: &str| {
            format!(
                "{{\"_id\":\"{id}\",\"kind\":\"SMS\",\"name\":\"n\",\"address\":\"+12025550143\"}}"
            )
        };
        let text = [channel("a"), channel("b")].join("\n");

        let faults = judge(&documents(Collection::Channels, &text), &people).await.unwrap_err();

        assert_eq!(faults[0].line, 2);
        assert!(people.channel(&ChannelId::parse("a").unwrap()).await.unwrap().is_none());
    }
}

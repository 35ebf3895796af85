//! Reference data: upserts, line by line.
use std::collections::HashMap;

use actors::domain::AccountId;
use actors::ports::{PutError, Store, Unavailable};

use super::Fault;
use super::read::{Document, What};

/// Asks the store about every document, so that what it would refuse is known before anything is
/// written.
///
/// # Errors
///
/// The [`Fault`] of every document that the store would refuse.
pub(super) async fn judge(documents: &[Document], store: &dyn Store) -> Result<(), Vec<Fault>> {
    let mut faults = Vec::new();
    let (mut addresses, mut names) = (HashMap::new(), HashMap::new());
    for Document { line, what } in documents {
        let mut fault = |what: String| faults.push(Fault { line: *line, what });
        match refused(what, store).await {
            Ok(None) => {}
            Ok(Some(PutError::Taken)) if name(what).is_some() => fault(NAME_TAKEN.into()),
            Ok(Some(error)) => fault(error.to_string()),
            Err(error) => fault(error.to_string()),
        }
        if let What::Channel(channel) = what
            && let Some(address) = &channel.address
            && let Some(first) = addresses.insert((&channel.kind, address), line)
        {
            fault(format!("the channel on line {first} has the same address"));
        }
        if let Some(name) = name(what)
            && let Some(first) = names.insert(name, line)
        {
            fault(format!("line {first} has the same name"));
        }
    }
    if faults.is_empty() { Ok(()) } else { Err(faults) }
}

const NAME_TAKEN: &str = "another one of its account has the same name";

/// What has to be unique within an account.
fn name(what: &What) -> Option<(&AccountId, &str)> {
    match what {
        What::Tag(tag) => Some((&tag.account, &tag.name)),
        What::ContactStatus(status) => Some((&status.account, &status.name)),
        _ => None,
    }
}

async fn refused(what: &What, store: &dyn Store) -> Result<Option<PutError>, Unavailable> {
    let moved = match what {
        What::Account(_) => false,
        What::User(user) => store.user(&user.id).await?.is_some_and(|u| u.account != user.account),
        What::Contact(contact) => {
            store.contact(&contact.id).await?.is_some_and(|c| c.account != contact.account)
        }
        What::Channel(channel) => {
            if let Some(address) = &channel.address
                && let Some(there) = store.channel_by_address(&channel.kind, address).await?
                && there.id != channel.id
            {
                return Ok(Some(PutError::Taken));
            }
            store.channel(&channel.id).await?.is_some_and(|c| c.account != channel.account)
        }
        What::Tag(tag) => {
            let there = store.tags(&tag.account).await?;
            if there.iter().any(|there| there.name == tag.name && there.id != tag.id) {
                return Ok(Some(PutError::Taken));
            }
            store.tag(&tag.id).await?.is_some_and(|there| there.account != tag.account)
        }
        What::ContactStatus(status) => {
            let there = store.contact_statuses(&status.account).await?;
            if there.iter().any(|there| there.name == status.name && there.id != status.id) {
                return Ok(Some(PutError::Taken));
            }
            let there = store.contact_status(&status.id).await?;
            there.is_some_and(|there| there.account != status.account)
        }
        What::PushToken(_) | What::Conversation(_) | What::Communication(_) => false,
    };
    Ok(moved.then_some(PutError::OtherAccount))
}

/// Writes every document. Doing it again, after a failure too, writes the same.
///
/// # Errors
///
/// The first document that could not be written; those before it are.
pub(super) async fn all(documents: &[Document], store: &dyn Store) -> Result<(), Fault> {
    for Document { line, what } in documents {
        let put = match what {
            What::Account(account) => store.put_account(account).await,
            What::Channel(channel) => store.put_channel(channel).await,
            What::User(user) => store.put_user(user).await,
            What::Contact(contact) => store.put_contact(contact).await,
            What::PushToken(token) => store.put_push_token(token).await.map_err(Into::into),
            What::Tag(tag) => store.put_tag(tag).await,
            What::ContactStatus(status) => store.put_contact_status(status).await,
            What::Conversation(_) | What::Communication(_) => Ok(()),
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
    use crate::clock::SystemClock;
    use crate::http::testing::user;
    use crate::store::Durability;
    use actors::domain::{AccountId, ChannelId, User, UserId};
    use std::sync::Arc;

    fn documents(collection: Collection, text: &str) -> Vec<Document> {
        read::all(collection, text.as_bytes()).unwrap()
    }

    async fn scratch() -> (Arc<dyn Store>, tempfile::TempDir) {
        let directory = tempfile::tempdir().unwrap();
        let url = format!("sqlite:{}", directory.path().join("s.db").display());
        let opened = crate::store::open(&url, Durability::Whole, Arc::new(SystemClock));
        let (store, _) = opened.await.unwrap();
        (store, directory)
    }

    #[actix_web::test]
    async fn importing_twice_is_importing_once() {
        let (people, _directory) = scratch().await;
        let text = r#"{"_id":"ana","name":"Ana","email":"ana@example.com"}"#;
        for _ in 0..2 {
            let users = documents(Collection::Users, text);
            judge(&users, &*people).await.unwrap();
            all(&users, &*people).await.unwrap();
        }

        let ana = people.user(&UserId::parse("ana").unwrap()).await.unwrap();
        assert_eq!(ana.unwrap().name, "Ana");
    }

    #[actix_web::test]
    async fn what_the_store_would_refuse_is_known_before_anything_is_written() {
        let (people, _directory) = scratch().await;
        let account = AccountId::parse("other").unwrap();
        people.put_user(&User { account, ..user("ana") }).await.unwrap();
        let text = "{\"_id\":\"ben\",\"name\":\"B\",\"email\":\"b@b.c\"}\n\
                    {\"_id\":\"ana\",\"name\":\"A\",\"email\":\"a@b.c\"}";

        let faults = judge(&documents(Collection::Users, text), &*people).await.unwrap_err();

        assert_eq!(faults.len(), 1);
        assert_eq!(faults[0].line, 2);
    }

    #[actix_web::test]
    async fn two_channels_of_one_file_cannot_share_an_address() {
        let (people, _directory) = scratch().await;
        let channel = |id: &str| {
            format!(
                "{{\"_id\":\"{id}\",\"kind\":\"SMS\",\"name\":\"n\",\"address\":\"+12025550143\"}}"
            )
        };
        let text = [channel("a"), channel("b")].join("\n");

        let faults = judge(&documents(Collection::Channels, &text), &*people).await.unwrap_err();

        assert_eq!(faults[0].line, 2);
        assert!(people.channel(&ChannelId::parse("a").unwrap()).await.unwrap().is_none());
    }

    #[actix_web::test]
    async fn two_labels_of_one_account_cannot_share_a_name() {
        let (store, _directory) = scratch().await;
        let label = |id: &str, account: &str, name: &str| {
            format!("{{\"_id\":\"{id}\",\"account_id\":\"{account}\",\"name\":\"{name}\"}}")
        };
        for collection in [Collection::Tags, Collection::Statuses] {
            let first = [label("a", "acme", "Hot"), label("b", "other", "Hot")].join("\n");
            let first = documents(collection, &first);
            for _ in 0..2 {
                judge(&first, &*store).await.unwrap();
                all(&first, &*store).await.unwrap();
            }
            let second = [label("c", "acme", "Hot"), label("d", "x", "A"), label("e", "x", "A")];
            let second = documents(collection, &second.join("\n"));

            let faults = judge(&second, &*store).await.unwrap_err();

            let faults: Vec<_> = faults.iter().map(|f| (f.line, f.what.as_str())).collect();
            assert_eq!(faults, [(1, NAME_TAKEN), (3, "line 2 has the same name")]);
        }
    }
}

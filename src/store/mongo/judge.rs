//! Whether changes fit what is stored, looked at before anything is written.
//!
//! What has to be unique in a conversation is safe to look up here: whatever is placed in it goes
//! with a step of its version, and the commit is refused if that moved meanwhile.
use std::collections::HashMap;

use actors::domain::{Change, Message, MessageId, Position, Status};
use actors::ports::{CommitError, Unavailable};
use bson::oid::ObjectId;
use bson::{Bson, Document, doc};

use super::Mongo;
use super::ask::{ask, find_all};
use super::collections::{COMMUNICATIONS, CONVERSATIONS, PLACEMENTS};
use super::fields::{Senseless, field, list, number, parsed_text, position, word};
use super::{history, ids, placement};

/// What a commit has to know of the conversation as it stands.
#[derive(Clone, Debug, PartialEq)]
pub struct Head {
    /// 0: there is none.
    pub version: u64,
    pub last: Position,
    /// What is pending there was written out already, though it is not cleared.
    pub finished: Option<ObjectId>,
}

impl Head {
    pub const ABSENT: Self = Self { version: 0, last: Position(0), finished: None };
}

/// How many of the changes fit, and what is wrong with the next.
pub struct Verdict {
    pub fit: usize,
    /// Unset, and not all fit: the rest has to be judged once these are kept.
    pub wrong: Option<CommitError>,
}

impl Mongo {
    /// Judges changes of one conversation, each decided on the one before it.
    ///
    /// # Errors
    ///
    /// [`Unavailable`]: unknown.
    pub(super) async fn judge(
        &self,
        head: &Head,
        changes: &[Change],
    ) -> Result<Verdict, Unavailable> {
        let (there, communications) =
            tokio::try_join!(self.standing(changes), self.communications_of(changes))?;
        let mut statuses = HashMap::new();
        let mut taken: Vec<&Message> = Vec::new();
        for (fit, change) in changes.iter().enumerate() {
            let wrong = |wrong| Ok(Verdict { fit, wrong: Some(wrong) });
            if let Some((_, message)) = &change.message {
                if let Some(placement) = there.iter().find(|there| repeats(message, there)) {
                    return match self.placed_at(placement).await? {
                        Some(placed) => wrong(CommitError::Repeated(Box::new(placed))),
                        None => Err(Senseless.into()),
                    };
                }
                if taken.iter().any(|taken| names_meet(message, taken)) {
                    return Ok(Verdict { fit, wrong: None });
                }
            }
            if change.next.version != head.version + 1 + fit as u64 {
                return wrong(CommitError::Stale);
            }
            if let Some((_, message)) = &change.message {
                if communications.get(&message.id).is_some_and(|there| !there.is_of(message)) {
                    let cause = "message id belongs to another account";
                    return wrong(Unavailable::new("committing", cause).into());
                }
                taken.push(message);
                statuses.insert(&message.id, message.status);
            }
            if let Some(moved) = &change.status {
                let id = &moved.message.id;
                let known = communications.get(id).map(|there| there.status);
                let known = statuses.get(id).copied().or(known);
                // Again the same is no move, so that a commit whose answer was lost can be repeated.
                if known.is_none_or(|known| known != moved.from && known != moved.message.status) {
                    return wrong(CommitError::StatusMoved);
                }
                statuses.insert(id, moved.message.status);
            }
        }
        Ok(Verdict { fit: changes.len(), wrong: None })
    }

    /// The conversation's head as it is stored, after finishing what is pending there.
    ///
    /// # Errors
    ///
    /// [`Unavailable`]: unknown.
    pub(super) async fn head(&self, change: &Change) -> Result<Head, Unavailable> {
        let id = ids::id(change.next.id.as_str());
        let conversations = self.collection(CONVERSATIONS);
        let short = doc! { "version": 1, "last_position": 1, "pending.id": 1 };
        let head = conversations.find_one(doc! { "_id": &id }).projection(short);
        let Some(head) = ask("committing", head).await? else { return Ok(Head::ABSENT) };
        if field(&head, "pending").is_some() || field(&head, "version").is_none() {
            let loaded = self.load_finished(&id).await?;
            return Ok(loaded.map_or(Head::ABSENT, |(_, head)| head));
        }
        Ok(Head {
            version: number(&head, "version")?,
            last: position(&head, "last_position")?,
            finished: None,
        })
    }

    /// Placements that have a name of one of the messages.
    async fn standing(&self, changes: &[Change]) -> Result<Vec<Document>, Unavailable> {
        let messages = changes.iter().filter_map(|change| Some(&change.message.as_ref()?.1));
        let names: Vec<String> = messages.flat_map(|message| placement::names(message)).collect();
        let Some(first) = changes.first().filter(|_| !names.is_empty()) else {
            return Ok(Vec::new());
        };
        // Each name is one message's.
        let limit = names.len();
        let filter = history::named(&first.next.id, names);
        find_all("committing", &self.collection(PLACEMENTS), filter, doc! {}, limit).await
    }

    async fn communications_of(
        &self,
        changes: &[Change],
    ) -> Result<HashMap<MessageId, Known>, Unavailable> {
        let messages = changes.iter().filter_map(|change| Some(&change.message.as_ref()?.1.id));
        let moved = changes.iter().filter_map(|change| Some(&change.status.as_ref()?.message.id));
        let wanted: Vec<Bson> = messages.chain(moved).map(|id| ids::id(id.as_str())).collect();
        if wanted.is_empty() {
            return Ok(HashMap::new());
        }
        let communications = self.collection(COMMUNICATIONS);
        let found = async {
            use futures_util::TryStreamExt;
            let short = doc! { "account_id": 1, "status": 1 };
            let filter = doc! { "_id": { "$in": wanted } };
            communications.find(filter).projection(short).await?.try_collect::<Vec<_>>().await
        };
        let found = ask("committing", found).await?;
        let known = found.iter().map(|there| {
            let id = ids::parsed(there.get("_id").unwrap_or(&Bson::Null), MessageId::parse)?;
            let status = parsed_text(there, "status", word(Status::parse))?;
            Ok((id, Known { account: field(there, "account_id").cloned(), status }))
        });
        Ok(known.collect::<Result<_, Senseless>>()?)
    }
}

/// What is known of a communication.
struct Known {
    account: Option<Bson>,
    status: Option<Status>,
}

impl Known {
    /// One that another service inserted may name no account.
    fn is_of(&self, message: &Message) -> bool {
        self.account.as_ref().is_none_or(|account| *account == ids::id(message.account.as_str()))
    }
}

/// Whether a message has a name of one that stands here.
fn repeats(message: &Message, there: &Document) -> bool {
    let names = placement::names(message);
    let taken = list(there, "names").unwrap_or_default();
    taken.iter().any(|taken| taken.as_str().is_some_and(|taken| names.iter().any(|n| n == taken)))
}

/// The same of two that are to be placed together.
fn names_meet(one: &Message, other: &Message) -> bool {
    let taken = placement::names(other);
    placement::names(one).iter().any(|name| taken.contains(name))
}

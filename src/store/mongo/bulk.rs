//! Many writes to one collection in one question, which any server since 3.6 understands.
//!
//! The driver's own bulk write wants a server of version 8.
use actors::ports::Unavailable;
use bson::{Bson, Document, doc};

use super::Mongo;
use super::ask::{DUPLICATE, Failure, ask};
use super::fields::{Senseless, list, optional_integer};

/// Most writes in one question; a server takes 100,000.
const AT_ONCE: usize = 1_000;

/// One write of a bulk.
pub struct Update {
    pub filter: Document,
    pub change: Document,
    /// Inserts when nothing fits. If what is there has the same unique fields and does not fit, it
    /// stays as it is, and that is no error.
    pub upsert: bool,
}

impl Mongo {
    /// Carries all of them out, in whatever order. How many of them inserted nothing.
    ///
    /// # Errors
    ///
    /// [`Unavailable`]: each was kept or not; carrying all of them out again has to be safe.
    pub(super) async fn update_all(
        &self,
        during: &'static str,
        collection: &str,
        updates: Vec<Update>,
    ) -> Result<usize, Unavailable> {
        let mut known = updates.len();
        let mut updates = updates.into_iter().peekable();
        while updates.peek().is_some() {
            let some: Vec<Bson> = updates.by_ref().take(AT_ONCE).map(Bson::from).collect();
            let command = doc! {
                "update": collection,
                "updates": some,
                "ordered": false,
                "writeConcern": self.durability.concern(),
            };
            let answer = ask(during, self.database.run_command(command)).await?;
            check(&answer).map_err(|failure| Unavailable::new(during, failure))?;
            known -= list(&answer, "upserted")?.len().min(known);
        }
        Ok(known)
    }
}

impl From<Update> for Bson {
    fn from(update: Update) -> Self {
        doc! { "q": update.filter, "u": update.change, "upsert": update.upsert }.into()
    }
}

fn check(answer: &Document) -> Result<(), Failure> {
    if answer.contains_key("writeConcernError") {
        return Err(Failure::NotAcknowledged);
    }
    for error in list(answer, "writeErrors").map_err(|_| Failure::Senseless)? {
        let code = error.as_document().ok_or(Senseless).and_then(|e| optional_integer(e, "code"));
        let code = code.ok().flatten().ok_or(Failure::Senseless)?;
        if code != i64::from(DUPLICATE) {
            return Err(Failure::Refused(i32::try_from(code).unwrap_or_default()));
        }
    }
    Ok(())
}

//! One question to the server: answered within bounds, or [`Unavailable`].
use std::future::IntoFuture;
use std::time::Duration;

use actors::ports::Unavailable;
use bson::Document;
use futures_util::TryStreamExt;
use mongodb::Collection;
use mongodb::error::{Error, ErrorKind, WriteFailure};
use mongodb::options::{FindOptions, Hint};

/// Longest that one question may take: more than any disk that still works. A server that is stopped
/// is known sooner; one that takes questions and answers none, then.
pub const PATIENCE: Duration = Duration::from_secs(10);

/// What a unique index says when something is there already.
pub const DUPLICATE: i32 = 11_000;

/// What went wrong, in the server's codes. Its messages quote documents, so they stay behind.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Failure {
    #[error("no answer within {PATIENCE:?}")]
    Late,
    #[error("no server can be reached")]
    NoServer,
    #[error("the connection broke")]
    Broken,
    #[error("the server refused with code {0}")]
    Refused(i32),
    #[error("not acknowledged as asked")]
    NotAcknowledged,
    #[error("a document makes no sense")]
    Senseless,
    #[error("the driver failed")]
    Driver,
}

impl From<&Error> for Failure {
    fn from(error: &Error) -> Self {
        match &*error.kind {
            ErrorKind::ServerSelection { .. } | ErrorKind::DnsResolve { .. } => Self::NoServer,
            ErrorKind::Io(_) | ErrorKind::ConnectionPoolCleared { .. } => Self::Broken,
            ErrorKind::Command(command) => Self::Refused(command.code),
            ErrorKind::Write(WriteFailure::WriteError(write)) => Self::Refused(write.code),
            ErrorKind::Write(_) => Self::NotAcknowledged,
            ErrorKind::InsertMany(many) => match many.write_errors.iter().flatten().next() {
                Some(write) => Self::Refused(write.code),
                None => Self::NotAcknowledged,
            },
            ErrorKind::Bson(_) | ErrorKind::InvalidResponse { .. } => Self::Senseless,
            _ => Self::Driver,
        }
    }
}

/// Asks within [`PATIENCE`]. `during` names the step for the log: "committing".
///
/// # Errors
///
/// [`Unavailable`]: a reading is unknown; a write may have been kept or not.
pub async fn ask<T>(
    during: &'static str,
    question: impl IntoFuture<Output = mongodb::error::Result<T>>,
) -> Result<T, Unavailable> {
    answer(question).await.map_err(|failure| Unavailable::new(during, failure))
}

/// The same, for who has to pass on why there is none.
pub async fn answer<T>(
    question: impl IntoFuture<Output = mongodb::error::Result<T>>,
) -> Result<T, Failure> {
    match tokio::time::timeout(PATIENCE, question.into_future()).await {
        Ok(answer) => answer.map_err(|error| Failure::from(&error)),
        Err(_) => Err(Failure::Late),
    }
}

/// The same for a write that a unique index may refuse: `None` when it did, and nothing was kept.
///
/// # Errors
///
/// As [`ask`].
pub async fn ask_unique<T>(
    during: &'static str,
    question: impl IntoFuture<Output = mongodb::error::Result<T>>,
) -> Result<Option<T>, Unavailable> {
    let question = question.into_future();
    let question = async {
        match question.await {
            Err(error) if is_duplicate(&error) => Ok(None),
            answer => answer.map(Some),
        }
    };
    ask(during, question).await
}

fn is_duplicate(error: &Error) -> bool {
    matches!(Failure::from(error), Failure::Refused(DUPLICATE))
}

/// The first document that fits.
///
/// # Errors
///
/// As [`ask`].
pub async fn find_one(
    during: &'static str,
    collection: &Collection<Document>,
    filter: Document,
) -> Result<Option<Document>, Unavailable> {
    ask(during, collection.find_one(filter)).await
}

/// Up to `limit` documents that fit, in this order. An empty `sort` is whatever order.
///
/// # Errors
///
/// As [`ask`].
pub async fn find_all(
    during: &'static str,
    collection: &Collection<Document>,
    filter: Document,
    sort: Document,
    limit: usize,
) -> Result<Vec<Document>, Unavailable> {
    find(during, collection, (filter, sort), limit, None).await
}

/// The same by an index that is named, so that a page never becomes a scan because the planner
/// thought otherwise.
///
/// # Errors
///
/// As [`ask`].
pub async fn find_by(
    index: &'static str,
    during: &'static str,
    collection: &Collection<Document>,
    (filter, sort): (Document, Document),
    limit: usize,
) -> Result<Vec<Document>, Unavailable> {
    find(during, collection, (filter, sort), limit, Some(Hint::Name(index.into()))).await
}

async fn find(
    during: &'static str,
    collection: &Collection<Document>,
    (filter, sort): (Document, Document),
    limit: usize,
    hint: Option<Hint>,
) -> Result<Vec<Document>, Unavailable> {
    // Zero would mean all there are.
    let Some(limit) = i64::try_from(limit).ok().filter(|limit| *limit > 0) else {
        return Ok(Vec::new());
    };
    let options = FindOptions::builder().sort(sort).limit(limit).hint(hint).build();
    let all = async { collection.find(filter).with_options(options).await?.try_collect().await };
    ask(during, all).await
}

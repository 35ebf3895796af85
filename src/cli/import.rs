//! Loads documents that another database exported. The whole file is read and judged before the
//! first document is written, so that a faulty file imports nothing.
mod extended_json;
mod history;
mod read;
mod write;

use std::fs::File;
use std::io::{self, BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;

use clap::ValueEnum;
use secrecy::ExposeSecret;

use actors::ports::Store;

use self::history::Judge;
use self::read::{Document, What};
use super::{Config, WRONG, failed};
use crate::clock::SystemClock;
use crate::store::sqlite::SqliteError;
use crate::store::{self, OpenError};

/// Most faults that are shown; a file of another kind has one on every line.
const MAX_SHOWN: usize = 100;

#[derive(clap::Args)]
pub(super) struct Arguments {
    #[arg(long, value_name = "NAME")]
    collection: Collection,
    /// Read and judge, but write nothing.
    #[arg(long)]
    dry_run: bool,
    #[command(flatten)]
    config: Config,
    /// JSON lines, one document each; `-` reads standard input.
    file: PathBuf,
}

/// What can be imported; bodies are those of `PUT /v1/…`, with `_id`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
#[value(rename_all = "lowercase")]
pub(super) enum Collection {
    Accounts,
    Channels,
    Users,
    Contacts,
    /// `{user_id, token}`
    PushTokens,
    Tags,
    /// Those of contacts: `{name, color, order}`
    Statuses,
    /// After accounts, channels, users and contacts.
    ConversationProspects,
    /// After conversations.
    Communications,
}

pub(super) fn run(arguments: &Arguments) -> Result<(), ExitCode> {
    let settings = arguments.config.load()?;
    let lines = open(&arguments.file).map_err(|error| failed(&error))?;
    let documents = read::all(arguments.collection, lines).map_err(|faults| show(&faults))?;
    actix_web::rt::System::new().block_on(async {
        let url = settings.store_url();
        let clock = Arc::new(SystemClock);
        let opened = store::open(url.expose_secret(), settings.durability(), clock);
        let (store, _) = opened.await.map_err(|error| not_opened(&error))?;
        let count = documents.len();
        match arguments.collection {
            Collection::ConversationProspects => {
                conversations(documents, &*store, arguments.dry_run).await
            }
            Collection::Communications => messages(documents, &*store, arguments.dry_run).await,
            _ => reference(&documents, &*store, arguments.dry_run).await,
        }
        .map_err(|faults| show(&faults))?;
        if arguments.dry_run {
            println!("{count} documents could be imported");
        } else {
            println!("{count} documents imported");
        }
        Ok(())
    })
}

async fn reference(
    documents: &[Document],
    store: &dyn Store,
    dry_run: bool,
) -> Result<(), Vec<Fault>> {
    write::judge(documents, store).await?;
    if dry_run {
        return Ok(());
    }
    write::all(documents, store).await.map_err(|fault| vec![fault])
}

async fn conversations(
    documents: Vec<Document>,
    store: &dyn Store,
    dry_run: bool,
) -> Result<(), Vec<Fault>> {
    let documents: Vec<_> = documents
        .into_iter()
        .filter_map(|Document { line, what }| match what {
            What::Conversation(conversation) => Some((line, conversation)),
            _ => None,
        })
        .collect();
    Judge::new(store).conversations(&documents).await?;
    if dry_run {
        return Ok(());
    }
    let kept = history::keep_conversations(&documents, store).await;
    match kept.map_err(|fault| vec![fault])? {
        0 => {}
        left => println!("{left} left as they are: something happened there since"),
    }
    Ok(())
}

async fn messages(
    documents: Vec<Document>,
    store: &dyn Store,
    dry_run: bool,
) -> Result<(), Vec<Fault>> {
    let drafts = documents.into_iter().filter_map(|Document { line, what }| match what {
        What::Communication(draft) => Some((line, draft)),
        _ => None,
    });
    let messages = Judge::new(store).messages(drafts.collect()).await?;
    if dry_run {
        return Ok(());
    }
    history::keep_messages(messages, store).await.map_err(|fault| vec![fault])
}

/// Two programs on one file would not know of each other's commits.
fn not_opened(error: &OpenError) -> ExitCode {
    let code = failed(error);
    if matches!(error, OpenError::Sqlite(SqliteError::InUse)) {
        eprintln!("stop the server before importing, and start it again afterwards");
    }
    code
}

fn open(path: &Path) -> io::Result<Box<dyn BufRead>> {
    if path == Path::new("-") {
        return Ok(Box::new(BufReader::new(io::stdin())));
    }
    Ok(Box::new(BufReader::new(File::open(path)?)))
}

/// What is wrong with one line of the file. Never repeats what stands in it.
#[derive(Debug, PartialEq, Eq)]
struct Fault {
    line: usize,
    what: String,
}

fn show(faults: &[Fault]) -> ExitCode {
    for Fault { line, what } in faults.iter().take(MAX_SHOWN) {
        eprintln!("line {line}: {what}");
    }
    if faults.len() > MAX_SHOWN {
        eprintln!("and {} more", faults.len() - MAX_SHOWN);
    }
    ExitCode::from(WRONG)
}

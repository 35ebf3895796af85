//! Loads documents that another database exported. The whole file is read and judged before the
//! first document is written, so that a faulty file imports nothing.
mod extended_json;
mod read;
mod write;

use std::fs::File;
use std::io::{self, BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;

use clap::ValueEnum;
use secrecy::ExposeSecret;

use super::{Config, FAILED, WRONG, failed};
use crate::clock::SystemClock;
use crate::store;

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
    // Named so that they are answered clearly.
    ConversationProspects,
    Communications,
    Tags,
    Statuses,
}

impl Collection {
    /// Why this cannot be imported; `None` when it can.
    fn missing(self) -> Option<&'static str> {
        match self {
            Self::Accounts | Self::Channels | Self::Users | Self::Contacts | Self::PushTokens => {
                None
            }
            // Written as new messages they would count as unread and be delivered.
            Self::ConversationProspects | Self::Communications => {
                Some("the store cannot take in history yet; nothing was imported")
            }
            Self::Tags | Self::Statuses => Some("there are none yet; nothing was imported"),
        }
    }
}

pub(super) fn run(arguments: &Arguments) -> Result<(), ExitCode> {
    if let Some(why) = arguments.collection.missing() {
        eprintln!("{why}");
        return Err(ExitCode::from(FAILED));
    }
    let settings = arguments.config.load()?;
    let lines = open(&arguments.file).map_err(|error| failed(&error))?;
    let documents = read::all(arguments.collection, lines).map_err(|faults| show(&faults))?;
    actix_web::rt::System::new().block_on(async {
        let url = settings.store_url();
        let opened = store::open(url.expose_secret(), Arc::new(SystemClock)).await;
        let (store, _) = opened.map_err(|error| failed(&error))?;
        write::judge(&documents, &*store).await.map_err(|faults| show(&faults))?;
        if arguments.dry_run {
            println!("{} documents could be imported", documents.len());
            return Ok(());
        }
        write::all(&documents, &*store).await.map_err(|fault| show(&[fault]))?;
        println!("{} documents imported", documents.len());
        Ok(())
    })
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

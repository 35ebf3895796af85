//! Long-lived tokens of teams, beside a server that runs.

use std::process::ExitCode;
use std::sync::Arc;

use actors::domain::{AccountId, IdError, TeamKey, TeamKeyId};
use actors::ports::{Clock, TeamKeys, Unavailable};
use secrecy::ExposeSecret;

use super::{Config, FAILED, failed, one_scope};
use crate::auth::issue_team_key;
use crate::clock::SystemClock;
use crate::ids::ObjectIds;
use crate::{store, time};

#[derive(clap::Args)]
pub(super) struct Arguments {
    #[command(subcommand)]
    action: Action,
}

#[derive(clap::Subcommand)]
enum Action {
    /// Make a token and print it, this once.
    Create {
        #[arg(long, value_name = "ID", value_parser = account)]
        account: AccountId,
        /// What to call it in lists.
        #[arg(long, value_name = "NAME")]
        name: String,
        /// May be given several times, and at least once.
        #[arg(long = "scope", value_name = "SCOPE", value_parser = one_scope, required = true)]
        scopes: Vec<String>,
        #[command(flatten)]
        config: Config,
    },
    /// Print every key, the oldest first: id, account, name, scopes, when it was made and revoked.
    List {
        #[command(flatten)]
        config: Config,
    },
    /// From now on, have a key open nothing.
    Revoke {
        /// As the list shows it.
        #[arg(value_name = "ID", value_parser = key_id)]
        id: TeamKeyId,
        #[command(flatten)]
        config: Config,
    },
}

fn account(text: &str) -> Result<AccountId, IdError> {
    AccountId::parse(text)
}

fn key_id(text: &str) -> Result<TeamKeyId, IdError> {
    TeamKeyId::parse(text)
}

pub(super) fn run(arguments: &Arguments) -> Result<(), ExitCode> {
    let (Action::Create { config, .. } | Action::List { config } | Action::Revoke { config, .. }) =
        &arguments.action;
    let settings = config.load()?;
    actix_web::rt::System::new().block_on(async {
        let url = settings.store_url();
        let (url, durability) = (url.expose_secret(), settings.durability());
        let keys = store::open_keys(url, durability, Arc::new(SystemClock)).await;
        let keys = keys.map_err(|error| failed(&error))?;
        carry_out(&arguments.action, &*keys).await
    })
}

async fn carry_out(action: &Action, keys: &dyn TeamKeys) -> Result<(), ExitCode> {
    let unavailable = |error: Unavailable| failed(&error);
    match action {
        Action::Create { account, name, scopes, .. } => {
            let (id, now) = (ObjectIds.team_key(), SystemClock.now());
            let issued = issue_team_key(id, account.clone(), name.clone(), scopes.clone(), now);
            let Some(issued) = issued else {
                eprintln!("no randomness to make a token from");
                return Err(ExitCode::from(FAILED));
            };
            keys.keep_team_key(&issued.key).await.map_err(unavailable)?;
            eprintln!("key {}: shown once, and kept as a hash", issued.key.id);
            println!("{}", issued.token);
        }
        Action::List { .. } => {
            for key in keys.team_keys().await.map_err(unavailable)? {
                println!("{}", line(&key));
            }
        }
        Action::Revoke { id, .. } => {
            if !keys.revoke_team_key(id, SystemClock.now()).await.map_err(unavailable)? {
                eprintln!("no key has this id");
                return Err(ExitCode::from(FAILED));
            }
        }
    }
    Ok(())
}

fn line(key: &TeamKey) -> String {
    let revoked = key.revoked_at.map_or("-".into(), time::format);
    let (scopes, created) = (key.scopes.join(","), time::format(key.created_at));
    format!("{}\t{}\t{}\t{scopes}\t{created}\t{revoked}", key.id, key.account, key.name)
}

use std::process::ExitCode;
use std::time::Duration;

use actors::domain::{AccountId, IdError, UserId};
use actors::ports::Clock;

use super::{Config, FAILED, failed, one_scope};
use crate::auth::{Grant, Keys, issue, scope};
use crate::clock::SystemClock;
use crate::secrets::Secrets;

#[derive(clap::Args)]
pub(super) struct Arguments {
    /// Whose token. Without: a team token, which is nobody's in person and never sees notes.
    #[arg(long, value_name = "ID", value_parser = user)]
    user: Option<UserId>,
    #[arg(long, value_name = "ID", value_parser = account, default_value = "default")]
    account: AccountId,
    /// May be given several times. Without: `conversation` for a person; for a team, everything
    /// that teams may do.
    #[arg(long = "scope", value_name = "SCOPE", value_parser = one_scope)]
    scopes: Vec<String>,
    /// How long it is good for, such as 30m, 1h or 7d.
    #[arg(long, value_name = "DURATION", value_parser = humantime::parse_duration, default_value = "1h")]
    ttl: Duration,
    #[command(flatten)]
    config: Config,
}

fn user(text: &str) -> Result<UserId, IdError> {
    UserId::parse(text)
}

fn account(text: &str) -> Result<AccountId, IdError> {
    AccountId::parse(text)
}

pub(super) fn run(arguments: &Arguments) -> Result<(), ExitCode> {
    let settings = arguments.config.load()?;
    let keys = Keys::from_settings(&settings.auth, &Secrets::from(&settings))
        .map_err(|error| failed(&error))?;
    let Some(token) = issue(&arguments.grant(), &keys) else {
        eprintln!("tokens are signed elsewhere: only a public key is configured");
        return Err(ExitCode::from(FAILED));
    };
    println!("{token}");
    Ok(())
}

impl Arguments {
    fn grant(&self) -> Grant {
        let default: &[&str] =
            if self.user.is_some() { &[scope::CONVERSATION] } else { &scope::TEAM };
        let mut scopes = self.scopes.clone();
        if scopes.is_empty() {
            scopes.extend(default.iter().map(|&scope| scope.to_owned()));
        }
        Grant {
            user: self.user.clone(),
            account: self.account.clone(),
            scopes,
            issued_at: SystemClock.now(),
            ttl_ms: i64::try_from(self.ttl.as_millis()).unwrap_or(i64::MAX),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::Parser;

    #[derive(Parser)]
    struct Line {
        #[command(flatten)]
        arguments: Arguments,
    }

    fn grant(line: &[&str]) -> Option<Grant> {
        let line = std::iter::once(&"token").chain(line);
        Some(Line::try_parse_from(line).ok()?.arguments.grant())
    }

    #[test]
    fn a_persons_token_is_for_conversations_unless_told_otherwise() {
        let ana = grant(&["--user", "ana"]).unwrap();

        assert_eq!(ana.scopes, ["conversation"]);
        assert_eq!(ana.account, AccountId::default_account());
        assert_eq!(ana.ttl_ms, 3_600_000);
        let wide =
            grant(&["--user", "ana", "--scope", "a", "--scope", "b", "--ttl", "7d"]).unwrap();
        assert_eq!(wide.scopes, ["a", "b"]);
        assert_eq!(wide.ttl_ms, 7 * 86_400_000);
    }

    #[test]
    fn a_team_token_names_nobody_and_says_what_it_is_for() {
        let team = grant(&["--account", "acme", "--scope", "inbox.read"]).unwrap();

        assert_eq!((team.user, team.account.as_str()), (None, "acme"));
        assert_eq!(grant(&["--account", "acme"]).unwrap().scopes, scope::TEAM);
        assert!(grant(&["--scope", "a b"]).is_none());
    }
}

//! The commands of the program.
mod api_key;
mod check_config;
mod export;
mod import;
mod reconcile;
mod serve;
mod token;
mod trace;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Parser, Subcommand};

use crate::settings::{self, Settings};

/// What a command ended with: 0, or 1 when it failed, or 2 when what it was given is wrong.
const FAILED: u8 = 1;
const WRONG: u8 = 2;

/// A real-time engine for conversations with prospects.
#[derive(Parser)]
#[command(name = "switchboard", version, about)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Run the server.
    Serve(Config),
    /// Read the settings, name every fault, print what is in effect with secrets masked.
    CheckConfig(Config),
    /// Print a token signed with the configured key.
    Token(token::Arguments),
    /// Make, list and revoke long-lived tokens of teams.
    ApiKey(api_key::Arguments),
    /// Write what import reads, beside a server that runs.
    Export(export::Arguments),
    /// Load JSON lines, as mongoexport writes them, into the configured store.
    Import(import::Arguments),
    /// Take in messages that Twilio has and of which no webhook came.
    Reconcile(reconcile::Arguments),
    /// Tell what happened to a message, hop by hop, and to whom it was pushed or why not.
    Trace(trace::Arguments),
}

#[derive(clap::Args)]
struct Config {
    /// A file of settings; see config/default.toml.
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
}

impl Config {
    /// The settings, or every fault printed.
    fn load(&self) -> Result<Settings, ExitCode> {
        settings::load(self.config.as_deref()).map_err(|faults| {
            eprintln!("{faults}");
            ExitCode::from(WRONG)
        })
    }
}

/// Does what the command line asks for.
pub fn run() -> ExitCode {
    let done = match Arguments::parse().command {
        Command::Serve(config) => serve::run(&config),
        Command::CheckConfig(config) => check_config::run(&config),
        Command::Token(arguments) => token::run(&arguments),
        Command::ApiKey(arguments) => api_key::run(&arguments),
        Command::Export(arguments) => export::run(&arguments),
        Command::Import(arguments) => import::run(&arguments),
        Command::Reconcile(arguments) => reconcile::run(&arguments),
        Command::Trace(arguments) => trace::run(&arguments),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(code) => code,
    }
}

/// A scope with a space or comma in it would be read as two.
fn one_scope(text: &str) -> Result<String, &'static str> {
    let parted = text.chars().any(|c| c == ',' || c.is_whitespace());
    if text.is_empty() || parted { Err("expected one scope") } else { Ok(text.to_owned()) }
}

/// Prints what went wrong, causes included.
fn failed(error: &dyn std::error::Error) -> ExitCode {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        text.push_str(&format!(": {error}"));
        cause = error.source();
    }
    eprintln!("{text}");
    ExitCode::from(FAILED)
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    #[test]
    fn the_command_line_is_well_formed() {
        Arguments::command().debug_assert();
    }
}

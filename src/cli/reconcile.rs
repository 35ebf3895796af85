use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use super::{Config, failed};
use crate::clock::SystemClock;
use crate::ingest::twilio::Reconciler;
use crate::server;

#[derive(clap::Args)]
pub struct Arguments {
    #[command(flatten)]
    config: Config,
    /// How far back to look, such as "1h".
    #[arg(long, value_name = "DURATION", value_parser = humantime::parse_duration)]
    since: Duration,
}

/// Puts inbound messages of Twilio's list into the intake journal. A running server delivers them
/// within a second, otherwise the next one does; what is there already counts as a duplicate.
pub fn run(arguments: &Arguments) -> Result<(), ExitCode> {
    let settings = arguments.config.load()?;
    actix::System::new().block_on(async {
        let clock: Arc<SystemClock> = Arc::new(SystemClock);
        let (_, intake) = server::intake(&settings, clock.clone()).map_err(|e| failed(&e))?;
        let reconciler = Reconciler::new(&settings.twilio, Arc::new(intake), clock);
        let reconciler = reconciler.map_err(|error| failed(&error))?;
        let found = reconciler.run(arguments.since).await.map_err(|error| failed(&error))?;
        println!("{} messages listed, {} inbound ones handed over", found.listed, found.taken);
        Ok(())
    })
}

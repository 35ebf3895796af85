use std::process::ExitCode;

use super::{Config, failed};
use crate::{server, telemetry};

pub(super) fn run(config: &Config) -> Result<(), ExitCode> {
    let settings = config.load()?;
    telemetry::init(&settings.log);
    let served = actix_web::rt::System::new().block_on(server::serve(settings));
    served.map_err(|error| failed(&error))
}

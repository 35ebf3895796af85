use std::process::ExitCode;

use super::Config;

/// Also reads the files that settings name, so that what is accepted here can start.
pub(super) fn run(config: &Config) -> Result<(), ExitCode> {
    let settings = config.load()?;
    let key = settings.auth.jwt_public_key_file.as_ref();
    if key.is_some()
        && let Err(error) = crate::auth::Keys::from_settings(&settings.auth, &(&settings).into())
    {
        eprintln!("auth.jwt_public_key_file: {error}");
        return Err(ExitCode::from(super::WRONG));
    }
    if let Err(error) = crate::push::fcm::Fcm::from_settings(&settings.fcm) {
        eprintln!("fcm.credentials_file: {error}");
        return Err(ExitCode::from(super::WRONG));
    }
    print!("{}", settings.effective);
    Ok(())
}

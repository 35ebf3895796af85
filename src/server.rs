//! The one place where parts are put together.

use crate::settings::Settings;

#[derive(Debug, thiserror::Error)]
pub enum ServerError {
    #[error("the server is not put together yet")]
    Unassembled,
}

/// Serves until it is told to stop.
///
/// # Errors
///
/// [`ServerError`] when it cannot begin.
pub async fn serve(_settings: Settings) -> Result<(), ServerError> {
    Err(ServerError::Unassembled)
}

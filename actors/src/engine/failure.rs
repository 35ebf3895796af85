use crate::domain::Refusal;
use crate::ports::Unavailable;

/// Why a use case did not happen. `src/answer.rs` says how each looks from outside.
#[derive(Debug, thiserror::Error)]
pub enum Failure {
    /// What was named is not there, or not for the caller: one answer, no difference.
    #[error("{0} not found")]
    NotFound(&'static str),
    /// The request itself is wrong, in this way.
    #[error("{0}")]
    Invalid(&'static str),
    #[error("contact opted out")]
    OptedOut,
    /// The same name with other content.
    #[error("{0}")]
    Conflict(&'static str),
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// Not now. Trying again may succeed and is safe.
    #[error(transparent)]
    Unavailable(#[from] Unavailable),
}

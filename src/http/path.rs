//! Ids out of a request's path.

use actors::domain::IdError;

use crate::answer::Fault;

/// # Errors
///
/// [`Fault::Invalid`] when the segment could not be an id.
pub fn id<T>(text: &str, parse: impl Fn(&str) -> Result<T, IdError>) -> Result<T, Fault> {
    parse(text).map_err(|error| Fault::invalid(error.to_string()))
}

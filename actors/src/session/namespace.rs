use std::fmt;
use std::sync::Arc;

use crate::domain::{Namespace, UserId};

/// A socket's own name within its namespace. No secret; the connection's id is another one.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct SocketId(Arc<str>);

impl SocketId {
    pub fn new(id: impl Into<Arc<str>>) -> Self {
        Self(id.into())
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for SocketId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for SocketId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// What a socket listens to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Audience {
    pub namespace: Namespace,
    /// Unset: nobody in particular; the socket is reached by its id alone.
    pub user: Option<UserId>,
}

impl From<(Namespace, UserId)> for Audience {
    fn from((namespace, user): (Namespace, UserId)) -> Self {
        Self { namespace, user: Some(user) }
    }
}

impl From<Namespace> for Audience {
    fn from(namespace: Namespace) -> Self {
        Self { namespace, user: None }
    }
}

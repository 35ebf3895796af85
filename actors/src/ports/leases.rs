use std::time::Duration;

use super::Unavailable;

/// Work that one node does for all of them, for as long as it holds the lease of that name.
///
/// A lease ends by the store's clock, so that nodes whose clocks differ agree about it. Whoever
/// holds it counts from before it asked, and stops in time: the answer may have taken a while.
/// A store that only one node can open always grants.
#[async_trait::async_trait]
pub trait Leases: Send + Sync {
    /// Takes a lease that is free or over, or renews one's own. `true`: this node holds it for
    /// `ttl`, and nobody else does. `false`: another one does.
    ///
    /// # Errors
    ///
    /// [`Unavailable`]: perhaps held; whoever cannot tell does not act on it.
    async fn hold_lease(&self, name: &str, node: &str, ttl: Duration) -> Result<bool, Unavailable>;

    /// Gives a lease back, so that others need not wait until it is over. Somebody else's stays.
    ///
    /// # Errors
    ///
    /// [`Unavailable`]: perhaps still held; it ends by itself.
    async fn give_lease_back(&self, name: &str, node: &str) -> Result<(), Unavailable>;
}

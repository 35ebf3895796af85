//! A file is opened by one program at a time, and its lock is the lease of everything in it.
use std::time::Duration;

use actors::ports::{Leases, Unavailable};

use super::Sqlite;

#[async_trait::async_trait]
impl Leases for Sqlite {
    async fn hold_lease(&self, _: &str, _: &str, _: Duration) -> Result<bool, Unavailable> {
        Ok(true)
    }

    async fn give_lease_back(&self, _: &str, _: &str) -> Result<(), Unavailable> {
        Ok(())
    }
}

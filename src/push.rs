//! Where news for people who are not connected goes.

use actors::ports::{Push, PushOffer};

/// Counts what would be pushed, for installations that have nobody to push through.
pub struct NoPush;

impl Push for NoPush {
    fn offer(&self, offer: PushOffer) {
        metrics::counter!("switchboard_push_offers_total").increment(offer.users.len() as u64);
        tracing::debug!(message.id = %offer.message.id, "nobody to push through");
    }
}

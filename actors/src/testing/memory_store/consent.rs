//! Who may be written to.
use async_trait::async_trait;

use super::MemoryStore;
use crate::domain::*;
use crate::ports::*;

#[async_trait]
impl Consent for MemoryStore {
    async fn record_consent(&self, entry: &ConsentEntry) -> Result<(), Unavailable> {
        let mut kept = self.kept();
        if !kept.consent.contains(entry) {
            kept.consent.push(entry.clone());
        }
        Ok(())
    }

    async fn opted_out(
        &self,
        contact: &ContactId,
        channel: &ChannelId,
    ) -> Result<bool, Unavailable> {
        let kept = self.kept();
        let theirs = kept
            .consent
            .iter()
            .rev()
            .filter(|entry| entry.contact == *contact && entry.channel == *channel);
        let last = theirs
            .map(|entry| entry.says)
            .find(|says| matches!(says, ConsentWord::OptIn | ConsentWord::OptOut));
        Ok(last == Some(ConsentWord::OptOut))
    }

    async fn consent_of(
        &self,
        account: &AccountId,
        contact: &ContactId,
        limit: usize,
    ) -> Result<Vec<ConsentEntry>, Unavailable> {
        let kept = self.kept();
        let theirs = kept
            .consent
            .iter()
            .rev()
            .filter(|entry| entry.account == *account && entry.contact == *contact);
        Ok(theirs.take(limit).cloned().collect())
    }

    async fn doubtful(
        &self,
        account: &AccountId,
        before: Option<u64>,
        limit: usize,
    ) -> Result<Vec<Flagged>, Unavailable> {
        let kept = self.kept();
        let decided = |place: usize, doubt: &ConsentEntry| {
            kept.consent[place..].iter().any(|entry| {
                entry.contact == doubt.contact
                    && entry.channel == doubt.channel
                    && matches!(entry.says, ConsentWord::OptIn | ConsentWord::OptOut)
            })
        };
        let open = kept.consent.iter().enumerate().rev().filter(|(place, entry)| {
            entry.account == *account
                && entry.says == ConsentWord::Doubtful
                && before.is_none_or(|before| (*place as u64) < before)
                && !decided(*place, entry)
        });
        let flagged = |(place, entry): (usize, &ConsentEntry)| Flagged {
            place: place as u64,
            entry: entry.clone(),
        };
        Ok(open.take(limit).map(flagged).collect())
    }
}

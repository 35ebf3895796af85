//! Numbers of events, of the store in memory.

use async_trait::async_trait;

use super::MemoryStore;
use crate::domain::*;
use crate::ports::*;

#[async_trait]
impl EventNumbers for MemoryStore {
    async fn numbered(&self, account: &AccountId) -> Result<Numbered, Unavailable> {
        Ok(self.kept().numbered.get(account).copied().unwrap_or_default())
    }

    async fn number_events(
        &self,
        account: &AccountId,
        from: Numbered,
        stretch: &Stretch,
    ) -> Result<bool, Unavailable> {
        let mut kept = self.kept();
        if kept.numbered.get(account).copied().unwrap_or_default() != from {
            return Ok(false);
        }
        for (number, position) in (stretch.first(from)..).zip(&stretch.events) {
            let event = NumberedEvent { number, position: *position };
            kept.numbers.push((account.clone(), event));
        }
        kept.numbered.insert(account.clone(), stretch.numbered(from));
        Ok(true)
    }

    async fn events_after(
        &self,
        account: &AccountId,
        after: After,
        limit: usize,
    ) -> Result<Vec<NumberedEvent>, Unavailable> {
        let kept = self.kept();
        let theirs = kept.numbers.iter().filter(|(of, event)| {
            let later = match after {
                After::Number(number) => event.number > number,
                After::Position(position) => event.position > position,
            };
            of == account && later
        });
        Ok(theirs.take(limit).map(|(_, event)| *event).collect())
    }

    async fn forget_numbers(&self, up_to: Position) -> Result<(), Unavailable> {
        self.kept().numbers.retain(|(_, event)| event.position > up_to);
        Ok(())
    }
}

//! Tags and statuses of the store in memory.

use async_trait::async_trait;

use super::MemoryStore;
use crate::domain::*;
use crate::ports::*;

#[async_trait]
impl Labels for MemoryStore {
    async fn tag(&self, id: &TagId) -> Result<Option<Tag>, Unavailable> {
        Ok(self.kept().tags.get(id).cloned())
    }

    async fn contact_status(
        &self,
        id: &ContactStatusId,
    ) -> Result<Option<ContactStatus>, Unavailable> {
        Ok(self.kept().statuses.get(id).cloned())
    }

    async fn tags(&self, account: &AccountId) -> Result<Vec<Tag>, Unavailable> {
        let kept = self.kept();
        let mut tags: Vec<_> =
            kept.tags.values().filter(|tag| tag.account == *account).cloned().collect();
        tags.sort_by(|a, b| a.name.cmp(&b.name));
        Ok(tags)
    }

    async fn contact_statuses(
        &self,
        account: &AccountId,
    ) -> Result<Vec<ContactStatus>, Unavailable> {
        let kept = self.kept();
        let theirs = kept.statuses.values().filter(|status| status.account == *account);
        let mut statuses: Vec<_> = theirs.cloned().collect();
        statuses.sort_by(|a, b| (a.order, &a.name).cmp(&(b.order, &b.name)));
        Ok(statuses)
    }

    async fn put_tag(&self, tag: &Tag) -> Result<(), PutError> {
        let mut kept = self.kept();
        if kept.tags.get(&tag.id).is_some_and(|there| there.account != tag.account) {
            return Err(PutError::OtherAccount);
        }
        let same = |other: &Tag| other.account == tag.account && other.name == tag.name;
        if kept.tags.values().any(|other| other.id != tag.id && same(other)) {
            return Err(PutError::Taken);
        }
        kept.tags.insert(tag.id.clone(), tag.clone());
        Ok(())
    }

    async fn put_contact_status(&self, status: &ContactStatus) -> Result<(), PutError> {
        let mut kept = self.kept();
        if kept.statuses.get(&status.id).is_some_and(|there| there.account != status.account) {
            return Err(PutError::OtherAccount);
        }
        let same =
            |other: &ContactStatus| other.account == status.account && other.name == status.name;
        if kept.statuses.values().any(|other| other.id != status.id && same(other)) {
            return Err(PutError::Taken);
        }
        kept.statuses.insert(status.id.clone(), status.clone());
        Ok(())
    }

    async fn retire_label(
        &self,
        account: &AccountId,
        label: &LabelId,
    ) -> Result<bool, Unavailable> {
        let mut kept = self.kept();
        let was_there = match label {
            LabelId::Tag(id) => {
                let theirs = kept.tags.get(id).is_some_and(|tag| tag.account == *account);
                theirs && kept.tags.remove(id).is_some()
            }
            LabelId::Status(id) => {
                let theirs = kept.statuses.get(id).is_some_and(|is| is.account == *account);
                theirs && kept.statuses.remove(id).is_some()
            }
        };
        if was_there {
            kept.retired.push((account.clone(), label.clone()));
        }
        Ok(was_there)
    }

    async fn retired_labels(&self, limit: usize) -> Result<Vec<(AccountId, LabelId)>, Unavailable> {
        Ok(self.kept().retired.iter().take(limit).cloned().collect())
    }

    async fn forget_label(&self, label: &LabelId) -> Result<(), Unavailable> {
        self.kept().retired.retain(|(_, retired)| retired != label);
        Ok(())
    }
}

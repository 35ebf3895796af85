use super::tags::{LabelPatch, MOST_LABELS, taken};
use super::{Engine, Failure};
use crate::domain::{AccountId, ContactStatus, ContactStatusId, LabelId};

impl Engine {
    /// Makes a status, the last of the pipeline.
    ///
    /// # Errors
    ///
    /// As [`Engine::create_tag`].
    pub async fn create_status(
        &self,
        account: &AccountId,
        name: String,
        color: String,
    ) -> Result<ContactStatus, Failure> {
        let there = self.store.contact_statuses(account).await?;
        if there.len() >= MOST_LABELS {
            return Err(Failure::Conflict("the account has too many statuses"));
        }
        let order = there.last().map_or(0, |last| last.order.saturating_add(1));
        let id = self.ids.contact_status();
        let status = ContactStatus { id, account: account.clone(), name, color, order };
        self.store.put_contact_status(&status).await.map_err(taken)?;
        Ok(status)
    }

    /// # Errors
    ///
    /// As [`Engine::change_tag`].
    pub async fn change_status(
        &self,
        account: &AccountId,
        id: &ContactStatusId,
        patch: LabelPatch,
    ) -> Result<ContactStatus, Failure> {
        let mut status = self.known_status(account, id).await?;
        status.name = patch.name.unwrap_or(status.name);
        status.color = patch.color.unwrap_or(status.color);
        self.store.put_contact_status(&status).await.map_err(taken)?;
        Ok(status)
    }

    /// Puts the pipeline into this order; it has to name every status, each once.
    ///
    /// # Errors
    ///
    /// - [`Failure::NotFound`]: the account has no such status; nothing changed.
    /// - [`Failure::Invalid`]: one is missing or named twice; nothing changed.
    /// - [`Failure::Unavailable`]: perhaps only some were moved; asking again is safe.
    pub async fn reorder_statuses(
        &self,
        account: &AccountId,
        ids: &[ContactStatusId],
    ) -> Result<Vec<ContactStatus>, Failure> {
        let there = self.store.contact_statuses(account).await?;
        let mut ordered = Vec::with_capacity(ids.len());
        for (order, id) in (0..).zip(ids) {
            let found = there.iter().find(|status| status.id == *id).cloned();
            ordered.push(ContactStatus { order, ..found.ok_or(Failure::NotFound("status"))? });
        }
        let all = there.iter().all(|status| ids.contains(&status.id));
        if !all || ids.len() != there.len() {
            return Err(Failure::Invalid("every status has to be named once"));
        }
        for status in ordered.iter().filter(|status| !there.contains(status)) {
            self.store.put_contact_status(status).await.map_err(taken)?;
        }
        Ok(ordered)
    }

    /// As [`Engine::delete_tag`].
    ///
    /// # Errors
    ///
    /// [`Failure::NotFound`] when the account has no such status.
    pub async fn delete_status(
        &self,
        account: &AccountId,
        id: &ContactStatusId,
    ) -> Result<(), Failure> {
        self.delete_label(account, &LabelId::Status(id.clone())).await
    }

    pub(super) async fn known_status(
        &self,
        account: &AccountId,
        id: &ContactStatusId,
    ) -> Result<ContactStatus, Failure> {
        let found = self.store.contact_status(id).await?;
        found.filter(|status| status.account == *account).ok_or(Failure::NotFound("status"))
    }
}

use super::{Engine, Failure, Team};
use crate::domain::{ContactId, ContextPatch, TagPatch};
use crate::view::ProspectView;

impl Engine {
    /// Changes what the team keeps about a contact, and has all their conversations follow. Whatever
    /// the patch does not name stays, also what others change at the same time.
    ///
    /// # Errors
    ///
    /// - [`Failure::NotFound`]: there is no such contact, tag, status or user in the team's account;
    ///   nothing changed.
    /// - [`Failure::Unavailable`]: perhaps changed, and then all conversations will follow; repeating
    ///   is safe.
    pub async fn patch_context(
        &self,
        team: &Team,
        id: &ContactId,
        patch: &ContextPatch,
    ) -> Result<ProspectView, Failure> {
        let contact = self.contact_of(&team.account, id).await?;
        self.names_what_there_is(team, patch).await?;
        let context = if patch.is_empty() {
            self.store.context(id).await?
        } else {
            let now = self.clock.now();
            let unspread = self.store.patch_context(&team.account, id, patch, now).await?;
            self.spread(&unspread).await?;
            Some(unspread.context)
        };
        Ok(self.prospect_view(&team.account, id, Some(contact), context).await?)
    }

    /// All or nothing: looked at before anything changes.
    async fn names_what_there_is(&self, team: &Team, patch: &ContextPatch) -> Result<(), Failure> {
        let removed = match &patch.tags {
            Some(TagPatch::Change { remove, .. }) => remove.as_slice(),
            Some(TagPatch::Set(_)) | None => &[],
        };
        for tag in patch.tags_put_on().iter().chain(removed) {
            self.known_tag(&team.account, tag).await?;
        }
        if let Some(Some(status)) = &patch.status {
            self.known_status(&team.account, status).await?;
        }
        if let Some(Some(user)) = &patch.assignee {
            self.users_of(&team.account, std::slice::from_ref(user)).await?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests;

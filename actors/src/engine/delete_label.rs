use super::{Engine, Failure};
use crate::domain::{AccountId, LabelId};
use crate::ports::Unavailable;

/// Contacts that lose a label in one go.
const AT_ONCE: usize = 256;
/// Labels seen to in one go of upkeep.
const LABELS: usize = 16;

impl Engine {
    pub(super) async fn delete_label(
        &self,
        account: &AccountId,
        label: &LabelId,
    ) -> Result<(), Failure> {
        if !self.store.retire_label(account, label).await? {
            return Err(Failure::NotFound(match label {
                LabelId::Tag(_) => "tag",
                LabelId::Status(_) => "status",
            }));
        }
        // Nobody is shown it from here on. Whoever is not reached now loses it in due course.
        self.strip(account, label).await?;
        Ok(())
    }

    /// Takes labels off contacts that were taken away before. How many contacts lost one; call
    /// again while it is not zero.
    ///
    /// # Errors
    ///
    /// [`Unavailable`]: some lost theirs; calling again goes on.
    pub async fn strip_retired_labels(&self) -> Result<usize, Unavailable> {
        let mut left = 0;
        for (account, label) in self.store.retired_labels(LABELS).await? {
            if !self.strip(&account, &label).await? {
                left += AT_ONCE;
            }
        }
        Ok(left)
    }

    /// Whether nobody has it any more. Conversations are told by whoever spreads contexts.
    async fn strip(&self, account: &AccountId, label: &LabelId) -> Result<bool, Unavailable> {
        let stripped = self.store.strip(account, label, AT_ONCE, self.clock.now()).await?;
        if stripped == AT_ONCE {
            return Ok(false);
        }
        self.store.forget_label(label).await?;
        Ok(true)
    }
}

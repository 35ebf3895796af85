use super::{Engine, Failure};
use crate::domain::{AccountId, LabelId, Tag, TagId};
use crate::ports::PutError;

/// Most tags, and most statuses, of one account: they are listed whole.
pub const MOST_LABELS: usize = 1_000;

/// What is to change of a tag or status; unset stays.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LabelPatch {
    pub name: Option<String>,
    pub color: Option<String>,
}

impl Engine {
    /// # Errors
    ///
    /// - [`Failure::Conflict`]: the account has a tag of this name, or too many; nothing changed. So
    ///   below.
    /// - [`Failure::Unavailable`]: perhaps made; asking again answers with the conflict then.
    pub async fn create_tag(
        &self,
        account: &AccountId,
        name: String,
        color: String,
    ) -> Result<Tag, Failure> {
        if self.store.tags(account).await?.len() >= MOST_LABELS {
            return Err(Failure::Conflict("the account has too many tags"));
        }
        let tag = Tag { id: self.ids.tag(), account: account.clone(), name, color };
        self.store.put_tag(&tag).await.map_err(taken)?;
        Ok(tag)
    }

    /// # Errors
    ///
    /// [`Failure::NotFound`] when the account has no such tag, and as [`Engine::create_tag`].
    pub async fn change_tag(
        &self,
        account: &AccountId,
        id: &TagId,
        patch: LabelPatch,
    ) -> Result<Tag, Failure> {
        let mut tag = self.known_tag(account, id).await?;
        tag.name = patch.name.unwrap_or(tag.name);
        tag.color = patch.color.unwrap_or(tag.color);
        self.store.put_tag(&tag).await.map_err(taken)?;
        Ok(tag)
    }

    /// Takes a tag away, from every contact too. From now on nobody is shown it; conversations are
    /// told as they lose it, which takes its time where there are many.
    ///
    /// # Errors
    ///
    /// [`Failure::NotFound`] when the account has no such tag.
    pub async fn delete_tag(&self, account: &AccountId, id: &TagId) -> Result<(), Failure> {
        self.delete_label(account, &LabelId::Tag(id.clone())).await
    }

    pub(super) async fn known_tag(&self, account: &AccountId, id: &TagId) -> Result<Tag, Failure> {
        let found = self.store.tag(id).await?.filter(|tag| tag.account == *account);
        found.ok_or(Failure::NotFound("tag"))
    }
}

pub(super) fn taken(error: PutError) -> Failure {
    match error {
        // The id is somebody's, which nobody here may know.
        PutError::OtherAccount => Failure::NotFound("label"),
        PutError::Taken => Failure::Conflict("another one has this name"),
        PutError::Unavailable(unavailable) => unavailable.into(),
    }
}

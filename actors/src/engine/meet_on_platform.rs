use super::{Engine, Failure, Team};
use crate::domain::{Contact, ContactId, Json};

impl Engine {
    /// The contact that a platform knows by this id; a new one, with these details, if nobody met
    /// them yet. Calls at the same time agree on one.
    ///
    /// # Errors
    ///
    /// [`Failure::Unavailable`]: perhaps met; asking again is safe.
    pub async fn meet_on_platform(
        &self,
        team: &Team,
        platform: &str,
        platform_id: &str,
        details: Json,
    ) -> Result<ContactId, Failure> {
        let fresh = Contact {
            id: self.ids.contact(),
            account: team.account.clone(),
            name: None,
            email: None,
            phone: None,
            image: None,
            details,
        };
        let contact = self.store.meet_on_platform(platform, platform_id, fresh).await?;
        Ok(contact.id.clone())
    }
}

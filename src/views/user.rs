use actors::domain::User;
use serde::Serialize;

/// A team member: who they are, and nothing of what is theirs alone.
#[derive(Serialize)]
#[cfg_attr(test, derive(ts_rs::TS), ts(rename = "User"))]
pub struct UserShape<'a> {
    pub _id: &'a str,
    pub name: &'a str,
    pub email: Option<&'a str>,
    pub image: Option<&'a str>,
}

impl<'a> From<&'a User> for UserShape<'a> {
    fn from(user: &'a User) -> Self {
        Self {
            _id: user.id.as_str(),
            name: &user.name,
            email: Some(&user.email),
            image: user.image.as_deref(),
        }
    }
}

impl<'a> UserShape<'a> {
    /// A member whose record is gone.
    pub fn deleted(id: &'a str) -> Self {
        Self { _id: id, name: "Deleted user", email: None, image: None }
    }
}

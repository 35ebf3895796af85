//! `{account_id?, name, email, image?, role?, active?}`

use actors::domain::{User, UserId};
use serde_json::{Value, json};

use super::fields::wrong;
use super::{Fields, Invalid};

const MAX_NAME: usize = 512;
/// RFC 5321, 4.5.3.1: a local part of 64 and a domain of 255 octets.
pub(super) const MAX_EMAIL: usize = 320;
const MAX_ROLE: usize = 128;
pub(super) const MAX_IMAGE: usize = 8 * 1024;

pub fn read(id: UserId, mut fields: Fields) -> Result<User, Invalid> {
    fields.same_id(id.as_str())?;
    let user = User {
        id,
        account: fields.account()?,
        name: fields.text("name", MAX_NAME)?,
        email: email("email", fields.text("email", MAX_EMAIL)?)?,
        image: fields.optional_text("image", MAX_IMAGE)?,
        role: fields.optional_text("role", MAX_ROLE)?,
        active: fields.flag("active")?.unwrap_or(true),
    };
    fields.end()?;
    Ok(user)
}

pub fn view(user: &User) -> Value {
    json!({
        "_id": user.id.as_str(),
        "account_id": user.account.as_str(),
        "name": user.name,
        "email": user.email,
        "image": user.image,
        "role": user.role,
        "active": user.active,
    })
}

/// Something before and after the last `@`, and nothing that would end a header.
pub(super) fn email(key: &str, text: String) -> Result<String, Invalid> {
    let parts = text.rsplit_once('@');
    let good = parts.is_some_and(|(local, domain)| !local.is_empty() && !domain.is_empty())
        && !text.chars().any(|c| c.is_control() || c.is_whitespace());
    if good { Ok(text) } else { Err(wrong(key, "an e-mail address")) }
}

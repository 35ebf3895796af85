//! `{name, time_zone?}`

use actors::domain::{Account, AccountId};
use serde_json::{Value, json};

use super::fields::wrong;
use super::{Fields, Invalid};

const MAX_NAME: usize = 512;
/// Longer than any name in the IANA time zone database.
const MAX_ZONE: usize = 64;

/// # Errors
///
/// [`Invalid`] names the first field that is wrong. So with `read` of every document.
pub fn read(id: AccountId, mut fields: Fields) -> Result<Account, Invalid> {
    fields.same_id(id.as_str())?;
    let name = fields.text("name", MAX_NAME)?;
    let time_zone = fields.optional_text("time_zone", MAX_ZONE)?;
    let is_zone = |zone: &String| {
        zone.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'/' | b'_' | b'-' | b'+'))
    };
    if !time_zone.as_ref().is_none_or(is_zone) {
        return Err(wrong("time_zone", "a name such as America/New_York"));
    }
    fields.end()?;
    Ok(Account { id, name, time_zone })
}

pub fn view(account: &Account) -> Value {
    json!({"_id": account.id.as_str(), "name": account.name, "time_zone": account.time_zone})
}

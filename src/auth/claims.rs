//! What a token says once its signature is known to be good.

use actors::domain::{AccountId, Timestamp, UserId};
use serde::Deserialize;
use serde_json::{Number, Value};

use super::token::{LEEWAY_MS, TokenError};

/// Scopes by the names under which tokens carry them. They match whole, never by prefix.
pub mod scope {
    /// The sockets and a person's REST.
    pub const CONVERSATION: &str = "conversation";
    /// The Inbox API: reading, and everything else.
    pub const INBOX_READ: &str = "inbox.read";
    pub const INBOX_WRITE: &str = "inbox.write";
    /// What the HighLevel and Inbox faces ask for, as their documentation names it.
    pub const TEAM: [&str; 6] = [
        "conversations.readonly",
        "conversations.write",
        "conversations/message.readonly",
        "conversations/message.write",
        INBOX_READ,
        INBOX_WRITE,
    ];
}

/// What a verified token says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Claims {
    /// Unset in a team token, which speaks for an account and for nobody in person.
    pub user: Option<UserId>,
    /// The default account when the token names none.
    pub account: AccountId,
    pub scopes: Vec<String>,
    /// `exp`, without the leeway.
    pub expires_at: Timestamp,
}

impl Claims {
    pub fn allows(&self, scope: &str) -> bool {
        self.scopes.iter().any(|held| held == scope)
    }

    /// From here on nothing this token opened stays open: `exp` plus the leeway.
    pub fn ends_at(&self) -> Timestamp {
        Timestamp(self.expires_at.0.saturating_add(LEEWAY_MS))
    }
}

/// The payload as it is written. Issuers differ in how they name a user and list scopes.
#[derive(Deserialize)]
pub(super) struct Payload {
    sub: Option<String>,
    uid: Option<String>,
    user_id: Option<String>,
    _id: Option<String>,
    account_id: Option<String>,
    scope: Option<Value>,
    scopes: Option<Value>,
    exp: Option<Number>,
    nbf: Option<Number>,
    iat: Option<Number>,
}

impl Payload {
    /// # Errors
    ///
    /// [`TokenError`] for a token that is not valid at this moment, or never was.
    pub(super) fn claims(self, now: Timestamp) -> Result<Claims, TokenError> {
        let expires_at = instant(self.exp.as_ref())?.ok_or(TokenError::Malformed("exp"))?;
        if now.0 > expires_at.0.saturating_add(LEEWAY_MS) {
            return Err(TokenError::Expired);
        }
        for begins in [instant(self.nbf.as_ref())?, instant(self.iat.as_ref())?] {
            if begins.is_some_and(|begins| begins.0 > now.0.saturating_add(LEEWAY_MS)) {
                return Err(TokenError::NotYet);
            }
        }
        let user = self.sub.or(self.uid).or(self.user_id).or(self._id);
        let user = user.map(|id| UserId::parse(&id)).transpose();
        let account = self.account_id.map_or_else(
            || Ok(AccountId::default_account()),
            |id| AccountId::parse(&id).map_err(|_| TokenError::Malformed("account_id")),
        )?;
        let mut scopes = Vec::new();
        for listed in [self.scope, self.scopes].into_iter().flatten() {
            read_scopes(listed, &mut scopes)?;
        }
        Ok(Claims {
            user: user.map_err(|_| TokenError::Malformed("sub"))?,
            account,
            scopes,
            expires_at,
        })
    }
}

/// A NumericDate: seconds, which RFC 7519 allows to have a fraction.
fn instant(seconds: Option<&Number>) -> Result<Option<Timestamp>, TokenError> {
    let Some(seconds) = seconds else { return Ok(None) };
    let seconds = seconds.as_f64().ok_or(TokenError::Malformed("date"))?;
    // `as` saturates, so a date without end stays one.
    Ok(Some(Timestamp((seconds * 1_000.0) as i64)))
}

fn read_scopes(listed: Value, scopes: &mut Vec<String>) -> Result<(), TokenError> {
    match listed {
        Value::String(text) => {
            let entries = text.split(|c: char| c == ',' || c.is_whitespace());
            scopes.extend(entries.filter(|entry| !entry.is_empty()).map(str::to_owned));
        }
        Value::Array(entries) => {
            for entry in entries {
                let Value::String(entry) = entry else {
                    return Err(TokenError::Malformed("scope"));
                };
                scopes.push(entry);
            }
        }
        Value::Null => {}
        _ => return Err(TokenError::Malformed("scope")),
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    const NOW: Timestamp = Timestamp(1_000_000_000);

    fn read(mut payload: Value) -> Result<Claims, TokenError> {
        payload.as_object_mut().unwrap().entry("exp").or_insert(json!(1_000_100));
        serde_json::from_value::<Payload>(payload).unwrap().claims(NOW)
    }

    #[test]
    fn a_user_is_named_by_sub_or_by_an_alias_of_it() {
        for alias in ["sub", "uid", "user_id", "_id"] {
            let claims = read(json!({ alias: "ana" })).unwrap();

            assert_eq!(claims.user, Some(UserId::parse("ana").unwrap()), "{alias}");
        }
        let both = read(json!({"uid": "ben", "sub": "ana"})).unwrap();
        assert_eq!(both.user.unwrap().as_str(), "ana");
        assert_eq!(read(json!({})).unwrap().user, None);
        assert_eq!(read(json!({"sub": ""})), Err(TokenError::Malformed("sub")));
    }

    #[test]
    fn a_token_without_account_belongs_to_the_default_account() {
        assert_eq!(read(json!({})).unwrap().account, AccountId::default_account());
        assert_eq!(read(json!({"account_id": "a"})).unwrap().account.as_str(), "a");
    }

    #[test]
    fn scopes_are_an_array_or_a_text_and_match_whole() {
        for written in
            [json!(["a", "conversation"]), json!("a conversation"), json!("a,conversation")]
        {
            for key in ["scope", "scopes"] {
                let claims = read(json!({ key: written })).unwrap();

                assert!(claims.allows("conversation"), "{key} {written}");
                assert!(!claims.allows("conv"));
            }
        }
        for other in ["conversations", "conversation.read", "Conversation"] {
            assert!(!read(json!({"scope": other})).unwrap().allows("conversation"), "{other}");
        }
        assert_eq!(read(json!({"scope": [1]})), Err(TokenError::Malformed("scope")));
    }

    #[test]
    fn dates_are_held_against_the_clock_with_thirty_seconds_of_leeway() {
        assert!(read(json!({"exp": 999_970})).is_ok());
        assert_eq!(read(json!({"exp": 999_969})), Err(TokenError::Expired));
        for begins in ["nbf", "iat"] {
            assert!(read(json!({ begins: 1_000_030 })).is_ok());
            assert_eq!(read(json!({ begins: 1_000_031 })), Err(TokenError::NotYet));
        }
        assert_eq!(read(json!({"exp": null})), Err(TokenError::Malformed("exp")));
        assert_eq!(read(json!({"exp": 1e300})).unwrap().ends_at(), Timestamp(i64::MAX));
    }
}

//! Which keys are secret, and how they look when settings are printed.

use toml::{Table, Value};

/// Keys that may come from a file of their own and are never printed.
const SECRETS: &[(&str, &str)] = &[
    ("store", "url"),
    ("cluster", "url"),
    ("cluster", "secret"),
    ("auth", "jwt_secret"),
    ("auth", "api_keys"),
    ("auth", "leadfinder_token"),
    ("twilio", "auth_token"),
    ("sendgrid", "api_key"),
    ("sendgrid", "inbound_key"),
];

/// As long for every secret, so that it tells nothing of its length.
const MASK: &str = "********";

pub fn is_secret(section: &str, key: &str) -> bool {
    SECRETS.contains(&(section, key))
}

/// Settings as TOML, with secrets masked. Addresses keep what is no secret about them.
pub fn masked(settings: &Table) -> String {
    let mut shown = settings.clone();
    for (section, key) in SECRETS {
        if let Some(value) = shown.get_mut(*section).and_then(|section| section.get_mut(*key)) {
            mask(value, *key == "url");
        }
    }
    toml::to_string(&shown).unwrap_or_default()
}

fn mask(value: &mut Value, is_address: bool) {
    match value {
        Value::String(text) if text.is_empty() => {}
        Value::String(text) if is_address => *text = without_password(text),
        Value::Array(entries) => entries.iter_mut().for_each(|entry| mask(entry, false)),
        other => *other = Value::String(MASK.into()),
    }
}

/// `mongodb://ana:********@host/db`. What stands before the last `@` is taken for credentials, and
/// so is every option, since those can hold a password, too.
fn without_password(address: &str) -> String {
    if address.starts_with("sqlite:") {
        return address.to_owned();
    }
    let (base, options) = match address.split_once('?') {
        Some((base, _)) => (base, format!("?{MASK}")),
        None => (address, String::new()),
    };
    let Some((scheme, rest)) = base.split_once("://") else { return MASK.into() };
    match rest.rsplit_once('@') {
        Some((_, host)) => format!("{scheme}://{MASK}@{host}{options}"),
        None => format!("{base}{options}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_shows_its_host_and_no_credentials() {
        for (address, shown) in [
            ("sqlite:data/a.db", "sqlite:data/a.db"),
            ("mongodb://host/db", "mongodb://host/db"),
            ("mongodb://ana:p@ss@host/db", "mongodb://********@host/db"),
            ("mongodb://host/db?password=x", "mongodb://host/db?********"),
            ("p@ss", "********"),
        ] {
            assert_eq!(without_password(address), shown);
        }
    }
}

//! Reads settings: compiled-in defaults, then a file, then the environment.

use std::collections::HashSet;
use std::path::Path;
use std::{env, fmt, fs};

use serde::Deserialize;
use toml::{Table, Value};

use super::layer::{Found, Override, place};
use super::secret::masked;
use super::{Settings, check};

const DEFAULTS: &str = include_str!("../../config/default.toml");
const PREFIX: &str = "SWITCHBOARD__";
/// What the Node services call their key. Adds to `auth.api_keys`.
const INTERNAL_API_KEY: &str = "INTERNAL_API_KEY";

/// Everything that is wrong with the settings, a line each. No line repeats a secret.
#[derive(Debug)]
pub struct Faults(pub Vec<String>);

impl fmt::Display for Faults {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.join("\n"))
    }
}

impl std::error::Error for Faults {}

/// Reads defaults, file and the environment of this process.
///
/// # Errors
///
/// [`Faults`] names every unknown key, every value that does not fit and every contradiction.
pub fn load(file: Option<&Path>) -> Result<Settings, Faults> {
    // A variable that is no Unicode cannot be one of ours, but for its value.
    let environment = env::vars_os()
        .filter_map(|(name, value)| Some((name.into_string().ok()?, value)))
        .map(|(name, value)| (name, value.to_string_lossy().into_owned()));
    load_from(file, environment)
}

/// Like [`load`], with an environment of its own.
///
/// # Errors
///
/// As [`load`].
pub fn load_from(
    file: Option<&Path>,
    environment: impl IntoIterator<Item = (String, String)>,
) -> Result<Settings, Faults> {
    let defaults: Table =
        toml::from_str(DEFAULTS).map_err(|error| Faults(vec![format!("defaults: {error}")]))?;
    let mut faults = Vec::new();
    let mut overrides = Vec::new();
    let mut take = |placed: Result<Override, String>| match placed {
        Ok(one) => overrides.push(one),
        Err(fault) => faults.push(fault),
    };
    if let Some(path) = file {
        from_file(path, &defaults, &mut take);
    }
    let internal_key = from_environment(environment, &defaults, &mut take);
    let mut settings = defaults.clone();
    let mut seen = HashSet::new();
    for one in overrides {
        // Alone upon the defaults, so that each fault is found and has a name.
        if let Err(error) = read(with(defaults.clone(), &one)) {
            faults.push(format!("{}: {}", one.origin, error.message().trim()));
            continue;
        }
        let variable = one.origin.starts_with(PREFIX);
        if variable && !seen.insert((one.section.clone(), one.key.clone())) {
            faults.push(format!("{}: {}.{} is given twice", one.origin, one.section, one.key));
        }
        settings = with(settings, &one);
    }
    if let Some(key) = internal_key
        && let Some(keys) = settings["auth"].get_mut("api_keys").and_then(Value::as_array_mut)
    {
        keys.push(Value::String(key));
    }
    let effective = masked(&check::completed(&settings));
    match read(settings) {
        Ok(read) => {
            faults.extend(check::contradictions(&read));
            if faults.is_empty() { Ok(Settings { effective, ..read }) } else { Err(Faults(faults)) }
        }
        Err(error) => {
            faults.push(error.message().to_owned());
            Err(Faults(faults))
        }
    }
}

fn read(settings: Table) -> Result<Settings, toml::de::Error> {
    Settings::deserialize(Value::Table(settings))
}

fn with(mut settings: Table, one: &Override) -> Table {
    if let Some(section) = settings.get_mut(&one.section).and_then(Value::as_table_mut) {
        section.insert(one.key.clone(), one.value.clone());
    }
    settings
}

fn from_file(path: &Path, defaults: &Table, take: &mut impl FnMut(Result<Override, String>)) {
    let shown = path.display();
    let text = match fs::read_to_string(path) {
        Ok(text) => text,
        Err(error) => return take(Err(format!("{shown}: {}", error.kind()))),
    };
    let sections: Table = match toml::from_str(&text) {
        Ok(sections) => sections,
        Err(error) => {
            // The library's message quotes the line, which may hold a secret.
            let line = error.span().map_or(1, |span| text[..span.start].lines().count().max(1));
            return take(Err(format!("{shown}: no valid TOML near line {line}")));
        }
    };
    for (section, keys) in sections {
        let Value::Table(keys) = keys else {
            take(Err(format!("{shown}: unknown key {section} outside of any section")));
            continue;
        };
        if !defaults.contains_key(&section) {
            take(Err(format!("{shown}: unknown section {section}")));
            continue;
        }
        for (key, value) in keys {
            let origin = format!("{shown}: {section}.{key}");
            take(place(defaults, &section, &key, Found::Typed(value), origin));
        }
    }
}

/// Takes every variable of ours; gives back `INTERNAL_API_KEY`, which is none of them.
fn from_environment(
    environment: impl IntoIterator<Item = (String, String)>,
    defaults: &Table,
    take: &mut impl FnMut(Result<Override, String>),
) -> Option<String> {
    let mut internal_key = None;
    for (name, value) in environment {
        if name == INTERNAL_API_KEY && !value.is_empty() {
            internal_key = Some(value);
        } else if let Some(path) = name.strip_prefix(PREFIX) {
            let path = path.to_ascii_lowercase();
            take(match path.split_once("__") {
                Some((section, key)) => place(defaults, section, key, Found::Text(value), name),
                None => Err(format!("{name}: expected {PREFIX}SECTION__KEY")),
            });
        }
    }
    internal_key
}

#[cfg(test)]
#[path = "read_tests.rs"]
mod tests;

//! The borders between folders, and the word of the docs: kept by reading the source.
use std::fs;
use std::path::{Path, PathBuf};

/// A folder or file, and the words no line of code in it may hold. Its tests may.
const RULES: &[(&str, &[&str])] = &[
    (
        "actors/src/domain",
        &[
            "actix",
            "tokio",
            "async ",
            "SystemTime",
            "crate::ports",
            "crate::session",
            "crate::engine",
        ],
    ),
    (
        "actors/src/ports",
        &["actix", "crate::conversation", "crate::session", "crate::registry", "crate::engine"],
    ),
    (
        "actors/src/session",
        &["crate::conversation", "crate::registry", "crate::engine", "crate::ports::Store"],
    ),
    // By the front door a conversation would reach other conversations, and wait for itself.
    ("actors/src/conversation", &["crate::engine::Engine"]),
    ("actors/src", &["actix_web", "serde_json", "rusqlite", "SystemTime::now", "socketio"]),
    ("src/http", &["rusqlite", "crate::socketio", "crate::store"]),
    // The faces know each other as little as they know the sockets.
    ("src/http/inbox", &["rusqlite", "crate::socketio", "crate::store", "crate::http::highlevel"]),
    ("src/views", &["actix", "rusqlite", "crate::http", "crate::socketio", "crate::store"]),
    ("src/socketio", &["rusqlite", "crate::http", "crate::store", "crate::ingest"]),
    // It keeps its journal through the store's writer, and nothing else of the store.
    ("src/ingest", &["actix_web", "crate::http", "crate::socketio", "crate::store::sqlite::Store"]),
    ("src/provider", &["actix", "actors::engine", "rusqlite", "crate::http", "crate::store"]),
    ("src/outbox", &["actix", "rusqlite", "reqwest", "crate::http", "crate::store"]),
    ("src/push", &["actix_web", "rusqlite", "crate::http", "crate::socketio", "crate::store"]),
    // What it does for others it does through a port; only its own thread is actix's.
    (
        "src/cluster",
        &[
            "actix_web",
            "actors::engine",
            "actors::conversation",
            "actors::session",
            "rusqlite",
            "mongodb",
            "crate::http",
            "crate::socketio",
            "crate::store",
        ],
    ),
    (
        "src/subscriptions",
        &["actix_web", "rusqlite", "crate::http", "crate::socketio", "crate::store"],
    ),
    (
        "src/store",
        &[
            "actix",
            "actors::engine",
            "crate::http",
            "crate::socketio",
            "crate::ingest",
            "crate::auth",
        ],
    ),
];

/// What the manifest lacks, no hurried afternoon can import.
const NOT_IN_ACTORS: &[&str] =
    &["actix-web", "serde_json", "rusqlite", "mongodb", "reqwest", "async-nats"];

#[test]
fn no_folder_reaches_over_its_border() {
    let mut found = Vec::new();
    for (folder, words) in RULES {
        let files = files_under(&root().join(folder), "rs");
        assert!(!files.is_empty(), "{folder} is gone: the rule about it guards nothing");
        for file in files.into_iter().filter(|file| !is_test(file)) {
            let text = fs::read_to_string(&file).expect("it is text");
            for (number, line) in code_lines(&text) {
                for word in words.iter().filter(|word| line.contains(**word)) {
                    let file = file.strip_prefix(root()).expect("below the root").display();
                    found.push(format!("{file}:{number} holds {word:?}"));
                }
            }
        }
    }
    assert!(found.is_empty(), "\n{}", found.join("\n"));
}

#[test]
fn the_actors_crate_depends_on_nothing_that_speaks_a_protocol() {
    let manifest = fs::read_to_string(root().join("actors/Cargo.toml")).expect("a manifest");
    let crates: Vec<_> =
        manifest.lines().filter_map(|line| line.split(['.', ' ']).next()).collect();
    for name in NOT_IN_ACTORS {
        assert!(!crates.contains(name), "actors/Cargo.toml asks for {name}");
    }
}

#[test]
fn every_path_named_in_the_docs_exists() {
    const ROOTS: &[&str] = &[
        "actors/",
        "src/",
        "tests/",
        "docs/",
        "config/",
        "examples/",
        "benches/",
        ".ci/",
        ".github/",
    ];
    let mut missing = Vec::new();
    for (page, text) in pages() {
        for word in text.split('`').skip(1).step_by(2) {
            let path = word.split([' ', ':']).next().unwrap_or_default();
            let pattern = path.contains(['*', '{', '<', '…']);
            if !pattern
                && ROOTS.iter().any(|root| path.starts_with(root))
                && !root().join(path).exists()
            {
                missing.push(format!("{page}: {path}"));
            }
        }
        for link in text.split("](").skip(1).filter_map(|rest| rest.split([')', '#']).next()) {
            let beside = root().join(&page).parent().expect("a folder").join(link);
            if !link.is_empty() && !link.contains("://") && !beside.exists() {
                missing.push(format!("{page}: {link}"));
            }
        }
    }
    assert!(missing.is_empty(), "\n{}", missing.join("\n"));
}

#[test]
fn every_guarantee_names_a_test_that_exists() {
    let page = fs::read_to_string(root().join("docs/GUARANTEES.md")).expect("the page");
    let code: String = ["tests", "src", "actors/src"]
        .iter()
        .flat_map(|folder| files_under(&root().join(folder), "rs"))
        .map(|file| fs::read_to_string(file).expect("it is text"))
        .collect();
    let named: Vec<_> = page
        .split('`')
        .skip(1)
        .step_by(2)
        .filter(|word| word.matches('_').count() >= 3 && !word.contains(['/', '.', ' ']))
        .collect();
    assert!(!named.is_empty(), "the page names no test");
    for test in named {
        assert!(code.contains(&format!("fn {test}(")), "no test is called {test}");
    }
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// `(name, text)` of everything a person reads.
fn pages() -> Vec<(String, String)> {
    let mut files = files_under(&root().join("docs"), "md");
    files.push(root().join("README.md"));
    files
        .into_iter()
        .map(|file| {
            let name = file.strip_prefix(root()).expect("below the root").display().to_string();
            (name, fs::read_to_string(&file).expect("it is text"))
        })
        .collect()
}

fn files_under(folder: &Path, extension: &str) -> Vec<PathBuf> {
    let mut files = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).into_iter().flatten() {
            let path = entry.expect("it can be read").path();
            // What npm installed is not ours.
            if path.is_dir() && !path.ends_with("node_modules") {
                folders.push(path);
            } else if path.extension().is_some_and(|is| is == extension) {
                files.push(path);
            }
        }
    }
    files.sort();
    files
}

/// Tests, or what they stand on, in a file of their own.
fn is_test(file: &Path) -> bool {
    let name = file.file_stem().and_then(|stem| stem.to_str()).unwrap_or_default();
    name == "testing" || name.ends_with("tests")
}

/// Numbered from 1; without comments, and without the tests at the foot of a file.
fn code_lines(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let code = text.split("#[cfg(test)]\nmod tests {").next().unwrap_or(text);
    code.lines()
        .enumerate()
        .map(|(index, line)| (index + 1, line.trim()))
        .filter(|(_, line)| !line.starts_with("//"))
}

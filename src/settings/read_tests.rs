use super::*;
use crate::settings::{SignatureMode, StoreAddress};
use secrecy::ExposeSecret;
use std::time::Duration;

fn environment(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
    pairs.iter().map(|(name, value)| ((*name).into(), (*value).into())).collect()
}

fn from_env(pairs: &[(&str, &str)]) -> Result<Settings, Faults> {
    load_from(None, environment(pairs))
}

fn faults(pairs: &[(&str, &str)]) -> Vec<String> {
    from_env(pairs).unwrap_err().0
}

fn from_text(text: &str) -> Result<Settings, Faults> {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("settings.toml");
    fs::write(&path, text).unwrap();
    load_from(Some(&path), [])
}

#[test]
fn the_compiled_in_file_holds_every_key_and_nothing_else() {
    let settings = from_env(&[]).unwrap();

    assert_eq!(settings.server.bind.to_string(), "127.0.0.1:4000");
    assert_eq!(settings.recovery.retention, Duration::from_secs(86_400));
    assert_eq!(settings.limits.rest_body_bytes, 1_048_576);
    assert_eq!(settings.twilio.signature, SignatureMode::Quarantine);
    assert!(settings.auth.jwt_secret.is_none(), "an empty text is not set");
}

#[test]
fn the_store_stands_in_the_data_directory_unless_told_otherwise() {
    let path = |pairs: &[(&str, &str)]| match from_env(pairs).unwrap().store_address() {
        StoreAddress::Sqlite(path) => path,
        StoreAddress::Mongo(_) => panic!("expected SQLite"),
    };

    assert_eq!(path(&[]), Path::new("data/switchboard.db"));
    let moved = ("SWITCHBOARD__SERVER__DATA_DIR", "/srv/x");
    assert_eq!(path(&[moved]), Path::new("/srv/x/switchboard.db"));
    assert_eq!(path(&[moved, ("SWITCHBOARD__STORE__URL", "sqlite:y.db")]), Path::new("y.db"));
    assert!(from_env(&[moved]).unwrap().effective.contains("sqlite:/srv/x/switchboard.db"));
}

#[test]
fn the_environment_wins_over_the_file_and_the_file_over_the_defaults() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("settings.toml");
    fs::write(&path, "[limits]\nconnections = 5\nconnections_per_peer = 6\n").unwrap();
    let variable = environment(&[("SWITCHBOARD__LIMITS__CONNECTIONS", "7")]);

    let limits = load_from(Some(&path), variable).unwrap().limits;

    assert_eq!((limits.connections, limits.connections_per_peer), (7, 6));
    assert_eq!(limits.connections_per_user, 0);
}

#[test]
fn every_unknown_key_is_named() {
    let named = faults(&[
        ("SWITCHBOARD__SERVER__BNID", "127.0.0.1:1"),
        ("SWITCHBOARD__SEVER__BIND", "127.0.0.1:1"),
        ("SWITCHBOARD__BIND", "127.0.0.1:1"),
        ("SWITCHBOARD__SERVER__BIND_FILE", "/x"),
    ]);

    assert_eq!(
        named,
        [
            "SWITCHBOARD__SERVER__BNID: unknown key server.bnid",
            "SWITCHBOARD__SEVER__BIND: unknown section sever",
            "SWITCHBOARD__BIND: expected SWITCHBOARD__SECTION__KEY",
            "SWITCHBOARD__SERVER__BIND_FILE: unknown key server.bind_file",
        ]
    );
    let file = from_text("top = 1\n[server]\nbnid = 1\n[nothing]\n").unwrap_err().to_string();
    for name in ["key top", "key server.bnid", "section nothing"] {
        assert!(file.contains(&format!("unknown {name}")), "{file}");
    }
}

#[test]
fn every_value_that_does_not_fit_is_named_at_once() {
    let named = faults(&[
        ("SWITCHBOARD__SERVER__BIND", "here"),
        ("SWITCHBOARD__LIMITS__CONNECTIONS", "many"),
        ("SWITCHBOARD__LIMITS__INBOX_PER_MINUTE", "-1"),
        ("SWITCHBOARD__RECOVERY__RETENTION", "a day"),
        ("SWITCHBOARD__TWILIO__SIGNATURE", "maybe"),
        ("SWITCHBOARD__FCM__API_BASE", "ftp://x"),
        ("SWITCHBOARD__LIMITS__OUTBOX_FRAMES", "0"),
    ]);

    assert_eq!(named.len(), 7, "{named:#?}");
    assert!(from_text("[limits]\nconnections = \"5\"\n").is_err());
}

#[test]
fn lists_come_as_json_or_parted_by_commas() {
    for list in [r#"["one","two"]"#, "one, two"] {
        let settings = from_env(&[("SWITCHBOARD__AUTH__API_KEYS", list)]).unwrap();

        let keys: Vec<_> = settings.auth.api_keys.iter().map(|key| key.expose_secret()).collect();
        assert_eq!(keys, ["one", "two"]);
    }
}

#[test]
fn a_secret_that_looks_like_a_number_stays_as_it_was_written() {
    let settings = from_env(&[
        ("SWITCHBOARD__AUTH__JWT_SECRET", "007"),
        ("SWITCHBOARD__AUTH__API_KEYS", "1e5"),
    ])
    .unwrap();

    assert_eq!(settings.auth.jwt_secret.unwrap().expose_secret(), "007");
    assert_eq!(settings.auth.api_keys[0].expose_secret(), "1e5");
}

#[test]
fn the_internal_api_key_is_one_more_key() {
    let settings =
        from_env(&[("INTERNAL_API_KEY", "a,b"), ("SWITCHBOARD__AUTH__API_KEYS", "c")]).unwrap();

    let keys: Vec<_> = settings.auth.api_keys.iter().map(|key| key.expose_secret()).collect();
    assert_eq!(keys, ["c", "a,b"]);
}

#[test]
fn a_secret_may_come_from_a_file() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("secret");
    fs::write(&path, "hidden\n").unwrap();
    let path = path.to_str().unwrap();
    let file = ("SWITCHBOARD__AUTH__JWT_SECRET_FILE", path);

    let settings = from_env(&[file]).unwrap();

    assert_eq!(settings.auth.jwt_secret.unwrap().expose_secret(), "hidden");
    assert_eq!(faults(&[file, ("SWITCHBOARD__AUTH__JWT_SECRET", "x")]).len(), 1);
    assert_eq!(faults(&[("SWITCHBOARD__AUTH__JWT_SECRET_FILE", "/no/such")]).len(), 1);
    let text = format!("[twilio]\nauth_token_file = {path:?}\n");
    assert_eq!(from_text(&text).unwrap().twilio.auth_token.unwrap().expose_secret(), "hidden");
}

#[test]
fn no_secret_shows_in_what_is_printed() {
    let settings = from_env(&[
        ("SWITCHBOARD__AUTH__JWT_SECRET", "s3cr3t"),
        ("SWITCHBOARD__AUTH__API_KEYS", "s3cr3t,s3cr3t2"),
        ("SWITCHBOARD__AUTH__LEADFINDER_TOKEN", "s3cr3t"),
        ("SWITCHBOARD__TWILIO__AUTH_TOKEN", "s3cr3t"),
        ("SWITCHBOARD__SENDGRID__API_KEY", "s3cr3t"),
        ("SWITCHBOARD__SENDGRID__INBOUND_KEY", "s3cr3t"),
        ("SWITCHBOARD__STORE__URL", "mongodb://u:s3cr3t@host/db"),
        ("SWITCHBOARD__CLUSTER__URL", "nats://s3cr3t@host"),
        ("SWITCHBOARD__CLUSTER__SECRET", "s3cr3t-of-at-least-thirty-two-bytes"),
        ("INTERNAL_API_KEY", "s3cr3t"),
    ])
    .unwrap();

    assert!(!settings.effective.contains("s3cr3t"), "{}", settings.effective);
    assert!(!format!("{settings:?}").contains("s3cr3t"));
    assert!(settings.effective.contains("mongodb://********@host/db"));
}

#[test]
fn a_fault_never_repeats_a_secret() {
    let text = "[auth]\njwt_secret = \"s3cr3t\n";
    assert!(!from_text(text).unwrap_err().to_string().contains("s3cr3t"));
    let list = from_text("[auth]\napi_keys = [\"s3cr3t\", 5]\n").unwrap_err().to_string();
    assert!(!list.contains("s3cr3t"), "{list}");
    let url = faults(&[("SWITCHBOARD__STORE__URL", "postgres://u:s3cr3t@h")]).join("");
    assert!(url.contains("store.url") && !url.contains("s3cr3t"), "{url}");
}

#[test]
fn beyond_loopback_keys_are_required_and_secrets_must_be_strong() {
    let open = ("SWITCHBOARD__SERVER__BIND", "0.0.0.0:4000");
    let key = ("INTERNAL_API_KEY", "a key");

    assert!(faults(&[open])[0].starts_with("auth.api_keys:"));
    assert!(from_env(&[open, key]).is_ok());
    let weak = ("SWITCHBOARD__AUTH__JWT_SECRET", "short");
    assert!(faults(&[open, key, weak])[0].starts_with("auth.jwt_secret:"));
    assert!(from_env(&[weak]).is_ok());
}

#[test]
fn several_nodes_need_a_store_they_can_share_and_a_secret_that_they_do() {
    let several = ("SWITCHBOARD__CLUSTER__URL", "nats://a, nats://b");
    let store = ("SWITCHBOARD__STORE__URL", "mongodb://host/db");
    let secret = ("SWITCHBOARD__CLUSTER__SECRET", "a secret of at least thirty-two bytes");

    assert!(faults(&[several, secret])[0].starts_with("cluster.url:"));
    assert!(faults(&[several, store])[0].starts_with("cluster.secret:"));
    assert!(from_env(&[several, store, secret]).is_ok());
}

#[test]
fn contradictions_are_named_by_their_key() {
    for (pairs, key) in [
        (
            vec![
                ("SWITCHBOARD__AUTH__JWT_SECRET", "x"),
                ("SWITCHBOARD__AUTH__JWT_PUBLIC_KEY_FILE", "/x"),
            ],
            "auth.jwt_secret",
        ),
        (vec![("SWITCHBOARD__SERVER__ALLOWED_ORIGINS", "https://a.b/")], "server.allowed_origins"),
        (vec![("SWITCHBOARD__SERVER__ALLOWED_ORIGINS", "*")], "server.allowed_origins"),
        (vec![("SWITCHBOARD__CLUSTER__URL", "redis://x")], "cluster.url"),
        (vec![("SWITCHBOARD__LOG__LEVEL", "a=b=c")], "log.level"),
        (vec![("SWITCHBOARD__SESSION__ACK_DEADLINE", "0s")], "session.ack_deadline"),
    ] {
        let named = faults(&pairs);

        assert!(named.len() == 1 && named[0].starts_with(&format!("{key}:")), "{named:?}");
    }
    assert!(
        from_env(&[("SWITCHBOARD__SERVER__ALLOWED_ORIGINS", "http://a.b:8,https://c")]).is_ok()
    );
}

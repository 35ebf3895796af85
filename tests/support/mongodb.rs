//! A database of its own for each test, gone with it. For every suite that needs one.
#![allow(dead_code, reason = "each suite uses a part of it")]
use std::net::{SocketAddr, ToSocketAddrs};
use std::sync::atomic::{AtomicU32, Ordering};

/// Where the server is. `None`: somebody said aloud that there is none.
///
/// # Panics
///
/// When nobody said either: a suite that is skipped in silence proves nothing.
fn server() -> Option<String> {
    let uri = std::env::var("MONGODB_URI").ok().filter(|uri| !uri.is_empty());
    if uri.is_none() && std::env::var("SKIP_MONGO").as_deref() == Ok("1") {
        return None;
    }
    let uri = uri.expect(
        "no MongoDB server: run the tests by `make test` or `tests/with_mongodb.sh cargo test …`, \
         name one in MONGODB_URI, or say SKIP_MONGO=1 to do without",
    );
    Some(uri)
}

pub struct Database {
    pub url: String,
    server: String,
    name: String,
}

impl Database {
    /// One that nobody else has.
    pub fn fresh() -> Option<Self> {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let server = server()?;
        let name = format!("test_{}_{}", std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed));
        Some(Self { url: with_database(&server, &name), server, name })
    }

    /// Its URL by way of somebody who passes everything on to [`Self::server_address`].
    pub fn url_by(&self, address: SocketAddr) -> String {
        let (base, options) = self.url.split_once('?').unwrap_or((&self.url, ""));
        let (scheme, rest) = base.split_once("://").expect("a MongoDB URI");
        let (hosts, name) = rest.split_once('/').expect("a database");
        let user = hosts.rsplit_once('@').map(|(user, _)| format!("{user}@")).unwrap_or_default();
        // A set would tell its members' own addresses.
        let options = options
            .split('&')
            .filter(|option| !option.is_empty())
            .filter(|option| !option.starts_with("replicaSet") && !option.starts_with("direct"))
            .chain(["directConnection=true"]);
        let options: Vec<_> = options.collect();
        format!("{scheme}://{user}{address}/{name}?{}", options.join("&"))
    }

    /// Where the server is: the first one that the URI names.
    pub fn server_address(&self) -> SocketAddr {
        let rest = self.server.split_once("://").expect("a MongoDB URI").1;
        let hosts = rest.split(['/', '?']).next().unwrap_or(rest);
        let hosts = hosts.rsplit('@').next().unwrap_or(hosts);
        let host = hosts.split(',').next().unwrap_or(hosts);
        let host = if host.contains(':') { host.to_owned() } else { format!("{host}:27017") };
        host.to_socket_addrs().expect("a host and a port").next().expect("an address")
    }

    /// Straight to the documents, past the store.
    pub async fn open(&self) -> mongodb::Database {
        let client = mongodb::Client::with_uri_str(&self.server).await.expect("a MongoDB URI");
        client.database(&self.name)
    }
}

impl Drop for Database {
    fn drop(&mut self) {
        let (server, name) = (self.server.clone(), self.name.clone());
        // The test's own runtime is perhaps unwinding.
        let dropping = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
            runtime.expect("a runtime").block_on(async {
                if let Ok(client) = mongodb::Client::with_uri_str(&server).await {
                    let _ = client.database(&name).drop().await;
                }
            });
        });
        let _ = dropping.join();
    }
}

/// The same server and options, with a database.
fn with_database(uri: &str, name: &str) -> String {
    let (base, options) = uri.split_once('?').map_or((uri, None), |(b, o)| (b, Some(o)));
    let (scheme, rest) = base.split_once("://").expect("a MongoDB URI");
    let hosts = rest.split('/').next().unwrap_or(rest);
    let options = options.map(|options| format!("?{options}")).unwrap_or_default();
    format!("{scheme}://{hosts}/{name}{options}")
}

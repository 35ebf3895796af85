//! Looks host names up for the HTTP client, which connects to nothing but what comes out here: a
//! name cannot mean one thing when it is checked and another when it is called.

use std::error::Error;
use std::net::SocketAddr;

use reqwest::dns::{Addrs, Name, Resolve, Resolving};

use super::target::Policy;

#[derive(Clone, Copy, Debug)]
pub struct Resolver(pub Policy);

/// The name means nothing that may be called.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the host has no public address")]
pub struct NotPublic;

impl Resolve for Resolver {
    fn resolve(&self, name: Name) -> Resolving {
        let policy = self.0;
        Box::pin(async move {
            // The client sets the port.
            let found = tokio::net::lookup_host((name.as_str(), 0)).await?;
            let addresses = admitted(policy, found)?;
            Ok(Box::new(addresses.into_iter()) as Addrs)
        })
    }
}

fn admitted(
    policy: Policy,
    found: impl Iterator<Item = SocketAddr>,
) -> Result<Vec<SocketAddr>, Box<dyn Error + Send + Sync>> {
    let addresses: Vec<_> = found.filter(|address| policy.admits(address.ip())).collect();
    if addresses.is_empty() { Err(NotPublic.into()) } else { Ok(addresses) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_several_addresses_only_the_public_ones_are_called() {
        let both = ["10.0.0.1:0", "1.1.1.1:0"].map(|text| text.parse().unwrap());

        assert_eq!(admitted(Policy::default(), both.into_iter()).unwrap(), both[1..]);
        assert!(admitted(Policy::default(), both[..1].iter().copied()).is_err());
        assert!(admitted(Policy::default(), std::iter::empty()).is_err());
    }

    #[tokio::test]
    async fn a_name_for_this_very_machine_is_refused() {
        let strict = Resolver(Policy::default());
        let error = strict.resolve("localhost".parse().unwrap()).await.err().unwrap();

        assert!(error.downcast_ref::<NotPublic>().is_some());
    }
}

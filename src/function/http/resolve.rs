//! Names to checked addresses.
//!
//! The library below connects to what this resolver gives it and to nothing else, so the address
//! that was checked is the address that is connected to.

use std::{
    io,
    net::{IpAddr, SocketAddr},
    sync::Arc,
};

use futures_util::future::BoxFuture;
use reqwest::dns::{Addrs, Name, Resolve, Resolving};

use super::allow::Targets;

/// Looks names up.
pub(super) trait Lookup: Send + Sync + 'static {
    fn addresses(&self, host: String) -> BoxFuture<'static, io::Result<Vec<IpAddr>>>;
}

/// As the operating system does.
pub(super) struct SystemLookup;

impl Lookup for SystemLookup {
    fn addresses(&self, host: String) -> BoxFuture<'static, io::Result<Vec<IpAddr>>> {
        Box::pin(async move { Ok(tokio::net::lookup_host((host, 0)).await?.map(|at| at.ip()).collect()) })
    }
}

/// A host that leads where a function may not go.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{host}` {}, which functions may not reach", self.what())]
pub(super) struct Forbidden {
    pub(super) host: String,
    pub(super) address: IpAddr,
    pub(super) private_use: &'static str,
}

impl Forbidden {
    fn what(&self) -> String {
        let named_itself = self.host.trim_matches(['[', ']']).parse() == Ok(self.address);
        if named_itself {
            return format!("is in the {} range", self.private_use);
        }
        format!("leads to the {} address {}", self.private_use, self.address)
    }
}

/// Gives the addresses of a host if all of them may be reached. One that may not is enough to
/// refuse: a name with two faces is not to be trusted with either.
pub(super) fn check(targets: &Targets, host: &str, addresses: &[IpAddr]) -> Result<(), Forbidden> {
    let host = host.trim_end_matches('.');
    for address in addresses {
        if let Some(private_use) = targets.forbidden(host, *address) {
            return Err(Forbidden { host: host.to_owned(), address: *address, private_use });
        }
    }
    Ok(())
}

/// The resolver of one client.
pub(super) struct CheckedResolver {
    pub(super) lookup: Arc<dyn Lookup>,
    pub(super) targets: Targets,
}

impl Resolve for CheckedResolver {
    fn resolve(&self, name: Name) -> Resolving {
        let host = name.as_str().to_owned();
        let targets = self.targets.clone();
        let lookup = self.lookup.addresses(host.clone());
        Box::pin(async move {
            let addresses = lookup.await?;
            check(&targets, &host, &addresses)?;
            let checked: Addrs = Box::new(addresses.into_iter().map(|address| SocketAddr::new(address, 0)));
            Ok(checked)
        })
    }
}

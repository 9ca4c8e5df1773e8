//! Requests to the world, with a guard: what a function may reach is decided by address, not by
//! name, and for the very connection that is used.
//!
//! A name is resolved once, each of its addresses is checked, and only a checked address is
//! connected to: a name that leads elsewhere on the second look gains nothing. Redirects are
//! followed here, not by the library below, so that each hop passes the same door.

mod address;
mod allow;
mod client;
mod failure;
mod options;
mod redirect;
mod resolve;
mod uri;

#[cfg(test)]
pub(in crate::function) mod tests;

use std::time::Duration;

use reqwest::{Method, Url, header::HeaderMap};

pub(crate) use allow::{Allow, Rule, RuleError};
pub(crate) use client::HttpClient;
pub(crate) use options::request;
pub(crate) use uri::{decode_uri, encode_uri};

/// How long a request may take, redirects and body included, unless it says otherwise.
pub(crate) const DEFAULT_TIMEOUT: Duration = Duration::from_secs(30);
/// How many bytes of a body Lua code gets, unless it asks for more.
pub(crate) const DEFAULT_MAX_BODY: usize = 1024 * 1024;
/// The most it can ask for.
pub(crate) const LARGEST_MAX_BODY: usize = 16 * 1024 * 1024;
/// How many redirects are followed.
const MAX_REDIRECTS: usize = 5;

/// A request that is ready to be sent.
#[derive(Clone, Debug)]
pub(crate) struct HttpRequest {
    pub(crate) method: Method,
    pub(crate) url: Url,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Option<Vec<u8>>,
    pub(crate) timeout: Duration,
    /// Counted after decompression.
    pub(crate) max_body: usize,
}

/// What came back.
#[derive(Clone, Debug)]
pub(crate) struct HttpResponse {
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Vec<u8>,
    /// Where it came from, after redirects.
    pub(crate) url: Url,
}

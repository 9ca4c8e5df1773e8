//! Sends requests: one pool of connections for each set of rules, none across them.
//!
//! A pool is keyed by what its resolver may give, so a connection that one entry's rules allowed
//! is never lent to an entry whose rules do not.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use reqwest::{Client, Method, Url, header::CONTENT_LENGTH};
use tokio::runtime::Handle;
use tokio_util::task::AbortOnDropHandle;
use url::Host;

use crate::value::{Failure, failure_kind};

use super::{
    Allow, HttpRequest, HttpResponse, MAX_REDIRECTS,
    allow::Targets,
    failure, redirect,
    resolve::{self, CheckedResolver, Lookup, SystemLookup},
};

const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);
const AGENT: &str = concat!("metonic/", env!("CARGO_PKG_VERSION"));

/// The process's one HTTP client.
pub(crate) struct HttpClient {
    /// Where requests run: not on the lane, whose Lua code may be busy.
    io: Handle,
    lookup: Arc<dyn Lookup>,
    pools: Mutex<HashMap<Targets, Client>>,
}

impl HttpClient {
    /// A client whose connections live on `io`.
    pub(crate) fn new(io: Handle) -> Arc<Self> {
        Self::with_lookup(io, Arc::new(SystemLookup))
    }

    pub(super) fn with_lookup(io: Handle, lookup: Arc<dyn Lookup>) -> Arc<Self> {
        Arc::new(Self { io, lookup, pools: Mutex::default() })
    }

    /// Sends a request and reads its answer. Dropping the future ends the request.
    pub(crate) fn send(
        self: &Arc<Self>,
        request: HttpRequest,
        allow: Allow,
    ) -> impl Future<Output = Result<HttpResponse, Failure>> + Send + 'static {
        let client = Arc::clone(self);
        let work = async move {
            let (url, timeout) = (request.url.clone(), request.timeout);
            match tokio::time::timeout(timeout, client.follow(request, &allow)).await {
                Ok(result) => result,
                Err(_) => Err(failure::timed_out(&url, timeout)),
            }
        };
        let task = AbortOnDropHandle::new(self.io.spawn(work));
        async move {
            task.await.unwrap_or_else(|error| {
                let message = format!("the request broke inside metonic: {error}");
                Err(Failure { retryable: Some(true), ..Failure::new(failure_kind::INTERNAL, message) })
            })
        }
    }

    async fn follow(&self, mut request: HttpRequest, allow: &Allow) -> Result<HttpResponse, Failure> {
        for _ in 0..=MAX_REDIRECTS {
            let response = self.send_once(&request, allow).await?;
            match redirect::next(&request, response.status(), response.headers())? {
                Some(next) => request = next,
                None => return read(response, request.url, request.max_body).await,
            }
        }
        Err(failure::too_many_redirects(&request.url, MAX_REDIRECTS))
    }

    async fn send_once(&self, request: &HttpRequest, allow: &Allow) -> Result<reqwest::Response, Failure> {
        let url = &request.url;
        let targets = allow.at(url.port_or_known_default().unwrap_or_default());
        // A name is checked when it is resolved; an address never is.
        let address = match url.host() {
            Some(Host::Ipv4(address)) => Some(address.into()),
            Some(Host::Ipv6(address)) => Some(address.into()),
            _ => None,
        };
        if let Some(address) = address {
            resolve::check(&targets, url.host_str().unwrap_or_default(), &[address])
                .map_err(|error| failure::forbidden(&error))?;
        }
        let client = self.pool(targets).map_err(|error| failure::of_library(url, error))?;
        let mut builder = client.request(request.method.clone(), url.clone()).headers(request.headers.clone());
        match &request.body {
            Some(body) if !body.is_empty() => builder = builder.body(body.clone()),
            // The library below says nothing of a body that is empty, and servers ask for its length.
            _ if matches!(request.method, Method::POST | Method::PUT | Method::PATCH) => {
                builder = builder.header(CONTENT_LENGTH, 0);
            }
            _ => {}
        }
        builder.send().await.map_err(|error| failure::of_library(url, error))
    }

    fn pool(&self, targets: Targets) -> reqwest::Result<Client> {
        let mut pools = self.pools.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(client) = pools.get(&targets) {
            return Ok(client.clone());
        }
        let client = self.open(targets.clone())?;
        pools.insert(targets, client.clone());
        Ok(client)
    }

    fn open(&self, targets: Targets) -> reqwest::Result<Client> {
        // The first to come installs the provider; whoever came before has chosen the same one.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let builder = || {
            Client::builder()
                .user_agent(AGENT)
                .redirect(reqwest::redirect::Policy::none())
                .referer(false)
                .no_proxy()
                .connect_timeout(CONNECT_TIMEOUT)
                .dns_resolver(CheckedResolver { lookup: Arc::clone(&self.lookup), targets: targets.clone() })
        };
        // A machine without root certificates can still speak plain HTTP; HTTPS then fails for
        // want of an issuer.
        builder().build().or_else(|_| builder().tls_certs_only([]).build())
    }
}

/// Reads a body to its end, or to the limit.
async fn read(mut response: reqwest::Response, url: Url, max_body: usize) -> Result<HttpResponse, Failure> {
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(|error| failure::of_library(&url, error))? {
        if body.len() + chunk.len() > max_body {
            return Err(failure::body_too_large(&url, max_body));
        }
        body.extend_from_slice(&chunk);
    }
    Ok(HttpResponse { status: response.status().as_u16(), headers: std::mem::take(response.headers_mut()), body, url })
}

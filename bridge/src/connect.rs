//! A connection, and the settings it is made of.
//!
//! The core's option and connection types print API keys and header values; the types here do not.

use std::{fmt, sync::Arc, time::Duration};

use temporalio_client::{
    ClientKeepAliveOptions, ClientTlsOptions, Connection as CoreConnection, ConnectionOptions, GrpcCompression,
    TlsOptions as CoreTls, errors::ClientConnectError,
};
use url::Url;

use crate::{BoxFuture, Code, ConnectionMeter, verifier::AcceptAnyServer};

/// Everything a connection is made of.
pub struct ConnectOptions {
    /// `host:port`.
    pub address: String,
    pub client: ClientIdentity,
    pub connect_timeout: Duration,
    pub keep_alive: KeepAlive,
    /// Calls and answers are compressed with gzip. A server that cannot is talked to without.
    pub compressed: bool,
    pub api_key: Option<String>,
    pub tls: Option<TlsOptions>,
    /// Nothing: calls are not measured.
    pub meter: Option<ConnectionMeter>,
}

/// How this process names itself to the server.
#[derive(Clone, Debug)]
pub struct ClientIdentity {
    /// Names this process.
    pub identity: String,
    /// Names the SDK.
    pub name: String,
    pub version: String,
}

/// How a silent connection is found out.
#[derive(Clone, Copy, Debug)]
pub struct KeepAlive {
    pub interval: Duration,
    pub timeout: Duration,
}

/// How the connection is encrypted.
#[derive(Clone, Default)]
pub struct TlsOptions {
    /// PEM; nothing: the system's roots.
    pub ca: Option<Vec<u8>>,
    pub server_name: Option<String>,
    /// Any certificate will do.
    pub skip_verify: bool,
    /// Certificate and key, both PEM.
    pub client: Option<(Vec<u8>, Vec<u8>)>,
}

/// Why there is no connection.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ConnectError {
    /// The settings cannot work.
    Settings(String),
    /// Nothing was reached, or no encryption agreed upon.
    Transport(String),
    /// The server answered, and refused.
    Refused { code: Code, message: String },
}

impl fmt::Display for ConnectError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Settings(message) | Self::Transport(message) | Self::Refused { message, .. } => f.write_str(message),
        }
    }
}

impl std::error::Error for ConnectError {}

/// A live connection. Clones share it.
#[derive(Clone)]
pub struct Connection(pub(crate) CoreConnection);

impl Connection {
    /// Connects and asks the server for its capabilities.
    pub fn connect(options: ConnectOptions) -> BoxFuture<'static, Result<Self, ConnectError>> {
        Box::pin(async move {
            let options = core_options(options)?;
            CoreConnection::connect(options).await.map(Self).map_err(connect_error)
        })
    }

    /// From the next call on, this key is sent.
    pub fn set_api_key(&self, key: Option<String>) {
        self.0.set_api_key(key);
    }

    pub fn identity(&self) -> &str {
        self.0.identity()
    }
}

fn core_options(options: ConnectOptions) -> Result<ConnectionOptions, ConnectError> {
    let scheme = if options.tls.is_some() { "https" } else { "http" };
    let target = Url::parse(&format!("{scheme}://{}", options.address))
        .map_err(|error| ConnectError::Settings(format!("`{}` is no address: {error}", options.address)))?;
    let keep_alive = ClientKeepAliveOptions::builder()
        .interval(options.keep_alive.interval)
        .timeout(options.keep_alive.timeout)
        .build();
    Ok(ConnectionOptions::new(target)
        .identity(options.client.identity)
        .client_name(options.client.name)
        .client_version(options.client.version)
        .connect_timeout(options.connect_timeout)
        .keep_alive(Some(keep_alive))
        .grpc_compression(if options.compressed { GrpcCompression::Gzip } else { GrpcCompression::None })
        .maybe_api_key(options.api_key)
        .maybe_tls_options(options.tls.map(core_tls))
        .maybe_metrics_meter(options.meter.map(|meter| meter.0))
        .build())
}

fn core_tls(tls: TlsOptions) -> CoreTls {
    let client = tls
        .client
        .map(|(certificate, key)| ClientTlsOptions::builder().client_cert(certificate).client_private_key(key).build());
    let mut core = CoreTls::builder().maybe_domain(tls.server_name).maybe_client_tls_options(client).build();
    if tls.skip_verify {
        core.server_cert_verifier = Some(Arc::new(AcceptAnyServer::new()));
    } else {
        core.server_root_ca_cert = tls.ca;
    }
    core
}

fn connect_error(error: ClientConnectError) -> ConnectError {
    match error {
        // What the server says has no cause here; this broke on the way to it.
        ClientConnectError::SystemInfoCallError(status) if std::error::Error::source(&status).is_some() => {
            ConnectError::Transport(innermost(&status))
        }
        ClientConnectError::SystemInfoCallError(status) => {
            ConnectError::Refused { code: status.code(), message: status.message().to_owned() }
        }
        ClientConnectError::TonicTransportError(error) => ConnectError::Transport(innermost(&error)),
        ClientConnectError::DnsResolutionError { host, source } => {
            ConnectError::Transport(format!("`{host}` has no address: {source}"))
        }
        other => ConnectError::Settings(other.to_string()),
    }
}

/// What lies below the wrappers: `connection refused` rather than `transport error`.
fn innermost(error: &(dyn std::error::Error + 'static)) -> String {
    let mut at = error;
    while let Some(source) = at.source() {
        at = source;
    }
    at.to_string()
}

impl fmt::Debug for ConnectOptions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ConnectOptions")
            .field("address", &self.address)
            .field("client", &self.client)
            .field("compressed", &self.compressed)
            .field("connect_timeout", &self.connect_timeout)
            .field("keep_alive", &self.keep_alive)
            .field("api_key", &self.api_key.as_ref().map(|_| "***"))
            .field("tls", &self.tls)
            .field("meter", &self.meter.is_some())
            .finish()
    }
}

impl fmt::Debug for TlsOptions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TlsOptions")
            .field("ca", &self.ca.as_ref().map(|_| "PEM"))
            .field("server_name", &self.server_name)
            .field("skip_verify", &self.skip_verify)
            .field("client", &self.client.as_ref().map(|_| "***"))
            .finish()
    }
}

impl fmt::Debug for Connection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Connection({:?})", self.identity())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn options() -> ConnectOptions {
        ConnectOptions {
            address: "temporal.internal:7233".to_owned(),
            client: ClientIdentity {
                identity: "me".to_owned(),
                name: "an-sdk".to_owned(),
                version: "1.2.3".to_owned(),
            },
            connect_timeout: Duration::from_secs(11),
            keep_alive: KeepAlive { interval: Duration::from_secs(12), timeout: Duration::from_secs(13) },
            compressed: true,
            api_key: Some("key".to_owned()),
            tls: None,
            meter: None,
        }
    }

    #[test]
    fn every_option_reaches_the_core() {
        let core = core_options(options()).unwrap();
        assert_eq!(core.target.as_str(), "http://temporal.internal:7233/");
        assert_eq!(core.identity, "me");
        assert_eq!(core.connect_timeout, Some(Duration::from_secs(11)));
        let keep_alive = core.keep_alive.unwrap();
        assert_eq!((keep_alive.interval, keep_alive.timeout), (Duration::from_secs(12), Duration::from_secs(13)));
        assert!(matches!(core.grpc_compression, GrpcCompression::Gzip));
        assert_eq!(core.api_key.as_deref(), Some("key"));
        let plain = core_options(ConnectOptions { compressed: false, ..options() }).unwrap();
        assert!(matches!(plain.grpc_compression, GrpcCompression::None));
    }

    #[test]
    fn settings_of_tls_reach_the_core() {
        let tls = TlsOptions {
            ca: Some(b"ca".to_vec()),
            server_name: Some("name".to_owned()),
            skip_verify: false,
            client: Some((b"certificate".to_vec(), b"key".to_vec())),
        };
        let core = core_options(ConnectOptions { tls: Some(tls.clone()), ..options() }).unwrap();
        assert_eq!(core.target.as_str(), "https://temporal.internal:7233/");
        let found = core.tls_options.unwrap();
        assert_eq!(found.server_root_ca_cert.as_deref(), Some(&b"ca"[..]));
        assert_eq!(found.domain.as_deref(), Some("name"));
        let client = found.client_tls_options.unwrap();
        assert_eq!((&*client.client_cert, &*client.client_private_key), (&b"certificate"[..], &b"key"[..]));
        assert!(found.server_cert_verifier.is_none());
        let unverified = core_tls(TlsOptions { skip_verify: true, ..tls });
        assert!(unverified.server_cert_verifier.is_some() && unverified.server_root_ca_cert.is_none());
    }
}

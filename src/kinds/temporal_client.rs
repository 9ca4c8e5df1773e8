//! `temporal.client`: one connection to a Temporal server, shared by its workers.

use std::{sync::Arc, time::Duration};

use super::{
    address::Address,
    client_auth::{AuthFields, AuthType},
    client_pem,
    client_tls::TlsFields,
    names::queue_refusal,
    unused_environment,
};
use crate::{
    diag::{Code, Diagnostic, Diagnostics},
    entry::EntryId,
    local::{LocalConnection, LocalEngine},
    registry::{BuildCx, CheckCx, Entry, Kind, Lifecycle, Unfit},
    service::BoxService,
    temporal::ClientService,
    value::format_duration,
    yaml::{DecodeCx, Node, Rule, choices, record},
};

/// The kind.
pub(crate) struct TemporalClient;

/// What no connection can carry in a header, nor a server keep.
const NAMESPACE: Rule<String> = Rule {
    test: |name| match name.chars().find(|letter| !matches!(letter, ' '..='~')) {
        _ if name.trim().is_empty() => Err("cannot be empty".to_owned()),
        Some(letter) => Err(format!("has `{}`, which no namespace has", letter.escape_default())),
        None => Ok(()),
    },
    schema: &[("printable", 1.0)],
};

const PREFIX: Rule<String> = Rule { test: |prefix| queue_refusal(prefix).map_or(Ok(()), Err), schema: &[] };

/// A server takes it for an attack to be asked oftener, and ends the connection.
const SHORTEST_KEEP_ALIVE: Duration = Duration::from_secs(10);

const KEEP_ALIVE: Rule<Duration> = Rule {
    test: |time| at_least(SHORTEST_KEEP_ALIVE, *time, "a server ends the connection of a client that asks it oftener"),
    schema: &[],
};

/// A way to a server, its name, TLS and HTTP/2 take several messages there and back.
const SHORTEST_CONNECTION_TIMEOUT: Duration = Duration::from_millis(100);

const CONNECTING: Rule<Duration> = Rule {
    test: |time| at_least(SHORTEST_CONNECTION_TIMEOUT, *time, "hardly a server can be reached in less"),
    schema: &[],
};

/// A late answer costs the connection, with all calls that are under way.
const SHORTEST_KEEP_ALIVE_TIMEOUT: Duration = Duration::from_secs(1);

const KEPT_ALIVE: Rule<Duration> = Rule {
    test: |time| {
        let why = "a server that answers a little late would lose the connection each time";
        at_least(SHORTEST_KEEP_ALIVE_TIMEOUT, *time, why)
    },
    schema: &[],
};

/// Nothing means the default.
fn at_least(shortest: Duration, time: Duration, why: &str) -> Result<(), String> {
    if time.is_zero() || time >= shortest {
        return Ok(());
    }
    Err(format!("cannot be below {}: {why}", format_duration(shortest)))
}

const CONNECTION_TIMEOUT: &str = "connection_timeout";
const START_TIMEOUT: &str = "start_timeout";

// What `0s` and an absent line mean.
pub(super) const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);
pub(super) const KEEP_ALIVE_TIME: Duration = Duration::from_secs(30);
pub(super) const KEEP_ALIVE_TIMEOUT: Duration = Duration::from_secs(10);

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
        namespace: String where NAMESPACE = "default".to_owned();
        /// Put before the name of every queue, without a separator.
        tq_prefix: String where PREFIX = String::new();
        /// A connection attempt that takes longer, or four fifths of `lifecycle.start_timeout`, has failed; 100ms or
        /// more, `0s` means the default. Of a longer one that is written, `metonic check` warns.
        connection_timeout: Duration where CONNECTING = CONNECT_TIMEOUT;
        /// The time between two questions whether the server is there, 10s or more; `0s` means the default.
        keep_alive_time: Duration where KEEP_ALIVE = KEEP_ALIVE_TIME;
        /// How long the server has to answer that, 1s or more; `0s` means the default.
        keep_alive_timeout: Duration where KEPT_ALIVE = KEEP_ALIVE_TIMEOUT;
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
        if entry.is_fixed(START_TIMEOUT) {
            check_connection_timeout(&entry.id, &entry.body, spec.connection_timeout, &entry.lifecycle, cx);
        }
    }

    fn check_unfit(entry: &Unfit, cx: &mut CheckCx<'_>) {
        // What is wrong with either as a whole was reported.
        let auth = entry.body.get("auth").filter(|_| entry.field::<AuthFields>("auth").is_some());
        let tls = entry.body.get("tls").filter(|_| entry.field::<TlsFields>("tls").is_some());
        client_pem::check(&entry.id, auth, tls, cx.diagnostics);
        if let (Some(wanted), Some(lifecycle)) = (entry.field(CONNECTION_TIMEOUT), entry.lifecycle_with(START_TIMEOUT))
        {
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
pub(super) fn longest_attempt(lifecycle: &Lifecycle) -> Duration {
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

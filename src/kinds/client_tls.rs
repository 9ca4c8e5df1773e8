//! How a client's connection is encrypted.

use rustls::pki_types::ServerName;

use crate::{
    diag::{Code, Diagnostic},
    source::Spanned,
    yaml::{DecodeCx, Node, Pair, UnlessEmpty, record},
};

record! {
    /// How the connection is encrypted.
    pub(crate) struct TlsFields with defaults checked by names_fit {
        /// Encrypt; with `api_key` and `mtls` it is always so.
        enabled: Option<bool>;
        /// The file with the certificates of the authorities to trust, as PEM, in place of the system's.
        ca_file: UnlessEmpty<Spanned<String>>;
        /// Those certificates themselves, as PEM.
        ca_pem: UnlessEmpty<String>;
        /// The name that the server's certificate has, if it is not the address.
        server_name: UnlessEmpty<String>;
        /// Trust any certificate: for tests only.
        insecure_skip_verify: bool = false;
    }
}

impl TlsFields {
    /// The first field that says how to encrypt.
    pub(crate) fn first_detail(node: &Node) -> Option<&Pair> {
        node.as_map()?.iter().find(|pair| pair.name() != "enabled" && !pair.value.is_empty_text())
    }
}

/// Whether it is a host name, or an address without a colon, which no header could carry.
fn is_server(name: &str) -> bool {
    !name.contains(':') && ServerName::try_from(name).is_ok()
}

fn names_fit(fields: &TlsFields, node: &Node, cx: &mut DecodeCx<'_>) -> Option<()> {
    let mut good = true;
    if let Some(name) =
        fields.server_name.0.as_deref().filter(|name| !cx.is_unread(&["server_name"]) && !is_server(name))
    {
        let place = node.get("server_name").map_or(cx.anchor, |node| node.span);
        let headline = format!("`{name}` is no name that a server's certificate has");
        cx.report(Diagnostic::error(Code::BadValue, place, headline).help("write a host name, as `temporal.internal`"));
        good = false;
    }
    if fields.insecure_skip_verify && fields.server_name.0.is_some() {
        let place = node.pair("server_name").map_or(cx.anchor, |pair| pair.key.span);
        cx.bad_value(place, "`server_name` has no meaning with `insecure_skip_verify`: nothing is compared with it");
        good = false;
    }
    if fields.insecure_skip_verify && (fields.ca_file.0.is_some() || fields.ca_pem.0.is_some()) {
        let place = node.pair("ca_file").or(node.pair("ca_pem")).map_or(cx.anchor, |pair| pair.key.span);
        cx.bad_value(place, "authorities have no meaning with `insecure_skip_verify`: any certificate is trusted");
        good = false;
    }
    if fields.ca_file.0.is_some() && fields.ca_pem.0.is_some() {
        let place = node.pair("ca_pem").map_or(cx.anchor, |pair| pair.key.span);
        cx.bad_value(place, "the authorities are given twice: keep one of `ca_file` and `ca_pem`");
        good = false;
    }
    good.then_some(())
}

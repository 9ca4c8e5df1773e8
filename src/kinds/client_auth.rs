//! Who a client says it is: nobody, the owner of an API key, or the owner of a certificate.

use crate::{
    diag::{Code, Diagnostic},
    registry::VariableName,
    source::Spanned,
    value::Secret,
    yaml::{DecodeCx, Node, Pair, UnlessEmpty, choices, quoted, record},
};

choices! {
    /// How the client proves who it is.
    pub(crate) enum AuthType {
        /// It does not.
        None = "none",
        /// With a key that is sent with every request.
        ApiKey = "api_key",
        /// With a certificate.
        Mtls = "mtls",
    }
}

record! {
    /// How the client proves who it is.
    pub(crate) struct AuthFields with defaults checked by sources_fit {
        /// `none`, `api_key` or `mtls`.
        kind as "type": AuthType = AuthType::None;
        /// The key itself; better a variable: `${env:TEMPORAL_API_KEY}`.
        api_key: UnlessEmpty<Secret>;
        /// The variable that holds the key.
        api_key_env: UnlessEmpty<VariableName>;
        /// The file that holds the key; white space around it is dropped.
        api_key_file: UnlessEmpty<Spanned<String>>;
        /// The file with the certificate, as PEM.
        cert_file: UnlessEmpty<Spanned<String>>;
        /// The certificate itself, as PEM.
        cert_pem: UnlessEmpty<String>;
        /// The file with the certificate's key, as PEM.
        key_file: UnlessEmpty<Spanned<String>>;
        /// The certificate's key itself, as PEM.
        key_pem: UnlessEmpty<Secret>;
        /// The variable that holds the certificate's key.
        key_pem_env: UnlessEmpty<VariableName>;
    }
}

const KEY: [&str; 3] = ["api_key", "api_key_env", "api_key_file"];
const CERTIFICATE: [&str; 2] = ["cert_file", "cert_pem"];
const CERTIFICATE_KEY: [&str; 3] = ["key_file", "key_pem", "key_pem_env"];

/// Each thing that the type needs has one source, and what it does not need has none.
fn sources_fit(fields: &AuthFields, node: &Node, cx: &mut DecodeCx<'_>) -> Option<()> {
    if cx.is_unread(&["type"]) {
        return Some(());
    }
    let good = match fields.kind {
        AuthType::None => [
            none_of(node, cx, "none", &KEY),
            none_of(node, cx, "none", &CERTIFICATE),
            none_of(node, cx, "none", &CERTIFICATE_KEY),
        ],
        AuthType::ApiKey => [
            one_of(node, cx, "an API key", &KEY),
            none_of(node, cx, "api_key", &CERTIFICATE),
            none_of(node, cx, "api_key", &CERTIFICATE_KEY),
        ],
        AuthType::Mtls => [
            none_of(node, cx, "mtls", &KEY),
            one_of(node, cx, "a certificate", &CERTIFICATE),
            one_of(node, cx, "the certificate's key", &CERTIFICATE_KEY),
        ],
    };
    good.iter().all(|good| *good).then_some(())
}

/// A line that says something: an empty text does not.
fn given<'a>(node: &'a Node, key: &str) -> Option<&'a Pair> {
    node.pair(key).filter(|pair| !pair.value.is_empty_text())
}

fn one_of(node: &Node, cx: &mut DecodeCx<'_>, what: &str, keys: &[&str]) -> bool {
    let given: Vec<_> = keys.iter().filter_map(|key| given(node, key)).collect();
    match given.as_slice() {
        [_] => true,
        // One of them was written with a slip.
        [] if cx.is_unread(keys) => true,
        [] => {
            let place = node.pair("type").map_or(cx.anchor, |pair| pair.value.span);
            cx.report(
                Diagnostic::error(Code::MissingField, place, format!("{what} is needed and not given"))
                    .help(format!("add one of {}", quoted(keys))),
            );
            false
        }
        [first, second, ..] => {
            cx.report(
                Diagnostic::error(Code::BadValue, second.key.span, format!("{what} is given more than once"))
                    .label("given again")
                    .also(first.key.span, "given here")
                    .help(format!("keep one of {}", quoted(keys))),
            );
            false
        }
    }
}

fn none_of(node: &Node, cx: &mut DecodeCx<'_>, kind: &str, keys: &[&str]) -> bool {
    let Some(pair) = keys.iter().find_map(|key| given(node, key)) else { return true };
    let key = &pair.key.value;
    let needed = if KEY.contains(&&**key) { "api_key" } else { "mtls" };
    cx.report(
        Diagnostic::error(Code::BadValue, pair.key.span, format!("`{key}` is given, and `type` is `{kind}`"))
            .label("it would not be used")
            .help(format!("write `type: {needed}`, or remove this line")),
    );
    false
}

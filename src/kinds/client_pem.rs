//! Keys and certificates that stand in an entry: what can be told of them without a connection.
//!
//! What a variable or a file holds is looked at when the service starts; the rest is in the text.

use rustls::pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject as _};

use crate::{
    diag::{Code, Diagnostic, Diagnostics},
    entry::EntryId,
    yaml::{Node, Style},
};

/// What a key looks like.
const HELP_KEY: &str = "it is one line of letters, digits and signs";

/// Whether a header can carry the key; white space around it is dropped.
pub(super) fn is_api_key(key: &str) -> bool {
    let trimmed = key.trim();
    !trimmed.is_empty() && trimmed.bytes().all(|byte| byte.is_ascii_graphic())
}

/// Reports each literal of a client's `auth` and `tls` that can never work.
pub(super) fn check(id: &EntryId, auth: Option<&Node>, tls: Option<&Node>, diagnostics: &mut Diagnostics) {
    let mut report = |node: Option<(&Node, &str)>, what: &str, help: &str| {
        if let Some((node, _)) = node {
            let headline = format!("{what}, in `{id}`");
            diagnostics.push(Diagnostic::error(Code::BadValue, node.span, headline).help(help));
        }
    };
    let key = literal(auth, "api_key").filter(|(_, text)| !is_api_key(text));
    report(key, "`api_key` is empty or has characters that no key has", HELP_KEY);
    let certificate = "copy all of it, from `-----BEGIN CERTIFICATE-----` to `-----END CERTIFICATE-----`";
    for (node, field) in [(auth, "cert_pem"), (tls, "ca_pem")] {
        let bad = literal(node, field).filter(|(_, text)| !has_certificate(text));
        report(bad, &format!("`{field}` is no certificate in PEM"), certificate);
    }
    let bad = literal(auth, "key_pem").filter(|(_, text)| PrivateKeyDer::from_pem_slice(text.as_bytes()).is_err());
    report(
        bad,
        "`key_pem` is no private key in PEM",
        "copy all of it, from `-----BEGIN PRIVATE KEY-----` to `-----END PRIVATE KEY-----`",
    );
}

/// A field's text, if no variable is in it.
fn literal<'a>(record: Option<&'a Node>, key: &str) -> Option<(&'a Node, &'a str)> {
    let node = record?.get(key).filter(|node| !node.is_empty_text())?;
    let scalar = node.as_scalar().filter(|scalar| !scalar.is_null())?;
    let is_known = if scalar.style == Style::File { !node.is_not_included() } else { !scalar.text.contains("${") };
    is_known.then_some((node, &*scalar.text))
}

/// Whether every part of it is sound, and there is one.
fn has_certificate(text: &str) -> bool {
    let all: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(text.as_bytes()).collect();
    all.is_ok_and(|all| !all.is_empty())
}

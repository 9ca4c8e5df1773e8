//! Keys and certificates: what can be told of them without a connection.
//!
//! What stands in an entry is looked at when it is loaded, what a variable or a file holds when the
//! client starts.

use rustls::{
    RootCertStore,
    crypto::ring::default_provider,
    pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject as _},
    server::ParsedCertificate,
    sign::CertifiedKey,
};

use crate::{
    diag::{Code, Diagnostic, Diagnostics},
    entry::EntryId,
    source::Span,
    yaml::{Node, Style},
};

/// What a key looks like.
const HELP_KEY: &str = "it is one line of letters, digits and signs";

const CERTIFICATE: &str = "copy all of it, from `-----BEGIN CERTIFICATE-----` to `-----END CERTIFICATE-----`";
const PRIVATE_KEY: &str = "copy all of it, from `-----BEGIN PRIVATE KEY-----` to `-----END PRIVATE KEY-----`";
const DECRYPT: &str = "write it without a passphrase: `openssl pkey -in KEY -out PLAIN_KEY`";

/// What a text in PEM is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Material {
    /// The client's own certificate.
    Own,
    /// Those of the authorities that it trusts.
    Authorities,
    /// The key of its own.
    Key,
}

/// Why a text cannot be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Refusal {
    /// Goes on after what it is called.
    what: &'static str,
    help: &'static str,
}

impl Refusal {
    /// As a problem of `source`, which is a field, or a field's file.
    pub(super) fn diagnostic(self, source: &str, id: &EntryId, place: Span) -> Diagnostic {
        let headline = format!("{source} {}, in `{id}`", self.what);
        Diagnostic::error(Code::BadValue, place, headline).help(self.help)
    }
}

impl Material {
    /// Why a text is none of these; nothing if it is one.
    pub(super) fn refusal(self, text: &str) -> Option<Refusal> {
        let is_good = match self {
            Self::Own => is_certificate(text),
            Self::Authorities => has_authority(text),
            Self::Key => is_private_key(text),
        };
        let (what, help) = match self {
            Self::Key if is_encrypted(text) => ("is encrypted, and nobody is asked for the passphrase", DECRYPT),
            _ if is_good => return None,
            Self::Key if text.trim().is_empty() => ("is empty", PRIVATE_KEY),
            _ if text.trim().is_empty() => ("is empty", CERTIFICATE),
            Self::Key if text.contains("-----BEGIN CERTIFICATE") => {
                ("is no private key but a certificate", PRIVATE_KEY)
            }
            Self::Key => ("is no private key in PEM", PRIVATE_KEY),
            _ if text.contains("PRIVATE KEY-----") => ("is no certificate but a private key", CERTIFICATE),
            _ => ("is no certificate in PEM", CERTIFICATE),
        };
        Some(Refusal { what, help })
    }
}

/// Why a sound key cannot be used with a sound certificate; nothing if it can.
pub(super) fn mismatch(certificate: &str, key: &str) -> Option<&'static str> {
    let chain = certificates(certificate)?;
    let key = PrivateKeyDer::from_pem_slice(key.as_bytes()).ok()?;
    match CertifiedKey::from_der(chain, key, &default_provider()) {
        Ok(_) => None,
        Err(rustls::Error::InconsistentKeys(_)) => Some("is not the key of"),
        Err(_) => Some("is a key of a form that cannot be used with"),
    }
}

/// Whether a header can carry the key; white space around it is dropped.
pub(super) fn is_api_key(key: &str) -> bool {
    let trimmed = key.trim();
    !trimmed.is_empty() && trimmed.bytes().all(|byte| byte.is_ascii_graphic())
}

/// Reports each literal of a client's `auth` and `tls` that can never work.
pub(super) fn check(id: &EntryId, auth: Option<&Node>, tls: Option<&Node>, diagnostics: &mut Diagnostics) {
    if let Some((node, _)) = literal(auth, "api_key").filter(|(_, text)| !is_api_key(text)) {
        let headline = format!("`api_key` is empty or has characters that no key has, in `{id}`");
        diagnostics.push(Diagnostic::error(Code::BadValue, node.span, headline).help(HELP_KEY));
    }
    for (record, field, material) in
        [(auth, "cert_pem", Material::Own), (tls, "ca_pem", Material::Authorities), (auth, "key_pem", Material::Key)]
    {
        let Some((node, text)) = literal(record, field) else { continue };
        if let Some(refusal) = material.refusal(text) {
            diagnostics.push(refusal.diagnostic(&format!("`{field}`"), id, node.span));
        }
    }
    let (certificate, key) = (literal(auth, "cert_pem"), literal(auth, "key_pem"));
    if let (Some((certificate, pem)), Some((key, key_pem))) = (certificate, key)
        && let Some(how) = mismatch(pem, key_pem)
    {
        let headline = format!("`key_pem` {how} `cert_pem`, in `{id}`");
        diagnostics
            .push(Diagnostic::error(Code::BadValue, key.span, headline).also(certificate.span, "the certificate"));
    }
}

/// A field's text, if no variable is in it.
fn literal<'a>(record: Option<&'a Node>, key: &str) -> Option<(&'a Node, &'a str)> {
    let node = record?.get(key).filter(|node| !node.is_empty_text())?;
    let scalar = node.as_scalar().filter(|scalar| !scalar.is_null())?;
    let is_known = if scalar.style == Style::File { !node.is_not_included() } else { !scalar.text.contains("${") };
    is_known.then_some((node, &*scalar.text))
}

/// The certificates of a text; nothing if one of its parts is not sound.
fn certificates(text: &str) -> Option<Vec<CertificateDer<'static>>> {
    CertificateDer::pem_slice_iter(text.as_bytes()).collect::<Result<_, _>>().ok()
}

/// Whether the first of its certificates, which is the client's, is one.
fn is_certificate(text: &str) -> bool {
    certificates(text).is_some_and(|all| all.first().is_some_and(|own| ParsedCertificate::try_from(own).is_ok()))
}

fn has_authority(text: &str) -> bool {
    certificates(text).is_some_and(|all| RootCertStore::empty().add_parsable_certificates(all).0 > 0)
}

/// Whether a key has a passphrase, in the form of today or in the older one.
fn is_encrypted(key: &str) -> bool {
    key.contains("-----BEGIN ENCRYPTED") || key.contains("4,ENCRYPTED")
}

fn is_private_key(text: &str) -> bool {
    PrivateKeyDer::from_pem_slice(text.as_bytes()).is_ok()
}

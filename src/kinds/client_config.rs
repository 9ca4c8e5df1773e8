//! The settings of a client's connection, with the files and variables that it names read now.
//!
//! What they hold is looked at here, before a connection is tried: a server is not to be blamed for a
//! key that is not the certificate's.

use std::{path::PathBuf, time::Duration};

use super::{
    client_auth::{AuthFields, AuthType},
    client_pem::{self, Material as Pem, is_api_key},
    client_tls::TlsFields,
    temporal_client::{
        CONNECT_TIMEOUT, ClientFields, Compression, KEEP_ALIVE_TIME, KEEP_ALIVE_TIMEOUT, TemporalClient,
        longest_attempt,
    },
};
use crate::{
    diag::{Blame, Code, Diagnostic, Diagnostics},
    registry::{BuildCx, Entry, VariableName},
    source::{Span, Spanned},
    temporal::{Auth, ClientConfig, HealthCheck, Material, Tls},
    value::Secret,
    yaml::{DecodeCx, Pair},
};

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
                let certificate =
                    self.material(["cert_file", "cert_pem"], Pem::Own, fields.cert_file.0, fields.cert_pem.0);
                let key = self.certificate_key(fields.key_file.0, fields.key_pem.0, fields.key_pem_env.0);
                let (certificate, key) = (certificate?, key?);
                self.belongs(&key, &certificate)?;
                Some(Auth::Mtls { certificate, key })
            }
        }
    }

    fn certificate_key(
        &mut self,
        file: Option<Spanned<String>>,
        text: Option<Secret>,
        variable: Option<VariableName>,
    ) -> Option<Secret> {
        match (text, variable, file) {
            (Some(key), _, _) => {
                self.is_sound("`key_pem`", self.place("auth"), Pem::Key, key.reveal())?;
                Some(key)
            }
            (_, Some(name), _) => {
                let key = self.variable("key_pem_env", &name.0)?;
                let source = format!("the value of `{}`, `key_pem_env`,", name.0.value);
                self.is_sound(&source, name.0.span, Pem::Key, key.reveal())?;
                Some(key)
            }
            (_, _, file) => {
                let file = file?;
                let key = DecodeCx::secret(&self.file(&file)?.text);
                self.is_sound(&of_file("key_file", &file), file.span, Pem::Key, key.reveal())?;
                Some(key)
            }
        }
    }

    /// The key is the certificate's.
    fn belongs(&mut self, key: &Secret, certificate: &Material) -> Option<()> {
        let Some(how) = client_pem::mismatch(&certificate.text, key.reveal()) else { return Some(()) };
        let auth = self.entry.body.get("auth");
        let given = |keys: &[&str]| -> Option<Pair> {
            keys.iter().find_map(|key| auth?.pair(key).filter(|pair| !pair.value.is_empty_text())).cloned()
        };
        let (key, certificate) = (given(&["key_file", "key_pem", "key_pem_env"])?, given(&["cert_file", "cert_pem"])?);
        let headline = format!("`{}` {how} `{}`, in `{}`", key.key.value, certificate.key.value, self.entry.id);
        self.diagnostics.push(
            Diagnostic::error(Code::BadValue, key.value.span, headline)
                .also(certificate.value.span, "the certificate")
                .help("give the key that the certificate was made for")
                .blame(Blame::Environment),
        );
        None
    }

    /// A text in PEM is what it is for.
    fn is_sound(&mut self, source: &str, place: Span, what: Pem, text: &str) -> Option<()> {
        let Some(refusal) = what.refusal(text) else { return Some(()) };
        self.diagnostics.push(refusal.diagnostic(source, &self.entry.id, place).blame(Blame::Environment));
        None
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
            _ => Some(self.material(["ca_file", "ca_pem"], Pem::Authorities, fields.ca_file.0, fields.ca_pem.0)?),
        };
        Some(Tls { ca, server_name: fields.server_name.0, insecure_skip_verify: fields.insecure_skip_verify })
    }

    /// What a file has, or the entry itself; `fields` are what they are called.
    fn material(
        &mut self,
        fields: [&str; 2],
        what: Pem,
        file: Option<Spanned<String>>,
        text: Option<String>,
    ) -> Option<Material> {
        let [of_files, of_texts] = fields;
        let Some(path) = file else {
            let material = Material { text: clean_pem(&text?), file: None };
            let record = if what == Pem::Authorities { "tls" } else { "auth" };
            let node = self.entry.body.get(record).and_then(|record| record.get(of_texts));
            let place = node.map_or(self.entry.span, |node| node.span);
            self.is_sound(&format!("`{of_texts}`"), place, what, &material.text)?;
            return Some(material);
        };
        let material = self.file(&path)?;
        self.is_sound(&of_file(of_files, &path), path.span, what, &material.text)?;
        Some(material)
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

/// A file as a headline calls it.
fn of_file(field: &str, path: &Spanned<String>) -> String {
    format!("the file `{}` of `{field}`", path.value)
}

/// A pasted PEM, without what pasting adds: spaces at the ends of lines, Windows line breaks.
fn clean_pem(text: &str) -> String {
    text.lines().map(str::trim).filter(|line| !line.is_empty()).flat_map(|line| [line, "\n"]).collect()
}

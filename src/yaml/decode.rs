//! What a decoder needs: where to report, what variables stand for, whose names bare names are.

use std::sync::Arc;

use super::{
    Data, Malformed, Node, Pair, Part, Plain, Scalar, Style, may_name_secret, names_secret, place_inside,
    split_placeholders, unread::Unread,
};
use crate::{
    diag::{Code, Diagnostic, Diagnostics, closest},
    entry::{EntryId, Reference, Relation},
    source::{Span, Spanned},
    value::Secret,
};

/// Where the values of `${env:NAME}` come from.
pub(crate) trait Variables {
    /// The value of a variable. `namespace` completes a bare name; `default` stands in the text.
    fn lookup(&self, name: &str, namespace: &str, default: Option<&str>) -> Lookup;

    /// The entry that declares a variable.
    fn entry(&self, name: &str, namespace: &str) -> Option<EntryId>;
}

/// What a variable stands for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Lookup {
    Value(String),
    /// Its value is read when a service starts.
    Later,
    /// No entry declares it; perhaps a similar one was meant.
    Undeclared {
        close: Option<String>,
    },
    /// It is declared, and has no value or cannot be read.
    Unreadable(String),
    /// It is declared, and nothing that happens until a start can give it a value.
    Empty {
        storage: String,
        key: String,
    },
    /// Variables cannot be used here.
    Refused,
}

/// One decoding of one entry.
pub(crate) struct DecodeCx<'a> {
    /// Completes bare names.
    pub(crate) namespace: &'a str,
    pub(crate) variables: &'a dyn Variables,
    pub(crate) diagnostics: Diagnostics,
    pub(crate) references: Vec<Reference>,
    /// The entry's kind.
    kind: &'a str,
    /// The entry, where a start names it.
    pub(crate) owner: String,
    /// As messages call what is decoded: a kind, or a field that holds fields.
    pub(crate) subject: String,
    /// Where to point when something is missing.
    pub(crate) anchor: Span,
    /// Fields that were written with a slip: they are not missing, too.
    pub(super) misspelt: Vec<&'static str>,
    pub(super) unread: Unread,
    /// Whether a value of the field at hand is only known at a start.
    pub(crate) later: bool,
    /// What variables stand for that may be secrets.
    pub(super) hidden: Vec<String>,
}

/// A scalar with its variables filled in.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Given {
    Now {
        text: Arc<str>,
        plain: Plain,
        style: Style,
    },
    /// It has a variable that only a start can read, or is the text of a file that cannot be read.
    Later,
}

impl<'a> DecodeCx<'a> {
    pub(crate) fn new(namespace: &'a str, variables: &'a dyn Variables, kind: &'a str, anchor: Span) -> Self {
        Self {
            namespace,
            variables,
            diagnostics: Diagnostics::default(),
            references: Vec::new(),
            kind,
            owner: String::new(),
            subject: kind.to_owned(),
            anchor,
            misspelt: Vec::new(),
            unread: Unread::default(),
            later: false,
            hidden: Vec::new(),
        }
    }

    pub(crate) fn report(&mut self, mut diagnostic: Diagnostic) {
        self.hidden.iter().for_each(|text| diagnostic.hide(text));
        self.diagnostics.push(diagnostic);
    }

    /// Keeps the value of a variable out of what is printed if the variable is called as secrets are: only
    /// here if that may be a slip.
    fn keep(&mut self, variable: &str, value: &str) {
        if names_secret(variable) {
            let _ = Self::secret(value);
        }
        if may_name_secret(variable) && !value.is_empty() {
            self.hidden.push(value.to_owned());
        }
    }

    /// Reports what was found; nothing comes back if that is anything.
    pub(crate) fn agree(&mut self, found: Diagnostics) -> Option<()> {
        let is_right = found.is_empty();
        self.diagnostics.extend(found);
        is_right.then_some(())
    }

    /// The scalar at `node` with its variables filled in; an error if it is no scalar, or nothing.
    pub(crate) fn scalar(&mut self, node: &Node, wanted: &str) -> Option<Given> {
        let Some(scalar) = node.as_scalar() else {
            self.wrong_type(node, wanted);
            return None;
        };
        if scalar.is_null() {
            self.wrong_type(node, wanted);
            return None;
        }
        if node.is_not_included() {
            self.later = true;
            return Some(Given::Later);
        }
        if scalar.style == Style::File || !scalar.text.contains("${") {
            return Some(Given::Now { text: Arc::clone(&scalar.text), plain: scalar.plain(), style: scalar.style });
        }
        self.fill(node, scalar)
    }

    fn fill(&mut self, node: &Node, scalar: &Scalar) -> Option<Given> {
        let mut malformed = Vec::new();
        let parts = split_placeholders(&scalar.text, &mut malformed);
        for wrong in &malformed {
            self.malformed(node, scalar, wrong);
        }
        if !malformed.is_empty() {
            return None;
        }
        let alone = matches!(parts.as_slice(), [Part::Variable(_)]);
        let mut text = String::new();
        let mut later = false;
        let mut failed = false;
        for part in parts {
            match part {
                Part::Text(part) => text += part,
                Part::Variable(found) => {
                    let span = place_inside(node.span, scalar, &found.range);
                    let wanted = format!(
                        "add an `env.variable` entry with `variable: {0}`, or a default: `${{env:{0}|…}}`",
                        found.name
                    );
                    match self.lookup(&Spanned::new(found.name, span), found.default, wanted) {
                        Some(Lookup::Value(value)) => {
                            self.keep(found.name, &value);
                            text += &value;
                        }
                        Some(_) => later = true,
                        None => failed = true,
                    }
                }
            }
        }
        if failed {
            return None;
        }
        if later {
            self.later = true;
            return Some(Given::Later);
        }
        let style = if alone { Style::Variable } else { Style::Double };
        let plain = Scalar::new(text.as_str(), style).plain();
        Some(Given::Now { text: text.into(), plain, style })
    }

    /// Uses the variable of a field that holds its name. Nothing: it stands for nothing, and that was reported.
    pub(crate) fn use_variable(&mut self, name: &Spanned<&str>) -> Option<()> {
        let wanted = format!("add an `env.variable` entry with `variable: {}`", name.value);
        self.lookup(name, None, wanted).map(drop)
    }

    /// What a variable stands for, now or later. Nothing: it stands for nothing, and that was
    /// reported, with what is `wanted`. The entry uses the one that declares the variable.
    fn lookup(&mut self, name: &Spanned<&str>, default: Option<&str>, wanted: String) -> Option<Lookup> {
        match self.variables.lookup(name.value, self.namespace, default) {
            found @ (Lookup::Value(_) | Lookup::Later) => {
                if let Some(id) = self.variables.entry(name.value, self.namespace) {
                    let target = Spanned::new(id, name.span);
                    self.references.push(Reference { target, kinds: &["env.variable"], relation: Relation::Uses });
                }
                Some(found)
            }
            missing => {
                self.undefined(name.span, name.value, missing, wanted);
                None
            }
        }
    }

    fn malformed(&mut self, node: &Node, scalar: &Scalar, wrong: &Malformed) {
        let span = place_inside(node.span, scalar, &wrong.range);
        // It may stand in a secret, so the text is for the snippet to show.
        let headline = format!("a `${{` begins no placeholder: {}", wrong.reason);
        let help = "write `${env:NAME}`, `${env:NAME|default}`, or `$${` for the characters themselves";
        self.report(Diagnostic::error(Code::BadPlaceholder, span, headline).help(help));
    }

    /// Reports that a variable has no value.
    fn undefined(&mut self, span: Span, name: &str, why: Lookup, wanted: String) {
        let diagnostic = match why {
            Lookup::Refused => Diagnostic::error(
                Code::BadPlaceholder,
                span,
                format!("`{name}` cannot be read here: this entry is itself part of how variables are read"),
            )
            .help("write the value itself, or `$${` for the characters `${`"),
            Lookup::Unreadable(reason) => Diagnostic::error(
                Code::UndefinedVariable,
                span,
                format!("`{}` of `{}` has no value: {reason}", self.subject, self.owner),
            )
            .blame(crate::diag::Blame::Environment)
            .help("set it, or give it a `default`"),
            Lookup::Empty { storage, key } => {
                let headline = format!("the variable `{name}` has no value: the values of `{storage}` are fixed");
                Diagnostic::error(Code::UndefinedVariable, span, headline)
                    .label("nothing can give it one")
                    .help(format!("add `{key}` to the `values` of `{storage}`, or give the variable a `default`"))
            }
            Lookup::Undeclared { close: Some(close) } => {
                Diagnostic::error(Code::UndefinedVariable, span, format!("no entry declares the variable `{name}`"))
                    .label("not declared")
                    .did_you_mean(close)
            }
            _ => Diagnostic::error(Code::UndefinedVariable, span, format!("no entry declares the variable `{name}`"))
                .label("not declared")
                .help(wanted),
        };
        self.report(diagnostic);
    }

    /// Reports that something else was wanted at `node`.
    pub(crate) fn wrong_type(&mut self, node: &Node, wanted: &str) {
        let found = match &node.data {
            Data::Scalar(scalar) if scalar.style == Style::File => "a file's text",
            Data::Scalar(scalar) => scalar.plain().type_name(),
            Data::List(_) => "a list",
            Data::Map(_) => "a map",
        };
        let mut diagnostic = if node.is_null() {
            Diagnostic::error(Code::WrongType, self.visible(node), format!("a value is missing: {wanted} is wanted"))
                .help("write one, or remove the line")
        } else {
            Diagnostic::error(Code::WrongType, self.visible(node), format!("{wanted} is wanted, and this is {found}"))
        };
        diagnostic = diagnostic.label(format!("not {wanted}"));
        if let Data::Scalar(scalar) = &node.data
            && wanted == "a string"
            && scalar.style == Style::Plain
            && !node.is_null()
        {
            diagnostic = diagnostic.help("put it in quotes").patch_value(node.span, format!("\"{}\"", scalar.text));
        }
        self.report(diagnostic);
    }

    /// One of some words.
    pub(crate) fn choice(&mut self, node: &Node, words: &[&'static str]) -> Option<&'static str> {
        let text = match self.scalar(node, &format!("one of {}", quoted(words)))? {
            Given::Later => return words.first().copied(),
            Given::Now { text, .. } => text,
        };
        let found = words.iter().copied().find(|word| **word == *text);
        if found.is_none() {
            self.no_choice(node, &text, words);
        }
        found
    }

    /// Reports a text that is none of some words.
    pub(crate) fn no_choice(&mut self, node: &Node, text: &str, words: &[&'static str]) {
        let headline = format!("`{}` cannot be `{text}`", self.subject);
        let diagnostic = Diagnostic::error(Code::BadValue, node.span, headline);
        self.report(match closest(text, words.iter().copied()) {
            Some(close) if close == text.trim() => {
                diagnostic.help(format!("write `{close}` without spaces and line breaks around it"))
            }
            Some(close) => diagnostic.did_you_mean(close).patch_text(node.span, close),
            None => diagnostic.help(format!("it is one of {}", quoted(words))),
        });
    }

    /// Reports a value of the right type that cannot be.
    pub(crate) fn bad_value(&mut self, span: Span, headline: impl Into<String>) {
        self.report(Diagnostic::error(Code::BadValue, span, headline));
    }

    /// The place of a value, or of what it belongs to if the value is empty.
    fn visible(&self, node: &Node) -> Span {
        if node.span.start == node.span.end { self.anchor } else { node.span }
    }

    /// The pairs of a map whose keys are `known`; any other key is reported.
    pub(crate) fn pairs<'n>(&mut self, node: &'n Node, known: &[&'static str]) -> Option<&'n [Pair]> {
        let Some(pairs) = node.as_map() else {
            self.wrong_type(node, "a map");
            return None;
        };
        for pair in pairs {
            if !known.contains(&pair.name()) {
                self.unknown_field(pair, known, pairs);
            }
        }
        Some(pairs)
    }

    fn unknown_field(&mut self, pair: &Pair, known: &[&'static str], beside: &[Pair]) {
        let (key, span) = (&*pair.key.value, pair.key.span);
        let diagnostic =
            Diagnostic::error(Code::UnknownField, span, format!("`{}` has no field `{key}`", self.subject))
                .label("unknown field");
        // What is there, or is meant by another key, is not meant by this one.
        let is_free = |name: &&str| !self.misspelt.contains(name) && !beside.iter().any(|pair| pair.name() == *name);
        let diagnostic = match closest(key, known.iter().copied().filter(is_free)) {
            Some(close) => {
                self.misspelt.push(close);
                diagnostic.did_you_mean(close).patch_text(span, close)
            }
            None if known.is_empty() => diagnostic,
            None if known.len() <= 12 => diagnostic.help(format!("its fields are {}", quoted(known))),
            None => diagnostic.help(format!("`metonic explain {}` lists its fields", self.kind)),
        };
        self.report(diagnostic);
    }

    /// Reports that a field without a default is not there.
    pub(crate) fn missing_field(&mut self, key: &str, about: &str) {
        if self.misspelt.contains(&key) {
            return;
        }
        let about = about.trim().trim_end_matches('.');
        let mut diagnostic =
            Diagnostic::error(Code::MissingField, self.anchor, format!("`{}` needs the field `{key}`", self.subject))
                .label(format!("`{key}` is missing"));
        if !about.is_empty() {
            diagnostic = diagnostic.note(format!("`{key}`: {about}"));
        }
        self.report(diagnostic);
    }

    /// Runs `decode` on the field `key`, so that what it reports names that field.
    pub(crate) fn inside<T>(&mut self, key: &str, anchor: Span, decode: impl FnOnce(&mut Self) -> T) -> T {
        let misspelt = std::mem::take(&mut self.misspelt);
        let subject = std::mem::replace(&mut self.subject, key.to_owned());
        let anchor = std::mem::replace(&mut self.anchor, anchor);
        let result = decode(self);
        self.misspelt = misspelt;
        self.subject = subject;
        self.anchor = anchor;
        result
    }

    /// Wraps a credential, each of its lines too: a diagnostic may show one line of it.
    pub(crate) fn secret(text: &str) -> Secret {
        for line in text.lines().map(str::trim).filter(|line| line.len() >= 16 && !line.starts_with("-----")) {
            let _ = Secret::new(line);
        }
        Secret::new(text)
    }
}

/// `a`, `b` and `c`, each in backticks.
pub(crate) fn quoted(names: &[&str]) -> String {
    let quoted: Vec<String> = names.iter().map(|name| format!("`{name}`")).collect();
    match quoted.as_slice() {
        [] => String::new(),
        [one] => one.clone(),
        [most @ .., last] => format!("{} and {last}", most.join(", ")),
    }
}

//! How the placeholders of an entry find values: while a project is loaded, and while a service
//! starts.

use std::collections::BTreeSet;

use indexmap::IndexMap;

use super::{Entry, Unfit};
use crate::{
    diag::{Code, Diagnostic, Diagnostics, closest},
    entry::EntryId,
    env::{Env, EnvError},
    source::Span,
    yaml::{Lookup, Node, Plain, Variables},
};

/// Nothing is read; what only a start can tell is left for later.
pub(crate) struct AtLoad<'a> {
    pub(crate) env: &'a Env,
    /// Names that entries with errors would have declared; nobody is told twice.
    pub(crate) broken: &'a BTreeSet<String>,
}

impl Variables for AtLoad<'_> {
    fn lookup(&self, name: &str, namespace: &str, default: Option<&str>) -> Lookup {
        let Some(variable) = self.env.find(name, Some(namespace)) else {
            // A name that is none may be meant as this one.
            let no_names = self.broken.iter().map(String::as_str).filter(|text| !is_public_name(text));
            let is_meant = || closest(name, no_names.filter(|text| !text.contains(':'))).is_some();
            if self.broken.contains(name) || self.broken.contains(&format!("{namespace}:{name}")) || is_meant() {
                return Lookup::Later;
            }
            return default.map_or_else(|| undeclared(self.env, name), |default| Lookup::Value(default.to_owned()));
        };
        let known = self.env.known(variable).or_else(|| default.map(str::to_owned));
        let empty = || match self.env.fixed_storage(variable) {
            Some((storage, key)) => Lookup::Empty { storage: storage.to_string(), key },
            None => Lookup::Later,
        };
        known.map_or_else(empty, Lookup::Value)
    }

    fn entry(&self, name: &str, namespace: &str) -> Option<EntryId> {
        self.env.find(name, Some(namespace)).map(|variable| variable.id.clone())
    }
}

/// Values are read.
pub(crate) struct AtStart<'a>(pub(crate) &'a Env);

impl Variables for AtStart<'_> {
    fn lookup(&self, name: &str, namespace: &str, default: Option<&str>) -> Lookup {
        match (self.0.get_from(name, Some(namespace)), default) {
            (Ok(value), _) => Lookup::Value(value),
            (Err(EnvError::UnknownVariable(_) | EnvError::Unset(_)), Some(default)) => {
                Lookup::Value(default.to_owned())
            }
            (Err(EnvError::UnknownVariable(_)), None) => undeclared(self.0, name),
            (Err(error), _) => Lookup::Unreadable(error.to_string()),
        }
    }

    fn entry(&self, name: &str, namespace: &str) -> Option<EntryId> {
        self.0.find(name, Some(namespace)).map(|variable| variable.id.clone())
    }
}

/// Variables cannot be used: the entry is itself part of how they are read.
pub(crate) struct NoVariables;

impl Variables for NoVariables {
    fn lookup(&self, _: &str, _: &str, _: Option<&str>) -> Lookup {
        Lookup::Refused
    }

    fn entry(&self, _: &str, _: &str) -> Option<EntryId> {
        None
    }
}

fn is_public_name(text: &str) -> bool {
    text.chars().all(|letter| letter.is_ascii_alphanumeric() || letter == '_')
}

fn undeclared(env: &Env, name: &str) -> Lookup {
    Lookup::Undeclared { close: env.closest(name) }
}

/// An entry that says what a variable is called, and where it does.
#[derive(Clone, Copy)]
pub(super) struct PublicName<'a> {
    id: &'a EntryId,
    text: Option<&'a str>,
    place: Span,
}

impl<'a> PublicName<'a> {
    pub(super) fn new(id: &'a EntryId, body: &'a Node, span: Span) -> Self {
        let node = body.get("variable");
        let scalar = node.and_then(Node::as_scalar).filter(|scalar| scalar.plain() == Plain::Text);
        Self { id, text: scalar.map(|scalar| &*scalar.text), place: node.map_or(span, |node| node.span) }
    }

    /// Reports that two have one.
    pub(super) fn clash([first, second]: [Self; 2]) -> Diagnostic {
        let headline = format!("two variables have one public name: `{}` and `{}`", second.id, first.id);
        Diagnostic::error(Code::DuplicateVariable, second.place, headline)
            .label("the second one")
            .also(first.place, "the first one")
            .help("rename one of the two, or leave `variable` out")
    }
}

/// Reports public names of variables with errors that others have, too.
pub(super) fn clashes_of_unfit(entries: &IndexMap<EntryId, Entry>, unfit: &[Unfit]) -> Diagnostics {
    let is_variable = |kind: &str| kind == "env.variable";
    let good = entries.values().filter(|entry| is_variable(entry.kind.name));
    let good: Vec<_> = good.map(|entry| PublicName::new(&entry.id, &entry.body, entry.span)).collect();
    let unfit = unfit.iter().filter(|entry| is_variable(entry.kind.name));
    let unfit: Vec<_> = unfit.map(|entry| PublicName::new(&entry.id, &entry.body, entry.span)).collect();
    let mut found = Diagnostics::default();
    for name in &unfit {
        let same = good.iter().chain(&unfit).filter(|other| name.text.is_some() && other.text == name.text);
        let Some(first) = same.min_by_key(|other| other.place) else { continue };
        if first.place != name.place {
            found.push(PublicName::clash([*first, *name]));
            continue;
        }
        // Those without errors were compared with the first of themselves.
        if let Some(second) = good.iter().find(|other| other.text == name.text) {
            found.push(PublicName::clash([*name, *second]));
        }
    }
    found
}

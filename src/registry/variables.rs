//! How the placeholders of an entry find values: while a project is loaded, and while a service
//! starts.

use std::collections::BTreeSet;

use crate::{
    entry::EntryId,
    env::{Env, EnvError},
    yaml::{Lookup, Variables},
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
            if self.broken.contains(name) || self.broken.contains(&format!("{namespace}:{name}")) {
                return Lookup::Later;
            }
            return default.map_or_else(|| undeclared(self.env, name), |default| Lookup::Value(default.to_owned()));
        };
        let known = self.env.known(variable).or_else(|| default.map(str::to_owned));
        known.map_or(Lookup::Later, Lookup::Value)
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

fn undeclared(env: &Env, name: &str) -> Lookup {
    Lookup::Undeclared { close: env.closest(name) }
}

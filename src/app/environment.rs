//! The one reading of the process environment.
//!
//! It is read once, when the process begins, and handed on as a value: a test gives another one, and
//! nothing that changes later changes what was decided.

use std::{collections::BTreeMap, sync::Arc};

/// The environment of the process. What is not UTF-8 is left out.
#[derive(Clone, Debug, Default)]
pub(crate) struct Environment(Arc<BTreeMap<String, String>>);

impl Environment {
    pub(crate) fn read() -> Self {
        let text = |(name, value): (std::ffi::OsString, std::ffi::OsString)| {
            Some((name.into_string().ok()?, value.into_string().ok()?))
        };
        Self(Arc::new(std::env::vars_os().filter_map(text).collect()))
    }

    pub(crate) fn get(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str).filter(|value| !value.is_empty())
    }

    /// Everything, for the entries that read variables.
    pub(crate) fn all(&self) -> Arc<BTreeMap<String, String>> {
        Arc::clone(&self.0)
    }
}

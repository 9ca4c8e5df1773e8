//! What Lua code of one sort may do: which modules it sees, and which limits it has.

use crate::lua::{Limits, ModuleDef};

/// One sort of Lua code: workflows, functions.
pub(crate) struct Profile {
    /// As messages call it: `workflow`, `function`.
    pub(crate) name: &'static str,
    /// What `modules:` may name, and `require` then gives.
    pub(crate) modules: &'static [ModuleDef],
    /// What is there without being asked for, by its global name.
    pub(crate) globals: &'static [ModuleDef],
    /// Modules that exist elsewhere, and why this profile refuses them: name, reason, way out.
    pub(crate) refused: &'static [(&'static str, &'static str, &'static str)],
    /// Whether everything observable has to be the same on every machine.
    pub(crate) deterministic: bool,
    pub(crate) limits: Limits,
}

/// The module that others call so, where no letters tell.
pub(crate) fn other_name(name: &str) -> Option<&'static str> {
    (name == "log").then_some("logger")
}

impl std::fmt::Debug for Profile {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.name)
    }
}

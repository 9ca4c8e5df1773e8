//! `library.lua`: Lua code that workflows, functions and other libraries import.

use indexmap::IndexMap;

use super::{
    lua_fields::{Import, LuaFields, LuaSource, name_clashes},
    lua_lint::lint_code,
    module_names::Modules,
    program::{check_library, check_unfit_code},
};
use crate::{
    registry::{CheckCx, Entry, Kind, Ref, Unfit},
    yaml::{DecodeCx, Node, record},
};

/// The kind.
pub(crate) struct LibraryLua;

record! {
    /// Lua code that workflows, functions and other libraries import.
    pub(crate) struct LibraryFields {
        /// The Lua code: `file://…`, or the text itself. What it returns is what `require` gives.
        source: LuaSource;
        /// The modules that the code may `require`.
        modules: Modules;
        /// Entries that the code may `require`, each by a name of its own.
        imports: IndexMap<String, Ref<Import>>;
    }
}

impl Kind for LibraryLua {
    const NAME: &'static str = "library.lua";
    const MANUAL: &'static str = include_str!("../../registry/kinds/library.lua.md");
    type Fields = LibraryFields;
    type Spec = LuaFields;

    fn build(fields: Option<LibraryFields>, _: &Node, cx: &mut DecodeCx<'_>) -> Option<LuaFields> {
        let LibraryFields { source, modules, imports } = fields?;
        let lua = LuaFields { source, method: String::new(), modules: modules.names, imports };
        cx.agree(name_clashes(&lua.modules, &lua.imports))?;
        Some(lua)
    }

    /// Who imports the library decides what it may use; here only names that nobody knows are
    /// reported.
    fn check(entry: &Entry, spec: &LuaFields, cx: &mut CheckCx<'_>) {
        check_library(entry, spec, cx);
        lint_code(entry, cx);
    }

    fn check_unfit(entry: &Unfit, cx: &mut CheckCx<'_>) {
        check_unfit_code(entry, None, cx);
    }
}

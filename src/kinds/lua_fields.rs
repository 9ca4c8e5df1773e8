//! The fields that every kind of Lua code has: a text, what it may `require`, and where it begins.

use std::{path::Path, sync::Arc};

use indexmap::IndexMap;
use serde_json::json;

use super::{module_names::ModuleName, workflow_lua::WorkflowLua};
use crate::{
    diag::{Code, Diagnostic, Diagnostics},
    entry::Relation,
    registry::{Kind, Ref, Target},
    source::{SourceId, Span},
    yaml::{DecodeCx, Field, Node, Scalar, Schema, Style},
};

/// Lua code that other Lua code is made with.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Import;

impl Target for Import {
    const KINDS: &'static [&'static str] = &["library.lua", "function.lua", WorkflowLua::NAME];
    const RELATION: Relation = Relation::Uses;
}

/// What `modules` and `imports` name.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct LuaFields {
    pub(crate) source: LuaSource,
    /// Empty for a library.
    pub(crate) method: String,
    pub(crate) modules: Vec<ModuleName>,
    pub(crate) imports: IndexMap<String, Ref<Import>>,
}

/// A Lua text and where it was written.
#[derive(Clone, PartialEq)]
pub(crate) struct LuaSource {
    pub(crate) text: Arc<str>,
    pub(crate) place: LuaPlace,
}

/// Where a Lua text was written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum LuaPlace {
    /// It is a file's text.
    File(SourceId),
    /// It stands in the YAML file. Its lines are lines of that file, each `indent` characters
    /// further right, if it was written after `|`; otherwise only its beginning is known.
    Inline { span: Span, by_line: bool },
}

impl Field for LuaSource {
    fn decode(node: &Node, cx: &mut DecodeCx<'_>) -> Option<Self> {
        let Some(scalar) = node.as_scalar().filter(|scalar| !scalar.is_null()) else {
            cx.wrong_type(node, "Lua code or `file://…`");
            return None;
        };
        if scalar.text.trim().is_empty() {
            cx.bad_value(node.span, "the Lua code is empty");
            return None;
        }
        if scalar.file.is_none() && is_path(&scalar.text) {
            report_path(node, &scalar.text, cx);
        }
        Some(Self::of(node, scalar))
    }

    fn schema() -> Schema {
        Schema::new(json!({"type": "string", "minLength": 1}))
    }

    fn type_name() -> String {
        "Lua code".to_owned()
    }

    fn show(&self) -> serde_json::Value {
        serde_json::Value::Null
    }
}

impl LuaSource {
    fn of(node: &Node, scalar: &Scalar) -> Self {
        let inline = LuaPlace::Inline { span: node.span, by_line: scalar.style == Style::Literal };
        Self { text: Arc::clone(&scalar.text), place: scalar.file.map_or(inline, LuaPlace::File) }
    }

    /// The code of an entry whose other fields may be wrong; nothing if it is wrong itself.
    pub(super) fn of_unfit(body: &Node) -> Option<Self> {
        let node = body.get("source")?;
        let scalar = node.as_scalar().filter(|scalar| !scalar.is_null())?;
        let is_known = scalar.file.is_some() || !(node.is_not_included() || is_path(&scalar.text));
        (is_known && !scalar.text.trim().is_empty()).then(|| Self::of(node, scalar))
    }
}

/// `source: flow.lua` is a common slip for `source: file://flow.lua`.
fn is_path(text: &str) -> bool {
    Path::new(text).extension().is_some_and(|end| end == "lua") && !text.contains(char::is_whitespace)
}

fn report_path(node: &Node, text: &str, cx: &mut DecodeCx<'_>) {
    let scheme = text.get(..5).filter(|scheme| scheme.eq_ignore_ascii_case("file:"));
    let path = scheme.map_or(text, |scheme| &text[scheme.len()..]);
    // `file:///` begins at the project's root, and is rarely meant by another number of slashes.
    let path = if scheme.is_some() { path.strip_prefix("//").unwrap_or(path.trim_start_matches('/')) } else { path };
    let better = format!("file://{path}");
    let headline = format!("`{text}` is a path, and Lua code is wanted");
    let diagnostic = Diagnostic::error(Code::BadValue, node.span, headline);
    cx.report(diagnostic.help(format!("write `{better}`")).patch_text(node.span, better));
}

impl std::fmt::Debug for LuaSource {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "LuaSource({} bytes, {:?})", self.text.len(), self.place)
    }
}

/// The usual name of the function that an entry begins with.
pub(super) fn usual_method() -> String {
    "main".to_owned()
}

/// What is wrong with names of imports that `require` could not tell apart.
pub(super) fn name_clashes(modules: &[ModuleName], imports: &IndexMap<String, Ref<Import>>) -> Diagnostics {
    let mut found = Diagnostics::default();
    for (alias, target) in imports {
        let place = target.span;
        if alias.is_empty() {
            found.push(Diagnostic::error(Code::BadValue, place, "an import needs a name before the colon"));
        } else if let Some(module) = modules.iter().find(|module| module.name == *alias) {
            let headline = format!("the import `{alias}` has the name of a module");
            found.push(
                Diagnostic::error(Code::BadValue, place, headline)
                    .also(module.span, "the module")
                    .help("give the import another name"),
            );
        }
    }
    found
}

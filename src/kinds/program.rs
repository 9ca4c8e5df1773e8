//! The code of one entry and of everything it imports, as `lua` compiles it.

use std::{collections::BTreeSet, sync::Arc};

use indexmap::IndexMap;

use super::{
    function_lua::FunctionLua,
    library_lua::LibraryLua,
    lua_fields::{LuaFields, LuaPlace, LuaSource},
    workflow_lua::WorkflowLua,
};
use crate::{
    diag::Diagnostics,
    entry::EntryId,
    lua::{ModuleSource, Profile, Program, ProgramSource, TextOrigin, check_module, check_text},
    registry::{CheckCx, Entry, Registry},
    source::{SourceMap, Span, Spanned},
    yaml::Node,
};

/// What the program of `entry` is made of. Nothing if it is no Lua entry, or if something that it
/// imports, however far away, was not loaded; that was reported then.
pub(crate) fn program_source(entry: &Entry, registry: &Registry, profile: &'static Profile) -> Option<ProgramSource> {
    let lua = lua_fields(entry)?;
    let mut libraries: IndexMap<EntryId, ModuleSource> = IndexMap::new();
    let mut seen = BTreeSet::from([entry.id.clone()]);
    let mut open: Vec<&EntryId> = lua.imports.values().map(|import| &import.id).collect();
    while let Some(id) = open.pop() {
        if !seen.insert(id.clone()) {
            continue;
        }
        let library = registry.get(id)?;
        let fields = lua_fields(library)?;
        libraries.insert(id.clone(), module_source(library, fields, &registry.sources));
        open.extend(fields.imports.values().map(|import| &import.id));
    }
    libraries.sort_keys();
    Some(ProgramSource {
        main: module_source(entry, lua, &registry.sources),
        libraries: libraries.into_values().collect(),
        method: method(entry, lua),
        profile,
    })
}

/// Compiles the program of `entry` and reports what is wrong with it.
pub(super) fn check_program(entry: &Entry, profile: &'static Profile, cx: &mut CheckCx<'_>) {
    let Some(source) = program_source(entry, cx.registry, profile) else {
        if let Some(lua) = lua_fields(entry) {
            let module = module_source(entry, lua, &cx.registry.sources);
            cx.diagnostics.extend(check_module(&module, profile, &cx.registry.sources));
        }
        return;
    };
    if let Err(diagnostics) = Program::compile(&source, &cx.registry.sources) {
        cx.diagnostics.extend(diagnostics);
    }
}

/// Reports what is wrong with the code of a library, whoever imports it.
pub(super) fn check_library(entry: &Entry, lua: &LuaFields, cx: &mut CheckCx<'_>) {
    let module = module_source(entry, lua, &cx.registry.sources);
    cx.diagnostics.extend(check_text(&module, None, &cx.registry.sources));
}

/// Reports what is wrong with the code of an entry whose other fields are wrong.
pub(super) fn check_unfit_code(
    id: &EntryId,
    body: &Node,
    profile: Option<&'static Profile>,
    registry: &Registry,
    diagnostics: &mut Diagnostics,
) {
    let Some(source) = LuaSource::of_unfit(body) else { return };
    let module = ModuleSource {
        id: id.clone(),
        text: source.text.clone(),
        origin: origin(&source, &registry.sources),
        modules: Vec::new(),
        imports: IndexMap::new(),
    };
    diagnostics.extend(check_text(&module, profile, &registry.sources));
}

/// Compiles the program of an entry of a registry without errors.
pub(super) fn compile(
    entry: &Entry,
    registry: &Registry,
    profile: &'static Profile,
) -> Result<Arc<Program>, Diagnostics> {
    let source = program_source(entry, registry, profile).expect("every import of a good registry is loaded");
    Program::compile(&source, &registry.sources)
}

/// What every kind of Lua code has; nothing for an entry without code.
pub(super) fn lua_fields(entry: &Entry) -> Option<&LuaFields> {
    let workflow = entry.spec::<WorkflowLua>().map(|spec| &spec.lua);
    let function = || entry.spec::<FunctionLua>().map(|spec| &spec.lua);
    workflow.or_else(function).or_else(|| entry.spec::<LibraryLua>())
}

pub(super) fn module_source(entry: &Entry, lua: &LuaFields, sources: &SourceMap) -> ModuleSource {
    ModuleSource {
        id: entry.id.clone(),
        text: lua.source.text.clone(),
        origin: origin(&lua.source, sources),
        modules: lua.modules.iter().map(|module| Spanned::new(module.name.clone(), module.span)).collect(),
        imports: lua.imports.iter().map(|(alias, import)| (alias.clone(), import.id.clone())).collect(),
    }
}

/// The method, and where it was written: at the code, if it was not.
fn method(entry: &Entry, lua: &LuaFields) -> Spanned<String> {
    let written = entry.body.get("method").map(|node| node.span);
    let code = || entry.body.pair("source").map(|pair| pair.key.span);
    Spanned::new(lua.method.clone(), written.or_else(code).unwrap_or(entry.span))
}

fn origin(lua: &LuaSource, sources: &SourceMap) -> TextOrigin {
    match lua.place {
        LuaPlace::File(source) => TextOrigin::file(source),
        LuaPlace::Inline { span, by_line } => inline(&lua.text, span, by_line, sources),
    }
}

/// Where a text stands that was written into the YAML file. After `|`, its lines are the lines after
/// the one with the sign; what stands before each of them was taken off.
fn inline(text: &str, span: Span, by_line: bool, sources: &SourceMap) -> TextOrigin {
    let source = sources.get(span.source);
    if !by_line {
        let line = source.place(span.start as usize).line;
        return TextOrigin { source: span.source, first_line: line, indent: 0, whole: Some(span) };
    }
    let sign = source.text.get(..span.start as usize).unwrap_or_default().trim_end().len();
    let first_line = source.place(sign).line + 1;
    let width = |line: &str| line.len() - line.trim_start_matches(' ').len();
    let written = text.lines().enumerate().find(|(_, line)| !line.trim().is_empty());
    let indent = written
        .map_or(0, |(at, line)| width(&source.text[source.line_range(first_line + at)]).saturating_sub(width(line)));
    TextOrigin { source: span.source, first_line, indent, whole: None }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        diag::{Look, render_all},
        function, kinds,
        registry::{self, Loaded, Project},
        source::Files,
    };

    fn load(yaml: &str, others: &[(&str, &str)]) -> Loaded {
        let files = Files::memory(others.iter().copied().chain([("app/a.yaml", yaml)]));
        registry::load(&Project { files: &files, kinds: kinds::ALL, system: Arc::default(), generation: 1 })
    }

    /// The place of the first diagnostic.
    fn error_place(yaml: &str) -> String {
        let loaded = load(yaml, &[]);
        let text = render_all(&loaded.diagnostics, &loaded.sources, Look::ASCII);
        text.lines().find(|line| line.contains("-->")).unwrap().trim().to_owned()
    }

    #[test]
    fn a_program_has_every_import_once() {
        let yaml = "namespace: app\nentries:\n\
                    - {name: f, kind: function.lua, source: file://f.lua, method: run, imports: {a: a, b: b}}\n\
                    - {name: a, kind: library.lua, source: return 1, imports: {shared: c}}\n\
                    - {name: b, kind: library.lua, source: return 2, imports: {other: c}}\n\
                    - {name: c, kind: library.lua, source: return 3}\n";
        let registry = load(yaml, &[("app/f.lua", "return { run = function() end }")]).registry.unwrap();
        let entry = registry.get(&EntryId::new("app", "f").unwrap()).unwrap();
        let source = program_source(entry, &registry, &function::PROFILE).unwrap();
        let libraries: Vec<String> = source.libraries.iter().map(|library| library.id.to_string()).collect();
        assert_eq!(libraries, ["app:a", "app:b", "app:c"]);
        assert_eq!(registry.sources.slice(source.method.span), "run");
        assert_eq!(source.main.origin.first_line, 1);
    }

    #[test]
    fn an_error_in_a_block_is_shown_on_its_line() {
        let yaml = "namespace: app\nentries:\n  - name: f\n    kind: function.lua\n    source: |\n      \
                    local a = 1\n      local = 2\n      return function() end\n";
        assert!(error_place(yaml).starts_with("--> app/a.yaml:7:"), "{}", error_place(yaml));
    }

    #[test]
    fn empty_lines_at_the_beginning_of_a_block_count() {
        let yaml = "namespace: app\nentries:\n  - name: f\n    kind: function.lua\n    source: |  # the code\n\n\n      \
                    local = 2\n";
        assert!(error_place(yaml).starts_with("--> app/a.yaml:8:"), "{}", error_place(yaml));
    }

    #[test]
    fn an_error_in_quoted_code_is_shown_at_the_code() {
        let yaml = "namespace: app\nentries:\n  - name: f\n    kind: function.lua\n    source: \"local = 2\"\n";
        assert!(error_place(yaml).starts_with("--> app/a.yaml:5:"), "{}", error_place(yaml));
    }
}

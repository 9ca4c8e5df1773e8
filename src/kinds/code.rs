//! The Lua code of an entry and that of all it imports, as far as they are known: of an entry with errors,
//! what it may `require` may be known in part.

use std::collections::{BTreeMap, BTreeSet};

use indexmap::IndexMap;

use super::{
    function_lua::FunctionLua,
    library_lua::LibraryLua,
    lua_fields::{Import, LuaFields, LuaPlace, LuaSource},
    module_names::Modules,
    workflow_lua::WorkflowLua,
};
use crate::{
    entry::EntryId,
    lua::{ModuleSource, TextOrigin},
    registry::{Entry, Ref, Registry, Target as _, Unfit},
    source::{SourceMap, Span, Spanned},
    yaml::Field as _,
};

/// The code of one entry.
pub(super) struct Code {
    pub(super) module: ModuleSource,
    /// Whether it is known whole: it names no other modules and imports than these.
    pub(super) names_all: bool,
}

impl Code {
    pub(super) fn of(entry: &Entry, lua: &LuaFields, sources: &SourceMap) -> Self {
        Self { module: module_source(entry, lua, sources), names_all: true }
    }

    /// The code of an entry with errors: none, if it is not known.
    pub(super) fn of_unfit(entry: &Unfit, sources: &SourceMap) -> Self {
        let source = LuaSource::of_unfit(&entry.body).filter(|_| !entry.is_twice("source"));
        let nowhere = TextOrigin { source: entry.span.source, first_line: 1, indent: 0, whole: Some(entry.span) };
        let (modules, all_modules) = Modules::of_unfit(entry);
        let (imports, all_imports) = imports_of_unfit(entry);
        let module = ModuleSource {
            id: entry.id.clone(),
            text: source.as_ref().map(|source| source.text.clone()).unwrap_or_default(),
            origin: source.as_ref().map_or(nowhere, |source| origin(source, sources)),
            modules: modules.into_iter().map(|module| Spanned::new(module.name, module.span)).collect(),
            imports,
        };
        Self { module, names_all: source.is_some() && all_modules && all_imports }
    }
}

/// What an entry with errors imports, by the names it has for that, and whether these are all. What a name
/// stands for may be an id that nothing has.
fn imports_of_unfit(entry: &Unfit) -> (IndexMap<String, EntryId>, bool) {
    let Some(node) = entry.body.get("imports") else {
        return (IndexMap::new(), entry.field::<IndexMap<String, Ref<Import>>>("imports").is_some());
    };
    let Some(pairs) = node.as_map() else { return (IndexMap::new(), false) };
    let target = |node| entry.read(|cx| Ref::<Import>::decode(node, cx)).map(|import| import.id);
    let named = pairs.iter().filter_map(|pair| {
        let id = target(&pair.value).or_else(|| EntryId::of_known(None, None).ok())?;
        Some((pair.name().to_owned(), id))
    });
    (named.collect(), !entry.is_twice("imports"))
}

/// What a program imports, however far away.
pub(super) struct Libraries {
    /// Each once, in the order of their ids.
    pub(super) found: Vec<Code>,
    /// Whether all of the program is known.
    pub(super) is_all: bool,
}

impl Libraries {
    pub(super) fn modules(self) -> Vec<ModuleSource> {
        self.found.into_iter().map(|code| code.module).collect()
    }
}

/// What the code of an entry imports, from entries with errors, too.
pub(super) fn libraries(main: &Code, registry: &Registry, unfit: &[Unfit]) -> Libraries {
    let mut found: BTreeMap<EntryId, Code> = BTreeMap::new();
    let mut is_all = main.names_all;
    let mut seen = BTreeSet::from([main.module.id.clone()]);
    let mut open: Vec<EntryId> = main.module.imports.values().cloned().collect();
    while let Some(id) = open.pop() {
        if !seen.insert(id.clone()) {
            continue;
        }
        let Some(code) = code_of(&id, registry, unfit) else {
            is_all = false;
            continue;
        };
        is_all &= code.names_all;
        open.extend(code.module.imports.values().cloned());
        found.insert(id, code);
    }
    Libraries { found: found.into_values().collect(), is_all }
}

fn code_of(id: &EntryId, registry: &Registry, unfit: &[Unfit]) -> Option<Code> {
    if let Some(entry) = registry.get(id) {
        return Some(Code::of(entry, lua_fields(entry)?, &registry.sources));
    }
    let is_it = |entry: &&Unfit| entry.is_named && entry.id == *id && Import::KINDS.contains(&entry.kind.name);
    Some(Code::of_unfit(unfit.iter().find(is_it)?, &registry.sources))
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

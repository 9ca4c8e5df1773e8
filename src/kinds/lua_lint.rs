//! Likely mistakes in the Lua code of entries, and in the timeouts they are called with.
//!
//! Each text is looked at once, whichever entries have it or import it: what is a mistake in a workflow
//! is one in every library that a workflow imports.

use std::collections::BTreeSet;

use super::{
    activity_options::{ActivityOptions, PREFIXES, Wait},
    code::{lua_fields, module_source},
    function_lua::{FunctionLua, FunctionSpec},
    lua_fields::{LuaFields, LuaPlace, LuaSource},
    option_keys::plain_key,
    workflow_lua::WorkflowLua,
};
use crate::{
    diag::Diagnostic,
    entry::EntryId,
    lint::{Setting, Timeout, Timeouts, is_allowed_in_yaml, lint},
    lua::ModuleSource,
    registry::{CheckCx, Entry, Registry},
    source::Span,
    workflow,
    yaml::{Node, Pair},
};

/// Warns of what is likely wrong in the code of an entry, if no entry before it has the same file.
pub(super) fn lint_code(entry: &Entry, cx: &mut CheckCx<'_>) {
    let sharing = entries_with_its_text(entry, cx.registry);
    if sharing.first().is_none_or(|first| first.id != entry.id) {
        return;
    }
    let sources = &cx.registry.sources;
    let uses: Vec<(ModuleSource, Setting<'_>)> =
        sharing.into_iter().filter_map(|entry| used(entry, cx.registry)).collect();
    cx.diagnostics.extend(lint(&uses, sources));
}

/// The entries with the code of an entry, itself included.
fn entries_with_its_text<'a>(entry: &'a Entry, registry: &'a Registry) -> Vec<&'a Entry> {
    let Some(LuaFields { source: LuaSource { place: place @ LuaPlace::File(_), .. }, .. }) = lua_fields(entry) else {
        return vec![entry];
    };
    let has_it = |other: &&Entry| lua_fields(other).is_some_and(|lua| lua.source.place == *place);
    registry.iter().map(|entry| &**entry).filter(has_it).collect()
}

/// The code of an entry, and where it runs.
fn used<'a>(entry: &'a Entry, registry: &Registry) -> Option<(ModuleSource, Setting<'a>)> {
    let lua = lua_fields(entry)?;
    let is_workflow = entry.spec::<WorkflowLua>().is_some();
    let setting = Setting {
        workflow: (is_workflow || some_workflow_imports(&entry.id, registry)).then_some(&workflow::PROFILE),
        method: is_workflow.then_some(lua.method.as_str()),
        has_heartbeats: has_heartbeats(registry),
    };
    Some((module_source(entry, lua, &registry.sources), setting))
}

/// Warns of timeouts in `meta.options` that do not fit together.
pub(super) fn lint_timeouts(entry: &Entry, spec: &FunctionSpec, cx: &mut CheckCx<'_>) {
    if spec.activity.as_ref().is_none_or(|activity| activity.local) {
        return;
    }
    let Some(options) = entry.meta_node.get("options") else { return };
    let ActivityOptions { start_to_close_timeout, schedule_to_close_timeout, heartbeat_timeout, .. } = &spec.options;
    let start_to_close = timeout("start_to_close_timeout", *start_to_close_timeout, options);
    // What the environment says is not known: it is not the usual time.
    let is_known = start_to_close.is_some() || start_to_close_timeout.is_none_or(|wait| wait.0.is_zero());
    let timeouts = Timeouts {
        start_to_close,
        schedule_to_close: timeout("schedule_to_close_timeout", *schedule_to_close_timeout, options),
        heartbeat: timeout("heartbeat_timeout", *heartbeat_timeout, options).filter(|_| is_known),
    };
    if let Some(wrong) = timeouts.wrong(heartbeat_timeout.is_some_and(|wait| !wait.0.is_zero())) {
        let source = cx.registry.sources.get(wrong.place.source);
        if is_allowed_in_yaml(&source.text, wrong.place.range(), wrong.code) {
            return;
        }
        let diagnostic = Diagnostic::warning(wrong.code, wrong.place, wrong.headline);
        cx.diagnostics.push(diagnostic.label(wrong.label).note(wrong.note).help(wrong.help));
    }
}

/// A timeout that stands in the file itself, and not in the environment.
fn timeout(key: &str, value: Option<Wait>, options: &Node) -> Option<Timeout<Span>> {
    let written = |pair: &&Pair| plain_key(&pair.key.value, &PREFIXES, &[]) == key;
    let node = &options.as_map()?.iter().find(written)?.value;
    let is_given = node.as_scalar().is_some_and(|scalar| !scalar.text.contains("${"));
    let value = value?.0;
    // No time at all is as if nothing was said.
    (is_given && !value.is_zero()).then_some(Timeout { value, place: node.span })
}

fn has_heartbeats(registry: &Registry) -> bool {
    registry
        .of_kind::<FunctionLua>()
        .any(|(_, spec)| spec.options.heartbeat_timeout.is_some_and(|wait| !wait.0.is_zero()))
}

/// Whether a workflow runs the code of an entry, however far away.
fn some_workflow_imports(library: &EntryId, registry: &Registry) -> bool {
    let mut seen: BTreeSet<&EntryId> = BTreeSet::new();
    let mut open: Vec<&EntryId> = imports_of(registry.of_kind::<WorkflowLua>().map(|(entry, _)| &**entry));
    while let Some(id) = open.pop() {
        if id == library {
            return true;
        }
        if seen.insert(id) {
            open.extend(imports_of(registry.get(id).map(|entry| &**entry)));
        }
    }
    false
}

fn imports_of<'a>(entries: impl IntoIterator<Item = &'a Entry>) -> Vec<&'a EntryId> {
    let fields = entries.into_iter().filter_map(lua_fields);
    fields.flat_map(|fields| fields.imports.values().map(|import| &import.id)).collect()
}

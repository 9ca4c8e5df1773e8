//! `workflow.lua`: a workflow, written in Lua.

use indexmap::IndexMap;

use super::{
    lua_fields::{Import, LuaFields, LuaSource, check_names, usual_method},
    module_names::Modules,
    names::TemporalName,
    program::check_program,
    temporal_worker::ItsWorker,
};
use crate::{
    entry::EntryId,
    registry::{CheckCx, Entry, Kind, Ref},
    workflow,
    yaml::{DecodeCx, Field, FieldInfo, Node, choices, record},
};

/// The kind.
pub(crate) struct WorkflowLua;

record! {
    /// A workflow, written in Lua.
    pub(crate) struct WorkflowFields {
        /// The Lua code: `file://…`, or the text itself. It returns a function, or a table of functions.
        source: LuaSource;
        /// The function of that table that runs.
        method: String = usual_method();
        /// The modules that the code may `require`.
        modules: Modules;
        /// Entries that the code may `require`, each by a name of its own.
        imports: IndexMap<String, Ref<Import>>;
    }
}

choices! {
    /// What an error means that is not the author's decision: a bug, a limit.
    pub(crate) enum FailureWord {
        /// The workflow task fails: the run waits for a better version of the code.
        Task = "task",
        /// The workflow fails.
        Workflow = "workflow",
    }
}

record! {
    /// How a workflow is known to Temporal.
    pub(crate) struct WorkflowBinding {
        /// The `temporal.worker` that runs it.
        worker: Ref<ItsWorker>;
        /// The workflow type, in place of the entry's id.
        name: Option<TemporalName>;
        /// What a Lua error that is not a typed error does: fail the `task`, or the `workflow`.
        failure_policy: FailureWord = FailureWord::Task;
    }
}

record! {
    /// How the entry is known to Temporal.
    pub(crate) struct TemporalMeta {
        /// As a workflow.
        workflow: Option<WorkflowBinding>;
    }
}

/// A workflow: its code, and how it is known to Temporal.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct WorkflowSpec {
    pub(crate) lua: LuaFields,
    /// Nothing: no worker runs it.
    pub(crate) binding: Option<WorkflowBinding>,
}

impl WorkflowSpec {
    /// The workflow type.
    pub(crate) fn type_name(&self, id: &EntryId) -> String {
        let name = self.binding.as_ref().and_then(|binding| binding.name.as_ref());
        name.map_or_else(|| id.to_string(), |name| name.text.clone())
    }

    pub(crate) fn failure_policy(&self) -> FailureWord {
        self.binding.as_ref().map_or(FailureWord::Task, |binding| binding.failure_policy)
    }
}

impl Kind for WorkflowLua {
    const NAME: &'static str = "workflow.lua";
    const MANUAL: &'static str = include_str!("../../registry/kinds/workflow.lua.md");
    type Fields = WorkflowFields;
    type Spec = WorkflowSpec;

    fn build(fields: Option<WorkflowFields>, meta: &Node, cx: &mut DecodeCx<'_>) -> Option<WorkflowSpec> {
        let temporal: Option<Option<TemporalMeta>> = read_meta(meta, "temporal", cx);
        let WorkflowFields { source, method, modules, imports } = fields?;
        let lua = LuaFields { source, method, modules: modules.names, imports };
        check_names(&lua, cx)?;
        Some(WorkflowSpec { lua, binding: temporal?.and_then(|temporal| temporal.workflow) })
    }

    fn check(entry: &Entry, _: &WorkflowSpec, cx: &mut CheckCx<'_>) {
        check_program(entry, &workflow::PROFILE, cx);
    }

    fn meta_fields() -> Vec<FieldInfo> {
        vec![FieldInfo::optional::<TemporalMeta>("temporal", "How the workflow is known to Temporal.")]
    }
}

/// Reads one key of a free-form `meta`.
pub(super) fn read_meta<T: Field>(meta: &Node, key: &str, cx: &mut DecodeCx<'_>) -> Option<T> {
    match meta.pair(key) {
        None => T::absent(),
        Some(pair) => cx.inside(&format!("meta.{key}"), pair.key.span, |cx| T::decode(&pair.value, cx)),
    }
}

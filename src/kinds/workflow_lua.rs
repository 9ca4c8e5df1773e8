//! `workflow.lua`: a workflow, written in Lua.

use indexmap::IndexMap;
use serde_json::json;

use super::{
    lua_fields::{Import, LuaFields, LuaSource, name_clashes, usual_method},
    lua_lint::lint_code,
    module_names::Modules,
    names::TemporalName,
    program::{check_program, check_unfit_code},
    registry_entry::FreeForm,
    temporal_worker::ItsWorker,
    worker_workflows::Called,
    workflow_options::WorkflowOptions,
};
use crate::{
    diag::Diagnostics,
    entry::EntryId,
    registry::{BuildCx, CheckCx, Entry, Kind, Ref, Unfit},
    source::Span,
    value::Value,
    workflow::{self, FailurePolicy},
    yaml::{DecodeCx, Field, FieldInfo, Node, Schema, choices, record},
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
    /// What an error means that is not the author's decision.
    pub(crate) enum FailureWord {
        /// The workflow task fails: the run waits for a better version of the code.
        Task = "task",
        /// A bug fails the workflow; all else, the task.
        Workflow = "workflow",
    }
}

choices! {
    /// An error that is not the author's decision.
    pub(crate) enum Unintended {
        /// Any Lua error that is not a typed one.
        LuaError = "lua_error",
        /// The code ran for too long, or took too much memory.
        Limit = "limit",
        /// The code does not match the history of the run.
        NonDeterminism = "non_determinism",
    }
}

/// A word, or the errors that fail the workflow.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Failing(pub(crate) FailurePolicy);

impl Field for Failing {
    fn decode(node: &Node, cx: &mut DecodeCx<'_>) -> Option<Self> {
        if node.as_list().is_none() {
            let lua_error = FailureWord::decode(node, cx)? == FailureWord::Workflow;
            return Some(Self(FailurePolicy { lua_error, ..FailurePolicy::default() }));
        }
        let errors = Vec::<Unintended>::decode(node, cx)?;
        let policy = FailurePolicy {
            lua_error: errors.contains(&Unintended::LuaError),
            limit: errors.contains(&Unintended::Limit),
            non_determinism: errors.contains(&Unintended::NonDeterminism),
        };
        Some(Self(policy))
    }

    fn schema() -> Schema {
        let (word, errors) = (FailureWord::schema(), Vec::<Unintended>::schema());
        Schema::new(json!({"anyOf": [word.into_json(), errors.into_json()]}))
    }

    fn type_name() -> String {
        format!("{} or a list of {}", FailureWord::type_name(), Unintended::type_name())
    }

    fn show(&self) -> serde_json::Value {
        if self.0.lua_error { FailureWord::Workflow.show() } else { FailureWord::Task.show() }
    }
}

record! {
    /// How a workflow is known to Temporal.
    pub(crate) struct WorkflowBinding {
        /// The `temporal.worker` that runs it.
        worker: Ref<ItsWorker>;
        /// The workflow type, in place of the entry's id. `*` runs every type that no other entry of the worker has.
        name: Option<TemporalName>;
        /// What a Lua error that is not a typed error does: fail the `task`, or the `workflow`. A list names each
        /// sort of error that fails the workflow; every other one fails the task.
        failure_policy: Failing = Failing(FailurePolicy::default());
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
    pub(crate) options: WorkflowOptions,
    /// An input to try it with.
    pub(crate) example: Option<Value>,
}

impl WorkflowSpec {
    /// The workflow type.
    pub(crate) fn type_name(&self, id: &EntryId) -> String {
        let name = self.binding.as_ref().and_then(|binding| binding.name.as_ref());
        name.map_or_else(|| id.to_string(), |name| name.text.clone())
    }

    pub(crate) fn failure_policy(&self) -> FailurePolicy {
        self.binding.as_ref().map(|binding| binding.failure_policy.0).unwrap_or_default()
    }
}

impl WorkflowLua {
    /// The workflow type of an entry with errors, and where it says that this worker runs it.
    pub(super) fn bound_unfit(entry: &Unfit, worker: &EntryId) -> Option<(String, Span)> {
        let meta = (entry.kind.name == Self::NAME).then(|| entry.meta_field::<Option<TemporalMeta>>("temporal"))??;
        let binding = meta?.workflow.filter(|binding| binding.worker.id == *worker)?;
        let own_name = || entry.is_named.then(|| entry.id.to_string());
        Some((binding.name.map(|name| name.text).or_else(own_name)?, binding.worker.span))
    }
}

impl Kind for WorkflowLua {
    const NAME: &'static str = "workflow.lua";
    const MANUAL: &'static str = include_str!("../../registry/kinds/workflow.lua.md");
    type Fields = WorkflowFields;
    type Spec = WorkflowSpec;

    fn build(fields: Option<WorkflowFields>, meta: &Node, cx: &mut DecodeCx<'_>) -> Option<WorkflowSpec> {
        let temporal: Option<Option<TemporalMeta>> = read_meta(meta, "temporal", cx);
        let options = WorkflowOptions::read(meta, cx);
        let example: Option<Option<FreeForm>> = read_meta(meta, "example", cx);
        let WorkflowFields { source, method, modules, imports } = fields?;
        let lua = LuaFields { source, method, modules: modules.names, imports };
        cx.agree(name_clashes(&lua.modules, &lua.imports))?;
        let binding = temporal?.and_then(|temporal| temporal.workflow);
        Some(WorkflowSpec { lua, binding, options: options?, example: example?.map(|example| example.0) })
    }

    fn check(entry: &Entry, _: &WorkflowSpec, cx: &mut CheckCx<'_>) {
        if check_program(entry, &workflow::PROFILE, cx) {
            lint_code(entry, cx);
        }
    }

    fn check_unfit(entry: &Unfit, cx: &mut CheckCx<'_>) {
        check_unfit_code(entry, Some(&workflow::PROFILE), cx);
    }

    fn meta_fields() -> Vec<FieldInfo> {
        let options = FieldInfo::optional::<WorkflowOptions>(
            "options",
            "How the workflow is started, as a child or by a command, unless who starts it says otherwise.",
        );
        vec![
            FieldInfo::optional::<TemporalMeta>("temporal", "How the workflow is known to Temporal."),
            FieldInfo { schema: WorkflowOptions::meta_schema(), ..options },
            FieldInfo::optional::<FreeForm>("example", "An input to try it with: `metonic dev` shows the command."),
        ]
    }
}

impl Called for WorkflowLua {
    fn known_now(written: WorkflowSpec, entry: &Entry, cx: &BuildCx) -> Result<WorkflowSpec, Diagnostics> {
        let temporal: Option<TemporalMeta> = cx.read(entry, |cx| read_meta(&entry.meta_node, "temporal", cx))?;
        Ok(WorkflowSpec { binding: temporal.and_then(|temporal| temporal.workflow), ..written })
    }
}

/// Reads one key of a free-form `meta`.
pub(super) fn read_meta<T: Field>(meta: &Node, key: &str, cx: &mut DecodeCx<'_>) -> Option<T> {
    match meta.pair(key) {
        None => T::absent(),
        Some(pair) => cx.inside(&format!("meta.{key}"), pair.key.span, |cx| T::decode(&pair.value, cx)),
    }
}

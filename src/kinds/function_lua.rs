//! `function.lua`: a function, written in Lua; with a worker, an activity.

use indexmap::IndexMap;

use super::{
    activity_options::ActivityOptions,
    lua_fields::{Import, LuaFields, LuaSource, check_names, usual_method},
    module_names::{InFunction, Modules},
    names::TemporalName,
    temporal_worker::ItsWorker,
    workflow_lua::read_meta,
};
use crate::{
    entry::EntryId,
    registry::{Kind, Ref},
    value::Value,
    yaml::{DecodeCx, FieldInfo, Node, record},
};

/// The kind.
pub(crate) struct FunctionLua;

record! {
    /// A function, written in Lua; with a worker, an activity.
    pub(crate) struct FunctionFields {
        /// The Lua code: `file://…`, or the text itself. It returns a function, or a table of functions.
        source: LuaSource;
        /// The function of that table that runs.
        method: String = usual_method();
        /// The modules that the code may `require`.
        modules: Modules<InFunction>;
        /// Entries that the code may `require`, each by a name of its own.
        imports: IndexMap<String, Ref<Import>>;
        /// How many instances are kept.
        pool: Option<Value> = None, only "each call has a world of its own, and the worker's slots say how many run at once";
    }
}

record! {
    /// How a function is known to Temporal.
    pub(crate) struct Activity {
        /// The `temporal.worker` that runs it.
        worker: Ref<ItsWorker>;
        /// The activity type, in place of the entry's id.
        name: Option<TemporalName>;
        /// Run it in the process of the workflow that calls it, and record only its result.
        local: bool = false;
    }
}

record! {
    /// How the entry is known to Temporal.
    pub(crate) struct TemporalMeta {
        /// As an activity.
        activity: Option<Activity>;
    }
}

/// A function: its code, how it is known to Temporal, and how it is called unless the caller says
/// otherwise.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct FunctionSpec {
    pub(crate) lua: LuaFields,
    /// Nothing: no worker runs it.
    pub(crate) activity: Option<Activity>,
    pub(crate) options: ActivityOptions,
}

impl FunctionSpec {
    /// The activity type.
    pub(crate) fn type_name(&self, id: &EntryId) -> String {
        let name = self.activity.as_ref().and_then(|activity| activity.name.as_ref());
        name.map_or_else(|| id.to_string(), |name| name.text.clone())
    }
}

impl Kind for FunctionLua {
    const NAME: &'static str = "function.lua";
    const MANUAL: &'static str = include_str!("../../registry/kinds/function.lua.md");
    type Fields = FunctionFields;
    type Spec = FunctionSpec;

    fn build(fields: Option<FunctionFields>, meta: &Node, cx: &mut DecodeCx<'_>) -> Option<FunctionSpec> {
        let temporal: Option<Option<TemporalMeta>> = read_meta(meta, "temporal", cx);
        let options = ActivityOptions::read(meta, cx);
        let FunctionFields { source, method, modules, imports, pool: _ } = fields?;
        let lua = LuaFields { source, method, modules: modules.names, imports };
        check_names(&lua, cx)?;
        Some(FunctionSpec { lua, activity: temporal?.and_then(|temporal| temporal.activity), options: options? })
    }

    fn meta_fields() -> Vec<FieldInfo> {
        let options = FieldInfo::optional::<ActivityOptions>(
            "options",
            "How the function is called, unless the caller says otherwise.",
        );
        vec![
            FieldInfo::optional::<TemporalMeta>("temporal", "How the function is known to Temporal."),
            FieldInfo { schema: ActivityOptions::meta_schema(), ..options },
        ]
    }
}

//! `function.lua`: a function, written in Lua; with a worker, an activity.

use indexmap::IndexMap;
use serde_json::json;

use super::{
    activity_options::ActivityOptions,
    lua_fields::{Import, LuaFields, LuaSource, name_clashes, usual_method},
    lua_lint::{lint_code, lint_timeouts},
    module_names::Modules,
    names::TemporalName,
    program::{check_program, check_unfit_code},
    temporal_worker::ItsWorker,
    workflow_lua::read_meta,
};
use crate::{
    diag::{Code, Diagnostic},
    entry::EntryId,
    function::{self, Allow, Rule, RuleError},
    registry::{CheckCx, Entry, Kind, Ref, Unfit},
    source::Span,
    value::Value,
    yaml::{DecodeCx, Field, FieldInfo, Given, Node, Schema, record},
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
        modules: Modules;
        /// Entries that the code may `require`, each by a name of its own.
        imports: IndexMap<String, Ref<Import>>;
        /// What its requests may reach beyond the public network.
        http: HttpFields = HttpFields::default();
        /// How many instances are kept.
        pool: Option<Value> = None, only "each call has a world of its own, and the worker's slots say how many run at once";
    }
}

record! {
    /// What a function's requests may reach beyond the public network.
    pub(crate) struct HttpFields with defaults {
        /// Hosts (`stock.internal`, `*.internal`), addresses (`127.0.0.1`) and ranges (`10.0.0.0/8`) of private
        /// networks, each with `:PORT` after it or for every port.
        allow: Vec<AllowedHost>;
    }
}

/// A host or a range of addresses.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct AllowedHost(Rule);

impl Field for AllowedHost {
    fn decode(node: &Node, cx: &mut DecodeCx<'_>) -> Option<Self> {
        let text = match cx.scalar(node, "a host or a range of addresses")? {
            Given::Later => "localhost".into(),
            Given::Now { text, .. } => text,
        };
        match text.parse() {
            Ok(rule) => Some(Self(rule)),
            Err(error) => {
                cx.bad_value(node.span, RuleError::to_string(&error));
                None
            }
        }
    }

    fn schema() -> Schema {
        String::schema()
    }

    fn type_name() -> String {
        "host".to_owned()
    }

    fn show(&self) -> serde_json::Value {
        serde_json::Value::Null
    }
}

/// The worker that runs it, or several.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct ItsWorkers(Vec<Ref<ItsWorker>>);

impl ItsWorkers {
    /// In the order they were written.
    pub(super) fn ids(&self) -> impl Iterator<Item = &EntryId> {
        self.0.iter().map(|worker| &worker.id)
    }
}

impl Field for ItsWorkers {
    fn decode(node: &Node, cx: &mut DecodeCx<'_>) -> Option<Self> {
        if node.as_list().is_none() {
            return Ref::decode(node, cx).map(|worker| Self(vec![worker]));
        }
        let workers = Vec::<Ref<ItsWorker>>::decode(node, cx)?;
        if workers.is_empty() {
            cx.bad_value(node.span, "a function that is an activity needs a worker");
            return None;
        }
        // The references of a worker that is there twice would make two entries of this one.
        let second =
            workers.iter().enumerate().find(|(at, worker)| workers[..*at].iter().any(|one| one.id == worker.id));
        if let Some((_, worker)) = second {
            let headline = format!("the worker `{}` is there twice", worker.id);
            cx.report(Diagnostic::error(Code::BadValue, worker.span, headline).help("remove one of the two"));
            return None;
        }
        Some(Self(workers))
    }

    fn schema() -> Schema {
        let one = Ref::<ItsWorker>::schema().into_json();
        Schema::new(json!({"anyOf": [one, {"type": "array", "items": one, "minItems": 1}]}))
    }

    fn type_name() -> String {
        format!("{} or list of them", Ref::<ItsWorker>::type_name())
    }

    fn show(&self) -> serde_json::Value {
        serde_json::Value::Null
    }
}

record! {
    /// How a function is known to Temporal.
    pub(crate) struct Activity {
        /// The `temporal.worker` that runs it, or a list of several.
        worker: ItsWorkers;
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
    /// What its requests may reach beyond the public network, as it was written.
    pub(crate) http: HttpFields,
}

impl FunctionSpec {
    /// What its requests may reach beyond the public network.
    pub(crate) fn allow(&self) -> Allow {
        Allow::new(self.http.allow.iter().map(|host| host.0.clone()).collect())
    }

    /// The activity type.
    pub(crate) fn type_name(&self, id: &EntryId) -> String {
        let name = self.activity.as_ref().and_then(|activity| activity.name.as_ref());
        name.map_or_else(|| id.to_string(), |name| name.text.clone())
    }
}

impl FunctionLua {
    /// The activity type of an entry with errors, and where it says that this worker runs it.
    pub(super) fn bound_unfit(entry: &Unfit, worker: &EntryId) -> Option<(String, Span)> {
        let meta = (entry.kind.name == Self::NAME).then(|| entry.meta_field::<Option<TemporalMeta>>("temporal"))??;
        let activity = meta?.activity?;
        let place = activity.worker.0.iter().find(|one| one.id == *worker)?.span;
        let own_name = || entry.is_named.then(|| entry.id.to_string());
        Some((activity.name.map(|name| name.text).or_else(own_name)?, place))
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
        let activity = temporal.map(|temporal| temporal.and_then(|temporal| temporal.activity));
        let fits = match (&activity, &options) {
            (Some(activity), Some(options)) => check_place(activity.as_ref(), options, meta, cx),
            _ => None,
        };
        let FunctionFields { source, method, modules, imports, http, pool: _ } = fields?;
        let lua = LuaFields { source, method, modules: modules.names, imports };
        cx.agree(name_clashes(&lua.modules, &lua.imports))?;
        fits?;
        Some(FunctionSpec { lua, activity: activity?, options: options?, http })
    }

    fn check(entry: &Entry, spec: &FunctionSpec, cx: &mut CheckCx<'_>) {
        if check_program(entry, &function::PROFILE, cx) {
            lint_code(entry, cx);
        }
        lint_timeouts(entry, spec, cx);
    }

    fn check_unfit(entry: &Unfit, cx: &mut CheckCx<'_>) {
        check_unfit_code(entry, Some(&function::PROFILE), cx);
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

/// What a local activity cannot have is no option of it.
fn check_place(
    activity: Option<&Activity>,
    options: &ActivityOptions,
    meta: &Node,
    cx: &mut DecodeCx<'_>,
) -> Option<()> {
    let Some(key) = options.not_local().filter(|_| activity.is_some_and(|activity| activity.local)) else {
        return Some(());
    };
    let place = meta.pair("options").map_or(meta.span, |pair| pair.key.span);
    let headline = format!("a local activity has no option `{key}`");
    let diagnostic = Diagnostic::error(Code::BadValue, place, headline);
    cx.report(diagnostic.help("it runs in the process of its workflow: remove the option, or `local: true`"));
    None
}

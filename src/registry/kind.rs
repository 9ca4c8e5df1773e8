//! What a kind of entry is, and its type erased so that kinds fit in a table.

use std::{any::Any, collections::BTreeMap, fmt, sync::Arc};

use crate::{
    diag::Diagnostics,
    entry::EntryId,
    env::Env,
    lua::Compiler,
    registry::{AtStart, Entry, Lifecycle, Registry, Unfit},
    service::{BoxService, Exports},
    yaml::{DecodeCx, Field, FieldInfo, Node, Record, Schema},
};

/// What an entry decodes to: the kind's own struct behind `Any`.
pub(crate) type Spec = Arc<dyn Any + Send + Sync>;

/// A kind of entry. A kind is one file in `kinds/` and one line in its table.
pub(crate) trait Kind: 'static {
    const NAME: &'static str;
    /// The manual page, from `registry/kinds`.
    const MANUAL: &'static str;
    /// Whether the entry is started and stopped, and so has a `lifecycle`.
    const RUNS: bool = false;
    /// Whether the entry is part of how variables are read, and so cannot use them.
    const FEEDS_ENV: bool = false;
    /// What is written in the file.
    type Fields: Record;
    /// What the rest of the program sees of it.
    type Spec: Send + Sync + fmt::Debug + 'static;

    /// Makes the spec. `meta` is free-form; a kind reads what it documents, and does so even if the
    /// fields have errors, so that all errors are found.
    fn build(fields: Option<Self::Fields>, meta: &Node, cx: &mut DecodeCx<'_>) -> Option<Self::Spec>;

    /// The keys of `meta` that the kind reads.
    fn meta_fields() -> Vec<FieldInfo> {
        Vec::new()
    }

    /// Adds the variable or storage that the entry is.
    fn feed(id: &EntryId, spec: &Self::Spec, env: &mut Env) -> Result<(), EntryId> {
        let _ = (id, spec, env);
        Ok(())
    }

    /// Looks at what only the whole registry can tell. References were looked up before; one whose
    /// target failed to load may lead nowhere.
    fn check(entry: &Entry, spec: &Self::Spec, cx: &mut CheckCx<'_>) {
        let _ = (entry, spec, cx);
    }

    /// Looks at what can be told of an entry with errors that were reported: its code, for one, or what
    /// points at it.
    fn check_unfit(entry: &Unfit, cx: &mut CheckCx<'_>) {
        let _ = (entry, cx);
    }

    /// The service that runs while the entry is started, if the kind has one. Called anew for each
    /// start, so that each start reads its settings and secrets again.
    fn service(entry: &Arc<Entry>, cx: &BuildCx) -> Result<Option<BoxService>, Diagnostics> {
        let _ = (entry, cx);
        Ok(None)
    }
}

/// What a check may look at, and where it reports.
pub(crate) struct CheckCx<'a> {
    pub(crate) registry: &'a Registry,
    /// The entries with errors.
    pub(crate) unfit: &'a [Unfit],
    /// The environment of the process.
    pub(crate) system: &'a BTreeMap<String, String>,
    pub(crate) diagnostics: &'a mut Diagnostics,
    /// For the Lua code of all entries.
    pub(crate) compiler: Compiler,
}

/// What a service is built from.
#[derive(Clone)]
pub(crate) struct BuildCx {
    pub(crate) registry: Arc<Registry>,
    pub(crate) env: Arc<Env>,
    /// What belongs to the process: lanes, the core's runtime.
    pub(crate) process: Exports,
}

impl BuildCx {
    /// Decodes an entry again, with the values that its variables have now.
    pub(crate) fn spec<K: Kind>(&self, entry: &Entry) -> Result<K::Spec, Diagnostics> {
        self.read(entry, |cx| decode::<K>(&entry.body, &entry.meta_node, cx))
    }

    /// Decodes how an entry is started and stopped again, with the values that its variables have now.
    pub(crate) fn lifecycle(&self, entry: &Entry) -> Result<Lifecycle, Diagnostics> {
        match &entry.lifecycle_node {
            Some(node) => self.read(entry, |cx| Lifecycle::decode(node, cx)),
            None => Ok(entry.lifecycle.clone()),
        }
    }

    /// Whether an entry starts with the process. One that leaves this to a variable without a value does, and
    /// its start says so.
    pub(crate) fn starts_by_itself(&self, entry: &Entry) -> bool {
        let written = entry.lifecycle_node.as_ref().and_then(|node| node.get("auto_start")?.as_scalar());
        let is_left_open = written.is_some_and(|scalar| scalar.text.contains("${"));
        self.lifecycle(entry).map_or(entry.lifecycle.auto_start || is_left_open, |lifecycle| lifecycle.auto_start)
    }

    /// Decodes something of an entry again, with the values that its variables have now.
    pub(crate) fn read<T>(
        &self,
        entry: &Entry,
        decode: impl FnOnce(&mut DecodeCx<'_>) -> Option<T>,
    ) -> Result<T, Diagnostics> {
        let variables = AtStart(&self.env);
        let mut cx = DecodeCx::new(entry.id.namespace(), &variables, entry.kind.name, entry.span);
        cx.owner = entry.id.to_string();
        match decode(&mut cx) {
            Some(read) if !cx.diagnostics.has_errors() => Ok(read),
            _ => {
                cx.diagnostics.fit_patches(&self.registry.sources);
                Err(cx.diagnostics)
            }
        }
    }
}

fn decode<K: Kind>(body: &Node, meta: &Node, cx: &mut DecodeCx<'_>) -> Option<K::Spec> {
    let fields = K::Fields::decode(body, cx);
    K::build(fields, meta, cx)
}

/// A [`Kind`] with its types erased.
pub(crate) struct KindDef {
    pub(crate) name: &'static str,
    pub(crate) manual: &'static str,
    pub(crate) runs: bool,
    pub(crate) feeds_env: bool,
    pub(crate) doc: &'static str,
    pub(crate) fields: fn() -> Vec<FieldInfo>,
    pub(crate) schema: fn() -> Schema,
    pub(crate) meta_fields: fn() -> Vec<FieldInfo>,
    pub(super) decode: fn(&Node, &Node, &mut DecodeCx<'_>) -> Option<Spec>,
    pub(super) feed: fn(&EntryId, &Spec, &mut Env) -> Result<(), EntryId>,
    pub(super) check: fn(&Entry, &mut CheckCx<'_>),
    pub(super) check_unfit: fn(&Unfit, &mut CheckCx<'_>),
    service: fn(&Arc<Entry>, &BuildCx) -> Result<Option<BoxService>, Diagnostics>,
}

impl KindDef {
    pub(crate) const fn of<K: Kind>() -> Self {
        Self {
            name: K::NAME,
            manual: K::MANUAL,
            runs: K::RUNS,
            feeds_env: K::FEEDS_ENV,
            doc: K::Fields::DOC,
            fields: K::Fields::fields,
            schema: K::Fields::schema,
            meta_fields: K::meta_fields,
            decode: |body, meta, cx| decode::<K>(body, meta, cx).map(|spec| Arc::new(spec) as Spec),
            feed: |id, spec, env| spec.downcast_ref().map_or(Ok(()), |spec| K::feed(id, spec, env)),
            check: |entry, cx| {
                if let Some(spec) = entry.spec::<K>() {
                    K::check(entry, spec, cx);
                }
            },
            check_unfit: K::check_unfit,
            service: K::service,
        }
    }
}

impl fmt::Debug for KindDef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name)
    }
}

impl Entry {
    /// The service that runs while the entry is started, if its kind has one.
    pub(crate) fn service(self: &Arc<Self>, cx: &BuildCx) -> Result<Option<BoxService>, Diagnostics> {
        (self.kind.service)(self, cx)
    }
}

//! Files to entries: everything is read, every error is kept, and nothing is started.
//!
//! The order matters in one place only: entries that variables come from are decoded before those
//! that use variables.

use std::{collections::BTreeMap, sync::Arc};

use indexmap::IndexMap;

use super::{
    AtLoad, CheckCx, Entry, KindDef, Lifecycle, NoVariables, Registry, Unfit,
    broken::Broken,
    cycle,
    document::{self, RawEntry},
    include::Includer,
    reading::{self, Document, is_candidate},
    resolve::Resolver,
    variables::{PublicName, clashes_of_unfit},
};
use crate::{
    diag::{Blame, Code, Diagnostic, Diagnostics, Severity, Suggestions, closest},
    entry::{EntryId, Reference},
    env::Env,
    lua::Compiler,
    source::{Digest, Files, SourceMap, Span, Spanned},
    yaml::{DecodeCx, Node, Variables, quoted},
};

/// A key of `meta` in which no value is free.
const OPTIONS: &str = "options";

/// What a project is loaded from.
pub(crate) struct Project<'a> {
    pub(crate) files: &'a Files,
    pub(crate) kinds: &'static [KindDef],
    /// The environment of the process.
    pub(crate) system: Arc<BTreeMap<String, String>>,
    /// Counts the loads of one process, from 1.
    pub(crate) generation: u64,
}

/// What became of a project.
#[derive(Debug)]
pub(crate) struct Loaded {
    /// Nothing if there is an error.
    pub(crate) registry: Option<Arc<Registry>>,
    pub(crate) env: Arc<Env>,
    pub(crate) sources: Arc<SourceMap>,
    pub(crate) diagnostics: Diagnostics,
    /// How many files were read: those of entries, and those that they include.
    pub(crate) files: usize,
    /// How many entries they have, those with errors included.
    pub(crate) entries: usize,
}

/// Loads a project.
pub(crate) fn load(project: &Project<'_>) -> Loaded {
    let mut loader = Loader {
        project,
        sources: SourceMap::default(),
        diagnostics: Diagnostics::default(),
        env: Env::new(project.files.clone(), Arc::clone(&project.system)),
        entries: IndexMap::new(),
        broken: Broken::default(),
        unfit: Vec::new(),
        without_kind: Vec::new(),
    };
    let (raw, files) = loader.read();
    let count = raw.len();
    let raw = loader.with_kinds(raw);
    let (feeding, rest): (Vec<_>, Vec<_>) = raw.into_iter().partition(|(_, kind)| kind.feeds_env);
    for (raw, kind) in feeding {
        loader.decode(raw, kind);
    }
    loader.feed();
    for (raw, kind) in rest {
        loader.decode(raw, kind);
    }
    for raw in std::mem::take(&mut loader.without_kind) {
        loader.decode_common(&raw);
    }
    loader.finish(files, count)
}

struct Loader<'a> {
    project: &'a Project<'a>,
    sources: SourceMap,
    diagnostics: Diagnostics,
    env: Env,
    entries: IndexMap<EntryId, Entry>,
    broken: Broken,
    unfit: Vec<Unfit>,
    without_kind: Vec<RawEntry>,
}

impl Loader<'_> {
    /// Reads every file: entries with included texts, and the number of files that have some.
    fn read(&mut self) -> (Vec<RawEntry>, usize) {
        let found = match self.project.files.walk() {
            Ok(found) => found,
            Err(error) => {
                let headline = format!("the project's folder cannot be read: {error}");
                self.without_place(Code::NoProject, Blame::Environment, headline);
                return (Vec::new(), 0);
            }
        };
        for path in &found.outside {
            let headline = format!("the folder `{path}` is a link to a folder outside the project");
            let diagnostic =
                Diagnostic::without_place(Code::FileLeavesProject, Severity::Error, Blame::Project, headline);
            let help = "copy the folder into the project; a link whose name begins with a dot is passed over";
            self.diagnostics.push(diagnostic.help(help));
        }
        let mut files = 0;
        let mut documents: Vec<(&str, Node, Vec<Span>)> = Vec::new();
        for path in found.files.iter().filter(|path| is_candidate(path)) {
            match reading::read(path, self.project.files, self.project.kinds, &mut self.sources, &mut self.diagnostics)
            {
                Document::Foreign => {}
                Document::Unreadable(namespace) => {
                    files += 1;
                    if let Some(namespace) = namespace {
                        self.broken.add_namespace(namespace);
                    }
                }
                Document::Read(root, twice) => {
                    files += 1;
                    documents.push((path, root, twice));
                }
            }
        }
        let mut includer = Includer {
            files: self.project.files,
            sources: &mut self.sources,
            paths: &found.files,
            suggestions: Suggestions::default(),
            read: BTreeMap::new(),
        };
        let mut all = Vec::new();
        for (path, root, twice) in documents {
            let folder = path.rsplit_once('/').map_or("", |(folder, _)| folder);
            for mut raw in document::read(&root, &twice, &mut self.diagnostics) {
                // A text that could not be included was reported; what it would have been is not known.
                raw.is_good &= includer.fill(&mut raw, folder, &mut self.diagnostics);
                all.push(raw);
            }
        }
        files += includer.read.len();
        if files == 0 && self.diagnostics.is_empty() {
            let headline = "the project has no entries: no YAML or JSON file has a `namespace`".to_owned();
            let none = Diagnostic::without_place(Code::NoEntries, Severity::Error, Blame::Project, headline);
            self.diagnostics.push(
                none.help("name the folder that holds your entry files, or write one: `metonic explain no-entries`"),
            );
        }
        (all, files)
    }

    fn without_place(&mut self, code: Code, blame: Blame, headline: String) {
        self.diagnostics.push(Diagnostic::without_place(code, Severity::Error, blame, headline));
    }

    /// Entries and their kinds, without those that have none. Of several with one id the first is
    /// good.
    fn with_kinds(&mut self, raw: Vec<RawEntry>) -> Vec<(RawEntry, &'static KindDef)> {
        let mut first: BTreeMap<EntryId, Span> = BTreeMap::new();
        let mut kept = Vec::new();
        for mut entry in raw {
            if let Some(span) = first.get(&entry.id).filter(|_| entry.is_named) {
                self.diagnostics.push(
                    Diagnostic::error(
                        Code::DuplicateEntry,
                        entry.span,
                        format!("two entries are called `{}`", entry.id),
                    )
                    .label("the second one")
                    .also(*span, "the first one")
                    .help("rename one of the two"),
                );
                entry.is_good = false;
                entry.is_named = false;
            }
            first.entry(entry.id.clone()).or_insert(entry.span);
            let kind = entry.kind.as_ref().map(|kind| self.kind(kind));
            match kind {
                Some(Some(kind)) => kept.push((entry, kind)),
                Some(None) | None => {
                    self.broken.add(&entry, None);
                    self.without_kind.push(entry);
                }
            }
        }
        kept
    }

    /// The kind of a name; reports one that there is not.
    fn kind(&mut self, name: &Spanned<Arc<str>>) -> Option<&'static KindDef> {
        let kinds = self.project.kinds;
        let known = kinds.iter().find(|kind| kind.name == &*name.value);
        if known.is_none() {
            let names: Vec<&str> = kinds.iter().map(|kind| kind.name).collect();
            let (kind, span) = (&*name.value, name.span);
            let diagnostic = Diagnostic::error(Code::UnknownKind, span, format!("no kind of entry is called `{kind}`"))
                .label("unknown kind");
            self.diagnostics.push(match closest(kind, names.iter().copied()) {
                Some(close) => diagnostic.did_you_mean(close).patch_text(span, close),
                None => diagnostic.help(format!("the kinds are {}", quoted(&names))),
            });
        }
        known
    }

    /// What every entry has, of one whose kind nobody knows.
    fn decode_common(&mut self, raw: &RawEntry) {
        let at_load = AtLoad { env: &self.env, broken: &self.broken.variables };
        let mut cx = DecodeCx::new(raw.id.namespace(), &at_load, "", raw.span);
        if let Some(pair) = &raw.lifecycle {
            let _ = cx.inside("lifecycle", pair.key.span, |cx| Lifecycle::decode(&pair.value, cx));
        }
        cx.check_free_form(&raw.meta);
        let (mut found, references) = (cx.diagnostics, cx.references);
        found.drop_beside_errors(Code::AmbiguousValue);
        self.diagnostics.extend(found);
        self.add_broken_references(raw, references);
    }

    /// An entry with errors points at these.
    fn add_broken_references(&mut self, raw: &RawEntry, references: Vec<Reference>) {
        let from = raw.is_named.then(|| raw.id.clone());
        self.broken.references.extend(references.into_iter().map(|reference| (from.clone(), reference)));
    }

    fn decode(&mut self, raw: RawEntry, kind: &'static KindDef) {
        let at_load = AtLoad { env: &self.env, broken: &self.broken.variables };
        let variables: &dyn Variables = if kind.feeds_env { &NoVariables } else { &at_load };
        let mut cx = DecodeCx::new(raw.id.namespace(), variables, kind.name, raw.span);
        let lifecycle = lifecycle(&raw, kind, &mut cx);
        let is_decoded =
            raw.meta.get(OPTIONS).is_some() && (kind.meta_fields)().iter().any(|field| field.key == OPTIONS);
        cx.check_free_but(&raw.meta, if is_decoded { &[OPTIONS] } else { &[] });
        let spec = (kind.decode)(&raw.body, &raw.meta, &mut cx);
        let (mut found, references) = (cx.diagnostics, cx.references);
        found.drop_beside_errors(Code::AmbiguousValue);
        let is_read = spec.is_some() && lifecycle.is_some();
        if raw.is_good && !is_read && !found.has_errors() {
            let headline = format!("`{}` cannot be read, and metonic does not say why", raw.id);
            found.push(Diagnostic::error(Code::InternalError, raw.span, headline).blame(Blame::Runtime));
        }
        let failed = found.has_errors() || !raw.is_good;
        self.diagnostics.extend(found);
        let (Some(spec), Some(known), false) = (spec, &lifecycle, failed) else {
            self.add_broken_references(&raw, references);
            self.broken.add(&raw, Some(kind));
            let RawEntry { id, is_named, span, meta, body, twice, lifecycle: block, .. } = raw;
            let lifecycle_node = block.map(|pair| pair.value);
            self.unfit.push(Unfit { id, is_named, kind, lifecycle, lifecycle_node, body, meta, span, twice });
            return;
        };
        let entry = Entry {
            digest: digest(&raw),
            id: raw.id.clone(),
            kind,
            lifecycle: known.clone(),
            spec,
            body: raw.body,
            meta_node: raw.meta,
            lifecycle_node: raw.lifecycle.map(|pair| pair.value),
            references,
            span: raw.span,
        };
        self.entries.insert(raw.id, entry);
    }

    /// Makes the variables of the entries that were decoded so far.
    fn feed(&mut self) {
        for entry in self.entries.values() {
            let Err(other) = (entry.kind.feed)(&entry.id, &entry.spec, &mut self.env) else { continue };
            if let Some(first) = self.entries.get(&other) {
                let names = [first, entry].map(|entry| PublicName::new(&entry.id, &entry.body, entry.span));
                self.diagnostics.push(PublicName::clash(names));
            }
        }
        self.diagnostics.extend(clashes_of_unfit(&self.entries, &self.unfit));
    }

    fn finish(mut self, files: usize, count: usize) -> Loaded {
        self.entries.sort_keys();
        let entries = self.entries.into_iter().map(|(id, entry)| (id, Arc::new(entry))).collect();
        let sources = Arc::new(self.sources);
        let registry = Registry { entries, sources: Arc::clone(&sources), generation: self.project.generation };
        let mut diagnostics = self.diagnostics;
        let kinds = self.project.kinds;
        let mut resolver = Resolver {
            registry: &registry,
            kinds,
            broken: &self.broken,
            diagnostics: &mut diagnostics,
            suggestions: Suggestions::default(),
        };
        let wrong = resolver.check_references();
        cycle::check(&registry, &self.broken, &wrong, &mut diagnostics);
        let (system, unfit) = (&self.project.system, &self.unfit);
        let mut cx = CheckCx {
            registry: &registry,
            unfit,
            system,
            diagnostics: &mut diagnostics,
            compiler: Compiler::default(),
        };
        for entry in registry.iter() {
            (entry.kind.check)(entry, &mut cx);
        }
        for entry in unfit {
            (entry.kind.check_unfit)(entry, &mut cx);
        }
        diagnostics.fit_patches(&sources);
        diagnostics.sort();
        Loaded {
            registry: (!diagnostics.has_errors()).then(|| Arc::new(registry)),
            env: Arc::new(self.env),
            sources,
            diagnostics,
            files,
            entries: count,
        }
    }
}

/// The entry's `lifecycle`; the usual one if it has none.
fn lifecycle(raw: &RawEntry, kind: &KindDef, cx: &mut DecodeCx<'_>) -> Option<Lifecycle> {
    let Some(pair) = &raw.lifecycle else { return Some(Lifecycle::default()) };
    if kind.runs {
        return cx.inside("lifecycle", pair.key.span, |cx| Lifecycle::decode(&pair.value, cx));
    }
    cx.report(
        Diagnostic::error(Code::UnknownField, pair.key.span, format!("`{}` has no `lifecycle`", kind.name))
            .label("nothing here is started or stopped")
            .help("remove it"),
    );
    None
}

fn digest(raw: &RawEntry) -> Digest {
    let mut parts = [Vec::new(), Vec::new(), Vec::new()];
    raw.body.fingerprint(&mut parts[0]);
    raw.meta.fingerprint(&mut parts[1]);
    if let Some(lifecycle) = &raw.lifecycle {
        lifecycle.value.fingerprint(&mut parts[2]);
    }
    let kind = raw.kind.as_ref().map(|kind| kind.as_bytes()).unwrap_or_default();
    Digest::of_parts([kind].into_iter().chain(parts.iter().map(Vec::as_slice)))
}

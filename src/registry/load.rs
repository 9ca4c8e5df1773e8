//! Files to entries: everything is read, every error is kept, and nothing is started.
//!
//! The order matters in one place only: entries that variables come from are decoded before those
//! that use variables.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use indexmap::IndexMap;

use super::{
    AtLoad, CheckCx, Entry, KindDef, Lifecycle, NoVariables, Registry, cycle,
    document::{self, RawEntry},
    include::Includer,
    resolve::Resolver,
    secrets,
};
use crate::{
    diag::{Blame, Code, Diagnostic, Diagnostics, Severity, closest},
    entry::{EntryId, Reference},
    env::Env,
    source::{Digest, FileError, Files, SourceMap, Span},
    yaml::{self, DecodeCx, Node, Variables, quoted},
};

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
    /// How many files of entries were read.
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
    };
    let (raw, files) = loader.read();
    let count = raw.len();
    let raw = loader.without_duplicates(raw);
    let (feeding, rest): (Vec<_>, Vec<_>) = raw.into_iter().partition(|(_, kind)| kind.feeds_env);
    for (raw, kind) in feeding {
        loader.decode(raw, kind);
    }
    loader.feed();
    for (raw, kind) in rest {
        loader.decode(raw, kind);
    }
    loader.finish(files, count)
}

/// What could not be loaded: it is not reported a second time where it is pointed at.
#[derive(Debug, Default)]
pub(super) struct Broken {
    pub(super) entries: BTreeSet<EntryId>,
    /// Of files that cannot be read.
    pub(super) namespaces: BTreeSet<String>,
    /// Of entries with errors: what they point at has to be there all the same.
    pub(super) references: Vec<Reference>,
    /// Names that variables would have.
    variables: BTreeSet<String>,
}

/// What a file turned out to be.
enum Document {
    /// None of ours.
    Foreign,
    /// Ours, and what is wrong with it was reported.
    Unreadable,
    Read(Node),
}

struct Loader<'a> {
    project: &'a Project<'a>,
    sources: SourceMap,
    diagnostics: Diagnostics,
    env: Env,
    entries: IndexMap<EntryId, Entry>,
    broken: Broken,
}

impl Loader<'_> {
    /// Reads every file: entries with included texts, and the number of files that have some.
    fn read(&mut self) -> (Vec<RawEntry>, usize) {
        let paths = match self.project.files.walk() {
            Ok(paths) => paths,
            Err(error) => {
                let headline = format!("the project's folder cannot be read: {error}");
                self.without_place(Code::NoProject, Blame::Environment, headline);
                return (Vec::new(), 0);
            }
        };
        let mut files = 0;
        let mut documents: Vec<(&str, Node)> = Vec::new();
        for path in paths.iter().filter(|path| is_candidate(path)) {
            match self.document(path) {
                Document::Foreign => {}
                Document::Unreadable => files += 1,
                Document::Read(root) => {
                    files += 1;
                    documents.push((path, root));
                }
            }
        }
        let mut includer =
            Includer { files: self.project.files, sources: &mut self.sources, paths: &paths, read: BTreeMap::new() };
        let mut all = Vec::new();
        for (path, root) in documents {
            let folder = path.rsplit_once('/').map_or("", |(folder, _)| folder);
            for mut raw in document::read(&root, &mut self.diagnostics) {
                let body = includer.fill(&mut raw.body, folder, &mut self.diagnostics);
                let meta = includer.fill(&mut raw.meta, folder, &mut self.diagnostics);
                if !(body && meta) {
                    self.broken.entries.insert(raw.id.clone());
                }
                all.push(raw);
            }
        }
        if files == 0 && self.diagnostics.is_empty() {
            self.without_place(
                Code::NoEntries,
                Blame::Project,
                "the project has no entries: no YAML or JSON file has a `namespace`".to_owned(),
            );
        }
        (all, files)
    }

    fn document(&mut self, path: &str) -> Document {
        let text = match self.project.files.read(path, yaml::MAX_BYTES) {
            Ok(text) => text,
            // A large file of data beside the entries, as a recorded history.
            Err(FileError::TooLarge { .. }) if path.ends_with(".json") => return Document::Foreign,
            Err(error) => {
                self.unreadable(path, &error);
                return Document::Unreadable;
            }
        };
        if !text.contains("namespace") && !text.contains("entries") {
            return Document::Foreign;
        }
        let source = self.sources.add(path, text.as_str());
        let parsed = yaml::parse(source, &text);
        let ours = match &parsed.root {
            Some(root) => root.get("namespace").is_some() || root.get("entries").is_some(),
            None => looks_like_entries(&text),
        };
        if !ours {
            return Document::Foreign;
        }
        self.diagnostics.extend(parsed.diagnostics);
        if let Some(root) = &parsed.root {
            secrets::conceal(root, &mut self.sources);
        }
        let Some(root) = parsed.root else {
            self.broken.namespaces.extend(namespace_line(&text));
            return Document::Unreadable;
        };
        Document::Read(root)
    }

    fn unreadable(&mut self, path: &str, error: &FileError) {
        let (code, headline) = match error {
            FileError::NotText { at } => {
                (Code::BadEncoding, format!("the file `{path}` is not UTF-8: byte {at} is the first that is not"))
            }
            FileError::TooLarge { limit } => {
                (Code::YamlLimit, format!("the file `{path}` is larger than {} MiB", limit / 1024 / 1024))
            }
            FileError::Outside => {
                (Code::FileLeavesProject, format!("the file `{path}` is a link to a file outside the project"))
            }
            FileError::Missing | FileError::NoFile | FileError::Io(_) => {
                (Code::FileUnreadable, format!("the file `{path}` cannot be read: {error}"))
            }
        };
        let source = self.sources.add(path, "");
        self.diagnostics.push(Diagnostic::error(code, Span::new(source, 0, 0), headline));
    }

    fn without_place(&mut self, code: Code, blame: Blame, headline: String) {
        self.diagnostics.push(Diagnostic::without_place(code, Severity::Error, blame, headline));
    }

    /// Keeps the first of each id, and of those the ones whose kind exists.
    fn without_duplicates(&mut self, raw: Vec<RawEntry>) -> Vec<(RawEntry, &'static KindDef)> {
        let mut first: BTreeMap<EntryId, Span> = BTreeMap::new();
        let mut kept = Vec::new();
        for entry in raw {
            if let Some(span) = first.get(&entry.id) {
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
                continue;
            }
            first.insert(entry.id.clone(), entry.span);
            if let Some(kind) = self.project.kinds.iter().find(|kind| kind.name == &*entry.kind.value) {
                kept.push((entry, kind));
            } else {
                self.unknown_kind(&entry);
                self.broken(&entry);
            }
        }
        kept
    }

    fn unknown_kind(&mut self, entry: &RawEntry) {
        let names: Vec<&str> = self.project.kinds.iter().map(|kind| kind.name).collect();
        let (kind, span) = (&*entry.kind.value, entry.kind.span);
        let diagnostic = Diagnostic::error(Code::UnknownKind, span, format!("no kind of entry is called `{kind}`"))
            .label("unknown kind");
        self.diagnostics.push(match closest(kind, names.iter().copied()) {
            Some(close) => diagnostic.help(format!("a kind with a similar name exists: `{close}`")).patch(span, close),
            None => diagnostic.help(format!("the kinds are {}", quoted(&names))),
        });
    }

    fn broken(&mut self, raw: &RawEntry) {
        self.broken.entries.insert(raw.id.clone());
        self.broken.variables.insert(raw.id.to_string());
        if let Some(name) = raw.body.get("variable").and_then(Node::as_scalar) {
            self.broken.variables.insert(name.text.to_string());
        }
    }

    fn decode(&mut self, raw: RawEntry, kind: &'static KindDef) {
        let at_load = AtLoad { env: &self.env, broken: &self.broken.variables };
        let variables: &dyn Variables = if kind.feeds_env { &NoVariables } else { &at_load };
        let mut cx = DecodeCx::new(raw.id.namespace(), variables, kind.name, raw.span);
        let lifecycle = lifecycle(&raw, kind, &mut cx);
        cx.check_free_form(&raw.meta);
        let spec = (kind.decode)(&raw.body, &raw.meta, &mut cx);
        let (mut found, references) = (cx.diagnostics, cx.references);
        found.drop_beside_errors(Code::AmbiguousValue);
        // A text that could not be included was reported; what it would have been is not known.
        let failed = found.has_errors() || self.broken.entries.contains(&raw.id);
        self.diagnostics.extend(found);
        let (Some(spec), Some(lifecycle), false) = (spec, lifecycle, failed) else {
            self.broken.references.extend(references);
            self.broken(&raw);
            return;
        };
        let entry = Entry {
            digest: digest(&raw),
            id: raw.id.clone(),
            kind,
            lifecycle,
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
            let place = |entry: &Entry| entry.body.get("variable").map_or(entry.span, |node| node.span);
            let mut diagnostic = Diagnostic::error(
                Code::DuplicateVariable,
                place(entry),
                format!("two variables have one public name: `{}` and `{other}`", entry.id),
            )
            .label("the second one")
            .help("rename one of the two, or leave `variable` out");
            if let Some(first) = self.entries.get(&other) {
                diagnostic = diagnostic.also(place(first), "the first one");
            }
            self.diagnostics.push(diagnostic);
        }
    }

    fn finish(mut self, files: usize, count: usize) -> Loaded {
        self.entries.sort_keys();
        let entries = self.entries.into_iter().map(|(id, entry)| (id, Arc::new(entry))).collect();
        let sources = Arc::new(self.sources);
        let registry = Registry { entries, sources: Arc::clone(&sources), generation: self.project.generation };
        let mut diagnostics = self.diagnostics;
        let kinds = self.project.kinds;
        Resolver { registry: &registry, kinds, broken: &self.broken, diagnostics: &mut diagnostics }.check_references();
        cycle::check(&registry, &mut diagnostics);
        for entry in registry.iter() {
            let system = &self.project.system;
            (entry.kind.check)(entry, &mut CheckCx { registry: &registry, system, diagnostics: &mut diagnostics });
        }
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
    Digest::of_parts([raw.kind.as_bytes()].into_iter().chain(parts.iter().map(Vec::as_slice)))
}

fn is_candidate(path: &str) -> bool {
    let extension = path.rsplit_once('.').map(|(_, extension)| extension);
    matches!(extension, Some("yaml" | "yml" | "json"))
}

/// Whether a file that cannot be read was meant as one of entries: a line begins with one of its
/// two keys.
fn looks_like_entries(text: &str) -> bool {
    let begins = |line: &str| {
        let line = line.trim_start_matches('\u{feff}');
        let key = line.trim_start().trim_start_matches(['{', '"', '\'', ' ']);
        line.len() - line.trim_start().len() <= 2 && (key.starts_with("namespace") || key.starts_with("entries"))
    };
    text.lines().any(begins)
}

/// The namespace in a text that cannot be parsed.
fn namespace_line(text: &str) -> Option<String> {
    let line = text.lines().find_map(|line| line.trim_start_matches('\u{feff}').trim().strip_prefix("namespace:"))?;
    Some(line.trim().trim_matches(['"', '\'']).to_owned())
}

//! What a file of entries looks like: its own keys, and the shape that every entry has.

use std::sync::Arc;

use super::{bad_id, slips};
use crate::{
    diag::{Code, Diagnostic, Diagnostics, closest},
    entry::{EntryId, Namespace},
    source::{Span, Spanned},
    yaml::{Data, Node, Pair, Plain, Scalar},
};

/// An entry as it was written.
#[derive(Clone, Debug)]
pub(super) struct RawEntry {
    pub(super) id: EntryId,
    /// Whether the id is the entry's own, and both parts of it are known.
    pub(super) is_named: bool,
    /// Whether it is known whole: nothing of it is missing or was put aside.
    pub(super) is_good: bool,
    /// Where its name stands.
    pub(super) span: Span,
    /// Nothing, if it has none.
    pub(super) kind: Option<Spanned<Arc<str>>>,
    /// The file's `meta` lies under the entry's.
    pub(super) meta: Node,
    pub(super) lifecycle: Option<Pair>,
    /// The fields of the kind.
    pub(super) body: Node,
    /// Keys of the entry that are there twice.
    pub(super) twice: Vec<Arc<str>>,
}

/// Keys of an entry that are not its kind's.
const COMMON: [&str; 4] = ["name", "kind", "meta", "lifecycle"];

/// Keys of a file and of an entry.
const KNOWN: [&str; 8] = ["version", "namespace", "meta", "entries", "name", "kind", "lifecycle", "data"];

/// Keys of a file with a list of entries.
const FILE_KEYS: [&str; 4] = ["version", "namespace", "meta", "entries"];

/// Reads the entries of one file. `twice` are values whose key is there again.
pub(super) fn read(root: &Node, twice: &[Span], diagnostics: &mut Diagnostics) -> Vec<RawEntry> {
    let Some(pairs) = root.as_map() else { return Vec::new() };
    let list = root.pair("entries").or_else(|| meant(pairs, "entries"));
    let mut document = Document { diagnostics, namespace: None, meta: root.pair("meta"), twice };
    document.namespace = document.find_namespace(root, pairs, list);
    document.check_version(root);
    document.check_meta();
    let single = root.get("name").or(root.get("kind"));
    match (list, single) {
        (Some(entries), None) => {
            document.check_keys(pairs.iter(), pairs);
            document.entries(entries)
        }
        (Some(entries), Some(single)) => {
            // The other keys may be those of the entry.
            let is_slip = |pair: &&Pair| !KNOWN.contains(&pair.name()) && closest(pair.name(), FILE_KEYS).is_some();
            document.check_keys(pairs.iter().filter(is_slip), pairs);
            let headline = "a file has `entries`, or is one entry with `name` and `kind`, not both";
            document.report(
                Diagnostic::error(Code::BadEntry, single.span, headline)
                    .also(entries.key.span, "and here is the list")
                    .help("move this entry into the list"),
            );
            document.entries(entries)
        }
        (None, Some(_)) => document.entry(root, None).into_iter().collect(),
        (None, None) if meant(pairs, "name").is_some() && meant(pairs, "kind").is_some() => {
            document.entry(root, None).into_iter().collect()
        }
        (None, None) => {
            document.report(
                Diagnostic::error(Code::BadEntry, first_key(root), "a file with a `namespace` has no entries")
                    .help("add `entries:` with a list, or `name` and `kind` for a single entry"),
            );
            Vec::new()
        }
    }
}

/// A number or a boolean where a text is wanted.
fn no_text(what: &str, span: Span, text: &str) -> Diagnostic {
    Diagnostic::error(Code::WrongType, span, format!("{what} is not a text"))
        .help("put it in quotes")
        .patch_value(span, format!("\"{text}\""))
}

/// What was written with a slip in the place of `key`.
pub(super) fn meant<'a>(pairs: &'a [Pair], key: &str) -> Option<&'a Pair> {
    let found = slips::meant(pairs, key, &KNOWN)?;
    // A list of names is no name.
    let fits = if key == "entries" { found.value.as_list().is_some() } else { found.value.as_scalar().is_some() };
    fits.then_some(found)
}

struct Document<'a> {
    diagnostics: &'a mut Diagnostics,
    /// Nothing, if it is no good.
    namespace: Option<Namespace>,
    meta: Option<&'a Pair>,
    twice: &'a [Span],
}

impl Document<'_> {
    fn report(&mut self, diagnostic: Diagnostic) {
        self.diagnostics.push(diagnostic);
    }

    /// The file's namespace; what was perhaps meant by it is taken for it once that is reported.
    fn find_namespace(&mut self, root: &Node, pairs: &[Pair], list: Option<&Pair>) -> Option<Namespace> {
        if let Some(pair) = root.pair("namespace") {
            return self.namespace_of(pair);
        }
        if let Some(pair) = meant(pairs, "namespace") {
            // With a list, the slip is told with the other keys of the file.
            if list.is_none() {
                self.check_keys(std::iter::once(pair), pairs);
            }
            let text = pair.value.as_scalar()?;
            return EntryId::of_known(Some(&text.text), None).is_ok().then(|| text.text.clone());
        }
        let (place, what) = match list {
            Some(list) => (list.key.span, "a file with `entries` needs a `namespace`"),
            None => (first_key(root), "a file of one entry needs a `namespace`"),
        };
        self.report(
            Diagnostic::error(Code::BadEntry, place, what)
                .label("`namespace` is missing beside it")
                .help("write `namespace: app` above it"),
        );
        None
    }

    fn namespace_of(&mut self, pair: &Pair) -> Option<Namespace> {
        let node = &pair.value;
        let Some(scalar) = node.as_scalar().filter(|scalar| !scalar.is_null()) else {
            let headline = match &node.data {
                Data::Scalar(_) => "a value is missing: a namespace is wanted",
                Data::List(_) => "a namespace is wanted, and this is a list",
                Data::Map(_) => "a namespace is wanted, and this is a map",
            };
            let place = if node.span.start == node.span.end { pair.key.span } else { node.span };
            self.report(
                Diagnostic::error(Code::WrongType, place, headline)
                    .label("not a namespace")
                    .help("write a name for the entries of this file: `namespace: app`"),
            );
            return None;
        };
        if scalar.plain() != Plain::Text {
            self.report(no_text("the `namespace`", node.span, &scalar.text));
        }
        match EntryId::of_known(Some(&scalar.text), None) {
            Ok(_) => Some(scalar.text.clone()),
            // A number that is not even a name when it is quoted: one of the two is enough.
            Err(_) if scalar.plain() != Plain::Text => None,
            Err(error) => {
                self.report(
                    Diagnostic::error(Code::BadId, node.span, error.to_string())
                        .label("not a namespace")
                        .help("write letters, digits, `_`, `-` and dots between parts: `shop.billing`"),
                );
                None
            }
        }
    }

    fn check_version(&mut self, root: &Node) {
        let Some(version) = root.get("version") else { return };
        if !version.as_scalar().is_some_and(|scalar| matches!(&*scalar.text, "1.0" | "1")) {
            self.report(
                Diagnostic::error(Code::BadValue, version.span, "only version `1.0` of entry files is known")
                    .patch_value(version.span, "\"1.0\""),
            );
        }
    }

    fn check_meta(&mut self) {
        if let Some(meta) = self.meta.filter(|meta| meta.value.as_map().is_none()) {
            self.report(Diagnostic::error(Code::WrongType, meta.key.span, "`meta` is a map"));
            self.meta = None;
        }
    }

    fn check_keys<'p>(&mut self, pairs: impl Iterator<Item = &'p Pair>, all: &[Pair]) {
        let is_free = |key: &&str| !all.iter().any(|pair| pair.name() == *key);
        for pair in pairs.filter(|pair| !FILE_KEYS.contains(&pair.name())) {
            let key = &pair.key.value;
            let diagnostic =
                Diagnostic::error(Code::UnknownField, pair.key.span, format!("a file of entries has no field `{key}`"))
                    .label("unknown field");
            self.report(match closest(key, FILE_KEYS.into_iter().filter(is_free)) {
                Some(close) => diagnostic.did_you_mean(close).patch_text(pair.key.span, close),
                None => diagnostic.help("its fields are `version`, `namespace`, `meta` and `entries`"),
            });
        }
    }

    fn entries(&mut self, entries: &Pair) -> Vec<RawEntry> {
        let Some(items) = entries.value.as_list() else {
            let diagnostic = Diagnostic::error(Code::BadEntry, entries.key.span, "`entries` is a list");
            self.report(diagnostic.help("begin each entry with `- name: …`"));
            return Vec::new();
        };
        items.iter().enumerate().filter_map(|(at, item)| self.entry(item, Some(at))).collect()
    }

    /// Reads one entry: an item of the list, or the whole file.
    fn entry(&mut self, node: &Node, at: Option<usize>) -> Option<RawEntry> {
        let Some(pairs) = node.as_map() else {
            self.report(Diagnostic::error(Code::BadEntry, node.span, "an entry is a map with `name` and `kind`"));
            return None;
        };
        let named = self.text(node, pairs, "name", at);
        let data = node.get("data").and_then(Node::as_map).unwrap_or_default();
        let is_twice = |pair: &&Pair| self.twice.contains(&pair.value.span);
        let twice: Vec<Arc<str>> =
            pairs.iter().chain(data).filter(is_twice).map(|pair| Arc::clone(&pair.key.value)).collect();
        let kind = self.text(node, pairs, "kind", at).filter(|_| !twice.iter().any(|key| **key == *"kind"));
        let (id, span) = self.id(named.as_ref(), first_key(node));
        let is_named = id.is_some() && self.namespace.is_some();
        let file_keys: &[&str] = if at.is_none() { &["version", "namespace"] } else { &[] };
        let own: &[&str] = if at.is_none() { &["name", "kind", "namespace"] } else { &["name", "kind"] };
        let slips = own.iter().filter(|key| node.pair(key).is_none());
        let slips: Vec<&str> = slips.filter_map(|key| meant(pairs, key)).map(Pair::name).collect();
        let is_field = |key: &str| !COMMON.contains(&key) && !file_keys.contains(&key) && !slips.contains(&key);
        let fields: Vec<Pair> = pairs.iter().filter(|pair| is_field(pair.name())).cloned().collect();
        let mut lifecycle = node.pair("lifecycle").cloned();
        let body = match node.pair("data") {
            Some(data) => self.data(data, &fields, &mut lifecycle),
            None => Node::map(node.span, fields),
        };
        let (meta, is_meta_read) = self.merged_meta(node);
        let id = id.or_else(|| EntryId::of_known(self.namespace.as_deref(), None).ok())?;
        Some(RawEntry {
            id,
            is_named,
            is_good: is_named && is_meta_read && twice.is_empty(),
            span,
            kind,
            meta,
            lifecycle,
            body,
            twice,
        })
    }

    /// The entry's id, or nothing if it has no name; and where it stands.
    fn id(&mut self, named: Option<&Spanned<Arc<str>>>, instead: Span) -> (Option<EntryId>, Span) {
        let Some(name) = named else { return (None, instead) };
        let id = EntryId::of_known(self.namespace.as_deref(), Some(name));
        if let Err(error) = &id {
            self.report(bad_id(name.span, error).label("not a name"));
        }
        (id.ok(), name.span)
    }

    /// `name` or `kind`, which every entry has; what was perhaps meant by it once that is reported.
    fn text(&mut self, node: &Node, pairs: &[Pair], key: &str, at: Option<usize>) -> Option<Spanned<Arc<str>>> {
        let whose = at.map_or_else(|| "the entry".to_owned(), |at| format!("`entries[{at}]`"));
        let slip = || meant(pairs, key);
        let Some(pair) = node.pair(key).or_else(slip) else {
            self.report(
                Diagnostic::error(Code::BadEntry, first_key(node), format!("{whose} has no `{key}`"))
                    .label(format!("`{key}` is missing")),
            );
            return None;
        };
        if pair.name() != key {
            self.report(
                Diagnostic::error(Code::BadEntry, pair.key.span, format!("{whose} has no `{key}`"))
                    .label(format!("`{key}` is missing, and this is no field of an entry"))
                    .did_you_mean(key)
                    .patch_text(pair.key.span, key),
            );
        }
        let given = |scalar: &Scalar| Spanned::new(Arc::clone(&scalar.text), pair.value.span);
        match pair.value.as_scalar() {
            Some(scalar) if !scalar.is_null() && scalar.plain() != Plain::Text => {
                self.report(no_text(&format!("the `{key}` of {whose}"), pair.value.span, &scalar.text));
                Some(given(scalar))
            }
            Some(scalar) if !scalar.text.is_empty() && !scalar.is_null() => Some(given(scalar)),
            _ => {
                self.report(
                    Diagnostic::error(Code::BadEntry, pair.key.span, format!("the `{key}` of {whose} is not a text"))
                        .help("write a text that is not empty"),
                );
                None
            }
        }
    }

    /// With `data`, it alone holds the kind's fields, and nothing may stand beside it.
    fn data(&mut self, data: &Pair, fields: &[Pair], lifecycle: &mut Option<Pair>) -> Node {
        for beside in fields.iter().filter(|pair| pair.key != data.key) {
            let key = &beside.key.value;
            self.report(
                Diagnostic::error(Code::UnknownField, beside.key.span, format!("`{key}` stands beside `data`"))
                    .also(data.key.span, "this holds all fields of the entry")
                    .help("move it below `data`"),
            );
        }
        // Whether it has to be a map is for the kind to say.
        let Some(pairs) = data.value.as_map() else { return data.value.clone() };
        let (own, rest): (Vec<Pair>, Vec<Pair>) = pairs.iter().cloned().partition(|pair| pair.name() == "lifecycle");
        if let (Some(first), Some(second)) = (&lifecycle, own.first()) {
            self.report(
                Diagnostic::error(Code::DuplicateKey, second.key.span, "the key `lifecycle` is there twice")
                    .label("the second one")
                    .also(first.key.span, "the first one")
                    .help("remove one of the two"),
            );
        }
        if lifecycle.is_none() {
            *lifecycle = own.into_iter().next();
        }
        Node::map(data.value.span, rest)
    }

    /// The entry's `meta` over the file's, and whether the entry's could be read.
    fn merged_meta(&mut self, node: &Node) -> (Node, bool) {
        let own = node.pair("meta");
        let wrong = own.filter(|own| own.value.as_map().is_none());
        if let Some(own) = wrong {
            self.report(Diagnostic::error(Code::WrongType, own.key.span, "`meta` is a map"));
        }
        let mut pairs = own.and_then(|own| own.value.as_map()).unwrap_or_default().to_vec();
        for pair in self.meta.and_then(|meta| meta.value.as_map()).unwrap_or_default() {
            if !pairs.iter().any(|own| own.key == pair.key) {
                pairs.push(pair.clone());
            }
        }
        (Node::map(own.map_or(node.span, |own| own.value.span), pairs), wrong.is_none())
    }
}

/// The first key of a map, or its beginning.
fn first_key(node: &Node) -> Span {
    node.as_map().and_then(|pairs| pairs.first()).map_or(node.span, |pair| pair.key.span)
}

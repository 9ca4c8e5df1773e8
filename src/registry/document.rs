//! What a file of entries looks like: its own keys, and the shape that every entry has.

use std::sync::Arc;

use super::bad_id;
use crate::{
    diag::{Code, Diagnostic, Diagnostics},
    entry::{EntryId, Namespace},
    source::{Span, Spanned},
    yaml::{Node, Pair, Plain},
};

/// An entry as it was written.
#[derive(Clone, Debug)]
pub(super) struct RawEntry {
    pub(super) id: EntryId,
    /// Where its name stands.
    pub(super) span: Span,
    pub(super) kind: Spanned<Arc<str>>,
    /// The file's `meta` lies under the entry's.
    pub(super) meta: Node,
    pub(super) lifecycle: Option<Pair>,
    /// The fields of the kind.
    pub(super) body: Node,
}

/// Keys of an entry that are not its kind's.
const COMMON: [&str; 4] = ["name", "kind", "meta", "lifecycle"];

/// Reads the entries of one file. A file without a namespace is none of ours, unless it looks so.
pub(super) fn read(root: &Node, diagnostics: &mut Diagnostics) -> Vec<RawEntry> {
    let Some(pairs) = root.as_map() else { return Vec::new() };
    let Some(namespace) = root.pair("namespace") else {
        if let Some(entries) = root.pair("entries").filter(|pair| is_list_of_entries(&pair.value)) {
            diagnostics.push(
                Diagnostic::error(Code::BadEntry, entries.key.span, "a file with `entries` needs a `namespace`")
                    .label("`namespace` is missing beside it")
                    .help("write `namespace: app` above it"),
            );
        }
        return Vec::new();
    };
    let mut document = Document { diagnostics, namespace: None, meta: root.pair("meta") };
    document.namespace = document.namespace_of(&namespace.value);
    document.check_version(root);
    document.check_meta();
    match (root.pair("entries"), root.get("name").or(root.get("kind"))) {
        (Some(entries), None) => {
            document.check_keys(pairs);
            document.entries(entries)
        }
        (None, Some(_)) => document.entry(root, None).into_iter().collect(),
        (Some(entries), Some(single)) => {
            let headline = "a file has `entries`, or is one entry with `name` and `kind`, not both";
            document.diagnostics.push(
                Diagnostic::error(Code::BadEntry, single.span, headline)
                    .also(entries.key.span, "and here is the list")
                    .help("move this entry into the list"),
            );
            Vec::new()
        }
        (None, None) => {
            document.diagnostics.push(
                Diagnostic::error(Code::BadEntry, namespace.key.span, "a file with a `namespace` has no entries")
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
        .patch(span, format!("\"{text}\""))
}

fn is_list_of_entries(node: &Node) -> bool {
    node.as_list().is_some_and(|items| items.iter().any(|item| item.get("kind").is_some()))
}

struct Document<'a> {
    diagnostics: &'a mut Diagnostics,
    /// Nothing, if it is no good.
    namespace: Option<Namespace>,
    meta: Option<&'a Pair>,
}

impl Document<'_> {
    fn report(&mut self, diagnostic: Diagnostic) {
        self.diagnostics.push(diagnostic);
    }

    fn namespace_of(&mut self, node: &Node) -> Option<Namespace> {
        let scalar = node.as_scalar().filter(|scalar| !scalar.is_null())?;
        if scalar.plain() != Plain::Text {
            self.report(no_text("the `namespace`", node.span, &scalar.text));
            return None;
        }
        let text = scalar.text.clone();
        match EntryId::new(&text, "x") {
            Ok(_) => Some(text),
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
                    .patch(version.span, "\"1.0\""),
            );
        }
    }

    fn check_meta(&mut self) {
        if let Some(meta) = self.meta.filter(|meta| meta.value.as_map().is_none()) {
            self.report(Diagnostic::error(Code::WrongType, meta.key.span, "`meta` is a map"));
            self.meta = None;
        }
    }

    fn check_keys(&mut self, pairs: &[Pair]) {
        const KNOWN: [&str; 4] = ["version", "namespace", "meta", "entries"];
        for pair in pairs.iter().filter(|pair| !KNOWN.contains(&pair.name())) {
            let key = &pair.key.value;
            let diagnostic =
                Diagnostic::error(Code::UnknownField, pair.key.span, format!("a file of entries has no field `{key}`"))
                    .label("unknown field");
            self.report(match crate::diag::closest(key, KNOWN) {
                Some(close) => diagnostic
                    .help(format!("a field with a similar name exists: `{close}`"))
                    .patch(pair.key.span, close),
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
        let named = self.text(node, "name", at);
        let kind = self.text(node, "kind", at);
        let (name, kind) = (named?, kind?);
        let namespace = self.namespace.clone()?;
        let id = match EntryId::new(&namespace, &name) {
            Ok(id) => id,
            Err(error) => {
                self.report(bad_id(name.span, &error).label("not a name"));
                return None;
            }
        };
        let file_keys: &[&str] = if at.is_none() { &["version", "namespace"] } else { &[] };
        let fields: Vec<Pair> = pairs
            .iter()
            .filter(|pair| {
                let key = &pair.name();
                !COMMON.contains(key) && !file_keys.contains(key)
            })
            .cloned()
            .collect();
        let mut lifecycle = node.pair("lifecycle").cloned();
        let body = match node.pair("data") {
            Some(data) => self.data(data, &fields, &mut lifecycle)?,
            None => Node::map(node.span, fields),
        };
        Some(RawEntry { id, span: name.span, kind, meta: self.merged_meta(node)?, lifecycle, body })
    }

    /// `name` or `kind`, which every entry has.
    fn text(&mut self, node: &Node, key: &str, at: Option<usize>) -> Option<Spanned<Arc<str>>> {
        let whose = at.map_or_else(|| "the entry".to_owned(), |at| format!("`entries[{at}]`"));
        let Some(pair) = node.pair(key) else {
            let place = first_key(node);
            self.report(
                Diagnostic::error(Code::BadEntry, place, format!("{whose} has no `{key}`"))
                    .label(format!("`{key}` is missing")),
            );
            return None;
        };
        match pair.value.as_scalar() {
            Some(scalar) if !scalar.is_null() && scalar.plain() != Plain::Text => {
                self.report(no_text(&format!("the `{key}` of {whose}"), pair.value.span, &scalar.text));
                None
            }
            Some(scalar) if !scalar.text.is_empty() && !scalar.is_null() => {
                Some(Spanned::new(Arc::clone(&scalar.text), pair.value.span))
            }
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
    fn data(&mut self, data: &Pair, fields: &[Pair], lifecycle: &mut Option<Pair>) -> Option<Node> {
        for beside in fields.iter().filter(|pair| pair.key != data.key) {
            let key = &beside.key.value;
            self.report(
                Diagnostic::error(Code::UnknownField, beside.key.span, format!("`{key}` stands beside `data`"))
                    .also(data.key.span, "this holds all fields of the entry")
                    .help("move it below `data`"),
            );
        }
        let Some(pairs) = data.value.as_map() else {
            self.report(Diagnostic::error(Code::WrongType, data.key.span, "`data` is a map"));
            return None;
        };
        let (own, rest): (Vec<Pair>, Vec<Pair>) = pairs.iter().cloned().partition(|pair| pair.name() == "lifecycle");
        if lifecycle.is_none() {
            *lifecycle = own.into_iter().next();
        }
        Some(Node::map(data.value.span, rest))
    }

    fn merged_meta(&mut self, node: &Node) -> Option<Node> {
        let own = node.pair("meta");
        if let Some(own) = own.filter(|own| own.value.as_map().is_none()) {
            self.report(Diagnostic::error(Code::WrongType, own.key.span, "`meta` is a map"));
            return None;
        }
        let mut pairs = own.and_then(|own| own.value.as_map()).unwrap_or_default().to_vec();
        for pair in self.meta.and_then(|meta| meta.value.as_map()).unwrap_or_default() {
            if !pairs.iter().any(|own| own.key == pair.key) {
                pairs.push(pair.clone());
            }
        }
        Some(Node::map(own.map_or(node.span, |own| own.value.span), pairs))
    }
}

/// The first key of a map, or its beginning.
fn first_key(node: &Node) -> Span {
    node.as_map().and_then(|pairs| pairs.first()).map_or(node.span, |pair| pair.key.span)
}

//! The keys of `meta.options`, as they may be spelled: with a prefix or without, as `start_delay` or
//! `startDelay`.

use std::sync::Arc;

use serde_json::{Value as Json, json};

use crate::{
    diag::{Code, Diagnostic, closest},
    source::Spanned,
    workflow::{PRIORITY_ALIASES, snake},
    yaml::{DecodeCx, Field, FieldInfo, Node, Pair, Schema},
};

/// Options that hold options.
const NESTED: [&str; 4] = ["retry_policy", PRIORITY, "versioning_override", "version"];
const PRIORITY: &str = "priority";

/// Other names of keys, and those.
type Aliases = [(&'static str, &'static str)];

/// Reads the options in a `meta`; without them, nothing is set.
pub(super) fn read_options<T: Field>(
    meta: &Node,
    prefixes: [&str; 2],
    aliases: &Aliases,
    cx: &mut DecodeCx<'_>,
) -> Option<T> {
    let Some(pair) = meta.pair("options") else { return T::decode(&Node::map(meta.span, Vec::new()), cx) };
    let whole = "meta.options";
    let plain = plain(&pair.value, &Whole { name: whole, fields: &T::nested(), aliases }, &prefixes, cx);
    cx.inside(whole, pair.key.span, |cx| T::decode(&plain, cx))
}

/// The key of an option as the records have it.
pub(super) fn plain_key(key: &str, prefixes: &[&str], aliases: &Aliases) -> String {
    let bare = prefixes.iter().find_map(|prefix| key.strip_prefix(prefix)).unwrap_or(key);
    let bare = snake(bare);
    let alias = aliases.iter().find(|(other, _)| **other == *bare);
    alias.map_or_else(|| bare.into_owned(), |(_, key)| (*key).to_owned())
}

/// What options belong to.
struct Whole<'a> {
    name: &'a str,
    fields: &'a [FieldInfo],
    aliases: &'a Aliases,
}

/// The same options with plain keys. One that is there twice is reported, and the first one read.
fn plain(node: &Node, whole: &Whole<'_>, prefixes: &[&str], cx: &mut DecodeCx<'_>) -> Node {
    let Some(pairs) = node.as_map() else { return node.clone() };
    let mut plain_pairs: Vec<Pair> = Vec::new();
    for pair in pairs {
        let key = plain_key(&pair.key.value, prefixes, whole.aliases);
        if let Some(first) = plain_pairs.iter().find(|other| *other.key.value == *key) {
            let headline = format!("`{key}` is there twice, in two spellings");
            let diagnostic = Diagnostic::error(Code::DuplicateKey, pair.key.span, headline);
            cx.report(diagnostic.also(first.key.span, "the first one").help("remove one of the two"));
            continue;
        }
        if let Some(meant) = whole.meant_alias(&key) {
            let headline = format!("`{}` has no field `{key}`", whole.name);
            let diagnostic = Diagnostic::error(Code::UnknownField, pair.key.span, headline).label("unknown field");
            cx.report(diagnostic.did_you_mean(meant).patch_text(pair.key.span, meant));
            continue;
        }
        let inner: &Aliases = if key == PRIORITY { &PRIORITY_ALIASES } else { &[] };
        let fields = whole.fields.iter().find(|field| field.key == key).map_or(&[][..], |field| &field.nested);
        let inner = Whole { name: &key, fields, aliases: inner };
        let is_nested = NESTED.contains(&key.as_str());
        let value = if is_nested { plain(&pair.value, &inner, &[], cx) } else { pair.value.clone() };
        plain_pairs.push(Pair { key: Spanned::new(Arc::from(key), pair.key.span), value });
    }
    Node::map(node.span, plain_pairs)
}

impl Whole<'_> {
    /// The other name of a key that was perhaps meant, where no key was: the decoder suggests only keys.
    fn meant_alias(&self, written: &str) -> Option<&'static str> {
        let keys = || self.fields.iter().map(|field| field.key);
        if keys().any(|key| key == written) || closest(written, keys()).is_some() {
            return None;
        }
        closest(written, self.aliases.iter().map(|(other, _)| *other))
    }
}

/// A schema of options with every key as it may be written.
pub(super) fn with_spellings(schema: Schema, prefixes: [&str; 2], aliases: &Aliases) -> Schema {
    let mut schema = schema.into_json();
    with_aliases(&mut schema["properties"][PRIORITY], &PRIORITY_ALIASES);
    with_aliases(&mut schema, aliases);
    if let Some(properties) = schema["properties"].as_object_mut() {
        let more: Vec<_> = properties
            .iter()
            .flat_map(|(key, schema)| prefixes.map(|prefix| (format!("{prefix}{key}"), schema.clone())))
            .collect();
        properties.extend(more);
    }
    with_capitals(&mut schema);
    Schema::new(schema)
}

/// Offers keys by their other names.
fn with_aliases(schema: &mut Json, aliases: &Aliases) {
    if let Some(properties) = schema["properties"].as_object_mut() {
        let named =
            aliases.iter().filter_map(|(other, key)| Some(((*other).to_owned(), properties.get(*key)?.clone())));
        let named: Vec<_> = named.collect();
        properties.extend(named);
    }
}

/// Nothing is said of keys with capitals: the small ones are offered.
fn with_capitals(schema: &mut Json) {
    match schema {
        Json::Object(fields) => {
            if fields.get("additionalProperties") == Some(&json!(false)) {
                fields.insert("patternProperties".to_owned(), json!({"[A-Z]": {}}));
            }
            fields.values_mut().for_each(with_capitals);
        }
        Json::Array(items) => items.iter_mut().for_each(with_capitals),
        _ => {}
    }
}

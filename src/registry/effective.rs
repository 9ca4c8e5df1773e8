//! What an entry's settings are now: what is written, its placeholders filled, and the defaults of
//! what is not written. For people; services decode the same nodes themselves.
//!
//! No secret is in the answer: a field for one is stars, and so is what may be one, or is the value or the
//! default of a variable that is called as secrets are.

use serde_json::{Value as Json, json};

use super::{BuildCx, Entry, LifecycleFields, lifecycle, secrets::PERHAPS_SECRET};
use crate::{
    entry::EntryId,
    env::EnvError,
    source::SourceMap,
    yaml::{
        Data, DecodeCx, FieldInfo, Node, Pair, Part, Plain, Record, Scalar, Style, names_secret, split_placeholders,
    },
};

/// What stands for a value that is not shown.
pub(crate) const STARS: &str = "***";

/// A setting.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Effective {
    Value { value: Json, origin: Origin },
    List(Vec<Effective>),
    Map(Vec<(String, Effective)>),
}

/// Where a value comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Origin {
    /// It is written in the file.
    File,
    /// Nothing is written.
    Default,
    /// The file names these variables.
    Variables(Vec<String>),
    /// The file names variables that have no value; the defaults beside them are used.
    Instead(Vec<String>),
    /// The file names variables that have no value.
    Nothing(Vec<NoValue>),
}

/// A variable without a value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct NoValue {
    pub(crate) variable: String,
    pub(crate) why: String,
}

/// What a text is shown as.
#[derive(Clone, Copy, PartialEq)]
enum As {
    Text,
    Number,
    Reference,
    Secret,
    /// Perhaps a secret: it is not shown.
    Hidden,
    /// As it is written, with its placeholders.
    Written,
}

impl BuildCx {
    /// The settings of an entry as a start would read them now.
    pub(crate) fn effective(&self, entry: &Entry) -> Effective {
        let walk = Walk { cx: self, entry, sources: &self.registry.sources };
        let mut settings = walk.record(Some(&entry.body), &(entry.kind.fields)());
        if entry.body.as_map().is_none() {
            settings.push(("data".to_owned(), walk.free(&entry.body, As::Written)));
        }
        if entry.kind.runs {
            let written = entry.lifecycle_node.as_ref().map(lifecycle::meant);
            let lifecycle = walk.record(written.as_ref(), &LifecycleFields::fields());
            settings.push(("lifecycle".to_owned(), Effective::Map(lifecycle)));
        }
        if entry.meta_node.as_map().is_some_and(|pairs| !pairs.is_empty()) {
            settings.push(("meta".to_owned(), walk.free(&entry.meta_node, As::Written)));
        }
        Effective::Map(settings)
    }
}

struct Walk<'a> {
    cx: &'a BuildCx,
    entry: &'a Entry,
    sources: &'a SourceMap,
}

impl Walk<'_> {
    fn record(&self, node: Option<&Node>, fields: &[FieldInfo]) -> Vec<(String, Effective)> {
        let mut settings = Vec::new();
        for field in fields {
            if let Some(setting) = self.field(node.and_then(|node| node.get(field.key)), field) {
                settings.push((field.key.to_owned(), setting));
            }
        }
        for pair in node.and_then(Node::as_map).unwrap_or_default() {
            if fields.iter().all(|field| field.key != pair.name()) {
                settings.push(self.pair(pair, As::Written));
            }
        }
        settings
    }

    fn pair(&self, pair: &Pair, shown: As) -> (String, Effective) {
        // Nobody knows what a key of the project's own is for.
        let shown = if shown == As::Written && names_secret(pair.name()) { As::Hidden } else { shown };
        (pair.name().to_owned(), self.free(&pair.value, shown))
    }

    fn field(&self, node: Option<&Node>, field: &FieldInfo) -> Option<Effective> {
        let Some(node) = node else {
            if field.only_default.is_some() {
                return None;
            }
            if let Some(value) = &field.default {
                return Some(Effective::Value { value: value.clone(), origin: Origin::Default });
            }
            let inner = if field.has_default { self.record(None, &field.nested) } else { Vec::new() };
            return (!inner.is_empty()).then_some(Effective::Map(inner));
        };
        let shown = self.shown_as(field);
        Some(match &node.data {
            Data::Map(pairs) if field.type_name.starts_with("map to ") && !field.nested.is_empty() => {
                let inner = |node: &Node| Effective::Map(self.record(Some(node), &field.nested));
                Effective::Map(pairs.iter().map(|pair| (pair.name().to_owned(), inner(&pair.value))).collect())
            }
            Data::Map(_) if !field.nested.is_empty() => Effective::Map(self.record(Some(node), &field.nested)),
            Data::List(items) if !field.nested.is_empty() => Effective::List(
                items.iter().map(|item| Effective::Map(self.record(Some(item), &field.nested))).collect(),
            ),
            _ => self.free(node, shown),
        })
    }

    fn shown_as(&self, field: &FieldInfo) -> As {
        let item = field.type_name.trim_start_matches("list of ").trim_start_matches("map to ");
        if PERHAPS_SECRET.contains(&(self.entry.kind.name, field.key)) {
            return As::Hidden;
        }
        match item {
            "secret text" => As::Secret,
            "anything" | "Lua code" => As::Written,
            "boolean" | "integer" | "number" | "integer or `auto`" | "duration or milliseconds" => As::Number,
            id if id == "id" || id.starts_with("id of ") => As::Reference,
            _ => As::Text,
        }
    }

    fn free(&self, node: &Node, shown: As) -> Effective {
        match &node.data {
            Data::Scalar(scalar) => self.scalar(scalar, shown),
            Data::List(items) => Effective::List(items.iter().map(|item| self.free(item, shown)).collect()),
            Data::Map(pairs) => Effective::Map(pairs.iter().map(|pair| self.pair(pair, shown)).collect()),
        }
    }

    fn scalar(&self, scalar: &Scalar, shown: As) -> Effective {
        let written = |value: Json| Effective::Value { value, origin: Origin::File };
        if let Some(file) = scalar.file {
            return written(json!(format!("file://{}", self.sources.get(file).path)));
        }
        match shown {
            As::Written => written(without_defaults(scalar).map_or_else(|| plain(scalar), Json::from)),
            As::Reference => {
                let id = EntryId::parse(&scalar.text, Some(self.entry.id.namespace()));
                let text = || without_defaults(scalar).unwrap_or_else(|| scalar.text.to_string());
                written(json!(id.map_or_else(|_| text(), |id| id.to_string())))
            }
            // Only here: such a value may as well be a word that stands everywhere.
            As::Hidden => written(json!(STARS)),
            As::Text | As::Number | As::Secret => {
                let (filled, origin) = self.fill(scalar);
                let value = match shown {
                    // Known from here on, wherever else it stands.
                    As::Secret => DecodeCx::secret(&filled.text).to_string(),
                    As::Number => return Effective::Value { value: plain(&filled), origin },
                    _ => filled.text.to_string(),
                };
                let nothing = matches!(origin, Origin::Nothing(_));
                Effective::Value { value: if nothing { Json::Null } else { json!(value) }, origin }
            }
        }
    }

    /// The text with its variables, and where they come from.
    fn fill(&self, scalar: &Scalar) -> (Scalar, Origin) {
        if scalar.style == Style::File || self.entry.kind.feeds_env || !scalar.text.contains("${") {
            return (scalar.clone(), Origin::File);
        }
        // A project with malformed ones is not loaded.
        let parts = split_placeholders(&scalar.text, &mut Vec::new());
        let alone = matches!(parts.as_slice(), [Part::Variable(_)]);
        let (mut text, mut origin) = (String::new(), Origin::File);
        for part in parts {
            let found = match part {
                Part::Text(part) => {
                    text += part;
                    continue;
                }
                Part::Variable(found) => found,
            };
            let name = found.name.to_owned();
            let shown = |value: &str| if names_secret(&name) { STARS.to_owned() } else { value.to_owned() };
            origin = match (self.cx.env.get_from(&name, Some(self.entry.id.namespace())), found.default) {
                (Ok(value), _) => {
                    text += &shown(&value);
                    match origin {
                        Origin::File => Origin::Variables(vec![name]),
                        Origin::Variables(before) => Origin::Variables([before, vec![name]].concat()),
                        other => other,
                    }
                }
                (Err(EnvError::UnknownVariable(_) | EnvError::Unset(_)), Some(default)) => {
                    text += &shown(default);
                    match origin {
                        Origin::Instead(before) => Origin::Instead([before, vec![name]].concat()),
                        Origin::Nothing(_) => origin,
                        _ => Origin::Instead(vec![name]),
                    }
                }
                (Err(error), _) => {
                    let missing = NoValue { variable: name, why: error.to_string() };
                    match origin {
                        Origin::Nothing(before) => Origin::Nothing([before, vec![missing]].concat()),
                        _ => Origin::Nothing(vec![missing]),
                    }
                }
            };
        }
        (Scalar::new(text, if alone { Style::Variable } else { Style::Double }), origin)
    }
}

/// The text with stars for the defaults of variables that are called as secrets are; nothing if it has none.
fn without_defaults(scalar: &Scalar) -> Option<String> {
    let mut text = scalar.text.to_string();
    let parts =
        if scalar.style == Style::File { Vec::new() } else { split_placeholders(&scalar.text, &mut Vec::new()) };
    for part in parts.into_iter().rev() {
        let Part::Variable(found) = part else { continue };
        if let Some(default) = found.default.filter(|_| names_secret(found.name)) {
            let end = found.range.end - 1;
            text.replace_range(end - default.len()..end, STARS);
        }
    }
    (text != *scalar.text).then_some(text)
}

fn plain(scalar: &Scalar) -> Json {
    match scalar.plain() {
        Plain::Null => Json::Null,
        Plain::Bool(value) => json!(value),
        Plain::Int(number) => json!(number),
        Plain::UInt(number) => json!(number),
        Plain::Float(number) => json!(number),
        Plain::Text | Plain::TooLarge | Plain::TooSmall => json!(*scalar.text),
    }
}

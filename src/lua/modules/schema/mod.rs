//! JSON Schema, for `json.validate`: the same answer on every machine, and within bounds.
//!
//! A schema is compiled once and then checked against values. Draft 2020-12 without what refers to
//! other documents or to what other keywords have seen; a keyword that is not known is an error, never
//! passed over. Every check is counted, so that no schema and no value takes for ever. Why not a
//! library: `docs/adr/0020`.

mod check;
mod compile;
mod format;
mod pattern;

#[cfg(test)]
mod tests;

use std::{cell::RefCell, collections::BTreeMap, rc::Rc};

use mlua::Lua;

use crate::{
    source::Digest,
    value::{Failure, Map, Path, Value},
};

use format::Format;
use pattern::Pattern;

/// How many schemas a state keeps ready.
const MOST_KEPT: usize = 100;
/// About how many bytes they may take together.
const HEAVIEST: usize = 16 * 1024 * 1024;
/// How much larger a compiled schema is than its text, patterns aside.
const PART_TO_TEXT: usize = 16;
/// How many checks one validation may take.
const MOST_CHECKS: u64 = 2_000_000;
/// The largest schema, in bytes.
const LARGEST: usize = 256 * 1024;
/// How deep schemas may stand in, or refer to, each other while a value is checked.
const DEEPEST: usize = 256;
/// The most problems that are told.
const MOST_PROBLEMS: usize = 10;

/// A compiled schema.
#[derive(Debug)]
pub(super) struct Schema {
    /// What is checked for each of its parts; the first is the whole.
    parts: Vec<Vec<Check>>,
    patterns: usize,
}

/// Names a part of a schema.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct PartId(usize);

/// One condition.
#[derive(Debug)]
enum Check {
    Never,
    Type(Vec<Type>),
    Const(Value),
    Enum(Vec<Value>),
    Minimum(Value),
    Maximum(Value),
    ExclusiveMinimum(Value),
    ExclusiveMaximum(Value),
    MultipleOf(Value),
    MinLength(u64),
    MaxLength(u64),
    Pattern(Pattern),
    Format(Format),
    MinItems(u64),
    MaxItems(u64),
    UniqueItems,
    Items { first: Vec<PartId>, rest: Option<PartId> },
    Contains { part: PartId, at_least: u64, at_most: Option<u64> },
    MinProperties(u64),
    MaxProperties(u64),
    Required(Vec<String>),
    Properties { named: BTreeMap<String, PartId>, matching: Vec<(Pattern, PartId)>, rest: Option<PartId> },
    PropertyNames(PartId),
    DependentRequired(Vec<(String, Vec<String>)>),
    DependentSchemas(Vec<(String, PartId)>),
    AllOf(Vec<PartId>),
    AnyOf(Vec<PartId>),
    OneOf(Vec<PartId>),
    Not(PartId),
    If { condition: PartId, then: Option<PartId>, otherwise: Option<PartId> },
    Ref(PartId),
}

/// A type of JSON.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Type {
    Null,
    Boolean,
    Integer,
    Number,
    String,
    Array,
    Object,
}

impl Type {
    const ALL: [(Self, &'static str); 7] = [
        (Self::Null, "null"),
        (Self::Boolean, "boolean"),
        (Self::Integer, "integer"),
        (Self::Number, "number"),
        (Self::String, "string"),
        (Self::Array, "array"),
        (Self::Object, "object"),
    ];

    fn name(self) -> &'static str {
        Self::ALL.iter().find(|(known, _)| *known == self).map_or("", |(_, name)| name)
    }
}

/// Where a value does not fit, and what is wanted there.
#[derive(Debug)]
struct Problem {
    path: Path,
    wanted: String,
}

/// Whether a value fits a schema; if not, where and why.
pub(super) fn validate(lua: &Lua, name: &str, schema: &Value, value: &Value, origin: Origin) -> Result<(), Failure> {
    let schema =
        kept(lua, schema).map_err(|problem| Failure::invalid(format!("{name}: this is no schema: {problem}")))?;
    let problems =
        check::problems(&schema, value, origin).map_err(|wrong| Failure::invalid(format!("{name}: {wrong}")))?;
    let Some(first) = problems.first() else { return Ok(()) };
    let more = match problems.len() - 1 {
        0 => String::new(),
        more => format!(", and {more} more"),
    };
    let details = problems.iter().map(Problem::to_value).collect();
    Err(Failure { details: Some(Value::List(details)), ..Failure::invalid(format!("{name}: {first}{more}")) })
}

/// Where a value comes from.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Origin {
    /// An empty table is a list and an object.
    Lua,
    Text,
}

impl Problem {
    fn to_value(&self) -> Value {
        let text = |text: String| Value::Text(text);
        Value::Map(Map::from([
            ("message".to_owned(), text(self.wanted.clone())),
            ("path".to_owned(), text(self.path.to_string())),
        ]))
    }
}

impl std::fmt::Display for Problem {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        if self.path.is_root() {
            write!(f, "the value {}", self.wanted)
        } else {
            write!(f, "`{}` {}", self.path, self.wanted)
        }
    }
}

/// The schemas that a state keeps ready, by their texts.
#[derive(Default)]
struct Kept(RefCell<Shelf>);

#[derive(Default)]
struct Shelf {
    schemas: BTreeMap<Digest, Rc<Schema>>,
    /// About how many bytes they take.
    weight: usize,
}

fn kept(lua: &Lua, schema: &Value) -> Result<Rc<Schema>, String> {
    let text = schema.to_json();
    if text.len() > LARGEST {
        return Err(format!("it is larger than {} KiB", LARGEST >> 10));
    }
    let digest = Digest::of(text.as_bytes());
    if lua.app_data_ref::<Kept>().is_none() {
        lua.set_app_data(Kept::default());
    }
    let find = || lua.app_data_ref::<Kept>().and_then(|kept| kept.0.borrow().schemas.get(&digest).cloned());
    if let Some(found) = find() {
        return Ok(found);
    }
    let compiled = Rc::new(compile::schema(schema)?);
    if let Some(kept) = lua.app_data_ref::<Kept>() {
        let mut shelf = kept.0.borrow_mut();
        let weight = text.len() * PART_TO_TEXT + compiled.patterns * 2 * pattern::LARGEST;
        if shelf.schemas.len() >= MOST_KEPT || shelf.weight + weight > HEAVIEST {
            *shelf = Shelf::default();
        }
        shelf.weight += weight;
        shelf.schemas.insert(digest, Rc::clone(&compiled));
    }
    Ok(compiled)
}

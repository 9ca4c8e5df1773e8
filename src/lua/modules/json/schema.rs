//! JSON Schema, draft 2020-12, as far as it needs no regular expressions: whether a value is a schema
//! that [`validate`](super::validate) understands.
//!
//! All of a schema is looked at before any value is. A keyword that would be passed over in silence
//! is refused, so that a schema never says more than is checked.

use crate::value::{Map, Path, Value};

/// What stands behind a keyword.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Shape {
    Schema,
    Schemas,
    SchemasByName,
    Number,
    /// A whole number that is not negative.
    Count,
    Flag,
    Reference,
    Types,
    Names,
    NamesByName,
    Values,
    /// It says something to people, or any value will do.
    Any,
}

const KEYWORDS: [(&str, Shape); 48] = [
    ("$comment", Shape::Any),
    ("$defs", Shape::SchemasByName),
    ("$id", Shape::Any),
    ("$ref", Shape::Reference),
    ("$schema", Shape::Any),
    ("additionalProperties", Shape::Schema),
    ("allOf", Shape::Schemas),
    ("anyOf", Shape::Schemas),
    ("const", Shape::Any),
    ("contains", Shape::Schema),
    ("contentEncoding", Shape::Any),
    ("contentMediaType", Shape::Any),
    ("default", Shape::Any),
    ("definitions", Shape::SchemasByName),
    ("dependentRequired", Shape::NamesByName),
    ("deprecated", Shape::Any),
    ("description", Shape::Any),
    ("else", Shape::Schema),
    ("enum", Shape::Values),
    ("examples", Shape::Any),
    ("exclusiveMaximum", Shape::Number),
    ("exclusiveMinimum", Shape::Number),
    ("format", Shape::Any),
    ("if", Shape::Schema),
    ("items", Shape::Schema),
    ("maxContains", Shape::Count),
    ("maxItems", Shape::Count),
    ("maxLength", Shape::Count),
    ("maxProperties", Shape::Count),
    ("maximum", Shape::Number),
    ("minContains", Shape::Count),
    ("minItems", Shape::Count),
    ("minLength", Shape::Count),
    ("minProperties", Shape::Count),
    ("minimum", Shape::Number),
    ("multipleOf", Shape::Number),
    ("not", Shape::Schema),
    ("oneOf", Shape::Schemas),
    ("prefixItems", Shape::Schemas),
    ("properties", Shape::SchemasByName),
    ("propertyNames", Shape::Schema),
    ("readOnly", Shape::Any),
    ("required", Shape::Names),
    ("then", Shape::Schema),
    ("title", Shape::Any),
    ("type", Shape::Types),
    ("uniqueItems", Shape::Flag),
    ("writeOnly", Shape::Any),
];

/// Keywords that others know, and what to do without them.
const UNKNOWN: [(&str, &str); 7] = [
    ("$anchor", "name the schema by its place, as in `#/$defs/name`"),
    ("$dynamicRef", "name the schema by its place, as in `#/$defs/name`"),
    ("dependencies", "write `dependentRequired`"),
    ("pattern", "check the text in code"),
    ("patternProperties", "check the names in code"),
    ("unevaluatedItems", "write `items`"),
    ("unevaluatedProperties", "write `additionalProperties`"),
];

const TYPES: [&str; 7] = ["array", "boolean", "integer", "null", "number", "object", "string"];

/// What is wrong with a schema; `root` is what its references are looked up in.
pub(super) fn check(root: &Value, schema: &Value, at: &Path) -> Result<(), String> {
    let keywords = match schema {
        Value::Bool(_) => return Ok(()),
        Value::Map(keywords) => keywords,
        // An empty table of Lua.
        Value::List(none) if none.is_empty() => return Ok(()),
        other => return Err(format!("{} must be a schema, got {}", place(at), other.type_name())),
    };
    for (keyword, value) in keywords {
        let at = at.key(keyword);
        let Some((_, shape)) = KEYWORDS.iter().find(|(known, _)| known == keyword) else {
            let hint = UNKNOWN.iter().find(|(known, _)| known == keyword);
            let hint = hint.map(|(_, hint)| format!("; {hint}")).unwrap_or_default();
            return Err(format!("{} is no keyword that metonic knows{hint}", place(&at)));
        };
        check_shape(root, *shape, value, &at)?;
    }
    Ok(())
}

fn check_shape(root: &Value, shape: Shape, value: &Value, at: &Path) -> Result<(), String> {
    let wrong = |expected: &str| Err(format!("{} must be {expected}", place(at)));
    match (shape, value) {
        (Shape::Any, _) | (Shape::Values, Value::List(_)) | (Shape::Flag, Value::Bool(_)) => Ok(()),
        (Shape::Schema, schema) => check(root, schema, at),
        (Shape::Schemas, Value::List(schemas)) => {
            schemas.iter().enumerate().try_for_each(|(index, schema)| check(root, schema, &at.index(index)))
        }
        (Shape::SchemasByName, value) => match map(value) {
            Some(schemas) => schemas.iter().try_for_each(|(name, schema)| check(root, schema, &at.key(name))),
            None => wrong("an object of schemas"),
        },
        (Shape::Number, Value::Int(_) | Value::UInt(_) | Value::Float(_)) => Ok(()),
        (Shape::Count, Value::Int(count)) if *count >= 0 => Ok(()),
        (Shape::Reference, Value::Text(pointer)) => match find(root, pointer) {
            Some(_) => Ok(()),
            None => Err(format!(
                "{} leads to nothing: `{pointer}`; a reference names a place in the same schema, as `#/$defs/name`",
                place(at)
            )),
        },
        (Shape::Types, Value::Text(_)) => check_type(value, at),
        (Shape::Types, Value::List(types)) => types.iter().try_for_each(|value| check_type(value, at)),
        (Shape::Names, value) if is_names(value) => Ok(()),
        (Shape::NamesByName, value) if map(value).is_some_and(|names| names.values().all(is_names)) => Ok(()),
        (Shape::Schemas, _) => wrong("a list of schemas"),
        (Shape::Number, _) => wrong("a number"),
        (Shape::Count, _) => wrong("a whole number from 0 on"),
        (Shape::Flag, _) => wrong("true or false"),
        (Shape::Reference, _) => wrong("a text"),
        (Shape::Types, _) => wrong("a type or a list of types"),
        (Shape::Names, _) => wrong("a list of names"),
        (Shape::NamesByName, _) => wrong("an object of lists of names"),
        (Shape::Values, _) => wrong("a list"),
    }
}

fn check_type(value: &Value, at: &Path) -> Result<(), String> {
    match value.as_text() {
        Some(text) if TYPES.contains(&text) => Ok(()),
        _ => Err(format!("{} must be one of {}", place(at), TYPES.map(|name| format!("`{name}`")).join(", "))),
    }
}

fn is_names(value: &Value) -> bool {
    matches!(value, Value::List(names) if names.iter().all(|name| name.as_text().is_some()))
}

/// An object; of Lua, an empty one is an empty list.
pub(super) fn map(value: &Value) -> Option<&Map> {
    static NONE: std::sync::LazyLock<Map> = std::sync::LazyLock::new(Map::new);
    match value {
        Value::Map(map) => Some(map),
        Value::List(none) if none.is_empty() => Some(&NONE),
        _ => None,
    }
}

/// The schema that `#/…` names: a place where a keyword puts one.
pub(super) fn find<'a>(root: &'a Value, pointer: &str) -> Option<&'a Value> {
    let mut steps = pointer.strip_prefix('#')?.split('/').map(|step| step.replace("~1", "/").replace("~0", "~"));
    // The empty text before the first slash.
    steps.next().filter(String::is_empty)?;
    let mut schema = root;
    while let Some(keyword) = steps.next() {
        let (_, shape) = KEYWORDS.iter().find(|(known, _)| *known == keyword)?;
        let value = map(schema)?.get(&keyword)?;
        schema = match (shape, value) {
            (Shape::Schema, schema) => schema,
            (Shape::Schemas, Value::List(schemas)) => schemas.get(steps.next()?.parse::<usize>().ok()?)?,
            (Shape::SchemasByName, Value::Map(schemas)) => schemas.get(&steps.next()?)?,
            _ => return None,
        };
    }
    Some(schema)
}

/// A place in a value or a schema, as a message says it.
pub(super) fn place(at: &Path) -> String {
    if at.is_root() { "it".to_owned() } else { format!("`{at}`") }
}

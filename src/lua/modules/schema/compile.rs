//! A schema as it is written becomes parts with checks. Parts are made once, also if many refer to
//! them or they refer to themselves.

use std::collections::BTreeMap;

use super::{Check, DEEPEST, Format, PartId, Pattern, Schema, Type};
use crate::{
    diag::closest,
    value::{Map, Value},
};

/// A schema of more parts is no longer one that somebody wrote.
const MOST_PARTS: usize = 10_000;

/// Each takes some memory.
const MOST_PATTERNS: usize = 64;

/// Keywords that say something to people.
const REMARKS: &[&str] = &[
    "$comment",
    "$defs",
    "$id",
    "$schema",
    "default",
    "definitions",
    "deprecated",
    "description",
    "examples",
    "readOnly",
    "title",
    "writeOnly",
];

/// Keywords that are read together with another one.
const COMPANIONS: &[&str] = &[
    "additionalItems",
    "additionalProperties",
    "else",
    "items",
    "maxContains",
    "minContains",
    "patternProperties",
    "prefixItems",
    "properties",
    "then",
];

const SINGLE: &[&str] = &[
    "$ref",
    "type",
    "const",
    "enum",
    "minimum",
    "maximum",
    "exclusiveMinimum",
    "exclusiveMaximum",
    "multipleOf",
    "minLength",
    "maxLength",
    "pattern",
    "format",
    "minItems",
    "maxItems",
    "uniqueItems",
    "contains",
    "minProperties",
    "maxProperties",
    "required",
    "propertyNames",
    "dependentRequired",
    "dependentSchemas",
    "allOf",
    "anyOf",
    "oneOf",
    "not",
    "if",
];

/// Compiles a schema, or says what is wrong with it.
pub(super) fn schema(whole: &Value) -> Result<Schema, String> {
    let mut compiler = Compiler { whole, parts: Vec::new(), made: BTreeMap::new(), patterns: 0, depth: 0 };
    compiler.part(whole, "#")?;
    Ok(Schema { parts: compiler.parts, patterns: compiler.patterns })
}

struct Compiler<'a> {
    whole: &'a Value,
    parts: Vec<Vec<Check>>,
    /// The parts that there are, by where they lie in memory: each is written once.
    made: BTreeMap<usize, PartId>,
    patterns: usize,
    depth: usize,
}

impl<'a> Compiler<'a> {
    fn part(&mut self, written: &'a Value, at: &str) -> Result<PartId, String> {
        let place = std::ptr::from_ref(written).addr();
        if let Some(made) = self.made.get(&place) {
            return Ok(*made);
        }
        if self.parts.len() >= MOST_PARTS || self.depth >= DEEPEST {
            return Err(format!("it has more than {MOST_PARTS} parts, or is deeper than {DEEPEST}"));
        }
        let id = PartId(self.parts.len());
        self.parts.push(Vec::new());
        self.made.insert(place, id);
        self.depth += 1;
        let checks = match written {
            Value::Bool(true) => Vec::new(),
            Value::Bool(false) => vec![Check::Never],
            Value::List(none) if none.is_empty() => Vec::new(),
            Value::Map(keywords) => self.checks(keywords, at)?,
            _ => return Err(format!("`{at}` must be an object or a boolean")),
        };
        self.depth -= 1;
        self.parts[id.0] = checks;
        Ok(id)
    }

    fn checks(&mut self, keywords: &'a Map, at: &str) -> Result<Vec<Check>, String> {
        for keyword in keywords.keys() {
            let is_known = [REMARKS, COMPANIONS, SINGLE].iter().any(|known| known.contains(&keyword.as_str()));
            if !is_known && !keyword.starts_with("x-") {
                let known = SINGLE.iter().chain(COMPANIONS).chain(REMARKS).copied();
                let hint = closest(keyword, known).map(|close| format!("; did you mean `{close}`?"));
                return Err(format!(
                    "`{at}` has the keyword `{keyword}`, which is not known{}",
                    hint.unwrap_or_default()
                ));
            }
        }
        let mut checks = Vec::new();
        // In the order of the list, so that problems are told in one order.
        for keyword in SINGLE {
            if let Some(value) = keywords.get(*keyword) {
                checks.push(self.check(keyword, value, keywords, &format!("{at}/{keyword}"))?);
            }
        }
        checks.extend(self.items(keywords, at)?);
        checks.extend(self.properties(keywords, at)?);
        Ok(checks)
    }

    fn check(&mut self, keyword: &str, value: &'a Value, keywords: &'a Map, at: &str) -> Result<Check, String> {
        Ok(match keyword {
            "$ref" => Check::Ref(self.reference(text(value, at)?, at)?),
            "type" => Check::Type(types(value, at)?),
            "const" => Check::Const(value.clone()),
            "enum" => Check::Enum(list(value, at)?.to_vec()),
            "minimum" => Check::Minimum(number(value, at)?),
            "maximum" => Check::Maximum(number(value, at)?),
            "exclusiveMinimum" => Check::ExclusiveMinimum(number(value, at)?),
            "exclusiveMaximum" => Check::ExclusiveMaximum(number(value, at)?),
            "multipleOf" => Check::MultipleOf(positive(value, at)?),
            "minLength" => Check::MinLength(count(value, at)?),
            "maxLength" => Check::MaxLength(count(value, at)?),
            "pattern" => Check::Pattern(self.pattern(text(value, at)?)?),
            "format" => Check::Format(format(text(value, at)?, at)?),
            "minItems" => Check::MinItems(count(value, at)?),
            "maxItems" => Check::MaxItems(count(value, at)?),
            "uniqueItems" if flag(value, at)? => Check::UniqueItems,
            "uniqueItems" => Check::AllOf(Vec::new()),
            "contains" => Check::Contains {
                part: self.part(value, at)?,
                at_least: keywords.get("minContains").map_or(Ok(1), |value| count(value, at))?,
                at_most: keywords.get("maxContains").map(|value| count(value, at)).transpose()?,
            },
            "minProperties" => Check::MinProperties(count(value, at)?),
            "maxProperties" => Check::MaxProperties(count(value, at)?),
            "required" => Check::Required(texts(value, at)?),
            "propertyNames" => Check::PropertyNames(self.part(value, at)?),
            "dependentRequired" => {
                let pairs = map(value, at)?.iter().map(|(name, wanted)| Ok((name.clone(), texts(wanted, at)?)));
                Check::DependentRequired(pairs.collect::<Result<_, String>>()?)
            }
            "dependentSchemas" => Check::DependentSchemas(self.named(value, at)?),
            "allOf" => Check::AllOf(self.several(value, at)?),
            "anyOf" => Check::AnyOf(self.several(value, at)?),
            "oneOf" => Check::OneOf(self.several(value, at)?),
            "not" => Check::Not(self.part(value, at)?),
            _ => Check::If {
                condition: self.part(value, at)?,
                then: self.beside(keywords, "then", at)?,
                otherwise: self.beside(keywords, "else", at)?,
            },
        })
    }

    /// `prefixItems` and `items`; a list under `items` is how older drafts write the first.
    fn items(&mut self, keywords: &'a Map, at: &str) -> Result<Option<Check>, String> {
        let (first, rest) = match keywords.get("items") {
            Some(Value::List(items)) if !items.is_empty() => ("items", "additionalItems"),
            _ => ("prefixItems", "items"),
        };
        let first = match keywords.get(first) {
            Some(items) => self.several(items, &format!("{at}/{first}"))?,
            None => Vec::new(),
        };
        let rest = self.beside(keywords, rest, &format!("{at}/"))?;
        Ok((!first.is_empty() || rest.is_some()).then_some(Check::Items { first, rest }))
    }

    fn properties(&mut self, keywords: &'a Map, at: &str) -> Result<Option<Check>, String> {
        let place = |keyword: &str| format!("{at}/{keyword}");
        let named = keywords.get("properties").map(|value| self.named(value, &place("properties"))).transpose()?;
        let patterns = keywords.get("patternProperties").map(|value| self.named(value, &place("patternProperties")));
        let matching = patterns.transpose()?.unwrap_or_default().into_iter();
        let matching = matching.map(|(pattern, part)| Ok((self.pattern(&pattern)?, part)));
        let matching = matching.collect::<Result<Vec<_>, String>>()?;
        let rest = self.beside(keywords, "additionalProperties", &place(""))?;
        let named: BTreeMap<_, _> = named.unwrap_or_default().into_iter().collect();
        let is_any = !named.is_empty() || !matching.is_empty() || rest.is_some();
        Ok(is_any.then_some(Check::Properties { named, matching, rest }))
    }

    /// A part that stands beside the keyword at `at`.
    fn beside(&mut self, keywords: &'a Map, keyword: &str, at: &str) -> Result<Option<PartId>, String> {
        let above = at.rsplit_once('/').map_or(at, |(above, _)| above);
        keywords.get(keyword).map(|value| self.part(value, &format!("{above}/{keyword}"))).transpose()
    }

    fn several(&mut self, value: &'a Value, at: &str) -> Result<Vec<PartId>, String> {
        list(value, at)?.iter().enumerate().map(|(index, part)| self.part(part, &format!("{at}/{index}"))).collect()
    }

    fn named(&mut self, value: &'a Value, at: &str) -> Result<Vec<(String, PartId)>, String> {
        let pairs = map(value, at)?.iter();
        pairs
            .map(|(name, part)| {
                let escaped = name.replace('~', "~0").replace('/', "~1");
                Ok((name.clone(), self.part(part, &format!("{at}/{escaped}"))?))
            })
            .collect()
    }

    fn pattern(&mut self, text: &str) -> Result<Pattern, String> {
        self.patterns += 1;
        if self.patterns > MOST_PATTERNS {
            return Err(format!("it has more than {MOST_PATTERNS} patterns"));
        }
        Pattern::new(text)
    }

    /// A part of this schema that is written elsewhere in it.
    fn reference(&mut self, target: &str, at: &str) -> Result<PartId, String> {
        let Some(pointer) = target.strip_prefix('#').filter(|pointer| pointer.is_empty() || pointer.starts_with('/'))
        else {
            return Err(format!(
                "`{at}` refers to `{target}`, and only parts of the same schema, as `#/$defs/name`, are read"
            ));
        };
        let mut found = self.whole;
        for step in pointer.split('/').skip(1) {
            let name = step.replace("~1", "/").replace("~0", "~");
            let next = match found {
                Value::Map(map) => map.get(&name),
                Value::List(items) => name.parse().ok().and_then(|index: usize| items.get(index)),
                _ => None,
            };
            found = next.ok_or_else(|| format!("`{at}` refers to `{target}`, which is not there"))?;
        }
        self.part(found, target)
    }
}

fn types(value: &Value, at: &str) -> Result<Vec<Type>, String> {
    let names = match value {
        Value::Text(name) => vec![name.clone()],
        several => texts(several, at)?,
    };
    let read = names.iter().map(|name| {
        let known = Type::ALL.iter().find(|(_, known)| known == name);
        known.map(|(known, _)| *known).ok_or_else(|| format!("`{at}`: there is no type `{name}`"))
    });
    read.collect()
}

fn format(name: &str, at: &str) -> Result<Format, String> {
    let known = Format::ALL.iter().find(|(_, known)| *known == name);
    known.map(|(known, _)| *known).ok_or_else(|| {
        let names: Vec<String> = Format::ALL.iter().map(|(_, name)| format!("`{name}`")).collect();
        format!("`{at}`: there is no format `{name}`; known are {}", names.join(", "))
    })
}

fn text<'a>(value: &'a Value, at: &str) -> Result<&'a str, String> {
    value.as_text().ok_or_else(|| format!("`{at}` must be a text"))
}

fn texts(value: &Value, at: &str) -> Result<Vec<String>, String> {
    list(value, at)?.iter().map(|item| text(item, at).map(str::to_owned)).collect()
}

fn list<'a>(value: &'a Value, at: &str) -> Result<&'a [Value], String> {
    match value {
        Value::List(items) => Ok(items),
        _ => Err(format!("`{at}` must be a list")),
    }
}

/// An empty table of Lua is an empty object here.
fn map<'a>(value: &'a Value, at: &str) -> Result<&'a Map, String> {
    static NONE: std::sync::LazyLock<Map> = std::sync::LazyLock::new(Map::new);
    match value {
        Value::Map(map) => Ok(map),
        Value::List(items) if items.is_empty() => Ok(&NONE),
        _ => Err(format!("`{at}` must be an object")),
    }
}

fn flag(value: &Value, at: &str) -> Result<bool, String> {
    match value {
        Value::Bool(value) => Ok(*value),
        _ => Err(format!("`{at}` must be true or false")),
    }
}

fn number(value: &Value, at: &str) -> Result<Value, String> {
    match value {
        Value::Int(_) | Value::UInt(_) | Value::Float(_) => Ok(value.clone()),
        _ => Err(format!("`{at}` must be a number")),
    }
}

fn positive(value: &Value, at: &str) -> Result<Value, String> {
    let is_positive = match value {
        Value::Int(value) => *value > 0,
        Value::UInt(_) => true,
        Value::Float(value) => *value > 0.0,
        _ => false,
    };
    if is_positive { Ok(value.clone()) } else { Err(format!("`{at}` must be a number above 0")) }
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "whole, and not below 0")]
fn count(value: &Value, at: &str) -> Result<u64, String> {
    match value {
        Value::Int(value) if *value >= 0 => Ok(value.unsigned_abs()),
        Value::UInt(value) => Ok(*value),
        Value::Float(value) if *value >= 0.0 && value.fract() == 0.0 => Ok(*value as u64),
        _ => Err(format!("`{at}` must be a whole number from 0")),
    }
}

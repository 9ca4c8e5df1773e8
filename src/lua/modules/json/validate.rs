//! `json.validate` and `json.validate_string`: whether a value fits a schema.
//!
//! Each step of the work is counted against the limits of the code that asks: schemas that lead to one
//! another can take any time. What does not fit is told in words of metonic's own, since workflows
//! may act on them and must read the same on every replay.

use mlua::{Lua, Value as LuaValue};

use super::{
    rules::{
        Found, Misfit, in_words, is_of_type, list, misfit, missing, number, of_length, of_number, short,
        types_in_words, whole,
    },
    schema::{check, find, map, place},
};
use crate::{
    lua::{Answer, Meter, arguments, from_lua},
    value::{Failure, Map, Path, Value},
};

/// Schemas in one another, references followed. Values have 128 levels at most.
const DEEPEST: usize = 300;

/// Instructions that one look at a value counts for.
const COST: u64 = 50;

/// `json.validate(schema, value)`
pub(super) fn validate(lua: &Lua, (schema, value): (LuaValue, LuaValue)) -> mlua::Result<Answer<bool>> {
    const NAME: &str = "json.validate";
    let value = match from_lua(lua, &value) {
        Ok(value) => value,
        Err(error) => return Ok(invalid(NAME, &error.to_string())),
    };
    fits(lua, NAME, &schema, &value)
}

/// `json.validate_string(schema, text)`
pub(super) fn validate_string(lua: &Lua, (schema, text): (LuaValue, LuaValue)) -> mlua::Result<Answer<bool>> {
    const NAME: &str = "json.validate_string";
    let text = arguments::string(NAME, "text", &text)?;
    match super::read(&text.as_bytes()) {
        Ok(value) => fits(lua, NAME, &schema, &value),
        Err(problem) => Ok(invalid(NAME, &problem)),
    }
}

fn fits(lua: &Lua, name: &str, schema: &LuaValue, value: &Value) -> mlua::Result<Answer<bool>> {
    let schema = match schema {
        LuaValue::String(text) => super::read(&text.as_bytes()),
        LuaValue::Table(_) | LuaValue::Boolean(_) => from_lua(lua, schema).map_err(|error| error.to_string()),
        other => return Err(arguments::wrong_type(name, "schema", "a table or JSON text", other)),
    };
    let schema = match schema.and_then(|schema| check(&schema, &schema, &Path::default()).map(|()| schema)) {
        Ok(schema) => schema,
        Err(problem) => return Ok(invalid(name, &format!("the schema: {problem}"))),
    };
    let mut look = Look { lua, root: &schema, depth: 0 };
    Ok(match look.at(&schema, value, &Path::default())? {
        None => Answer::Value(true),
        Some(Misfit { at, why }) => invalid(name, &format!("{} {why}", place(&at))),
    })
}

fn invalid(name: &str, problem: &str) -> Answer<bool> {
    Answer::Failure(Failure::invalid(format!("{name}: {problem}")))
}

struct Look<'a> {
    lua: &'a Lua,
    root: &'a Value,
    depth: usize,
}

impl<'a> Look<'a> {
    fn at(&mut self, schema: &'a Value, value: &Value, at: &Path) -> Found {
        Meter::spend(self.lua, COST)?;
        let keywords = match schema {
            Value::Bool(false) => return misfit(at, "is not allowed"),
            Value::Map(keywords) => keywords,
            _ => return Ok(None),
        };
        if self.depth == DEEPEST {
            return misfit(at, "is under more schemas than are followed; does the schema lead to itself?");
        }
        self.depth += 1;
        let found = self.keywords(keywords, value, at);
        self.depth -= 1;
        found
    }

    /// The first keyword that the value does not fit; its type before all else.
    fn keywords(&mut self, keywords: &'a Map, value: &Value, at: &Path) -> Found {
        if let Some(types) = keywords.get("type")
            && !is_of_type(value, types)
        {
            return misfit(at, &format!("must be {}, got {}", types_in_words(types), in_words(value)));
        }
        for (keyword, argument) in keywords {
            let found = match keyword.as_str() {
                "$ref" => match argument.as_text().and_then(|pointer| find(self.root, pointer)) {
                    Some(schema) => self.at(schema, value, at)?,
                    None => None,
                },
                "allOf" => self.first(list(argument), value, at)?,
                "anyOf" | "oneOf" | "not" | "if" => self.choice(keyword, argument, keywords, value, at)?,
                "const" if !self.same(argument, value)? => {
                    misfit(at, &format!("must be {}, got {}", short(argument), short(value)))?
                }
                "enum" if !self.is_among(value, list(argument))? => {
                    misfit(at, &format!("must be one of {}, got {}", short(argument), short(value)))?
                }
                _ => match value {
                    Value::Int(_) | Value::UInt(_) | Value::Float(_) => of_number(keyword, argument, value, at)?,
                    Value::Text(text) => {
                        of_length(keyword, "Length", argument, text.chars().count(), "characters", at)?
                    }
                    Value::List(items) => self.of_list(keyword, argument, keywords, items, at)?,
                    Value::Map(fields) => self.of_map(keyword, argument, keywords, fields, at)?,
                    _ => None,
                },
            };
            if found.is_some() {
                return Ok(found);
            }
            // An empty table of Lua is an empty object as well.
            if matches!(value, Value::List(none) if none.is_empty())
                && let Some(found) = self.of_map(keyword, argument, keywords, &Map::new(), at)?
                && is_of_type(&Value::Map(Map::new()), keywords.get("type").unwrap_or(&Value::Null))
            {
                return Ok(Some(found));
            }
        }
        Ok(None)
    }

    /// The first of several schemas that the value does not fit.
    fn first(&mut self, schemas: &'a [Value], value: &Value, at: &Path) -> Found {
        for schema in schemas {
            if let Some(found) = self.at(schema, value, at)? {
                return Ok(Some(found));
            }
        }
        Ok(None)
    }

    fn choice(&mut self, keyword: &str, argument: &'a Value, siblings: &'a Map, value: &Value, at: &Path) -> Found {
        match keyword {
            "not" => match self.at(argument, value, at)? {
                Some(_) => Ok(None),
                None => misfit(at, &format!("must not fit {}", short(argument))),
            },
            "if" => {
                let next = if self.at(argument, value, at)?.is_none() { "then" } else { "else" };
                siblings.get(next).map_or(Ok(None), |schema| self.at(schema, value, at))
            }
            _ => {
                let mut fitting = 0;
                for schema in list(argument) {
                    fitting += usize::from(self.at(schema, value, at)?.is_none());
                }
                let of = list(argument).len();
                match (keyword, fitting) {
                    (_, 0) => misfit(at, &format!("must fit one of the {of} schemas of `{keyword}`, and fits none")),
                    ("oneOf", 2..) => {
                        misfit(at, &format!("must fit one of the {of} schemas of `oneOf`, and fits {fitting}"))
                    }
                    _ => Ok(None),
                }
            }
        }
    }

    fn of_list(&mut self, keyword: &str, argument: &'a Value, siblings: &'a Map, items: &[Value], at: &Path) -> Found {
        match keyword {
            "prefixItems" => {
                for (index, (schema, item)) in list(argument).iter().zip(items).enumerate() {
                    if let Some(found) = self.at(schema, item, &at.index(index))? {
                        return Ok(Some(found));
                    }
                }
            }
            "items" => {
                let before = siblings.get("prefixItems").map_or(0, |schemas| list(schemas).len());
                for (index, item) in items.iter().enumerate().skip(before) {
                    if let Some(found) = self.at(argument, item, &at.index(index))? {
                        return Ok(Some(found));
                    }
                }
            }
            "contains" => {
                let mut count = 0;
                for (index, item) in items.iter().enumerate() {
                    count += usize::from(self.at(argument, item, &at.index(index))?.is_none());
                }
                let least = siblings.get("minContains").and_then(whole).unwrap_or(1);
                let most = siblings.get("maxContains").and_then(whole).unwrap_or(usize::MAX);
                if !(least..=most).contains(&count) {
                    return misfit(at, &format!("has {count} items that fit `contains`"));
                }
            }
            "uniqueItems" if *argument == Value::Bool(true) => {
                for (index, item) in items.iter().enumerate() {
                    if self.is_among(item, &items[..index])? {
                        return misfit(&at.index(index), "is there twice");
                    }
                }
            }
            _ => return of_length(keyword, "Items", argument, items.len(), "items", at),
        }
        Ok(None)
    }

    fn of_map(&mut self, keyword: &str, argument: &'a Value, siblings: &'a Map, fields: &Map, at: &Path) -> Found {
        match keyword {
            "properties" => {
                for (name, schema) in map(argument).into_iter().flatten() {
                    if let Some(value) = fields.get(name)
                        && let Some(found) = self.at(schema, value, &at.key(name))?
                    {
                        return Ok(Some(found));
                    }
                }
            }
            "additionalProperties" => {
                let known = siblings.get("properties").and_then(map);
                for (name, value) in
                    fields.iter().filter(|(name, _)| known.is_none_or(|known| !known.contains_key(*name)))
                {
                    if let Some(found) = self.at(argument, value, &at.key(name))? {
                        return Ok(Some(found));
                    }
                }
            }
            "propertyNames" => {
                for name in fields.keys() {
                    if let Some(found) = self.at(argument, &Value::from(name.as_str()), &at.key(name))? {
                        return Ok(Some(Misfit { why: format!("has a name that {}", found.why), ..found }));
                    }
                }
            }
            "required" => return missing(list(argument), fields, at),
            "dependentRequired" => {
                for (name, others) in map(argument).into_iter().flatten().filter(|(name, _)| fields.contains_key(*name))
                {
                    if let Some(found) = missing(list(others), fields, at)? {
                        return Ok(Some(Misfit { why: format!("{}, as it has `{name}`", found.why), ..found }));
                    }
                }
            }
            _ => return of_length(keyword, "Properties", argument, fields.len(), "fields", at),
        }
        Ok(None)
    }

    fn is_among(&mut self, value: &Value, others: &[Value]) -> mlua::Result<bool> {
        for other in others {
            if self.same(value, other)? {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Equal as JSON is: 1 is 1.0, and the order of fields does not matter.
    fn same(&mut self, one: &Value, other: &Value) -> mlua::Result<bool> {
        Meter::spend(self.lua, COST)?;
        match (one, other) {
            (Value::List(one), Value::List(other)) if one.len() == other.len() => {
                for (one, other) in one.iter().zip(other) {
                    if !self.same(one, other)? {
                        return Ok(false);
                    }
                }
                Ok(true)
            }
            (Value::Map(one), Value::Map(other)) if one.len() == other.len() => {
                for (name, one) in one {
                    match other.get(name) {
                        Some(other) if self.same(one, other)? => {}
                        _ => return Ok(false),
                    }
                }
                Ok(true)
            }
            _ => Ok(one == other || number(one).is_some_and(|one| number(other) == Some(one))),
        }
    }
}

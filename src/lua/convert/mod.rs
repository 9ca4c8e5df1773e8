//! Values to Lua and back, in one order and without silent loss.
//!
//! A table leaves Lua as a list (keys 1…n), as a map (text keys, written sorted) or not at all.
//! Maps that came from outside keep a marker, so that an empty one goes back as `{}`; a new empty
//! table is a list. A null in a list is `json.null`, so that the others keep their places; a null
//! in a map is an absent key.

use mlua::{Lua, Table, Value as LuaValue};

use crate::{
    lua::{
        failure_of,
        number::{LARGEST_EXACT, int64_of, integer_to_lua},
        payload::{payload_bytes, payload_content, payload_value},
    },
    value::{Map, Path, Value},
};

/// So many levels may leave Lua. JSON is read to 127, and what leaves goes inside of other things: a
/// failure of 32 causes, an answer of a process to another.
const DEEPEST: usize = 64;
/// So many may come in: as many as JSON is read to.
const DEEPEST_INWARD: usize = 127;
/// A table may stand in others many times, and each time it is written: what it grows to is
/// limited, since Lua's own limit of memory does not see it.
pub(crate) const MOST_VALUES: usize = 1_000_000;
/// Bytes of text that may be written at once.
const MOST_BYTES: usize = 64 * 1024 * 1024;

const OBJECT_MARKER: &str = "metonic.object";

/// Why a Lua value cannot leave Lua.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[error("{}{reason}", if path.is_root() { String::new() } else { format!("`{path}`: ") })]
pub(crate) struct Unrepresentable {
    pub(crate) path: Path,
    pub(crate) reason: String,
}

/// What becomes of a null inside a map.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Nulls {
    /// The key is absent.
    Absent,
    /// The value is `json.null`.
    Kept,
}

/// A value as Lua sees it.
pub(crate) fn to_lua(lua: &Lua, value: &Value) -> mlua::Result<LuaValue> {
    to_lua_with(lua, value, Nulls::Absent)
}

pub(crate) fn to_lua_with(lua: &Lua, value: &Value, nulls: Nulls) -> mlua::Result<LuaValue> {
    match value {
        Value::Null => Ok(LuaValue::Nil),
        value => Inward { lua, nulls }.value(value, 0),
    }
}

/// Values on their way into Lua.
struct Inward<'a> {
    lua: &'a Lua,
    nulls: Nulls,
}

impl Inward<'_> {
    fn value(&self, value: &Value, depth: usize) -> mlua::Result<LuaValue> {
        if depth > DEEPEST_INWARD {
            return Err(mlua::Error::runtime(format!("the value is nested deeper than {DEEPEST_INWARD} levels")));
        }
        match value {
            Value::Null => Ok(LuaValue::NULL),
            Value::Bool(value) => Ok(LuaValue::Boolean(*value)),
            Value::Int(value) => integer_to_lua(self.lua, i128::from(*value)),
            Value::UInt(value) => integer_to_lua(self.lua, i128::from(*value)),
            Value::Float(value) => Ok(LuaValue::Number(*value)),
            Value::Text(text) => self.lua.create_string(text).map(LuaValue::String),
            Value::Bytes(bytes) => self.lua.create_string(bytes).map(LuaValue::String),
            Value::List(items) => {
                let table = self.lua.create_table_with_capacity(items.len(), 0)?;
                for (at, item) in items.iter().enumerate() {
                    table.raw_set(at + 1, self.value(item, depth + 1)?)?;
                }
                Ok(LuaValue::Table(table))
            }
            Value::Map(map) => {
                let table = self.lua.create_table_with_capacity(0, map.len())?;
                for (key, item) in map {
                    if *item != Value::Null || self.nulls == Nulls::Kept {
                        table.raw_set(key.as_str(), self.value(item, depth + 1)?)?;
                    }
                }
                table.set_metatable(Some(object_marker(self.lua)?))?;
                Ok(LuaValue::Table(table))
            }
        }
    }
}

/// The metatable of maps. It is empty and frozen, so it changes nothing but what an empty table
/// becomes.
pub(crate) fn object_marker(lua: &Lua) -> mlua::Result<Table> {
    if let Some(marker) = lua.named_registry_value::<Option<Table>>(OBJECT_MARKER)? {
        return Ok(marker);
    }
    let marker = lua.create_table()?;
    marker.set_readonly(true);
    lua.set_named_registry_value(OBJECT_MARKER, &marker)?;
    Ok(marker)
}

/// A Lua value as the rest of the program sees it. A string that is not text becomes bytes, and so does a payload
/// in a format of bytes, at the top only: inside a table nothing could carry them.
pub(crate) fn from_lua(lua: &Lua, value: &LuaValue) -> Result<Value, Unrepresentable> {
    if let LuaValue::String(text) = value
        && text.to_str().is_err()
    {
        return Ok(Value::Bytes(text.as_bytes().to_vec()));
    }
    if let Some(value) = payload_value(value) {
        return if levels(&value) > DEEPEST { refuse(&Trail::Root, too_deep()) } else { Ok(value) };
    }
    if let Some(bytes) = payload_bytes(value) {
        return Ok(Value::Bytes(bytes));
    }
    if let Some(content) = payload_content(value) {
        return from_lua(lua, &content);
    }
    Outward { marker: object_marker(lua).ok(), open: Vec::new(), values: 0, bytes: 0 }.value(value, &Trail::Root)
}

/// Where a value stands, told without a copy of the keys above it: only a problem needs them.
pub(in crate::lua) enum Trail<'a> {
    Root,
    Key(&'a Trail<'a>, &'a str),
    Index(&'a Trail<'a>, usize),
}

impl Trail<'_> {
    pub(in crate::lua) fn path(&self) -> Path {
        match self {
            Self::Root => Path::default(),
            Self::Key(above, key) => above.path().key(key),
            Self::Index(above, at) => above.path().index(*at),
        }
    }
}

/// A Lua value on its way out.
struct Outward {
    marker: Option<Table>,
    /// The tables that the current one stands in.
    open: Vec<Table>,
    /// How many values have been written.
    values: usize,
    /// How many bytes of text.
    bytes: usize,
}

impl Outward {
    fn value(&mut self, value: &LuaValue, path: &Trail<'_>) -> Result<Value, Unrepresentable> {
        self.count(value.as_string().map_or(0, |text| text.as_bytes().len()))?;
        match value {
            LuaValue::Nil | LuaValue::LightUserData(_) => Ok(Value::Null),
            LuaValue::Boolean(value) => Ok(Value::Bool(*value)),
            #[expect(clippy::cast_precision_loss, reason = "it comes from a double")]
            LuaValue::Integer(value) => number(*value as f64, path),
            LuaValue::Number(value) => number(*value, path),
            LuaValue::String(text) => match text.to_str() {
                Ok(text) => Ok(Value::Text(text.to_owned())),
                Err(_) => refuse(path, "a string that is not UTF-8 text cannot be written; encode it with `base64`"),
            },
            LuaValue::Table(table) => self.table(table, path),
            LuaValue::UserData(_) | LuaValue::Error(_) => {
                if let Some(integer) = int64_of(value) {
                    return Ok(integer.to_value());
                }
                if let Some(value) = payload_value(value) {
                    if self.open.len() + levels(&value) > DEEPEST {
                        return refuse(&Trail::Root, too_deep());
                    }
                    self.payload(&value, path)?;
                    return Ok(value);
                }
                if let Some(content) = payload_content(value) {
                    return self.value(&content, path);
                }
                match failure_of(value) {
                    Some(failure) => Ok(Value::Text(failure.message)),
                    None => {
                        refuse(path, format!("{} cannot be written; give its text or its fields", kind_text(value)))
                    }
                }
            }
            other => refuse(path, format!("a {} cannot be written", other.type_name())),
        }
    }

    /// Counts one more value, and `bytes` of text.
    fn count(&mut self, bytes: usize) -> Result<(), Unrepresentable> {
        self.values += 1;
        self.bytes = self.bytes.saturating_add(bytes);
        let passed = if self.values > MOST_VALUES {
            format!("the value holds more than {MOST_VALUES} values")
        } else if self.bytes > MOST_BYTES {
            format!("the value holds more than {} MiB of text", MOST_BYTES / (1024 * 1024))
        } else {
            return Ok(());
        };
        Err(Unrepresentable { path: Path::default(), reason: passed })
    }

    /// Counts what a payload holds, which is a value already, and not too deep.
    fn payload(&mut self, value: &Value, path: &Trail<'_>) -> Result<(), Unrepresentable> {
        match value {
            Value::Text(text) => self.count(text.len()),
            Value::Bytes(_) => {
                refuse(path, "bytes cannot be written inside a table; encode them with `base64`").map(drop)
            }
            Value::List(items) => items.iter().try_for_each(|item| self.payload(item, path)),
            Value::Map(map) => map.iter().try_for_each(|(key, item)| {
                self.count(key.len())?;
                self.payload(item, path)
            }),
            _ => self.count(0),
        }
    }

    fn table(&mut self, table: &Table, path: &Trail<'_>) -> Result<Value, Unrepresentable> {
        if self.open.contains(table) {
            return refuse(path, "the table contains itself");
        }
        if self.open.len() >= DEEPEST {
            return refuse(&Trail::Root, too_deep());
        }
        self.open.push(table.clone());
        let result = self.entries(table, path);
        self.open.pop();
        result
    }

    fn entries(&mut self, table: &Table, path: &Trail<'_>) -> Result<Value, Unrepresentable> {
        let mut fields: Vec<(String, LuaValue)> = Vec::new();
        let mut items: Vec<(usize, LuaValue)> = Vec::new();
        for pair in table.pairs::<LuaValue, LuaValue>() {
            let (key, value) =
                pair.map_err(|error| Unrepresentable { path: path.path(), reason: error.to_string() })?;
            match &key {
                LuaValue::String(key) => match key.to_str() {
                    Ok(key) => fields.push((key.to_owned(), value)),
                    Err(_) => return refuse(path, "a key that is not UTF-8 text cannot be written"),
                },
                LuaValue::Integer(at) if *at > 0 => items.push((usize::try_from(*at).unwrap_or(usize::MAX), value)),
                other => {
                    return refuse(
                        path,
                        format!("the key {} cannot be written; keys are texts, or 1 to n", key_text(other)),
                    );
                }
            }
        }
        if !fields.is_empty() && !items.is_empty() {
            return refuse(path, "a table with both a list part and named keys cannot be written; split it");
        }
        if !items.is_empty() {
            return self.list(items, path);
        }
        if fields.is_empty() && (self.marker.is_none() || table.metatable() != self.marker) {
            return Ok(Value::List(Vec::new()));
        }
        fields.sort_unstable_by(|(left, _), (right, _)| left.cmp(right));
        let mut map = Map::with_capacity(fields.len());
        for (key, value) in fields {
            self.count(key.len())?;
            let value = self.value(&value, &Trail::Key(path, &key))?;
            map.insert(key, value);
        }
        Ok(Value::Map(map))
    }

    fn list(&mut self, mut items: Vec<(usize, LuaValue)>, path: &Trail<'_>) -> Result<Value, Unrepresentable> {
        items.sort_unstable_by_key(|(at, _)| *at);
        if let Some(hole) = items.iter().zip(1..).find_map(|((at, _), expected)| (*at != expected).then_some(expected))
        {
            return refuse(
                path,
                format!("a list with holes cannot be written: [{hole}] is nil; put `json.null` there"),
            );
        }
        let mut list = Vec::with_capacity(items.len());
        for (at, (_, value)) in items.into_iter().enumerate() {
            // As the author counts.
            list.push(self.value(&value, &Trail::Index(path, at + 1))?);
        }
        Ok(Value::List(list))
    }
}

/// How many lists and maps stand in each other.
fn levels(value: &Value) -> usize {
    match value {
        Value::List(items) => 1 + items.iter().map(levels).max().unwrap_or_default(),
        Value::Map(map) => 1 + map.values().map(levels).max().unwrap_or_default(),
        _ => 0,
    }
}

fn too_deep() -> String {
    format!("the value is nested deeper than {DEEPEST} levels")
}

fn number(number: f64, path: &Trail<'_>) -> Result<Value, Unrepresentable> {
    if !number.is_finite() {
        return refuse(path, if number.is_nan() { "NaN cannot be written" } else { "infinity cannot be written" });
    }
    let negative_zero = number == 0.0 && number.is_sign_negative();
    #[expect(clippy::cast_possible_truncation, clippy::cast_precision_loss, reason = "whole and within 2^53")]
    if number.fract() == 0.0 && number.abs() <= LARGEST_EXACT as f64 && !negative_zero {
        return Ok(Value::Int(number as i64));
    }
    Ok(Value::Float(number))
}

/// A key as a message shows it; never an address.
fn key_text(key: &LuaValue) -> String {
    match key {
        LuaValue::Integer(number) => format!("[{number}]"),
        LuaValue::Number(number) => format!("[{number}]"),
        LuaValue::Boolean(value) => format!("[{value}]"),
        other => format!("of type {}", other.type_name()),
    }
}

/// What an object is, as `typeof` says it.
fn kind_text(value: &LuaValue) -> String {
    match value.as_userdata().map(mlua::AnyUserData::type_name) {
        Some(Ok(name)) => format!("an object of type `{}`", name.to_string_lossy()),
        _ => "this object".to_owned(),
    }
}

fn refuse(path: &Trail<'_>, reason: impl Into<String>) -> Result<Value, Unrepresentable> {
    Err(Unrepresentable { path: path.path(), reason: reason.into() })
}

#[cfg(test)]
mod tests;

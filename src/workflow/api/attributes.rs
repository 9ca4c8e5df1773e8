//! Search attributes as Lua code writes them, and the way back.
//!
//! A plain value says its type by itself: a text is a Keyword, true and false a Bool, a whole number
//! an Int, another number a Double, a list of texts a `KeywordList`, a Time a Datetime. Where that is
//! not meant, `{type = "double", value = 5}` says it.

use mlua::{IntoLua, Lua, Table, UserData, Value as LuaValue};

use super::words::{entries, unknown, wrong};
use crate::{
    diag::closest,
    lua::{from_lua, object_marker, time::Moment, to_lua},
    value::{Map, Value},
    workflow::{SearchAttribute, SearchAttributeKind, SearchAttributes, encoded},
};

/// Each type by the names that Lua code gives it.
const KINDS: [(&str, SearchAttributeKind); 9] = [
    ("text", SearchAttributeKind::Text),
    ("keyword", SearchAttributeKind::Keyword),
    ("int", SearchAttributeKind::Int),
    ("int64", SearchAttributeKind::Int),
    ("double", SearchAttributeKind::Double),
    ("bool", SearchAttributeKind::Bool),
    ("datetime", SearchAttributeKind::Datetime),
    ("keyword_list", SearchAttributeKind::KeywordList),
    ("keywordlist", SearchAttributeKind::KeywordList),
];
/// What others call the types, and what those are called here.
const ELSEWHERE: [(&str, &str); 6] = [
    ("integer", "int"),
    ("number", "double"),
    ("float", "double"),
    ("boolean", "bool"),
    ("string", "keyword"),
    ("list", "keyword_list"),
];
/// The bytes that the server takes of one value, as it travels.
const LARGEST: usize = 2048;
/// The bytes of all attributes of a run: the server takes 40 KiB, some of which it and the core use.
const LARGEST_TOGETHER: usize = 34 * 1024;
/// What is added to each: its type, and how it is written.
const OVERHEAD: usize = 64;
const TYPED_KEYS: [&str; 2] = ["type", "value"];

/// `workflow.unset`: takes a search attribute or a memo field away.
pub(super) struct Unset;

impl UserData for Unset {
    fn add_methods<M: mlua::UserDataMethods<Self>>(methods: &mut M) {
        methods.add_meta_method(mlua::MetaMethod::ToString, |_, _, ()| Ok("workflow.unset"));
    }
}

/// A table of Lua as plain data: a Time becomes a typed text, what is to be unset a null.
pub(super) fn plain(lua: &Lua, name: &str, table: &Table) -> Result<Value, String> {
    fields(name, table, |value| field(lua, value)).map(Value::Map)
}

/// The named fields of a table, each read by `read`, sorted.
pub(super) fn fields(
    name: &str,
    table: &Table,
    read: impl Fn(&LuaValue) -> Result<Value, String>,
) -> Result<Map, String> {
    let mut pairs = Vec::new();
    let listed = table.for_each(|key: LuaValue, value: LuaValue| {
        pairs.push((key, value));
        Ok(())
    });
    listed.map_err(|error| format!("`{name}`: {error}"))?;
    let mut fields = Map::new();
    for (key, value) in pairs {
        let key = key.as_string().and_then(|key| key.to_str().ok().map(|key| key.to_owned()));
        let key = key.ok_or_else(|| format!("`{name}` must be a table with named keys"))?;
        let value = read(&value).map_err(|problem| format!("`{name}.{key}`: {problem}"))?;
        fields.insert(key, value);
    }
    fields.sort_unstable_keys();
    Ok(fields)
}

fn field(lua: &Lua, value: &LuaValue) -> Result<Value, String> {
    if let Some(text) = moment(value) {
        return Ok(typed(Value::from("datetime"), Value::Text(text)));
    }
    if is_unset(value) {
        return Ok(Value::Null);
    }
    if let LuaValue::Table(table) = value
        && let Ok(LuaValue::String(kind)) = table.raw_get::<LuaValue>("type")
        && let Ok(inner) = table.raw_get::<LuaValue>("value")
        && let Some(inner) = moment(&inner).map(Value::Text).or_else(|| is_unset(&inner).then_some(Value::Null))
    {
        return Ok(typed(Value::Text(kind.to_string_lossy()), inner));
    }
    from_lua(lua, value).map_err(|problem| problem.to_string())
}

fn typed(kind: Value, value: Value) -> Value {
    Value::Map(Map::from_iter([("type".to_owned(), kind), ("value".to_owned(), value)]))
}

/// Whether a value takes something away.
pub(super) fn is_unset(value: &LuaValue) -> bool {
    matches!(value, LuaValue::UserData(data) if data.is::<Unset>()) || value.is_null()
}

fn moment(value: &LuaValue) -> Option<String> {
    value.as_userdata()?.borrow::<Moment>().ok().map(|moment| moment.rfc3339_nano())
}

/// Reads the attributes of a run that is to be started.
pub(crate) fn read(value: &Value) -> Result<SearchAttributes, String> {
    read_known(value, |_| None)
}

/// Reads attributes; `known` is the type that one already has, which its plain values are taken for.
pub(super) fn read_known(
    value: &Value,
    known: impl Fn(&str) -> Option<SearchAttributeKind>,
) -> Result<SearchAttributes, String> {
    let fields = entries("`search_attributes`", value)?;
    let read = fields.map(|(name, value)| {
        let attribute = attribute(value, known(name)).and_then(small);
        Ok((name.clone(), attribute.map_err(|problem| format!("search attribute `{name}`: {problem}"))?))
    });
    let read: SearchAttributes = read.collect::<Result<_, String>>()?;
    check_together(&read)?;
    Ok(read)
}

/// The server ends a run that asks for a larger value.
fn small(attribute: SearchAttribute) -> Result<SearchAttribute, String> {
    match encoded(&attribute.value) {
        bytes if bytes > LARGEST => Err(format!("its value has {bytes} bytes; Temporal takes {LARGEST}")),
        _ => Ok(attribute),
    }
}

/// The server ends a run that has more of them.
pub(super) fn check_together(attributes: &SearchAttributes) -> Result<(), String> {
    let bytes = |(name, one): (&String, &SearchAttribute)| name.len() + encoded(&one.value) + OVERHEAD;
    match attributes.iter().map(bytes).sum::<usize>() {
        bytes if bytes > LARGEST_TOGETHER => Err(format!(
            "the search attributes have {bytes} bytes together; {LARGEST_TOGETHER} is the most that Temporal takes \
             beside its own"
        )),
        _ => Ok(()),
    }
}

fn attribute(value: &Value, known: Option<SearchAttributeKind>) -> Result<SearchAttribute, String> {
    if let Value::Map(typed) = value {
        return explicit(typed);
    }
    if *value == Value::Null {
        return Ok(SearchAttribute { kind: known.unwrap_or(SearchAttributeKind::Keyword), value: Value::Null });
    }
    let kind = match known.filter(|known| fits(*known, value)) {
        Some(known) => known,
        None => inferred(value)?,
    };
    Ok(SearchAttribute { kind, value: value.clone() })
}

fn explicit(typed: &Map) -> Result<SearchAttribute, String> {
    if let Some(key) = typed.keys().find(|key| !TYPED_KEYS.contains(&key.as_str())) {
        return Err(unknown(key, key, &TYPED_KEYS));
    }
    let Some(kind) = typed.get("type").and_then(Value::as_text) else {
        return Err("a table has to say its `type`: `{type = \"keyword\", value = …}`".to_owned());
    };
    let plain = kind.to_lowercase();
    let Some((_, kind)) = KINDS.iter().find(|(name, _)| *name == plain) else {
        let meant = ELSEWHERE.iter().find(|(name, _)| *name == plain).map(|(_, meant)| *meant);
        let hint = meant.or_else(|| closest(&plain, KINDS.iter().map(|(name, _)| *name)));
        let hint = hint.map(|hint| format!("did you mean `{hint}`? ")).unwrap_or_default();
        return Err(format!(
            "there is no type `{kind}`; {hint}the types are `text`, `keyword`, `int`, `double`, `bool`, `datetime` and \
             `keyword_list`"
        ));
    };
    let Some(value) = typed.get("value") else {
        return Err("a table has to say its `value`; `workflow.unset` takes the attribute away".to_owned());
    };
    if *value != Value::Null && !fits(*kind, value) {
        return Err(wrong("value", expected(*kind), value));
    }
    Ok(SearchAttribute { kind: *kind, value: value.clone() })
}

fn inferred(value: &Value) -> Result<SearchAttributeKind, String> {
    Ok(match value {
        Value::Text(_) => SearchAttributeKind::Keyword,
        Value::Bool(_) => SearchAttributeKind::Bool,
        Value::Int(_) => SearchAttributeKind::Int,
        Value::Float(_) => SearchAttributeKind::Double,
        Value::List(_) if fits(SearchAttributeKind::KeywordList, value) => SearchAttributeKind::KeywordList,
        Value::List(_) => return Err("a list holds texts only".to_owned()),
        other => return Err(format!("a {} cannot be searched for", other.type_name())),
    })
}

fn fits(kind: SearchAttributeKind, value: &Value) -> bool {
    match (kind, value) {
        (SearchAttributeKind::Text | SearchAttributeKind::Keyword, Value::Text(_))
        | (SearchAttributeKind::Int, Value::Int(_))
        | (SearchAttributeKind::Double, Value::Int(_) | Value::Float(_))
        | (SearchAttributeKind::Bool, Value::Bool(_)) => true,
        (SearchAttributeKind::Datetime, Value::Text(text)) => Moment::from_rfc3339(text).is_ok(),
        (SearchAttributeKind::KeywordList, Value::List(items)) => {
            items.iter().all(|item| matches!(item, Value::Text(_)))
        }
        _ => false,
    }
}

fn expected(kind: SearchAttributeKind) -> &'static str {
    match kind {
        SearchAttributeKind::Text | SearchAttributeKind::Keyword => "a text",
        SearchAttributeKind::Int => "a whole number",
        SearchAttributeKind::Double => "a number",
        SearchAttributeKind::Bool => "true or false",
        SearchAttributeKind::Datetime => "a Time, or a text like `2026-01-31T10:00:00Z`",
        SearchAttributeKind::KeywordList => "a list of texts",
    }
}

/// As Lua code reads them: what it would write; a Datetime is a Time.
pub(super) fn to_table(lua: &Lua, attributes: &SearchAttributes) -> mlua::Result<Table> {
    let table = lua.create_table()?;
    table.set_metatable(Some(object_marker(lua)?))?;
    for (name, attribute) in attributes {
        let value = match (attribute.kind, &attribute.value) {
            (SearchAttributeKind::Datetime, Value::Text(text)) => match Moment::from_rfc3339(text) {
                Ok(moment) => moment.into_lua(lua)?,
                Err(_) => to_lua(lua, &attribute.value)?,
            },
            (_, value) => to_lua(lua, value)?,
        };
        table.raw_set(name.as_str(), value)?;
    }
    Ok(table)
}

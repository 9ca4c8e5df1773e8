//! `json`: text to values and back. Keys are written in order, so a replay writes the same text.

use mlua::{Lua, LuaString, Table, Value as LuaValue};

use crate::{
    lua::{
        Effect, Module, arguments,
        convert::{MOST_VALUES, Nulls, object_marker, to_lua_with},
        from_lua,
        module::Answer,
        modules::schema::{self, Origin},
    },
    value::{Failure, Value, failure_kind},
};

pub(crate) struct Json;

impl Module for Json {
    const NAME: &'static str = "json";
    const EFFECT: Effect = Effect::Pure;

    fn open(lua: &Lua) -> mlua::Result<Table> {
        let json = lua.create_table()?;
        json.raw_set("decode", lua.create_function(decode)?)?;
        json.raw_set("encode", lua.create_function(encode)?)?;
        json.raw_set("object", lua.create_function(object)?)?;
        json.raw_set("array", lua.create_function(array)?)?;
        json.raw_set("null", LuaValue::NULL)?;
        json.raw_set("validate", lua.create_function(validate)?)?;
        json.raw_set("validate_string", lua.create_function(validate_string)?)?;
        Ok(json)
    }
}

/// `json.decode(text, {keep_null = false})`
fn decode(lua: &Lua, (text, options): (LuaValue, LuaValue)) -> mlua::Result<Answer<LuaValue>> {
    const NAME: &str = "json.decode";
    let text = arguments::string(NAME, "text", &text)?;
    let mut nulls = Nulls::Absent;
    if options != LuaValue::Nil {
        let options = arguments::table(NAME, "options", &options)?;
        arguments::only_keys(NAME, &options, &["keep_null"])?;
        if arguments::flag(NAME, "keep_null", &options.raw_get("keep_null")?)? {
            nulls = Nulls::Kept;
        }
    }
    match read(NAME, &text.as_bytes()) {
        Ok(value) => to_lua_with(lua, &value, nulls).map(Answer::Value),
        Err(failure) => Ok(Answer::Failure(failure)),
    }
}

/// The value of a text that is not too large.
fn read(name: &str, text: &[u8]) -> Result<Value, Failure> {
    if text.is_empty() {
        return Err(Failure::invalid(format!("{name}: the text is empty")));
    }
    if values(text) > MOST_VALUES {
        return Err(Failure::invalid(format!("{name}: the text holds more than {MOST_VALUES} values")));
    }
    Value::from_json(text).map_err(|error| Failure {
        retryable: Some(false),
        ..Failure::new(failure_kind::INTERNAL, format!("{name}: {error}"))
    })
}

/// How many values a text holds: one, and one more for each bracket and comma outside of strings.
fn values(text: &[u8]) -> usize {
    let (mut count, mut in_string, mut escaped) = (1, false, false);
    for byte in text {
        match byte {
            _ if escaped => escaped = false,
            b'\\' => escaped = in_string,
            b'"' => in_string = !in_string,
            b'[' | b'{' | b',' if !in_string => count += 1,
            _ => {}
        }
    }
    count
}

/// `json.encode(value)`
fn encode(lua: &Lua, value: LuaValue) -> mlua::Result<Answer<LuaString>> {
    let failure = match from_lua(lua, &value) {
        Ok(Value::Bytes(_)) => "a string that is not UTF-8 text cannot be written; encode it with `base64`".to_owned(),
        Ok(value) => return lua.create_string(value.to_json()).map(Answer::Value),
        Err(unrepresentable) => unrepresentable.to_string(),
    };
    Ok(Answer::Failure(Failure {
        retryable: Some(false),
        ..Failure::new(failure_kind::INTERNAL, format!("json.encode: {failure}"))
    }))
}

/// `json.validate(schema, value)`
fn validate(lua: &Lua, (schema, value): (LuaValue, LuaValue)) -> mlua::Result<Answer<bool>> {
    const NAME: &str = "json.validate";
    let schema = schema_argument(lua, NAME, &schema)?;
    let value = from_lua(lua, &value).map_err(|error| Failure::invalid(format!("{NAME}: {error}")));
    let fits = schema.and_then(|schema| match value? {
        Value::Bytes(_) => Err(Failure::invalid(format!("{NAME}: the value is no UTF-8 text"))),
        value => schema::validate(lua, NAME, &schema, &value, Origin::Lua),
    });
    Ok(fits.map(|()| true).into())
}

/// `json.validate_string(schema, text)`
fn validate_string(lua: &Lua, (schema, text): (LuaValue, LuaValue)) -> mlua::Result<Answer<bool>> {
    const NAME: &str = "json.validate_string";
    let schema = schema_argument(lua, NAME, &schema)?;
    let text = arguments::string(NAME, "text", &text)?;
    let fits =
        schema.and_then(|schema| schema::validate(lua, NAME, &schema, &read(NAME, &text.as_bytes())?, Origin::Text));
    Ok(fits.map(|()| true).into())
}

/// A schema: a table, or its text.
fn schema_argument(lua: &Lua, name: &str, schema: &LuaValue) -> mlua::Result<Result<Value, Failure>> {
    match schema {
        LuaValue::String(text) => Ok(read(name, &text.as_bytes())),
        LuaValue::Table(_) => {
            Ok(from_lua(lua, schema).map_err(|error| Failure::invalid(format!("{name}: this is no schema: {error}"))))
        }
        other => Err(arguments::wrong_type(name, "schema", "a table or a text", other)),
    }
}

/// `json.object(table?)`: the table is an object, also while it is empty.
fn object(lua: &Lua, table: Option<LuaValue>) -> mlua::Result<Table> {
    let table = table_or_new(lua, "json.object", table)?;
    table.set_metatable(Some(object_marker(lua)?))?;
    Ok(table)
}

/// `json.array(table?)`: the table is a list, also if it came from outside as an empty object.
fn array(lua: &Lua, table: Option<LuaValue>) -> mlua::Result<Table> {
    let table = table_or_new(lua, "json.array", table)?;
    if table.metatable() == Some(object_marker(lua)?) {
        table.set_metatable(None)?;
    }
    Ok(table)
}

fn table_or_new(lua: &Lua, function: &str, table: Option<LuaValue>) -> mlua::Result<Table> {
    let Some(value) = table.filter(|table| *table != LuaValue::Nil) else {
        return lua.create_table();
    };
    let table = arguments::table(function, "table", &value)?;
    if table.is_readonly() {
        return Err(arguments::misuse(function, "the table is read-only"));
    }
    if table.metatable().is_some_and(|metatable| object_marker(lua).is_ok_and(|marker| marker != metatable)) {
        return Err(arguments::misuse(function, "the table has a metatable of its own"));
    }
    Ok(table)
}

#[cfg(test)]
mod tests {
    use crate::lua::testing::text;

    #[test]
    fn an_empty_text_is_invalid() {
        assert_eq!(
            text("local _, err = json.decode('') return err:kind() .. ': ' .. err:message()"),
            "Invalid: json.decode: the text is empty"
        );
    }

    #[test]
    fn a_text_of_too_many_values_is_refused_before_it_is_read() {
        let problem = "json.decode: the text holds more than 1000000 values";
        assert_eq!(text("return select(2, json.decode('[' .. ('0,'):rep(1000000) .. '0]'))"), problem);
        assert_eq!(text(r#"return #json.decode('"' .. (',[{'):rep(1000000) .. '\\\\"')"#), "3000001");
    }
}

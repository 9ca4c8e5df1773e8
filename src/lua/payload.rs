//! A value as it travels: what a Future and a message hold, and what `payload.new` makes.
//!
//! A format is how a payload is to be understood; what it holds is a value in any of them, and
//! Temporal gets it as JSON, or as bytes if it is that.

use mlua::{AnyUserData, Lua, UserData, UserDataFields, UserDataMethods, Value as LuaValue};

use crate::{
    lua::{
        Answer, arguments,
        convert::{Nulls, to_lua_with},
        error_object, failure_of, from_lua, msgpack, to_lua, weight,
    },
    value::{Failure, Value, failure_kind},
};

/// A value on its way, as Lua holds it.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Payload(pub(crate) Value);

/// A payload that Lua code made. What it holds is Lua's own, beside it, so that Lua's limit of
/// memory sees it.
#[derive(Clone, Copy, Debug)]
struct Formatted(Format);

/// How a payload is to be understood.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Format {
    Json,
    Yaml,
    String,
    Bytes,
    MsgPack,
    Lua,
    Golang,
    Error,
}

impl Format {
    /// Each with the constant of `payload.format`, and the text behind it.
    pub(crate) const ALL: [(Self, &'static str, &'static str); 8] = [
        (Self::Json, "JSON", "json/plain"),
        (Self::Yaml, "YAML", "yaml/plain"),
        (Self::String, "STRING", "text/plain"),
        (Self::Bytes, "BYTES", "application/octet-stream"),
        (Self::MsgPack, "MSGPACK", "application/msgpack"),
        (Self::Lua, "LUA", "lua/any"),
        (Self::Golang, "GOLANG", "golang/any"),
        (Self::Error, "ERROR", "golang/error"),
    ];

    fn text(self) -> &'static str {
        Self::ALL.iter().find(|(format, ..)| *format == self).map_or("", |(.., text)| text)
    }
}

impl Payload {
    fn format(&self) -> Format {
        if matches!(self.0, Value::Bytes(_)) { Format::Bytes } else { Format::Json }
    }

    /// As Lua holds it.
    pub(crate) fn made(self, lua: &Lua) -> mlua::Result<AnyUserData> {
        let bytes = weight::of_value(&self.0);
        weight::weighed(lua, lua.create_userdata(self)?, bytes)
    }
}

/// Makes a payload of a value.
pub(crate) fn payload_of(lua: &Lua, value: &Value, format: Format) -> mlua::Result<AnyUserData> {
    let data = lua.create_userdata(Formatted(format))?;
    data.set_user_value(to_lua_with(lua, value, Nulls::Kept)?)?;
    Ok(data)
}

/// Makes a payload of an error.
pub(crate) fn payload_of_failure(lua: &Lua, failure: Failure) -> mlua::Result<AnyUserData> {
    let data = lua.create_userdata(Formatted(Format::Error))?;
    data.set_user_value(error_object(lua, failure)?)?;
    Ok(data)
}

/// What a payload that Lua code made holds, if a Lua value is one.
pub(crate) fn payload_content(value: &LuaValue) -> Option<LuaValue> {
    let data = value.as_userdata().filter(|data| data.is::<Formatted>())?;
    data.user_value().ok()
}

/// What a payload that Lua code made goes as, if its format says that it is bytes, whatever they spell.
pub(crate) fn payload_bytes(value: &LuaValue) -> Option<Vec<u8>> {
    let format = value.as_userdata()?.borrow::<Formatted>().ok()?.0;
    let content = payload_content(value).filter(|_| matches!(format, Format::Bytes | Format::MsgPack))?;
    content.as_string().map(|bytes| bytes.as_bytes().to_vec())
}

/// What a payload that came in holds, if a Lua value is one.
pub(crate) fn payload_value(value: &LuaValue) -> Option<Value> {
    Some(value.as_userdata()?.borrow::<Payload>().ok()?.0.clone())
}

/// The same value in another format.
fn transcoded(value: Value, to: Format) -> Result<Value, Failure> {
    match (to, value) {
        (Format::MsgPack, value) => Ok(Value::Bytes(msgpack::write(&value))),
        (Format::Golang | Format::Error, _) => {
            Err(problem(format!("metonic writes no `{}`; `{}` suits all", to.text(), Format::Json.text())))
        }
        (Format::Json | Format::Yaml, Value::Bytes(_)) => {
            Err(problem("bytes are no text; encode them with `base64`".to_owned()))
        }
        (Format::String, Value::Bytes(bytes)) => match String::from_utf8(bytes) {
            Ok(text) => Ok(Value::Text(text)),
            Err(_) => Err(problem("the bytes are no UTF-8 text".to_owned())),
        },
        (Format::String, value @ Value::Text(_)) | (Format::Bytes, value @ Value::Bytes(_)) => Ok(value),
        (Format::String, value) => Ok(Value::Text(value.to_json())),
        (Format::Bytes, Value::Text(text)) => Ok(Value::Bytes(text.into_bytes())),
        (Format::Bytes, value) => Ok(Value::Bytes(value.to_json().into_bytes())),
        (_, value) => Ok(value),
    }
}

fn problem(what: String) -> Failure {
    Failure { retryable: Some(false), ..Failure::new(failure_kind::INTERNAL, format!("Payload:transcode: {what}")) }
}

fn transcode(lua: &Lua, value: impl FnOnce() -> Value, to: &LuaValue) -> mlua::Result<Answer<AnyUserData>> {
    let to = arguments::text("Payload:transcode", "format", to)?;
    let Some((format, ..)) = Format::ALL.into_iter().find(|(.., text)| *text == to) else {
        return Ok(Answer::Failure(problem(format!("there is no format `{to}`; `payload.format` has them"))));
    };
    match transcoded(value(), format) {
        Ok(value) => payload_of(lua, &value, format).map(Answer::Value),
        Err(failure) => Ok(Answer::Failure(failure)),
    }
}

impl UserData for Payload {
    fn add_methods<M: UserDataMethods<Self>>(methods: &mut M) {
        methods.add_method("data", |lua, this, ()| to_lua(lua, &this.0));
        methods.add_method("unmarshal", |lua, this, ()| to_lua(lua, &this.0));
        methods.add_method("get_format", |_, this, ()| Ok(this.format().text()));
        methods.add_method("transcode", |lua, this, to: LuaValue| transcode(lua, || this.0.clone(), &to));
    }
}

impl UserData for Formatted {
    fn add_fields<F: UserDataFields<Self>>(fields: &mut F) {
        fields.add_meta_field("__type", "Payload");
    }

    fn add_methods<M: UserDataMethods<Self>>(methods: &mut M) {
        methods.add_function("data", |lua, this: LuaValue| copied(lua, &content("Payload:data", &this)?));
        methods.add_function("unmarshal", |lua, this: LuaValue| {
            let content = content("Payload:unmarshal", &this)?;
            match msgpack_in(&this, &content) {
                Some(Ok(value)) => to_lua(lua, &value).map(Answer::Value),
                Some(Err(failure)) => Ok(Answer::Failure(failure)),
                None => copied(lua, &content).map(Answer::Value),
            }
        });
        methods.add_method("get_format", |_, this, ()| Ok(this.0.text()));
        methods.add_function("transcode", |lua, (this, to): (LuaValue, LuaValue)| {
            let content = content("Payload:transcode", &this)?;
            match msgpack_in(&this, &content) {
                Some(Ok(value)) => transcode(lua, || value, &to),
                Some(Err(failure)) => Ok(Answer::Failure(failure)),
                None => transcode(lua, || from_lua(lua, &content).unwrap_or_default(), &to),
            }
        });
    }
}

fn content(function: &str, this: &LuaValue) -> mlua::Result<LuaValue> {
    payload_content(this).ok_or_else(|| arguments::misuse(function, "call it with a colon, on a payload"))
}

/// The value in a payload's MessagePack; nothing if it holds none.
fn msgpack_in(this: &LuaValue, content: &LuaValue) -> Option<Result<Value, Failure>> {
    let format = this.as_userdata()?.borrow::<Formatted>().ok()?.0;
    let bytes = content.as_string().filter(|_| format == Format::MsgPack)?;
    Some(msgpack::read(&bytes.as_bytes()).map_err(|error| problem(error.to_string())))
}

/// A copy of its own for each who asks.
fn copied(lua: &Lua, content: &LuaValue) -> mlua::Result<LuaValue> {
    match from_lua(lua, content) {
        Ok(value) if failure_of(content).is_none() => to_lua(lua, &value),
        _ => Ok(content.clone()),
    }
}

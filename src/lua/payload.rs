//! A value as it travels: what a Future and a message hold, and what `payload.new` makes.
//!
//! A format is how a payload is to be understood; what it holds is a value in any of them, and
//! Temporal gets it as JSON, or as bytes if it is that.

use mlua::{Lua, UserData, UserDataFields, UserDataMethods, Value as LuaValue};

use crate::{
    lua::{Answer, arguments, error_object, to_lua},
    value::{Failure, Value, failure_kind},
};

/// A value on its way, as Lua holds it.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Payload(pub(crate) Value);

/// A value, or an error, that was given a format.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Formatted {
    content: Content,
    format: Format,
}

#[derive(Clone, Debug, PartialEq)]
enum Content {
    Value(Value),
    Failure(Box<Failure>),
}

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

/// What every payload can tell.
trait Carries: 'static {
    fn format(&self) -> Format;
    /// A copy of its own for each who asks.
    fn data(&self, lua: &Lua) -> mlua::Result<LuaValue>;
    fn formatted(&self) -> Formatted;
}

impl Carries for Payload {
    fn format(&self) -> Format {
        if matches!(self.0, Value::Bytes(_)) { Format::Bytes } else { Format::Json }
    }

    fn data(&self, lua: &Lua) -> mlua::Result<LuaValue> {
        to_lua(lua, &self.0)
    }

    fn formatted(&self) -> Formatted {
        Formatted { content: Content::Value(self.0.clone()), format: self.format() }
    }
}

impl Carries for Formatted {
    fn format(&self) -> Format {
        self.format
    }

    fn data(&self, lua: &Lua) -> mlua::Result<LuaValue> {
        match &self.content {
            Content::Value(value) => to_lua(lua, value),
            Content::Failure(failure) => error_object(lua, (**failure).clone()).map(LuaValue::UserData),
        }
    }

    fn formatted(&self) -> Formatted {
        self.clone()
    }
}

impl Formatted {
    pub(crate) fn value(value: Value) -> Self {
        Self { content: Content::Value(value), format: Format::Lua }
    }

    pub(crate) fn failure(failure: Failure) -> Self {
        Self { content: Content::Failure(Box::new(failure)), format: Format::Error }
    }

    fn transcode(self, format: &str) -> Result<Self, Failure> {
        let problem = |what: String| Failure {
            retryable: Some(false),
            ..Failure::new(failure_kind::INTERNAL, format!("Payload:transcode: {what}"))
        };
        let Some((format, ..)) = Format::ALL.into_iter().find(|(.., text)| *text == format) else {
            return Err(problem(format!("there is no format `{format}`; `payload.format` has them")));
        };
        if format == self.format {
            return Ok(self);
        }
        if matches!(format, Format::MsgPack | Format::Golang | Format::Error) {
            return Err(problem(format!("metonic writes no `{}`; `{}` suits all", format.text(), Format::Json.text())));
        }
        let value = match self.content {
            Content::Value(value) => value,
            Content::Failure(failure) => Value::Text(failure.message),
        };
        let value = match (format, value) {
            (Format::Json | Format::Yaml, Value::Bytes(_)) => {
                return Err(problem("bytes are no text; encode them with `base64`".to_owned()));
            }
            (Format::String, Value::Bytes(bytes)) => match String::from_utf8(bytes) {
                Ok(text) => Value::Text(text),
                Err(_) => return Err(problem("the bytes are no UTF-8 text".to_owned())),
            },
            (Format::String, value @ Value::Text(_)) | (Format::Bytes, value @ Value::Bytes(_)) => value,
            (Format::String, value) => Value::Text(value.to_json()),
            (Format::Bytes, Value::Text(text)) => Value::Bytes(text.into_bytes()),
            (Format::Bytes, value) => Value::Bytes(value.to_json().into_bytes()),
            (_, value) => value,
        };
        Ok(Self { content: Content::Value(value), format })
    }
}

fn add_methods<T: Carries, M: UserDataMethods<T>>(methods: &mut M) {
    methods.add_method("data", |lua, this, ()| this.data(lua));
    methods.add_method("unmarshal", |lua, this, ()| this.data(lua));
    methods.add_method("get_format", |_, this, ()| Ok(this.format().text()));
    methods.add_method("transcode", |_, this, format: LuaValue| {
        let format = arguments::text("Payload:transcode", "format", &format)?;
        Ok(Answer::from(this.formatted().transcode(&format)))
    });
}

impl UserData for Payload {
    fn add_methods<M: UserDataMethods<Self>>(methods: &mut M) {
        add_methods(methods);
    }
}

impl UserData for Formatted {
    fn add_fields<F: UserDataFields<Self>>(fields: &mut F) {
        fields.add_meta_field("__type", "Payload");
    }

    fn add_methods<M: UserDataMethods<Self>>(methods: &mut M) {
        add_methods(methods);
    }
}

/// What a payload holds, if a Lua value is one: it goes on its way as that. An error goes as its
/// text, as it does without a payload around it.
pub(crate) fn payload_value(value: &LuaValue) -> Option<Value> {
    let data = value.as_userdata()?;
    if let Ok(payload) = data.borrow::<Payload>() {
        return Some(payload.0.clone());
    }
    match &data.borrow::<Formatted>().ok()?.content {
        Content::Value(value) => Some(value.clone()),
        Content::Failure(failure) => Some(Value::Text(failure.message.clone())),
    }
}

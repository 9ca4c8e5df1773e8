//! `base64`: bytes to text and back, in the standard alphabet with padding.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use mlua::{Lua, LuaString, Table, Value as LuaValue};

use crate::{
    lua::{Answer, Effect, Module, arguments},
    value::Failure,
};

pub(crate) struct Base64;

impl Module for Base64 {
    const NAME: &'static str = "base64";
    const EFFECT: Effect = Effect::Pure;

    fn open(lua: &Lua) -> mlua::Result<Table> {
        let base64 = lua.create_table()?;
        base64.raw_set("decode", lua.create_function(decode)?)?;
        base64.raw_set("encode", lua.create_function(encode)?)?;
        Ok(base64)
    }
}

fn encode(lua: &Lua, bytes: LuaValue) -> mlua::Result<LuaString> {
    let bytes = arguments::string("base64.encode", "bytes", &bytes)?;
    lua.create_string(STANDARD.encode(&*bytes.as_bytes()))
}

fn decode(lua: &Lua, text: LuaValue) -> mlua::Result<Answer<LuaString>> {
    let text = arguments::string("base64.decode", "text", &text)?;
    match STANDARD.decode(&*text.as_bytes()) {
        Ok(bytes) => lua.create_string(bytes).map(Answer::Value),
        Err(error) => Ok(Answer::Failure(Failure::invalid(format!("base64.decode: {error}")))),
    }
}

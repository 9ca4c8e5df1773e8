//! `crypto`: keys, ciphers and tokens. The primitives are those of `ring`; nothing here is our own.
//!
//! In a function chance is the operating system's. In a workflow it comes from the run's seed, so a
//! replay makes the same bytes, and whoever knows the run's id can make them too: no secret may be
//! made there.

mod cipher;
mod jwt;
mod password;
mod random;
mod rsa;

use mlua::{Lua, LuaString, Table, Value as LuaValue};
use ring::hmac;

use super::hash::hexadecimal;
use crate::{
    lua::{Answer, Effect, Module, arguments},
    value::{Failure, failure_kind},
};

pub(crate) struct Crypto;

impl Module for Crypto {
    const NAME: &'static str = "crypto";
    const EFFECT: Effect = Effect::Recorded;

    fn open(lua: &Lua) -> mlua::Result<Table> {
        let crypto = lua.create_table()?;
        crypto.raw_set("constant_time_compare", lua.create_function(constant_time_compare)?)?;
        crypto.raw_set("decrypt", cipher::decrypt(lua)?)?;
        crypto.raw_set("encrypt", cipher::encrypt(lua)?)?;
        crypto.raw_set("hmac", hmacs(lua)?)?;
        crypto.raw_set("jwt", jwt::table(lua)?)?;
        crypto.raw_set("pbkdf2", lua.create_function(password::pbkdf2)?)?;
        crypto.raw_set("random", random::table(lua)?)?;
        Ok(crypto)
    }
}

/// `crypto.hmac.sha256(key, data)`, `.sha512`: hexadecimal.
fn hmacs(lua: &Lua) -> mlua::Result<Table> {
    let table = lua.create_table()?;
    for (name, algorithm) in [("sha256", hmac::HMAC_SHA256), ("sha512", hmac::HMAC_SHA512)] {
        let function = move |_: &Lua, (key, data): (LuaValue, LuaValue)| {
            let function = format!("crypto.hmac.{name}");
            let (key, data) = (bytes(&function, "key", &key)?, bytes(&function, "data", &data)?);
            if key.is_empty() {
                return Ok(Answer::Failure(invalid(&function, "the key is empty")));
            }
            let tag = hmac::sign(&hmac::Key::new(algorithm, &key), &data);
            Ok(Answer::Value(hexadecimal(tag.as_ref())))
        };
        table.raw_set(name, lua.create_function(function)?)?;
    }
    Ok(table)
}

/// `crypto.constant_time_compare(a, b)`: how long it takes tells nothing but the lengths.
fn constant_time_compare(_: &Lua, (a, b): (LuaValue, LuaValue)) -> mlua::Result<bool> {
    const NAME: &str = "crypto.constant_time_compare";
    let (a, b) = (bytes(NAME, "a", &a)?, bytes(NAME, "b", &b)?);
    let differing = a.iter().zip(b.iter()).fold(0, |differing, (a, b)| std::hint::black_box(differing | (a ^ b)));
    Ok(a.len() == b.len() && differing == 0)
}

fn bytes(function: &str, argument: &str, value: &LuaValue) -> mlua::Result<Vec<u8>> {
    arguments::string(function, argument, value).map(|text: LuaString| text.as_bytes().to_vec())
}

/// The caller gave what cannot work.
fn invalid(function: &str, problem: &str) -> Failure {
    Failure::invalid(format!("{function}: {problem}"))
}

/// What was given does not fit together: a forged token, a changed text.
fn internal(function: &str, problem: &str) -> Failure {
    Failure { retryable: Some(false), ..Failure::new(failure_kind::INTERNAL, format!("{function}: {problem}")) }
}

#[cfg(test)]
mod tests;

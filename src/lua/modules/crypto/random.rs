//! `crypto.random`: bytes, texts and UUIDs of chance.

use mlua::{Lua, LuaString, Table, Value as LuaValue};
use uuid::Builder;

use super::invalid;
use crate::{
    lua::{Ambient, Answer, arguments},
    value::Failure,
};

/// The most that is made at once: bytes, or letters.
const MOST: f64 = 1_048_576.0;
/// The most letters that a text is made of.
const LARGEST_CHARSET: usize = 1_024;
const LETTERS_AND_DIGITS: &str = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";

pub(super) fn table(lua: &Lua) -> mlua::Result<Table> {
    lua.create_table_from([
        ("bytes", lua.create_function(bytes)?),
        ("string", lua.create_function(string)?),
        ("uuid", lua.create_function(uuid)?),
    ])
}

/// `crypto.random.bytes(n)`
fn bytes(lua: &Lua, length: LuaValue) -> mlua::Result<Answer<LuaString>> {
    const NAME: &str = "crypto.random.bytes";
    let made = checked(NAME, &length)?.and_then(|length| {
        let mut bytes = vec![0; length];
        Ambient::current(lua).fill(&mut bytes).map(|()| bytes)
    });
    match made {
        Ok(bytes) => lua.create_string(bytes).map(Answer::Value),
        Err(failure) => Ok(Answer::Failure(failure)),
    }
}

/// `crypto.random.string(n, charset?)`
fn string(lua: &Lua, (length, charset): (LuaValue, LuaValue)) -> mlua::Result<Answer<String>> {
    const NAME: &str = "crypto.random.string";
    let length = checked(NAME, &length)?;
    let charset = match charset {
        LuaValue::Nil => LETTERS_AND_DIGITS.to_owned(),
        charset => arguments::text(NAME, "charset", &charset)?,
    };
    let letters: Vec<char> = charset.chars().take(LARGEST_CHARSET + 1).collect();
    if letters.is_empty() || letters.len() > LARGEST_CHARSET {
        let problem = format!("`charset` has 1 to {LARGEST_CHARSET} letters");
        return Ok(Answer::Failure(invalid(NAME, &problem)));
    }
    Ok(length.and_then(|length| text(&Ambient::current(lua), length, &letters)).into())
}

/// So many letters, each as likely as the others.
fn text(ambient: &Ambient, length: usize, letters: &[char]) -> Result<String, Failure> {
    let count = u32::try_from(letters.len()).unwrap_or(u32::MAX);
    // Words from here up would favour the first letters.
    let fair = u32::MAX - u32::MAX % count;
    let mut text = String::with_capacity(length);
    let (mut made, mut buffer) = (0, [0; 1_024]);
    while made < length {
        ambient.fill(&mut buffer)?;
        for word in buffer.as_chunks::<4>().0 {
            let word = u32::from_le_bytes(*word);
            if made < length && word < fair {
                text.push(letters[(word % count) as usize]);
                made += 1;
            }
        }
    }
    Ok(text)
}

/// `crypto.random.uuid()`
fn uuid(lua: &Lua, (): ()) -> mlua::Result<Answer<String>> {
    let mut bytes = [0; 16];
    let filled = Ambient::current(lua).fill(&mut bytes);
    Ok(filled.map(|()| Builder::from_random_bytes(bytes).into_uuid().to_string()).into())
}

fn checked(function: &str, length: &LuaValue) -> mlua::Result<Result<usize, Failure>> {
    let length = arguments::number(function, "n", length)?;
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "whole and within the range")]
    Ok(if length.fract() == 0.0 && (1.0..=MOST).contains(&length) {
        Ok(length as usize)
    } else {
        Err(invalid(function, &format!("`n` is a whole number from 1 to {MOST}, not {length}")))
    })
}

//! `crypto.pbkdf2`: a key from a password. It is slow on purpose, so it counts as work of the code
//! that asks for it.

use mlua::{Lua, LuaString, Value as LuaValue};
use ring::hmac;

use super::{bytes, invalid};
use crate::{
    lua::{Ambient, Answer, Meter, arguments},
    value::Failure,
};

/// Iterations, over all blocks of the key, that a function may ask for.
const MOST: f64 = 10_000_000.0;
/// What a workflow may ask for: a tenth of a second or so.
const MOST_IN_WORKFLOWS: f64 = 100_000.0;
const LONGEST_KEY: f64 = 1_024.0;
/// Iterations between two looks at the limits.
const STRIDE: u32 = 1_000;

/// `crypto.pbkdf2(password, salt, iterations, length, "sha256" | "sha512")`: bytes.
pub(super) fn pbkdf2(
    lua: &Lua,
    (password, salt, iterations, length, algorithm): (LuaValue, LuaValue, LuaValue, LuaValue, LuaValue),
) -> mlua::Result<Answer<LuaString>> {
    const NAME: &str = "crypto.pbkdf2";
    let (password, salt) = (bytes(NAME, "password", &password)?, bytes(NAME, "salt", &salt)?);
    let iterations = arguments::number(NAME, "iterations", &iterations)?;
    let length = arguments::number(NAME, "length", &length)?;
    let algorithm = match algorithm {
        LuaValue::Nil => "sha256".to_owned(),
        algorithm => arguments::text(NAME, "algorithm", &algorithm)?,
    };
    let (algorithm, block) = match algorithm.as_str() {
        "sha256" => (hmac::HMAC_SHA256, 32),
        "sha512" => (hmac::HMAC_SHA512, 64),
        other => return Ok(Answer::Failure(invalid(NAME, &format!("`{other}` is neither `sha256` nor `sha512`")))),
    };
    let plan = match planned(NAME, iterations, length, block, Ambient::current(lua).is_repeatable()) {
        Ok(plan) => plan,
        Err(failure) => return Ok(Answer::Failure(failure)),
    };
    let key = hmac::Key::new(algorithm, &password);
    let mut derived = Vec::with_capacity(plan.length);
    for number in (1_u32..).take(plan.length.div_ceil(block)) {
        derived.extend(one_block(lua, &key, &salt, number, plan.iterations)?);
    }
    derived.truncate(plan.length);
    lua.create_string(derived).map(Answer::Value)
}

struct Plan {
    iterations: u32,
    length: usize,
}

fn planned(name: &str, iterations: f64, length: f64, block: usize, in_workflow: bool) -> Result<Plan, Failure> {
    let whole = |number: f64, most: f64| number.fract() == 0.0 && (1.0..=most).contains(&number);
    if !whole(length, LONGEST_KEY) {
        return Err(invalid(name, &format!("`length` is a whole number from 1 to {LONGEST_KEY}, not {length}")));
    }
    if !whole(iterations, MOST) {
        return Err(invalid(name, &format!("`iterations` is a whole number from 1 to {MOST}, not {iterations}")));
    }
    #[expect(clippy::cast_precision_loss, reason = "32 or 64")]
    let all = iterations * (length / block as f64).ceil();
    if in_workflow && all > MOST_IN_WORKFLOWS {
        let problem = format!(
            "a workflow may ask for {MOST_IN_WORKFLOWS} iterations, not {all}: its task has only seconds; \
             do it in a function.lua"
        );
        return Err(invalid(name, &problem));
    }
    if all > MOST {
        return Err(invalid(name, &format!("a key of this length takes {all} iterations; {MOST} are the most")));
    }
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "whole and within the ranges above")]
    Ok(Plan { iterations: iterations as u32, length: length as usize })
}

/// RFC 8018, 5.2, step 3: `F`.
fn one_block(lua: &Lua, key: &hmac::Key, salt: &[u8], number: u32, iterations: u32) -> mlua::Result<Vec<u8>> {
    let mut last = hmac::sign(key, &[salt, &number.to_be_bytes()].concat());
    let mut block = last.as_ref().to_vec();
    for iteration in 1..iterations {
        last = hmac::sign(key, last.as_ref());
        block.iter_mut().zip(last.as_ref()).for_each(|(sum, byte)| *sum ^= byte);
        if iteration % STRIDE == 0 {
            Meter::spend(lua, STRIDE.into())?;
        }
    }
    Ok(block)
}

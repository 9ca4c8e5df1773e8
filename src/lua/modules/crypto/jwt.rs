//! `crypto.jwt`: JSON Web Tokens, signed with a shared secret or an RSA key.
//!
//! The caller names the algorithm; what the token says of itself has to agree. `none` is no
//! algorithm here.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use mlua::{Lua, Table, Value as LuaValue};
use ring::hmac;

use super::{bytes, internal, invalid, rsa};
use crate::{
    lua::{Ambient, Answer, arguments, from_lua, to_lua},
    value::{Failure, Map, Value},
};

/// In which field of the claims more of the header is given.
const HEADER: &str = "_header";

#[derive(Clone, Copy)]
enum Algorithm {
    Shared(hmac::Algorithm),
    Rsa,
}

pub(super) fn table(lua: &Lua) -> mlua::Result<Table> {
    lua.create_table_from([("encode", lua.create_function(encode)?), ("verify", lua.create_function(verify)?)])
}

/// `crypto.jwt.encode(claims, key, algorithm?)`
fn encode(lua: &Lua, (claims, key, algorithm): (LuaValue, LuaValue, LuaValue)) -> mlua::Result<Answer<String>> {
    const NAME: &str = "crypto.jwt.encode";
    let claims = LuaValue::Table(arguments::table(NAME, "claims", &claims)?);
    let (key, name) = (bytes(NAME, "key", &key)?, algorithm_name(NAME, &algorithm)?);
    let claims = match from_lua(lua, &claims) {
        Ok(Value::Map(claims)) => claims,
        Ok(Value::List(none)) if none.is_empty() => Map::new(),
        Ok(_) => return Ok(Answer::Failure(invalid(NAME, "`claims` has to have named keys"))),
        Err(problem) => return Ok(Answer::Failure(invalid(NAME, &problem.to_string()))),
    };
    Ok(encoded(NAME, claims, &key, &name).into())
}

fn encoded(function: &str, mut claims: Map, key: &[u8], name: &str) -> Result<String, Failure> {
    let algorithm = algorithm_of(function, name, key)?;
    let mut header = Map::from_iter([("alg".to_owned(), name.into()), ("typ".to_owned(), "JWT".into())]);
    match claims.shift_remove(HEADER) {
        None => {}
        Some(Value::Map(more)) if more.contains_key("alg") => {
            return Err(invalid(function, "`_header.alg` cannot be set; the algorithm is the third argument"));
        }
        Some(Value::Map(more)) => header.extend(more),
        Some(_) => return Err(invalid(function, "`_header` has to be a table with named keys")),
    }
    let part = |map: Map| URL_SAFE_NO_PAD.encode(Value::Map(map).to_json());
    let text = format!("{}.{}", part(header), part(claims));
    let signature = match algorithm {
        Algorithm::Shared(algorithm) => hmac::sign(&hmac::Key::new(algorithm, key), text.as_bytes()).as_ref().to_vec(),
        Algorithm::Rsa => rsa::sign(key, text.as_bytes()).map_err(|problem| invalid(function, problem))?,
    };
    Ok(format!("{text}.{}", URL_SAFE_NO_PAD.encode(signature)))
}

/// `crypto.jwt.verify(token, key, algorithm?, require_exp?)`: the claims.
fn verify(
    lua: &Lua,
    (token, key, algorithm, require_exp): (LuaValue, LuaValue, LuaValue, LuaValue),
) -> mlua::Result<Answer<LuaValue>> {
    const NAME: &str = "crypto.jwt.verify";
    let (token, key) = (bytes(NAME, "token", &token)?, bytes(NAME, "key", &key)?);
    let name = algorithm_name(NAME, &algorithm)?;
    let expires = require_exp == LuaValue::Nil || arguments::flag(NAME, "require_exp", &require_exp)?;
    let Some(now) = Ambient::current(lua).now() else {
        return Err(arguments::misuse(NAME, "there is no time before the workflow or function runs; ask inside it"));
    };
    let claims = verified(NAME, &token, &key, &name).and_then(|claims| {
        in_time(&claims, now.as_secs_f64(), expires).map(|()| claims).map_err(|p| internal(NAME, p))
    });
    match claims {
        Ok(claims) => to_lua(lua, &Value::Map(claims)).map(Answer::Value),
        Err(failure) => Ok(Answer::Failure(failure)),
    }
}

/// The claims of a token with the right signature.
fn verified(function: &str, token: &[u8], key: &[u8], name: &str) -> Result<Map, Failure> {
    const NO_TOKEN: &str = "the text is no token of three parts";
    let algorithm = algorithm_of(function, name, key)?;
    let problem = |problem: &str| internal(function, problem);
    let mut parts = token.rsplitn(2, |byte| *byte == b'.');
    let (Some(signature), Some(text)) = (parts.next(), parts.next()) else { return Err(problem(NO_TOKEN)) };
    let mut parts = text.split(|byte| *byte == b'.');
    let (Some(header), Some(claims), None) = (parts.next(), parts.next(), parts.next()) else {
        return Err(problem(NO_TOKEN));
    };
    let signature = URL_SAFE_NO_PAD.decode(signature).map_err(|_| problem(NO_TOKEN))?;
    let header = object(header).ok_or_else(|| problem("the header is no JSON object"))?;
    match header.get("alg") {
        Some(Value::Text(alg)) if alg == name => {}
        Some(Value::Text(alg)) => return Err(problem(&format!("the token says `{alg}`, not `{name}`"))),
        _ => return Err(problem("the token does not say its algorithm")),
    }
    if header.contains_key("crit") {
        return Err(problem("the token asks for an extension that metonic does not know"));
    }
    let right = match algorithm {
        Algorithm::Shared(algorithm) => hmac::verify(&hmac::Key::new(algorithm, key), text, &signature).is_ok(),
        Algorithm::Rsa => rsa::verify(key, text, &signature).map_err(|problem| invalid(function, problem))?,
    };
    if !right {
        return Err(problem("the signature is wrong"));
    }
    object(claims).ok_or_else(|| problem("the claims are no JSON object"))
}

fn object(part: &[u8]) -> Option<Map> {
    match Value::from_json(&URL_SAFE_NO_PAD.decode(part).ok()?) {
        Ok(Value::Map(map)) => Some(map),
        _ => None,
    }
}

/// Whether the token holds now, in seconds since 1970.
fn in_time(claims: &Map, now: f64, expires: bool) -> Result<(), &'static str> {
    match time_of(claims, "exp") {
        Ok(None) if expires => return Err("the token never expires; pass `false` as `require_exp` to take it"),
        Ok(Some(end)) if now >= end => return Err("the token has expired"),
        Ok(_) => {}
        Err(()) => return Err("`exp` is no number"),
    }
    match time_of(claims, "nbf") {
        Ok(Some(begin)) if now < begin => Err("the token does not hold yet"),
        Ok(_) => Ok(()),
        Err(()) => Err("`nbf` is no number"),
    }
}

fn time_of(claims: &Map, name: &str) -> Result<Option<f64>, ()> {
    match claims.get(name) {
        None | Some(Value::Null) => Ok(None),
        #[expect(clippy::cast_precision_loss, reason = "seconds since 1970 are far below 2^53")]
        Some(Value::Int(seconds)) => Ok(Some(*seconds as f64)),
        Some(Value::Float(seconds)) => Ok(Some(*seconds)),
        Some(_) => Err(()),
    }
}

fn algorithm_name(function: &str, algorithm: &LuaValue) -> mlua::Result<String> {
    match algorithm {
        LuaValue::Nil => Ok("HS256".to_owned()),
        algorithm => arguments::text(function, "algorithm", algorithm),
    }
}

fn algorithm_of(function: &str, name: &str, key: &[u8]) -> Result<Algorithm, Failure> {
    let algorithm = match name {
        "HS256" => Algorithm::Shared(hmac::HMAC_SHA256),
        "HS384" => Algorithm::Shared(hmac::HMAC_SHA384),
        "HS512" => Algorithm::Shared(hmac::HMAC_SHA512),
        "RS256" => Algorithm::Rsa,
        other => {
            let problem = format!("there is no algorithm `{other}`; known are HS256, HS384, HS512 and RS256");
            return Err(invalid(function, &problem));
        }
    };
    if key.is_empty() {
        return Err(invalid(function, "the key is empty"));
    }
    Ok(algorithm)
}

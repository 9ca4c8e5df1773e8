//! `hash`: digests of bytes, with or without a key.
//!
//! MD5 and SHA-1 are here for systems that ask for them; they protect nothing.

mod md5;

use mlua::{Lua, LuaString, Table, Value as LuaValue};
use ring::digest;

use crate::lua::{Effect, Module, arguments, number::integer_to_lua};

pub(crate) use md5::md5;

pub(crate) struct Hash;

impl Module for Hash {
    const NAME: &'static str = "hash";
    const EFFECT: Effect = Effect::Pure;

    fn open(lua: &Lua) -> mlua::Result<Table> {
        let hash = lua.create_table()?;
        for algorithm in ALGORITHMS {
            let plain = lua.create_function(|lua, (data, raw): (LuaValue, LuaValue)| {
                let function = format!("hash.{}", algorithm.name);
                let data = arguments::string(&function, "data", &data)?;
                let raw = arguments::flag(&function, "raw", &raw)?;
                written(lua, &(algorithm.digest)(&data.as_bytes()), raw)
            })?;
            hash.raw_set(algorithm.name, plain)?;
            let keyed = lua.create_function(|lua, (data, secret, raw): (LuaValue, LuaValue, LuaValue)| {
                let function = format!("hash.hmac_{}", algorithm.name);
                let data = arguments::string(&function, "data", &data)?;
                let secret = arguments::string(&function, "secret", &secret)?;
                let raw = arguments::flag(&function, "raw", &raw)?;
                written(lua, &hmac(algorithm, &secret.as_bytes(), &data.as_bytes()), raw)
            })?;
            hash.raw_set(format!("hmac_{}", algorithm.name), keyed)?;
        }
        hash.raw_set("fnv32", lua.create_function(fnv32)?)?;
        hash.raw_set("fnv64", lua.create_function(fnv64)?)?;
        Ok(hash)
    }
}

struct Algorithm {
    name: &'static str,
    digest: fn(&[u8]) -> Vec<u8>,
    /// Bytes that are digested at once, which is what a key is filled up to.
    block: usize,
}

const ALGORITHMS: &[Algorithm] = &[
    Algorithm { name: "md5", digest: |data| md5(data).to_vec(), block: 64 },
    Algorithm { name: "sha1", digest: |data| by_ring(&digest::SHA1_FOR_LEGACY_USE_ONLY, data), block: 64 },
    Algorithm { name: "sha256", digest: |data| by_ring(&digest::SHA256, data), block: 64 },
    Algorithm { name: "sha512", digest: |data| by_ring(&digest::SHA512, data), block: 128 },
];

fn by_ring(algorithm: &'static digest::Algorithm, data: &[u8]) -> Vec<u8> {
    digest::digest(algorithm, data).as_ref().to_vec()
}

/// RFC 2104.
fn hmac(algorithm: &Algorithm, secret: &[u8], data: &[u8]) -> Vec<u8> {
    let mut key = if secret.len() > algorithm.block { (algorithm.digest)(secret) } else { secret.to_vec() };
    key.resize(algorithm.block, 0);
    let padded = |pad: u8| key.iter().map(|byte| byte ^ pad).collect::<Vec<u8>>();
    let inner = (algorithm.digest)(&[&padded(0x36), data].concat());
    (algorithm.digest)(&[padded(0x5c), inner].concat())
}

/// As hexadecimal text, or as the bytes themselves.
fn written(lua: &Lua, digest: &[u8], raw: bool) -> mlua::Result<LuaString> {
    if raw { lua.create_string(digest) } else { lua.create_string(hexadecimal(digest)) }
}

pub(super) fn hexadecimal(bytes: &[u8]) -> String {
    bytes
        .iter()
        .flat_map(|byte| [byte >> 4, byte & 15])
        .filter_map(|digit| char::from_digit(digit.into(), 16))
        .collect()
}

/// FNV-1a of 32 bits.
fn fnv32(_: &Lua, data: LuaValue) -> mlua::Result<u32> {
    let data = arguments::string("hash.fnv32", "data", &data)?;
    Ok(data.as_bytes().iter().fold(0x811c_9dc5, |hash, byte| (hash ^ u32::from(*byte)).wrapping_mul(0x0100_0193)))
}

/// FNV-1a of 64 bits; an `int64` where a number would lose digits.
fn fnv64(lua: &Lua, data: LuaValue) -> mlua::Result<LuaValue> {
    let data = arguments::string("hash.fnv64", "data", &data)?;
    let hash = data
        .as_bytes()
        .iter()
        .fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| (hash ^ u64::from(*byte)).wrapping_mul(0x0000_0100_0000_01b3));
    integer_to_lua(lua, hash.into())
}

#[cfg(test)]
mod tests {
    use crate::lua::testing::text;

    #[test]
    fn digests_are_those_of_the_standards() {
        for (call, expected) in [
            ("md5('abc')", "900150983cd24fb0d6963f7d28e17f72"),
            ("md5(('x'):rep(200))", "30a83621ce5422fbdfdd539777458c78"),
            ("sha1('abc')", "a9993e364706816aba3e25717850c26c9cd0d89d"),
            ("sha256('abc')", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
            ("hmac_md5('what do ya want for nothing?', 'Jefe')", "750c783e6ab0b503eaa86e310a5db738"),
            (
                "hmac_sha256('what do ya want for nothing?', 'Jefe')",
                "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843",
            ),
            ("fnv32('a')", "3826002220"),
            ("fnv64('a')", "12638187200555641996"),
            ("sha512('abc', true):len()", "64"),
        ] {
            assert_eq!(text(&format!("return hash.{call}")), expected, "{call}");
        }
    }
}

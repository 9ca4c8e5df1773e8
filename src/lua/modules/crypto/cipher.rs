//! `crypto.encrypt` and `crypto.decrypt`: ciphers that notice a change. What they write is the
//! nonce, the text in cipher, and the tag.

use mlua::{Lua, LuaString, Table, Value as LuaValue};
use ring::aead::{
    AES_128_GCM, AES_256_GCM, Aad, Algorithm, CHACHA20_POLY1305, LessSafeKey, NONCE_LEN, Nonce, UnboundKey,
};

use super::{bytes, internal, invalid};
use crate::{
    lua::{Ambient, Answer},
    value::Failure,
};

const TAG: usize = 16;

#[derive(Clone, Copy)]
enum Cipher {
    Aes,
    ChaCha20,
}

const CIPHERS: [(&str, Cipher); 2] = [("aes", Cipher::Aes), ("chacha20", Cipher::ChaCha20)];

impl Cipher {
    fn key(self, function: &str, key: &[u8]) -> Result<LessSafeKey, Failure> {
        let algorithm: &'static Algorithm = match (self, key.len()) {
            (Self::Aes, 16) => &AES_128_GCM,
            (Self::Aes, 32) => &AES_256_GCM,
            (Self::ChaCha20, 32) => &CHACHA20_POLY1305,
            (Self::Aes, length) => {
                return Err(invalid(function, &format!("the key has 16 or 32 bytes, not {length}")));
            }
            (Self::ChaCha20, length) => {
                return Err(invalid(function, &format!("the key has 32 bytes, not {length}")));
            }
        };
        let key = UnboundKey::new(algorithm, key).map_err(|_| invalid(function, "the key is of no use"))?;
        Ok(LessSafeKey::new(key))
    }
}

/// `crypto.encrypt.aes(data, key, aad?)`, `.chacha20`
pub(super) fn encrypt(lua: &Lua) -> mlua::Result<Table> {
    let table = lua.create_table()?;
    for (name, cipher) in CIPHERS {
        let function = move |lua: &Lua, (data, key, aad): (LuaValue, LuaValue, LuaValue)| {
            let given = Given::read(format!("crypto.encrypt.{name}"), &data, &key, &aad)?;
            answer(lua, given.encrypted(cipher, &Ambient::current(lua)))
        };
        table.raw_set(name, lua.create_function(function)?)?;
    }
    Ok(table)
}

/// `crypto.decrypt.aes(data, key, aad?)`, `.chacha20`
pub(super) fn decrypt(lua: &Lua) -> mlua::Result<Table> {
    let table = lua.create_table()?;
    for (name, cipher) in CIPHERS {
        let function = move |lua: &Lua, (data, key, aad): (LuaValue, LuaValue, LuaValue)| {
            let given = Given::read(format!("crypto.decrypt.{name}"), &data, &key, &aad)?;
            answer(lua, given.decrypted(cipher))
        };
        table.raw_set(name, lua.create_function(function)?)?;
    }
    Ok(table)
}

fn answer(lua: &Lua, result: Result<Vec<u8>, Failure>) -> mlua::Result<Answer<LuaString>> {
    match result {
        Ok(bytes) => lua.create_string(bytes).map(Answer::Value),
        Err(failure) => Ok(Answer::Failure(failure)),
    }
}

struct Given {
    function: String,
    data: Vec<u8>,
    key: Vec<u8>,
    /// What is not written in cipher, and still must not be changed.
    aad: Vec<u8>,
}

impl Given {
    fn read(function: String, data: &LuaValue, key: &LuaValue, aad: &LuaValue) -> mlua::Result<Self> {
        let aad = if *aad == LuaValue::Nil { Vec::new() } else { bytes(&function, "aad", aad)? };
        let (data, key) = (bytes(&function, "data", data)?, bytes(&function, "key", key)?);
        Ok(Self { function, data, key, aad })
    }

    fn encrypted(mut self, cipher: Cipher, ambient: &Ambient) -> Result<Vec<u8>, Failure> {
        let key = cipher.key(&self.function, &self.key)?;
        let mut nonce = [0; NONCE_LEN];
        ambient.fill(&mut nonce)?;
        key.seal_in_place_append_tag(Nonce::assume_unique_for_key(nonce), Aad::from(&self.aad), &mut self.data)
            .map_err(|_| invalid(&self.function, "the data is too long"))?;
        Ok([&nonce[..], &self.data].concat())
    }

    fn decrypted(mut self, cipher: Cipher) -> Result<Vec<u8>, Failure> {
        let key = cipher.key(&self.function, &self.key)?;
        let (nonce, data) = match self.data.split_first_chunk_mut::<NONCE_LEN>() {
            Some((nonce, data)) if data.len() >= TAG => (*nonce, data),
            _ => {
                let problem = format!("the data is shorter than {} bytes", NONCE_LEN + TAG);
                return Err(invalid(&self.function, &problem));
            }
        };
        match key.open_in_place(Nonce::assume_unique_for_key(nonce), Aad::from(&self.aad), data) {
            Ok(plain) => Ok(plain.to_vec()),
            Err(_) => Err(internal(&self.function, "the data was changed, or it is another key or `aad`")),
        }
    }
}

//! `http_client`: requests to the world, as far as the entry may reach.

use futures_util::future::join_all;
use mlua::{Function, Lua, Table, Value as LuaValue};
use reqwest::header::{HeaderMap, HeaderValue, SET_COOKIE};

use crate::{
    function::{
        call::Call,
        http::{HttpRequest, HttpResponse, decode_uri, encode_uri, request},
        wait,
    },
    lua::{Answer, Effect, Module, arguments, error_here, from_lua, waits},
    value::{Failure, Value},
};

/// How many requests one batch may hold.
const LARGEST_BATCH: usize = 100;

pub(crate) struct HttpClientModule;

impl Module for HttpClientModule {
    const NAME: &'static str = "http_client";
    const EFFECT: Effect = Effect::World;

    fn open(lua: &Lua) -> mlua::Result<Table> {
        let http = lua.create_table()?;
        for (name, method) in [
            ("get", "GET"),
            ("post", "POST"),
            ("put", "PUT"),
            ("patch", "PATCH"),
            ("delete", "DELETE"),
            ("head", "HEAD"),
        ] {
            http.raw_set(name, verb(lua, name, method)?)?;
        }
        http.raw_set("request", waits(lua, "http_client.request", lua.create_function(any_verb)?)?)?;
        http.raw_set("request_batch", waits(lua, "http_client.request_batch", lua.create_function(batch)?)?)?;
        http.raw_set("encode_uri", lua.create_function(encode)?)?;
        http.raw_set("decode_uri", lua.create_function(decode)?)?;
        Ok(http)
    }
}

/// `http_client.get(url, options?)` and its like.
fn verb(lua: &Lua, name: &str, method: &'static str) -> mlua::Result<Function> {
    let function = format!("http_client.{name}");
    let name = function.clone();
    let start = lua.create_function(move |lua, (url, options): (LuaValue, LuaValue)| {
        let url = arguments::text(&function, "url", &url)?;
        send(lua, &function, read(lua, method, &url, &options))
    })?;
    waits(lua, &name, start)
}

/// `http_client.request(method, url, options?)`
fn any_verb(lua: &Lua, (method, url, options): (LuaValue, LuaValue, LuaValue)) -> mlua::Result<Answer<bool>> {
    let method = arguments::text("http_client.request", "method", &method)?;
    let url = arguments::text("http_client.request", "url", &url)?;
    send(lua, "http_client.request", read(lua, &method, &url, &options))
}

fn send(lua: &Lua, function: &str, request: Result<HttpRequest, Failure>) -> mlua::Result<Answer<bool>> {
    let call = Call::current(lua, function)?;
    let request = match request {
        Ok(request) => request,
        Err(failure) => return Ok(Answer::Failure(failure)),
    };
    let work = call.world.http.send(request, call.entry.allow.clone());
    wait::until(lua, function, work, |lua, response| table(lua, &response))
}

/// `http_client.request_batch{{method, url, options?}, …}`: the answers in the order of the
/// requests, and the errors of those that have none, or nil.
fn batch(lua: &Lua, requests: LuaValue) -> mlua::Result<Answer<bool>> {
    const NAME: &str = "http_client.request_batch";
    let items = arguments::table(NAME, "requests", &requests)?;
    if items.raw_len() > LARGEST_BATCH {
        return Err(arguments::misuse(NAME, format!("a batch holds at most {LARGEST_BATCH} requests")));
    }
    let mut requests = Vec::new();
    for item in items.sequence_values::<LuaValue>() {
        let item = arguments::table(NAME, "requests", &item?)?;
        let field = |at: i32, name: &str| match item.raw_get::<LuaValue>(at)? {
            LuaValue::Nil => item.raw_get::<LuaValue>(name),
            value => Ok(value),
        };
        let method = arguments::text(NAME, "method", &field(1, "method")?)?;
        let url = arguments::text(NAME, "url", &field(2, "url")?)?;
        requests.push(read(lua, &method, &url, &field(3, "options")?));
    }
    let call = Call::current(lua, NAME)?;
    let sent = requests.into_iter().map(|request| {
        let (client, allow) = (call.world.http.clone(), call.entry.allow.clone());
        async move { client.send(request?, allow).await }
    });
    let all = join_all(sent.collect::<Vec<_>>());
    wait::until(lua, NAME, async move { Ok(all.await) }, |lua, answers| {
        let (responses, errors) = (lua.create_table()?, lua.create_table()?);
        for (at, answer) in (1..).zip(answers) {
            match answer {
                Ok(response) => responses.raw_set(at, table(lua, &response)?)?,
                Err(failure) => errors.raw_set(at, error_here(lua, failure)?)?,
            }
        }
        let errors = if errors.is_empty() { LuaValue::Nil } else { LuaValue::Table(errors) };
        Ok((responses, errors))
    })
}

/// What Lua code wrote about a request. A body may be any bytes, which no other value may.
fn read(lua: &Lua, method: &str, url: &str, options: &LuaValue) -> Result<HttpRequest, Failure> {
    let invalid = |error: &dyn std::fmt::Display| Failure::invalid(format!("the options of a request: {error}"));
    let options = match options {
        LuaValue::Nil => None,
        LuaValue::Table(options) => {
            let plain = lua.create_table().map_err(|error| invalid(&error))?;
            let mut body = None;
            options
                .for_each(|key: LuaValue, value: LuaValue| {
                    match (&key, &value) {
                        (LuaValue::String(name), LuaValue::String(bytes)) if &*name.as_bytes() == b"body" => {
                            body = Some(Value::Bytes(bytes.as_bytes().to_vec()));
                        }
                        _ => plain.raw_set(key, value)?,
                    }
                    Ok(())
                })
                .map_err(|error| invalid(&error))?;
            let mut read = from_lua(lua, &LuaValue::Table(plain)).map_err(|error| invalid(&error))?;
            if let Some(body) = body {
                if matches!(&read, Value::List(items) if items.is_empty()) {
                    read = Value::Map(crate::value::Map::new());
                }
                if let Value::Map(map) = &mut read {
                    map.insert("body".to_owned(), body);
                }
            }
            Some(read)
        }
        other => Some(from_lua(lua, other).map_err(|error| invalid(&error))?),
    };
    request(method, url, options.as_ref())
}

/// A response as Lua code sees it.
fn table(lua: &Lua, response: &HttpResponse) -> mlua::Result<Table> {
    let table = lua.create_table()?;
    table.raw_set("status_code", response.status)?;
    table.raw_set("body", lua.create_string(&response.body)?)?;
    table.raw_set("body_size", response.body.len())?;
    table.raw_set("headers", headers(lua, &response.headers)?)?;
    table.raw_set("cookies", cookies(lua, &response.headers)?)?;
    table.raw_set("url", response.url.as_str())?;
    Ok(table)
}

/// Headers by their usual spelling, `Content-Type`; they are found by any.
fn headers(lua: &Lua, headers: &HeaderMap) -> mlua::Result<Table> {
    let table = lua.create_table()?;
    for name in headers.keys() {
        let values: Vec<&[u8]> = headers.get_all(name).iter().map(HeaderValue::as_bytes).collect();
        table.raw_set(usual_spelling(name.as_str()), lua.create_string(values.join(b", ".as_slice()))?)?;
    }
    let metatable = lua.create_table()?;
    metatable.raw_set(
        "__index",
        lua.create_function(|_, (table, name): (Table, mlua::LuaString)| {
            table.raw_get::<LuaValue>(usual_spelling(&name.to_string_lossy()))
        })?,
    )?;
    table.set_metatable(Some(metatable))?;
    Ok(table)
}

fn usual_spelling(name: &str) -> String {
    let parts = name.split('-').map(|part| {
        let (first, rest) = part.split_at(part.chars().next().map_or(0, char::len_utf8));
        format!("{}{}", first.to_ascii_uppercase(), rest.to_ascii_lowercase())
    });
    parts.collect::<Vec<_>>().join("-")
}

/// The cookies that a response sets, by name.
fn cookies(lua: &Lua, headers: &HeaderMap) -> mlua::Result<Table> {
    let table = lua.create_table()?;
    for header in headers.get_all(SET_COOKIE) {
        let text = String::from_utf8_lossy(header.as_bytes());
        let pair = text.split(';').next().unwrap_or_default();
        if let Some((name, value)) = pair.split_once('=') {
            table.raw_set(name.trim(), value.trim())?;
        }
    }
    Ok(table)
}

/// `http_client.encode_uri(text)`
fn encode(_: &Lua, text: LuaValue) -> mlua::Result<String> {
    Ok(encode_uri(&arguments::string("http_client.encode_uri", "text", &text)?.as_bytes()))
}

/// `http_client.decode_uri(text)`
fn decode(lua: &Lua, text: LuaValue) -> mlua::Result<Answer<LuaValue>> {
    let text = arguments::string("http_client.decode_uri", "text", &text)?;
    match decode_uri(&text.as_bytes()) {
        Ok(bytes) => lua.create_string(bytes).map(LuaValue::String).map(Answer::Value),
        Err(failure) => Ok(Answer::Failure(failure)),
    }
}

//! `uuid`: makes and reads UUIDs. Those of chance and time take both from the run, so a replay
//! makes the same ones.

use mlua::{Lua, Table, Value as LuaValue};
use ring::digest;
use uuid::{Builder, Uuid, Variant};

use super::hash::{hexadecimal, md5};
use crate::{
    lua::{Ambient, Answer, Effect, Module, arguments},
    value::{Failure, failure_kind},
};

pub(crate) struct UuidModule;

impl Module for UuidModule {
    const NAME: &'static str = "uuid";
    const EFFECT: Effect = Effect::Recorded;

    fn open(lua: &Lua) -> mlua::Result<Table> {
        let uuid = lua.create_table()?;
        for (name, function) in [
            ("v1", lua.create_function(v1)?),
            ("v3", lua.create_function(|_, (namespace, name)| named("uuid.v3", &namespace, &name, v3))?),
            ("v4", lua.create_function(v4)?),
            ("v5", lua.create_function(|_, (namespace, name)| named("uuid.v5", &namespace, &name, v5))?),
            ("v7", lua.create_function(v7)?),
            ("validate", lua.create_function(|_, value: LuaValue| Ok(read(&value).is_some()))?),
            ("version", lua.create_function(version)?),
            ("variant", lua.create_function(variant)?),
            ("parse", lua.create_function(parse)?),
            ("format", lua.create_function(format)?),
        ] {
            uuid.raw_set(name, function)?;
        }
        Ok(uuid)
    }
}

/// Ticks of 100 ns from the beginning of the Gregorian calendar to 1970.
const GREGORIAN_OFFSET: u64 = 0x01b2_1dd2_1381_4000;

fn v1(lua: &Lua, _: ()) -> mlua::Result<Answer<String>> {
    let ambient = Ambient::current(lua);
    let Some(now) = ambient.now() else { return Ok(no_clock("uuid.v1")) };
    let ticks = u64::try_from(now.as_nanos() / 100).unwrap_or(u64::MAX).wrapping_add(GREGORIAN_OFFSET);
    Ok(Answer::from(chance::<8>(&ambient).map(|[first, second, mut node @ ..]| {
        let counter = u16::from_le_bytes([first, second]) & 0x3fff;
        // Marked as made up: no network card has this bit.
        node[0] |= 1;
        Builder::from_gregorian_timestamp(ticks, counter, &node).into_uuid().to_string()
    })))
}

fn v4(lua: &Lua, _: ()) -> mlua::Result<Answer<String>> {
    let bytes = chance(&Ambient::current(lua));
    Ok(Answer::from(bytes.map(|bytes| Builder::from_random_bytes(bytes).into_uuid().to_string())))
}

fn v7(lua: &Lua, _: ()) -> mlua::Result<Answer<String>> {
    let ambient = Ambient::current(lua);
    let Some(now) = ambient.now() else { return Ok(no_clock("uuid.v7")) };
    let millis = u64::try_from(now.as_millis()).unwrap_or(u64::MAX);
    let bytes = chance(&ambient);
    Ok(Answer::from(bytes.map(|bytes| Builder::from_unix_timestamp_millis(millis, &bytes).into_uuid().to_string())))
}

fn chance<const N: usize>(ambient: &Ambient) -> Result<[u8; N], Failure> {
    let mut bytes = [0; N];
    ambient.fill(&mut bytes).map(|()| bytes)
}

fn no_clock<T>(function: &str) -> Answer<T> {
    let message = format!("{function} works only while a workflow or function runs");
    Answer::Failure(Failure::new(failure_kind::UNAVAILABLE, message))
}

fn named(
    function: &str,
    namespace: &LuaValue,
    name: &LuaValue,
    make: fn(&Uuid, &[u8]) -> Uuid,
) -> mlua::Result<Answer<String>> {
    let name = arguments::string(function, "name", name)?;
    arguments::string(function, "namespace", namespace)?;
    Ok(match read(namespace) {
        Some(namespace) => Answer::Value(make(&namespace, &name.as_bytes()).to_string()),
        None => Answer::Failure(no_uuid(function, "namespace")),
    })
}

fn v3(namespace: &Uuid, name: &[u8]) -> Uuid {
    Builder::from_md5_bytes(md5(&[namespace.as_bytes(), name].concat())).into_uuid()
}

fn v5(namespace: &Uuid, name: &[u8]) -> Uuid {
    let hash = digest::digest(&digest::SHA1_FOR_LEGACY_USE_ONLY, &[namespace.as_bytes(), name].concat());
    let mut bytes = [0; 16];
    bytes.copy_from_slice(&hash.as_ref()[..16]);
    Builder::from_sha1_bytes(bytes).into_uuid()
}

fn version(_: &Lua, value: LuaValue) -> mlua::Result<Answer<usize>> {
    Ok(match read(&value) {
        Some(uuid) => Answer::Value(uuid.get_version_num()),
        None => Answer::Failure(no_uuid("uuid.version", "uuid")),
    })
}

fn variant(_: &Lua, value: LuaValue) -> mlua::Result<Answer<&'static str>> {
    Ok(match read(&value) {
        Some(uuid) => Answer::Value(variant_name(&uuid)),
        None => Answer::Failure(no_uuid("uuid.variant", "uuid")),
    })
}

/// `{version =, variant =, timestamp =, node =}`; the last two where the version has them.
fn parse(lua: &Lua, value: LuaValue) -> mlua::Result<Answer<Table>> {
    let Some(uuid) = read(&value) else {
        return Ok(Answer::Failure(no_uuid("uuid.parse", "uuid")));
    };
    let parts = lua.create_table()?;
    parts.raw_set("version", uuid.get_version_num())?;
    parts.raw_set("variant", variant_name(&uuid))?;
    if let Some(timestamp) = uuid.get_timestamp() {
        parts.raw_set("timestamp", timestamp.to_unix().0)?;
    }
    if let Some(node) = uuid.get_node_id() {
        parts.raw_set("node", hexadecimal(&node))?;
    }
    Ok(Answer::Value(parts))
}

/// `uuid.format(uuid, "standard" | "simple" | "urn")`
fn format(_: &Lua, (value, form): (LuaValue, LuaValue)) -> mlua::Result<Answer<String>> {
    const NAME: &str = "uuid.format";
    let Some(uuid) = read(&value) else {
        return Ok(Answer::Failure(no_uuid(NAME, "uuid")));
    };
    let form = if form == LuaValue::Nil { "standard".to_owned() } else { arguments::text(NAME, "form", &form)? };
    Ok(match form.as_str() {
        "standard" => Answer::Value(uuid.hyphenated().to_string()),
        "simple" => Answer::Value(uuid.simple().to_string()),
        "urn" => Answer::Value(uuid.urn().to_string()),
        _ => Answer::Failure(Failure::invalid(format!("{NAME}: `{form}` is none of `standard`, `simple` and `urn`"))),
    })
}

fn variant_name(uuid: &Uuid) -> &'static str {
    match uuid.get_variant() {
        Variant::NCS => "NCS",
        Variant::RFC4122 => "RFC4122",
        Variant::Microsoft => "Microsoft",
        Variant::Future => "Future",
        _ => "Invalid",
    }
}

fn read(value: &LuaValue) -> Option<Uuid> {
    Uuid::try_parse_ascii(&value.as_string()?.as_bytes()).ok()
}

fn no_uuid(function: &str, argument: &str) -> Failure {
    Failure::invalid(format!("{function}: `{argument}` is no UUID"))
}

#[cfg(test)]
mod tests {
    use crate::lua::testing::text;

    #[test]
    fn named_ones_are_those_of_the_standard() {
        let dns = "6ba7b810-9dad-11d1-80b4-00c04fd430c8";
        let call = |version: &str| text(&format!("return uuid.{version}('{dns}', 'www.example.com')"));
        assert_eq!(call("v3"), "5df41881-3aed-3515-88a7-2f4a814cf09e");
        assert_eq!(call("v5"), "2ed6657d-e927-568b-95e1-2665a8aea6a2");
    }

    #[test]
    fn those_of_chance_come_from_the_run() {
        let first = text("return uuid.v4()");
        assert_eq!(text("return uuid.v4()"), first);
        assert_eq!(text(&format!("return uuid.version('{first}')")), "4");
        assert_ne!(text("uuid.v4() return uuid.v4()"), first);
    }

    #[test]
    fn a_seed_for_numbers_does_not_repeat_ids() {
        let seeded = "math.randomseed(7) local a = uuid.v4() math.randomseed(7) return a == uuid.v4()";
        assert_eq!(text(seeded), "false");
    }

    #[test]
    fn what_is_no_uuid_is_an_invalid_argument() {
        assert_eq!(
            text("local _, e = uuid.parse('x') return e:kind() .. ': ' .. e"),
            "Invalid: uuid.parse: `uuid` is no UUID"
        );
    }
}

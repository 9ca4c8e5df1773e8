//! `payload`: values with a format, as they travel between functions and workflows.

use mlua::{AnyUserData, Lua, Table, Value as LuaValue};

use crate::{
    lua::{
        Answer, Effect, Module, failure_of, from_lua,
        payload::{Format, payload_of, payload_of_failure},
    },
    value::{Failure, failure_kind},
};

pub(crate) struct PayloadModule;

impl Module for PayloadModule {
    const NAME: &'static str = "payload";
    const EFFECT: Effect = Effect::Pure;

    fn open(lua: &Lua) -> mlua::Result<Table> {
        let formats = Format::ALL.iter().map(|(_, name, text)| (*name, *text));
        let payload = lua.create_table()?;
        payload.raw_set("format", lua.create_table_from(formats)?)?;
        payload.raw_set("new", lua.create_function(new)?)?;
        Ok(payload)
    }
}

/// `payload.new(value)`
fn new(lua: &Lua, value: LuaValue) -> mlua::Result<Answer<AnyUserData>> {
    if let Some(failure) = failure_of(&value) {
        return payload_of_failure(lua, failure).map(Answer::Value);
    }
    match from_lua(lua, &value) {
        Ok(value) => payload_of(lua, &value, Format::Lua).map(Answer::Value),
        Err(problem) => Ok(Answer::Failure(Failure {
            retryable: Some(false),
            ..Failure::new(failure_kind::INTERNAL, format!("payload.new: {problem}"))
        })),
    }
}

#[cfg(test)]
mod tests {
    use crate::lua::testing::text;

    #[test]
    fn a_value_comes_out_of_its_payload_as_it_was() {
        for (code, expected) in [
            ("payload.new({a = {1, 2.5}}):data().a[2]", "2.5"),
            ("payload.new('x'):unmarshal()", "x"),
            ("payload.new(nil):data()", "nil"),
            ("payload.new('\\255\\0'):data() == '\\255\\0'", "true"),
            ("payload.new(errors.new('NotFound', 'x')):data():kind()", "NotFound"),
            ("json.encode({payload.new({b = 1}), payload.new(errors.new('x'))})", r#"[{"b":1},"x"]"#),
        ] {
            assert_eq!(text(&format!("return {code}")), expected, "{code}");
        }
    }

    #[test]
    fn a_payload_knows_its_format() {
        for (code, expected) in [
            ("payload.new({})", "lua/any"),
            ("payload.new(errors.new('x'))", "golang/error"),
            ("payload.new({}):transcode(payload.format.YAML)", "yaml/plain"),
            ("payload.new(errors.new('x')):transcode(payload.format.JSON)", "json/plain"),
        ] {
            assert_eq!(text(&format!("return {code}:get_format()")), expected, "{code}");
        }
    }

    #[test]
    fn another_format_holds_the_same() {
        for (value, format, expected) in [
            ("{a = 1}", "JSON", "1"),
            ("{a = 1}", "YAML", "1"),
            ("{a = 1}", "STRING", r#"{"a":1}"#),
            ("'x'", "BYTES", "x"),
            ("errors.new('x')", "STRING", "x"),
        ] {
            let code = format!(
                "local d = payload.new({value}):transcode(payload.format.{format}):data() \
                 return type(d) == 'table' and d.a or d"
            );
            assert_eq!(text(&code), expected, "{value} {format}");
        }
    }

    #[test]
    fn message_pack_is_bytes_that_hold_the_value() {
        for (code, expected) in [
            ("packed:data() == '\\129\\161a\\146\\1\\161x'", "true"),
            ("packed:get_format()", "application/msgpack"),
            ("json.encode(packed:unmarshal())", r#"{"a":[1,"x"]}"#),
            ("json.encode(packed:transcode(payload.format.LUA))", r#"{"a":[1,"x"]}"#),
            ("packed:transcode(payload.format.STRING):data()", r#"{"a":[1,"x"]}"#),
        ] {
            let code = format!(
                "local packed = payload.new({{a = {{1, 'x'}}}}):transcode(payload.format.MSGPACK) return {code}"
            );
            assert_eq!(text(&code), expected, "{code}");
        }
    }

    #[test]
    fn what_payloads_hold_counts_as_memory_of_the_code() {
        use crate::lua::{Limits, Meter, Tripped, testing};
        let lua = testing::lua();
        let limits = Limits { memory: 8 * 1024 * 1024, ..testing::LIMITS };
        Meter::begin(&lua, &limits).unwrap();
        let code = "local t, all = {}, {} for i = 1, 1000 do t[i] = i end \
                    for i = 1, 10000 do all[i] = payload.new(t) end";
        assert!(testing::run::<()>(&lua, code).is_err());
        assert_eq!(Meter::end(&lua), Some(Tripped::Memory));
    }

    #[test]
    fn a_null_stays_in_its_payload() {
        assert_eq!(
            text("return json.encode(payload.new({a = json.null, b = {json.null}}))"),
            r#"{"a":null,"b":[null]}"#
        );
    }

    #[test]
    fn what_cannot_be_is_an_internal_error() {
        for (code, expected) in [
            ("payload.new(print)", "payload.new: a function cannot be written"),
            ("payload.new({}):transcode('json')", "there is no format `json`; `payload.format` has them"),
            ("payload.new('\\255'):transcode('json/plain')", "bytes are no text; encode them with `base64`"),
            ("payload.new('\\255'):transcode('text/plain')", "the bytes are no UTF-8 text"),
            ("payload.new({}):transcode('golang/any')", "metonic writes no `golang/any`; `json/plain` suits all"),
        ] {
            let code = format!("local _, e = {code} return e:kind() .. ': ' .. e");
            let problem = text(&code);
            assert!(problem.starts_with("Internal: ") && problem.ends_with(expected), "{problem}");
        }
    }
}

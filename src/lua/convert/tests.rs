use super::*;
use crate::lua::testing::{lua, run, text};

/// What `code` gives, as it leaves Lua.
fn outward(code: &str) -> Result<String, String> {
    let lua = lua();
    let value: LuaValue = run(&lua, code).unwrap_or_else(|error| panic!("{code}: {}", error.located()));
    from_lua(&lua, &value).map(|value| value.to_json()).map_err(|problem| problem.to_string())
}

fn through(json: &str) -> String {
    let lua = lua();
    let inside = to_lua(&lua, &Value::from_json(json.as_bytes()).unwrap()).unwrap();
    from_lua(&lua, &inside).unwrap().to_json()
}

#[test]
fn what_comes_in_goes_out_as_it_was() {
    for json in [
        r#"{"a":[],"b":{},"c":[{}],"d":[[1,2.5],"x",true]}"#,
        r#"{"a":9007199254740993,"b":-9223372036854775808,"c":18446744073709551615}"#,
        "[1,null,3]",
        "9007199254740992",
        "-0.0",
        "1e+300",
        r#""\u0000é""#,
    ] {
        assert_eq!(through(json), json);
    }
}

#[test]
fn an_object_that_cannot_leave_is_named() {
    assert_eq!(
        outward("return {at = time.unix(0)}").unwrap_err(),
        "`at`: an object of type `Time` cannot be written; give its text or its fields"
    );
}

#[test]
fn keys_leave_in_the_order_of_their_bytes() {
    assert_eq!(
        outward("return {b = 1, a = 1, B = 1, ['é'] = 1, aa = 1}").unwrap(),
        r#"{"B":1,"a":1,"aa":1,"b":1,"é":1}"#
    );
}

#[test]
fn a_whole_number_leaves_as_an_integer() {
    assert_eq!(outward("return {10 / 2, 0.5, 2^53, 2^60}").unwrap(), "[5,0.5,9007199254740992,1.152921504606847e+18]");
}

#[test]
fn what_cannot_be_written_is_refused_with_its_path() {
    for (code, expected) in [
        ("return {items = {1, {x = print}}}", "`items[2].x`: a function cannot be written"),
        ("return {a = 0 / 0}", "`a`: NaN cannot be written"),
        ("return {-math.huge}", "`[1]`: infinity cannot be written"),
        ("return {1, 2, x = 3}", "a table with both a list part and named keys cannot be written; split it"),
        ("return {1, nil, 3}", "a list with holes cannot be written: [2] is nil; put `json.null` there"),
        ("return {a = {[0] = 1}}", "`a`: the key [0] cannot be written; keys are texts, or 1 to n"),
        ("return {[1.5] = 1}", "the key [1.5] cannot be written; keys are texts, or 1 to n"),
        ("return {[true] = 1}", "the key [true] cannot be written; keys are texts, or 1 to n"),
        ("return {[{}] = 1}", "the key of type table cannot be written; keys are texts, or 1 to n"),
        ("local t = {} t.t = t return t", "`t`: the table contains itself"),
        ("local t = {} for i = 1, 200 do t = {t} end return t", "the value is nested deeper than 64 levels"),
        ("return {a = '\\xff'}", "`a`: a string that is not UTF-8 text cannot be written; encode it with `base64`"),
        ("return {co = coroutine.create(print)}", "`co`: a thread cannot be written"),
    ] {
        assert_eq!(outward(code).unwrap_err(), expected, "{code}");
    }
}

#[test]
fn a_string_that_is_no_text_leaves_as_bytes() {
    let lua = lua();
    let value: LuaValue = run(&lua, "return '\\xff\\0a'").unwrap();
    assert_eq!(from_lua(&lua, &value), Ok(Value::Bytes(vec![0xff, 0, b'a'])));
}

#[test]
fn a_table_that_is_used_twice_is_no_recursion() {
    assert_eq!(outward("local t = {1} return {t, t}").unwrap(), "[[1],[1]]");
}

#[test]
fn an_error_object_leaves_as_its_text() {
    assert_eq!(outward("return {e = errors.new('gone')}").unwrap(), r#"{"e":"gone"}"#);
}

#[test]
fn an_empty_table_is_a_list_unless_it_was_made_an_object() {
    assert_eq!(outward("return {{}, json.object(), json.array(json.decode('{}'))}").unwrap(), "[[],{},[]]");
}

#[test]
fn a_null_in_a_list_keeps_its_place_and_one_in_a_map_is_absent() {
    assert_eq!(
        text("local v = json.decode('{\"a\":null,\"b\":[null,2]}') return tostring(v.a) .. #v.b .. tostring(v.b[1])"),
        "nil2null"
    );
    assert_eq!(text("return (json.encode(json.decode('{\"a\":null}', {keep_null = true})))"), r#"{"a":null}"#);
}

#[test]
fn a_value_that_is_too_deep_does_not_come_in() {
    let deep = (0..200).fold(Value::Null, |value, _| Value::List(vec![value]));
    assert!(to_lua(&lua(), &deep).is_err());
}

mod int64 {
    use crate::lua::testing::{error, text};

    fn with(code: &str) -> String {
        text(&format!("local big = json.decode('9007199254740993') return {code}"))
    }

    #[test]
    fn computes_exactly() {
        for (code, expected) in [
            ("big", "9007199254740993"),
            ("big + 1", "9007199254740994"),
            ("big - 1 == big - 2 + 1", "true"),
            ("big * 2", "18014398509481986"),
            ("big // 2", "4503599627370496"),
            ("-big // 2", "-4503599627370497"),
            ("big % 10", "3"),
            ("big - big", "0"),
            ("type(big - big)", "number"),
            ("big < big + 1", "true"),
            ("'#' .. big", "#9007199254740993"),
            ("typeof(big)", "int64"),
            ("math.type(big)", "integer"),
        ] {
            assert_eq!(with(code), expected, "{code}");
        }
    }

    #[test]
    fn raises_where_it_would_have_to_round() {
        for code in ["big / 2", "big * big * big", "big + 0.5", "big // 0"] {
            let error = error(&format!("local big = json.decode('9007199254740993') return {code}"));
            assert!(error.message.starts_with("int64: "), "{code}: {}", error.message);
        }
    }
}

#[test]
fn a_table_that_stands_in_others_too_often_is_refused() {
    let code = "local t = {} for _ = 1, 60 do t = {t, t} end return t";
    assert_eq!(outward(code).unwrap_err(), "the value holds more than 1000000 values");
}

#[test]
fn a_text_that_stands_in_a_table_too_often_is_refused() {
    let code = "local x, t = ('x'):rep(1000000), {} for i = 1, 100 do t[i] = x end return t";
    assert_eq!(outward(code).unwrap_err(), "the value holds more than 64 MiB of text");
}

#[test]
#[expect(clippy::disallowed_methods, reason = "real time is what would be lost")]
fn a_long_key_costs_what_stands_below_it_nothing() {
    let code = "local t = {} for i = 1, 200000 do t[i] = i end return {[('x'):rep(1000000)] = t}";
    let begun = std::time::Instant::now();
    outward(code).unwrap();
    assert!(begun.elapsed().as_secs() < 60);
}

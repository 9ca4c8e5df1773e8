use crate::lua::testing::{error, lua, run, text};

#[test]
fn pairs_goes_by_booleans_then_numbers_then_bytes() {
    let code = r#"
        local t = {b = 1, a = 1, [3] = 1, [1] = 1, [-1.5] = 1, [true] = 1, [false] = 1, ["B"] = 1}
        local keys = {}
        for key in pairs(t) do keys[#keys + 1] = tostring(key) end
        return table.concat(keys, " ")
    "#;
    assert_eq!(text(code), "false true -1.5 1 3 B a b");
}

#[test]
fn a_caught_error_object_is_the_object() {
    let code = r#"
        local ok, e = pcall(error, errors.new{message = "gone", kind = errors.NOT_FOUND, retryable = false})
        return tostring(ok) .. " " .. e:kind() .. " " .. e:message() .. " " .. tostring(e:retryable())
    "#;
    assert_eq!(text(code), "false NotFound gone false");
}

#[test]
fn an_uncaught_error_object_is_a_decision_of_the_author() {
    let error = error("local function f() error(errors.new('x', 'y')) end\nf()");
    assert_eq!(error.message, "y");
    assert!(matches!(error.origin, crate::lua::Origin::Author(failure) if failure.kind == "x"));
}

#[test]
fn a_bug_has_a_place_and_frames() {
    let error = error("local function f(order)\n  return order.customer.name\nend\nf({})");
    assert_eq!(error.located(), "app:main:2: attempt to index nil with 'name'");
    assert_eq!(error.stack(), "app:main:2: in f\napp:main:4");
}

#[test]
fn values_cross_both_ways() {
    assert_eq!(
        text(r#"return (json.encode(json.decode('{"b":{},"a":[],"n":9007199254740993,"f":1.5,"w":2.0}')))"#),
        r#"{"a":[],"b":{},"f":1.5,"n":9007199254740993,"w":2}"#
    );
    let _ = run::<()>(&lua(), "");
}

//! What nothing may catch, and what everything lets through.

use mlua::Thread;

use crate::lua::{
    protected,
    sandbox::environment,
    testing::{error, load, lua, text},
};

/// Runs `code` with a function `boom` that panics, and tells whether the panic came out.
fn panics(code: &str) -> bool {
    let lua = lua();
    let environment = environment(&lua).unwrap();
    let boom = lua.create_function(|_, ()| -> mlua::Result<()> { panic!("boom") }).unwrap();
    environment.raw_set("boom", boom).unwrap();
    let function = load(&lua, "app:main", code, environment).unwrap();
    let protected = protected(&lua).unwrap();
    let call = std::panic::AssertUnwindSafe(|| protected.call::<mlua::MultiValue>(function));
    let result = std::panic::catch_unwind(call);
    result.is_err_and(|panic| panic.downcast_ref::<&str>() == Some(&"boom"))
}

#[test]
fn no_lua_code_swallows_a_panic_of_the_host() {
    for code in [
        "boom()",
        "pcall(boom)",
        "pcall(pcall, boom)",
        "xpcall(boom, print)",
        "xpcall(boom, function() return 'swallowed' end)",
        "xpcall(error, boom)",
        "xpcall(error, function() boom() end)",
        "coroutine.resume(coroutine.create(boom))",
        "pcall(coroutine.wrap(function() pcall(boom) end))",
        "local co = coroutine.create(boom) pcall(coroutine.resume, co) coroutine.close(co)",
        "table.sort({1, 2}, boom)",
        "pcall(string.gsub, 'a', 'a', boom)",
        "tostring(setmetatable({}, {__tostring = boom}))",
        "return setmetatable({}, {__index = boom}).x",
        "pcall(function() for x in setmetatable({}, {__iter = boom}) do end end)",
    ] {
        assert!(panics(code), "{code}");
    }
}

#[test]
fn a_yield_goes_through_everything_that_catches() {
    let lua = lua();
    let code = r#"
        local yield = coroutine.yield
        local a = pcall(yield, 1)
        local b = xpcall(function() return yield(2) end, print)
        local c, e = pcall(function() yield(3) error("after") end)
        local d = 0
        for x in (function() return yield(4) end) do break end
        table.sort({2, 1}, function(x, y) yield(5) return x < y end)
        return tostring(a) .. tostring(b) .. tostring(c) .. e
    "#;
    let function = load(&lua, "app:main", code, environment(&lua).unwrap()).unwrap();
    let thread: Thread = lua.create_thread(protected(&lua).unwrap()).unwrap();
    assert_eq!(thread.resume::<i32>(function).unwrap(), 1);
    for expected in 2..=5 {
        assert_eq!(thread.resume::<i32>(()).unwrap(), expected);
    }
    let (ok, result): (bool, String) = thread.resume(()).unwrap();
    assert_eq!((ok, result.as_str()), (true, "truetruefalseapp:main:5: after"));
}

#[test]
fn a_caught_error_about_a_pattern_or_a_format_has_the_place_of_the_call() {
    for (call, message) in [
        ("for w in ('x'):gmatch('[') do end", "malformed pattern (missing ']')"),
        ("local step = string.gmatch(nil, 'x')", "invalid argument #1 to 'gmatch' (string expected, got nil)"),
        ("return ('x'):find('[')", "malformed pattern (missing ']')"),
        ("return ('x'):match('[')", "malformed pattern (missing ']')"),
        ("return ('x'):gsub('[', '')", "malformed pattern (missing ']')"),
        ("return ('%d'):format('x')", "invalid argument #2 to 'format' (number expected, got string)"),
    ] {
        let code = format!("local _, e = pcall(function()\n{call}\nend) return e");
        assert_eq!(text(&code), format!("app:main:2: {message}"), "{call}");
    }
}

#[test]
fn a_malformed_pattern_that_nobody_catches_has_its_line_once() {
    assert_eq!(error("local s = 'x'\nreturn s:find('[')").located(), "app:main:2: malformed pattern (missing ']')");
}

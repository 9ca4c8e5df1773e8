use std::{cell::Cell, rc::Rc, time::Duration};

use mlua::{Lua, MultiValue};

use super::*;
use crate::lua::{
    LuaError, Origin,
    sandbox::environment,
    testing::{load, lua, run},
};

const TIGHT: Limits = Limits { instructions: u64::MAX, wall: Duration::from_millis(150), memory: 32 * 1024 * 1024 };

/// The same with time for what is to end by itself, or by another limit, on however busy a machine.
const PATIENT: Limits = Limits { wall: Duration::from_mins(1), ..TIGHT };

/// Runs `code` under `limits`: how it ended, and which limit was passed.
fn limited(lua: &Lua, limits: &Limits, code: &str) -> (Result<MultiValue, LuaError>, Option<Tripped>) {
    Meter::begin(lua, limits).unwrap();
    let result = run::<MultiValue>(lua, code);
    (result, Meter::end(lua))
}

#[test]
fn work_of_the_host_is_free_for_a_time_and_not_for_ever() {
    let lua = lua();
    let works = Rc::new(Cell::new(0));
    let asked = works.clone();
    let work = move |lua: &Lua, ()| {
        asked.set(asked.get() + 1);
        Meter::uncounted(lua, || {
            let begun = now();
            while begun.elapsed() < TIGHT.wall / 10 {}
            Ok(())
        })
    };
    let work = lua.create_function(work).unwrap();
    let asks = "local work = ... while true do work() end";
    let asks = load(&lua, "app:main", asks, environment(&lua).unwrap()).unwrap();
    Meter::begin(&lua, &TIGHT).unwrap();
    asks.call::<()>(work).unwrap_err();
    assert_eq!(Meter::end(&lua), Some(Tripped::Wall));
    // Twenty, and those between two looks at the clock.
    assert!(works.get() < 100, "{}", works.get());
}

/// The attacks of which each has to end by the deadline or by memory, whatever it catches.
const ATTACKS: &[(&str, &str)] = &[
    ("endless loop", "while true do end"),
    ("endless repeat", "repeat until false"),
    ("loop around pcall", "while true do pcall(function() while true do end end) end"),
    ("nested pcalls", "local function f() while true do pcall(f) end end f()"),
    ("looping handler", "xpcall(function() while true do end end, function() while true do end end)"),
    ("loop around xpcall", "while true do xpcall(error, function() while true do end end) end"),
    ("loop in a coroutine", "coroutine.wrap(function() while true do end end)()"),
    ("loop around resume", "while true do coroutine.resume(coroutine.create(function() while true do end end)) end"),
    ("storm of coroutines", "while true do coroutine.wrap(function() coroutine.yield() end)() end"),
    ("loop in a metamethod", "local t = setmetatable({}, {__index = function() while true do end end}) return t.x"),
    ("loop in tostring", "tostring(setmetatable({}, {__tostring = function() while true do end end}))"),
    ("loop in iteration", "for k in setmetatable({}, {__iter = function() return function() return 1 end end}) do end"),
    ("loop in a comparison", "table.sort({3, 2, 1}, function() while true do end end)"),
    ("loop in gsub", "string.gsub('aaa', 'a', function() while true do end end)"),
    ("backtracking pattern", "return (('a'):rep(30)):find(('a?'):rep(30) .. ('a'):rep(30))"),
    ("nested lazy pattern", "return (('a'):rep(30000)):find('.-.-.-b')"),
    ("quadratic gsub", "return (('a'):rep(100000)):gsub('.-b', '')"),
    ("long move", "table.move({}, 1, 2^52, 2)"),
    ("long move that overlaps", "local t = {} table.move(t, 1, 2^52, 2, t)"),
    ("repetition of nothing, for ever", "while true do (''):rep(1e15) end"),
    ("big strings, for ever", "while true do local s = ('x'):rep(2^23) end"),
    (
        "even, then heavy",
        "local n = os_like or 0 for i = 1, 1e5 do n += i end while true do local s = ('x'):rep(2^23):upper():reverse() end",
    ),
    ("sort of many", "local t = {} for i = 1, 3e5 do t[i] = -i end while true do table.sort(t) end"),
    ("pairs of many", "local t = {} for i = 1, 1e5 do t['k' .. i] = i end while true do for k in pairs(t) do end end"),
    ("string of 1 GiB", "return ('x'):rep(2^30)"),
    ("doubling", "local s = 'x' while true do s = s .. s end"),
    ("caught doubling", "while true do pcall(function() local s = 'x' while true do s = s .. s end end) end"),
    ("tables", "local t = {} while true do t = {t} end"),
    ("closures", "local f while true do local g = f f = function() return g end end"),
    ("coroutines", "local t = {} while true do t[#t + 1] = coroutine.create(print) end"),
    ("table.create", "return table.create(2^26, 0)"),
    ("concat", "local t = table.create(2^16, ('x'):rep(2^12)) return table.concat(t)"),
    ("format", "return string.format('%s%s%s', ('x'):rep(2^24), ('x'):rep(2^24), ('x'):rep(2^24))"),
    ("split", "return string.split((','):rep(5e6))"),
    ("plain find", "local a, b = ('a'):rep(500000), ('a'):rep(250000) .. 'b' while true do a:find(b, 1, true) end"),
    ("find without specials", "local a, b = ('a'):rep(500000), ('a'):rep(250000) .. 'b' while true do a:find(b) end"),
    ("split by much", "local a, b = ('a'):rep(500000), ('a'):rep(250000) .. 'b' while true do a:split(b) end"),
    ("json of much", "local t = {} while true do t[#t + 1] = json.decode(('['):rep(100) .. (']'):rep(100)) end"),
];

#[test]
fn every_attack_ends_by_the_deadline_and_a_healthy_run_follows() {
    let lua = lua();
    for (name, code) in ATTACKS {
        let (result, tripped) = limited(&lua, &TIGHT, code);
        assert!(tripped.is_some(), "{name} gave {result:?}");
        let (healthy, tripped) = limited(&lua, &PATIENT, "local t = {} for i = 1, 100 do t[i] = i end return #t");
        assert_eq!((healthy.unwrap().len(), tripped), (1, None), "after {name}");
    }
}

/// What ends by an error of its own, without a limit being passed.
#[test]
fn deep_recursion_is_an_error_of_the_code() {
    for code in [
        "local function f() return 1 + f() end f()",
        "local function f() return 1 + select(2, pcall(f)) end f()",
        "local function f(s) return (s:gsub('.', f)) end f('a')",
        "local t = setmetatable({}, {}) getmetatable(t).__index = function(t, k) return t[k] end return t.x",
        "local t = setmetatable({}, {}) getmetatable(t).__tostring = function(t) return tostring(t) end tostring(t)",
        "local function f() return coroutine.wrap(f)() end f()",
    ] {
        let (result, tripped) = limited(&lua(), &PATIENT, code);
        assert_eq!(tripped, None, "{code}");
        assert!(result.is_err(), "{code}");
    }
}

#[test]
fn source_that_nests_too_deeply_is_a_syntax_error() {
    let text = format!("return {}1{}", "(".repeat(100_000), ")".repeat(100_000));
    assert!(matches!(crate::lua::sandbox::compile(&text), Err(mlua::Error::SyntaxError { .. })));
}

#[test]
fn the_limit_of_instructions_ends_a_run_at_the_same_count() {
    let limits = Limits { instructions: 100_000, ..PATIENT };
    let (result, tripped) = limited(&lua(), &limits, "while true do pcall(function() while true do end end) end");
    assert_eq!(tripped, Some(Tripped::Instructions));
    assert_eq!(result.unwrap_err().origin, Origin::Limit(Tripped::Instructions));
}

#[test]
fn a_caught_lack_of_memory_still_ends_the_run() {
    let code = "local ok = pcall(function() local s = 'x' while true do s = s .. s end end) return ok";
    let (result, tripped) = limited(&lua(), &PATIENT, code);
    assert_eq!(tripped, Some(Tripped::Memory));
    assert_eq!(result.unwrap_err().origin, Origin::Limit(Tripped::Memory));
}

#[test]
fn garbage_is_not_needed() {
    for code in [
        "for _ = 1, 200 do table.create(100000, 0) end",
        "local t = table.create(100000, 0) for _ = 1, 200 do table.clone(t) end",
        "local t = {} for i = 1, 250000 do t[i] = i end for _ = 1, 60 do table.clone(t) end",
        "for _ = 1, 100 do local t = {} for i = 1, 100000 do t[i] = i end end",
        "for i = 1, 1e5 do end for _ = 1, 100 do ('x'):rep(2^23) end",
        "local text = '[' .. ('1,'):rep(1e5) .. '1]' for _ = 1, 60 do json.decode(text) end",
        "local held = ('x'):rep(2^24) for _ = 1, 200 do local s = held:upper() end return held",
        "local p, s = ('x'):rep(2^23) for i = 1, 60 do s = nil s = p .. i end",
        "local p, s = ('x'):rep(2^23) for i = 1, 60 do s = nil s = `{p}{i}` end",
        "local p, s = ('x'):rep(2^23) for i = 1, 60 do s = nil s = p .. p end",
        "for i = 1, 1e5 do end local p, s = ('x'):rep(10 * 2^20) for i = 1, 60 do s = nil s = p .. i end",
        "for i = 1, 1e5 do end local p, s = 'x' while #p < 2^23 do p ..= p end for i = 1, 60 do s = nil s = p .. i end",
        "local p, s = ('x'):rep(14 * 2^20) for i = 1, 60 do s = nil s = p .. i math.abs(i) end",
        "local held = table.create(1.9e6, 0) for i = 1, 2e5 do local t = {i, {i}} end return held",
    ] {
        let (result, tripped) = limited(&lua(), &PATIENT, code);
        assert_eq!(tripped, None, "{code}: {result:?}");
    }
}

#[test]
fn what_is_held_counts_to_the_byte() {
    let hold = |mib: u32| format!("local t = {{}} for i = 1, {mib} do t[i] = ('x'):rep(2^20) .. i end return t");
    assert_eq!(limited(&lua(), &PATIENT, &hold(30)).1, None);
    let code = format!("{} ", hold(40)).replace("return t", "for i = 1, 1000 do end return t");
    assert_eq!(limited(&lua(), &PATIENT, &code).1, Some(Tripped::Memory));
}

#[test]
fn no_more_than_twice_and_a_half_is_taken() {
    for (_, code) in ATTACKS {
        let lua = lua();
        let used = lua.used_memory();
        Meter::begin(&lua, &TIGHT).unwrap();
        let _ = run::<MultiValue>(&lua, code);
        assert!(lua.used_memory() <= used + TIGHT.memory * 5 / 2 + RESERVE, "{code}");
        Meter::end(&lua);
    }
}

#[test]
fn no_code_runs_after_a_limit_was_passed() {
    let lua = lua();
    let after = lua.create_table().unwrap();
    lua.set_named_registry_value("after", &after).unwrap();
    let note = lua.create_function(move |_, ()| after.raw_set("ran", true)).unwrap();
    let environment = crate::lua::sandbox::environment(&lua).unwrap();
    environment.raw_set("note", note).unwrap();
    let code = "pcall(function() while true do end end) note() xpcall(error, note)";
    let function = load(&lua, "app:main", code, environment).unwrap();
    Meter::begin(&lua, &TIGHT).unwrap();
    let _ = function.call::<()>(());
    assert_eq!(Meter::end(&lua), Some(Tripped::Wall));
    let after: mlua::Table = lua.named_registry_value("after").unwrap();
    assert_eq!(after.raw_get::<Option<bool>>("ran").unwrap(), None);
}

/// Prints what the interrupt costs: `cargo test --lib -- --ignored --nocapture interrupt_costs`.
#[test]
#[ignore = "a measurement"]
fn what_the_interrupt_costs() {
    for (name, code) in [
        ("empty loop", "for i = 1, 1e7 do end"),
        ("array loop", "local t, s = table.create(1000, 1), 0 for r = 1, 5000 do for i = 1, 1000 do s += t[i] end end"),
        ("fib", "local function fib(n) return n < 2 and n or fib(n - 1) + fib(n - 2) end fib(27)"),
        ("small tables", "for i = 1, 1e6 do local t = {i, i} end"),
        ("tables in 20 MiB", "local h = table.create(1.3e6, 0) for i = 1, 1e6 do local t = {i, i} end return h"),
        ("numbers beside 20 MiB", "local h = table.create(1.3e6, 0) local s = 0 for i = 1, 3e6 do s += i end return h"),
        ("numbers beside 50 MiB", "local h = table.create(3.2e6, 0) local s = 0 for i = 1, 3e6 do s += i end return h"),
        ("numbers beside 56 MiB", "local h = table.create(3.6e6, 0) local s = 0 for i = 1, 3e6 do s += i end return h"),
        ("strings", "local t = {} for i = 1, 2e5 do t[#t + 1] = ('%d:%s'):format(i, 'x') end return #table.concat(t)"),
    ] {
        let time = |lua: &Lua| {
            let environment = crate::lua::sandbox::environment(lua).unwrap();
            let function = load(lua, "app:main", code, environment).unwrap();
            (0..7)
                .map(|_| {
                    let begun = now();
                    function.call::<()>(()).unwrap();
                    begun.elapsed()
                })
                .min()
                .unwrap()
        };
        let lua = lua();
        Meter::begin(&lua, &Limits { wall: Duration::from_secs(600), memory: 64 * 1024 * 1024, ..TIGHT }).unwrap();
        let metered = time(&lua);
        lua.remove_interrupt();
        let bare = time(&lua);
        println!(
            "{name}: {bare:?} bare, {metered:?} metered, {:+.0} %",
            (metered.as_secs_f64() / bare.as_secs_f64() - 1.0) * 100.0
        );
    }
}

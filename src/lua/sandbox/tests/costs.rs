//! Measurements, run by hand.

use mlua::Function;

use crate::lua::testing::{lua, run};

/// Prints what loops and powers cost: `cargo test --lib -- --ignored --nocapture what_loops_cost`.
#[test]
#[ignore = "a measurement"]
fn what_loops_cost() {
    let lua = lua();
    lua.remove_interrupt();
    for (name, turns, code) in [
        (
            "pairs, 20 texts",
            20,
            "local t = {} for i = 1, 20 do t['key' .. i] = i end return function() for k, v in pairs(t) do end end",
        ),
        (
            "pairs, 1,000 texts",
            1000,
            "local t = {} for i = 1, 1000 do t['key' .. i] = i end return function() for k, v in pairs(t) do end end",
        ),
        ("pairs, list of 100", 100, "local t = table.create(100, 1) return function() for k, v in pairs(t) do end end"),
        (
            "ipairs, list of 100",
            100,
            "local t = table.create(100, 1) return function() for k, v in ipairs(t) do end end",
        ),
        (
            "for i = 1, 100",
            100,
            "local t = table.create(100, 1) return function() for i = 1, #t do local v = t[i] end end",
        ),
        ("x ^ 1.5", 1000, "return function() local x = 1.1 for i = 1, 1000 do local y = x ^ 1.5 end end"),
        ("pcall", 1000, "local function f() end return function() for i = 1, 1000 do pcall(f) end end"),
        ("tostring(number)", 1000, "return function() for i = 1, 1000 do local s = tostring(i) end end"),
        ("format", 1000, "return function() for i = 1, 1000 do local s = ('%d %s'):format(i, 'x') end end"),
        ("math.floor", 1000, "return function() for i = 1, 1000 do local s = math.floor(i) end end"),
        ("s:sub(i, j)", 1000, "local s = 'abcdef' return function() for i = 1, 1000 do local x = s:sub(2, 4) end end"),
        (
            "string.sub(s, i, j)",
            1000,
            "local s = 'abcdef' return function() for i = 1, 1000 do local x = string.sub(s, 2, 4) end end",
        ),
        ("s:find(p)", 1000, "local s = 'abcdef' return function() for i = 1, 1000 do local x = s:find('cd') end end"),
        (
            "table.concat",
            1000,
            "local t = {'a', 'b'} return function() for i = 1, 1000 do local x = table.concat(t, ',') end end",
        ),
        (
            "table.unpack",
            1000,
            "local t = {1, 2} return function() for i = 1, 1000 do local x, y = table.unpack(t) end end",
        ),
        ("table.insert", 1000, "return function() local t = {} for i = 1, 1000 do table.insert(t, i) end end"),
        ("string.char", 1000, "return function() for i = 1, 1000 do local x = string.char(65, 66) end end"),
        ("bit32.band", 1000, "return function() for i = 1, 1000 do local x = bit32.band(i, 255) end end"),
        ("bit32.lshift", 1000, "return function() for i = 1, 1000 do local x = bit32.lshift(i, 3) end end"),
        (
            "sort, 1,000 numbers",
            1000,
            "local t = {} for i = 1, 1000 do t[i] = i * 7919 % 1000 end return function() table.sort(table.clone(t)) end",
        ),
    ] {
        let function: Function = run(&lua, code).unwrap();
        let fastest = (0..200)
            .map(|_| {
                #[expect(clippy::disallowed_methods, reason = "a measurement")]
                let begun = std::time::Instant::now();
                function.call::<()>(()).unwrap();
                begun.elapsed()
            })
            .min()
            .unwrap();
        println!("{name}: {:.0} ns a turn", fastest.as_secs_f64() * 1e9 / f64::from(turns));
    }
}

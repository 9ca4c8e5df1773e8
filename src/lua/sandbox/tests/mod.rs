//! What code can reach, and what it finds there.

mod catching;
mod costs;
mod refused;

use std::collections::{BTreeMap, BTreeSet};

use mlua::{Function, Lua, Table, Value};

use super::*;
use crate::lua::ModuleDef;
use crate::lua::testing::{DETERMINISTIC, FREE, error, load, lua, run, text};

/// Every function that a search from `table` finds, by its path.
fn functions(table: &Table, path: &str, seen: &mut BTreeSet<usize>, found: &mut BTreeMap<String, usize>) {
    if !seen.insert(table.to_pointer() as usize) {
        return;
    }
    let visit = |name: String, value: Value, seen: &mut BTreeSet<usize>, found: &mut BTreeMap<String, usize>| {
        let path = if path.is_empty() { name } else { format!("{path}.{name}") };
        match value {
            Value::Table(inner) => functions(&inner, &path, seen, found),
            Value::Function(function) => {
                found.insert(path, function.to_pointer() as usize);
            }
            _ => {}
        }
    };
    table
        .for_each(|name: Value, value: Value| {
            visit(name.to_string()?, value, seen, found);
            Ok(())
        })
        .unwrap();
    if let Some(metatable) = table.metatable() {
        visit("(metatable)".to_owned(), Value::Table(metatable), seen, found);
    }
}

fn reachable(lua: &Lua) -> BTreeMap<String, usize> {
    let mut found = BTreeMap::new();
    let mut seen = BTreeSet::new();
    functions(&environment(lua).unwrap(), "", &mut seen, &mut found);
    let strings = lua.type_metatable::<LuaString>().unwrap();
    functions(&strings, "(strings)", &mut seen, &mut found);
    found
}

#[test]
fn no_function_of_the_engine_is_reachable_but_those_that_were_chosen() {
    let lua = new_state().unwrap();
    let mut stock = BTreeMap::new();
    functions(&lua.globals(), "", &mut BTreeSet::new(), &mut stock);
    let stock: BTreeSet<usize> = stock.into_values().collect();
    furnish(&lua, &DETERMINISTIC).unwrap();
    let left: BTreeSet<String> = reachable(&lua)
        .into_iter()
        .filter(|(_, function)| stock.contains(function))
        .map(|(path, _)| path.rsplit("__index.").next().unwrap().to_owned())
        .collect();
    let chosen: BTreeSet<String> = KEPT
        .iter()
        .flat_map(|(module, names)| {
            names
                .iter()
                .map(move |name| if module.is_empty() { (*name).to_owned() } else { format!("{module}.{name}") })
        })
        .filter(|path| !["math.huge", "math.pi", "utf8.charpattern"].contains(&path.as_str()))
        .collect();
    assert_eq!(left, chosen);
}

#[test]
fn what_code_can_reach_is_this_and_no_more() {
    let lua = open(&crate::lua::Profile { globals: crate::lua::PURE_GLOBALS, ..DETERMINISTIC }).unwrap();
    let found: BTreeSet<String> =
        reachable(&lua).into_keys().map(|path| path.replace("(metatable).__index.", "")).collect();
    let reviewed: BTreeSet<String> = include_str!("../reachable.txt").split_whitespace().map(str::to_owned).collect();
    assert_eq!(found, reviewed);
}

#[test]
fn what_was_taken_away_is_nil() {
    for name in [
        "collectgarbage",
        "gcinfo",
        "newproxy",
        "getfenv",
        "setfenv",
        "io",
        "package",
        "buffer",
        "vector",
        "debug.info",
        "debug.getinfo",
        "string.dump",
        "table.foreach",
        "table.foreachi",
        "table.getn",
        "math.noise",
    ] {
        assert_eq!(text(&format!("return {name}")), "nil", "{name}");
    }
}

/// What the engine does with little is what we do with much: `find` and `split` of each text and
/// needle, as they are and long enough that the engine is not asked.
#[test]
fn a_plain_search_gives_what_the_engine_gives() {
    let code = r#"
        local function shown(...)
            return table.concat({ tostring((...)), tostring((select(2, ...))) }, " ")
        end
        local letters, needle = string.rep("ab", 3000), string.rep("ba", 400)
        local differs = {}
        for _, init in { 1, 2, 3, 5201, 5202, 5203, 6000, 6001, 6002, 1e6, -1, -800, -801, -802, -6000, -7000, 0, 2.9, -800.5, "7" } do
            for _, marked in { needle, needle .. "c", string.rep("a", 700) } do
                -- The engine's, by a pattern that is no plain text: one letter is a set.
                local pattern = "[" .. string.sub(marked, 1, 1) .. "]" .. string.sub(marked, 2)
                local expected = shown(string.find(letters, pattern, init))
                for _, plain in { true, false } do
                    local got = shown(string.find(letters, marked, init, plain))
                    if got ~= expected then
                        table.insert(differs, `{init} {#marked} {plain}: {got}, not {expected}`)
                    end
                end
            end
        end
        local line = string.rep("-", 700)
        for _, text in { line, "a" .. line .. "b", line .. line, string.rep("x", 2000) .. line, line .. "y" .. line .. line } do
            local parts = string.split(text .. string.rep("z", 2000), line)
            local expected, rest = {}, text .. string.rep("z", 2000)
            while true do
                local first, last = string.find(rest, "[-]" .. string.rep("%-", 699))
                if not first then break end
                table.insert(expected, string.sub(rest, 1, first - 1))
                rest = string.sub(rest, last + 1)
            end
            table.insert(expected, rest)
            if table.concat(parts, "|") ~= table.concat(expected, "|") then
                table.insert(differs, `split {#text}: {#parts}`)
            end
        end
        return table.concat(differs, "\n")
    "#;
    assert_eq!(text(code), "");
}

#[test]
fn the_library_cannot_be_changed() {
    for code in [
        "string.upper = nil",
        "rawset(math, 'pi', 3)",
        "getmetatable(_G).__index = nil",
        "setmetatable(string, {})",
        "table.insert(table, 1)",
        "table.clear(os)",
    ] {
        error(code);
    }
    assert_eq!(text("return getmetatable('')"), "the metatable of strings is locked");
}

#[test]
fn globals_of_one_environment_are_not_seen_in_another() {
    let lua = lua();
    let code = "counter = (counter or 0) + 1 _G.other = counter return other";
    for _ in 0..3 {
        assert_eq!(run::<i32>(&lua, code).unwrap(), 1);
    }
}

#[test]
fn the_engines_require_which_reads_files_is_gone() {
    assert_eq!(
        error("require('./secret')").message,
        "require: `./secret` is neither in `modules:` nor in `imports:` of this entry"
    );
}

#[test]
fn bytecode_is_not_taken_for_a_text() {
    let bytecode = mlua::chunk::Compiler::new().compile("return 7").unwrap();
    let text = String::from_utf8_lossy(&bytecode);
    assert!(matches!(compile(&text), Err(mlua::Error::SyntaxError { .. })));
}

#[test]
fn weak_tables_and_finalizers_are_refused() {
    assert!(error("setmetatable({}, {__mode = 'k'})").message.starts_with("`__mode` is refused"));
    let built = "local mt = {} mt['__mo' .. 'de'] = 'k' setmetatable({}, mt)";
    assert!(error(built).message.starts_with("`__mode` is refused"));
    assert!(error("setmetatable({}, {__gc = print})").message.starts_with("`__gc` is refused"));
    assert_eq!(text("return setmetatable({}, {__index = {x = 1}}).x"), "1");
}

#[test]
fn a_metatable_that_gets_a_mode_later_makes_no_table_weak() {
    for later in ["mt['__mo' .. 'de'] = 'kv'", "rawset(mt, '__mo' .. 'de', 'v') table.freeze(mt)"] {
        let lua = lua();
        let code = format!("local mt = {{}} local t = setmetatable({{}}, mt) {later} t[1] = {{}} t[{{}}] = 1 return t");
        let table: Table = run(&lua, &code).unwrap();
        lua.gc_collect().unwrap();
        assert_eq!(table.pairs::<Value, Value>().count(), 2, "{later}");
    }
}

#[test]
fn keys_without_an_order_raise_where_a_replay_has_to_repeat_it() {
    for (code, kind) in [
        ("for k in pairs({[{}] = 1}) do end", "table"),
        ("next({[print] = 1})", "function"),
        ("for k in {[coroutine.create(print)] = 1} do end", "thread"),
        ("next({}, json.null)", "userdata"),
    ] {
        assert_eq!(
            error(code).located(),
            format!(
                "app:main:1: a key of type {kind} has no order that a replay could repeat; use a text or a number as the key"
            )
        );
    }
    let free = open(&FREE).unwrap();
    assert_eq!(run::<i32>(&free, "local n = 0 for k in pairs({[{}] = 1, a = 1}) do n += 1 end return n").unwrap(), 2);
}

#[test]
fn a_loop_sees_the_keys_that_were_there_when_it_began() {
    for (code, expected) in [
        (
            "local t, s = {a = 1, b = 2, c = 3}, '' for k in pairs(t) do s ..= k t.b = nil t['z' .. k] = 1 end return s",
            "ac",
        ),
        ("local t, s = {1, 2, 3}, '' for i in pairs(t) do s ..= i t[#t + 1] = i end return s", "123"),
        ("local t, s = {1, 2, 3}, '' for i, v in t do s ..= v end return s", "123"),
        ("local s = '' for k, v in next, {b = 2, a = 1} do s ..= k .. v end return s", "a1b2"),
        (
            "local t = {c = 1, a = 1, [2] = 1} local s, k = '', next(t) while k do s ..= k k = next(t, k) end return s",
            "2ac",
        ),
        (
            "local s = '' for x in setmetatable({}, {__iter = function() return next, {b = 1} end}) do s ..= x end return s",
            "b",
        ),
        (
            "local n = 0 local c = setmetatable({}, {__call = function() n += 1 return n < 4 and n or nil end}) for x in c do end return n",
            "4",
        ),
        ("local s = '' for i, v in ipairs({1, 2, nil, 4}) do s ..= v end return s", "12"),
        ("return select('#', next({}))", "1"),
    ] {
        assert_eq!(text(code), expected, "{code}");
    }
    assert_eq!(error("for x in nil do end").message, "attempt to iterate over a nil value");
}

#[test]
fn sorting_is_stable() {
    let code = r#"
        local t = {}
        for i = 1, 500 do t[i] = {key = i * 7919 % 5, at = i} end
        table.sort(t, function(a, b) return a.key < b.key end)
        for i = 2, 500 do
            if t[i - 1].key > t[i].key or (t[i - 1].key == t[i].key and t[i - 1].at > t[i].at) then return i end
        end
        return "stable"
    "#;
    assert_eq!(text(code), "stable");
    assert_eq!(
        text(
            "local t = {} for i = 1, 300 do t[i] = i * 7919 % 300 end table.sort(t) for i = 1, 300 do if t[i] ~= i - 1 then return i end end return 'sorted'"
        ),
        "sorted"
    );
    assert_eq!(
        text("local t = {3, 1, 2} table.sort(t, function(a, b) return a > b end) return table.concat(t)"),
        "321"
    );
}

// luau issue 2970: this killed the process.
#[test]
fn a_move_to_the_end_of_all_numbers_does_not_crash() {
    for code in [
        "table.move({1, 2, 3}, 1, 3, 2^31 - 2)",
        "table.move({1, 2, 3}, -2^31, -2^31 + 3, 2^31 - 2)",
        "table.move(table.create(10, 1), 1, 10, 2^53 - 5)",
    ] {
        run::<()>(&lua(), code).unwrap();
    }
    assert_eq!(text("return table.concat(table.move({1, 2, 3}, 2, 3, 1))"), "233");
    assert_eq!(text("return table.concat(table.move({1, 2, 3}, 1, 3, 2))"), "1123");
    assert_eq!(text("return table.concat(table.move({1, 2}, 1, 2, 3, {8, 9}))"), "8912");
}

#[test]
fn values_have_names_instead_of_addresses() {
    let code = r#"
        local t, u = {}, {}
        return string.format("%s %s %s %s %s %s %*", t, u, t, print, coroutine.create(print), nil, true)
    "#;
    assert_eq!(text(code), "table: #1 table: #2 table: #1 function: #3 thread: #4 nil true");
    assert_eq!(text("return `{setmetatable({}, {__tostring = function() return 'me' end})}`"), "me");
    error("return ('%p'):format({})");
}

#[test]
fn chance_comes_from_the_seed() {
    let draw = "return math.random() .. ' ' .. math.random(6) .. ' ' .. math.random(-5, 5)";
    assert_eq!(text(draw), text(draw));
    assert_eq!(text(&format!("math.randomseed(1) {draw}")), text(&format!("math.random() math.randomseed(1) {draw}")));
    assert!(error("math.randomseed()").message.starts_with("math.randomseed: give a seed"));
    assert_eq!(error("math.random(0)").message, "math.random: the interval from 1 to 0 is empty");
    let free = || run::<f64>(&open(&FREE).unwrap(), "return math.random()").unwrap().to_bits();
    assert_ne!(free(), free());
}

#[test]
fn printing_goes_to_the_runs_printer() {
    let lua = lua();
    let lines = Rc::new(std::cell::RefCell::new(Vec::new()));
    let printer = {
        let lines = lines.clone();
        move |_: &Lua, line: &str| lines.borrow_mut().push(line.to_owned())
    };
    Ambient::enter(&lua, &Rc::new(Ambient::new(1).with_printer(Rc::new(printer))));
    run::<()>(&lua, "print('a', nil, 1.5, {}) print()").unwrap();
    assert_eq!(*lines.borrow(), ["a\tnil\t1.5\ttable: #1", ""]);
}

#[test]
fn a_wrong_argument_is_named() {
    for (code, expected) in [
        ("math.sin({})", "math.sin: `x` must be a number, got a table"),
        ("pairs(nil)", "invalid argument #1 to 'pairs' (table expected, got nil)"),
        ("table.sort(1)", "invalid argument #1 to 'sort' (table expected, got number)"),
        ("base64.decode()", "base64.decode: `text` must be a string, got nil"),
        ("json.decode('{}', {keep_nul = true})", "json.decode: unknown option `keep_nul`; did you mean `keep_null`?"),
    ] {
        assert_eq!(error(code).located(), format!("app:main:1: {expected}"));
    }
}

#[test]
fn a_protected_function_is_there_for_the_host() {
    let _: Function = protected(&lua()).unwrap();
}

#[test]
fn a_clone_of_a_texts_function_runs_in_its_own_environment() {
    let lua = lua();
    let function =
        load(&lua, "app:main", "for k in {a = 1} do seen = k end return seen, 2 ^ 3", environment(&lua).unwrap())
            .unwrap();
    let clone = function.deep_clone().unwrap();
    let own = environment(&lua).unwrap();
    clone.set_environment(own.clone()).unwrap();
    assert_eq!(clone.call::<(String, i32)>(()).unwrap(), ("a".to_owned(), 8));
    assert_eq!(own.raw_get::<String>("seen").unwrap(), "a");
    assert_eq!(function.environment().unwrap().raw_get::<Value>("seen").unwrap(), Value::Nil);
}

#[test]
fn a_module_that_reaches_the_world_does_not_get_into_deterministic_code() {
    const WORLD: &[ModuleDef] = &[ModuleDef { effect: Effect::World, ..crate::lua::PURE[0] }];
    assert!(open(&crate::lua::Profile { modules: WORLD, ..DETERMINISTIC }).is_err());
    assert!(open(&crate::lua::Profile { modules: WORLD, ..FREE }).is_ok());
}

#[test]
fn a_syntax_error_has_its_line() {
    let error = compile("local x = 1\nif x the\nend").unwrap_err();
    let expected = "2: Expected 'then' when parsing if statement, got 'the'";
    assert!(matches!(error, mlua::Error::SyntaxError { message, .. } if message == expected));
}

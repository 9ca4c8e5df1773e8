//! What the lint finds in workflows and functions, and what it leaves alone.

mod allow;
mod timeouts;

use indexmap::IndexMap;

use super::*;
use crate::{entry::EntryId, lua::TextOrigin, source::SourceMap, workflow};

fn module(text: &str) -> ModuleSource {
    let id = |name: &str| EntryId::new("app", name).unwrap();
    let source = SourceMap::default().add("main.lua", text);
    ModuleSource {
        id: id("main"),
        text: text.into(),
        origin: TextOrigin::file(source),
        modules: Vec::new(),
        imports: IndexMap::from([("library".to_owned(), id("library"))]),
    }
}

const WORKFLOW: Setting<'_> =
    Setting { workflow: Some(&workflow::PROFILE), method: Some("main"), has_heartbeats: false };
const FUNCTION: Setting<'_> = Setting { workflow: None, method: None, has_heartbeats: false };

/// What every text here begins with.
const HEAD: &str = "local funcs, time, workflow = require('funcs'), require('time'), require('workflow')
local http, logger, library = require('http_client'), require('logger'), require('library')
";

/// The codes that are found, and what each is shown at.
fn found_in(text: &str, setting: Setting<'_>) -> Vec<String> {
    let text = format!("{HEAD}{text}");
    let found = findings(&[(module(&text), setting)]);
    found.iter().map(|finding| format!("{}: {}", finding.code, &text[finding.span.clone()])).collect()
}

fn found(text: &str) -> Vec<String> {
    found_in(text, WORKFLOW)
}

/// The findings in the body of a workflow's main function.
fn in_main(body: &str) -> Vec<String> {
    found(&format!("local function main(order, name)\n{body}\nend\nreturn {{ main = main }}"))
}

#[test]
fn a_loop_that_neither_ends_nor_waits_is_found() {
    for (body, sign) in [
        ("while true do end", "while true"),
        ("while 1 do local x = #order end", "while 1"),
        ("repeat order.n = math.floor(1) until false", "repeat"),
        ("for i = 1, math.huge do print(i) end", "for i = 1, math.huge"),
        ("while (true) do pcall(function() print(1) end) end", "while (true)"),
        ("while true do funcs.async('a', {}) end", "while true"),
        ("while true do logger:info('x') table.insert(order, time.now()) end", "while true"),
        ("while true do name = name:upper() .. tostring(order) end", "while true"),
        ("while true do for _, x in ipairs(order) do if x then break end end end", "while true"),
        ("while true do local function later() time.sleep(1) return end end", "while true"),
        ("coroutine.spawn(function() while true do print(1) end end)", "while true"),
        ("local function step() print(1) step() end while true do step() end", "while true"),
        ("local t = { run = function() print(1) end } while true do t.run() end", "while true"),
        ("local t = {} function t:run() print(1) end while true do t:run() end", "while true"),
    ] {
        assert_eq!(in_main(body), [format!("endless-loop: {sign}")], "{body}");
    }
}

#[test]
fn a_condition_that_a_metatable_may_change_is_left_alone() {
    let watched = |more: &str| {
        in_main(&format!(
            "local done = false
            local asked = setmetatable({{}}, {{ __index = function() {more} return 1 end }})
            while not done do local _ = asked.x end"
        ))
    };
    assert_eq!(watched("done = true"), [""; 0]);
    assert_eq!(watched(""), ["endless-loop: not done"]);
    for made in ["local set = setmetatable local t = set({}, meta)", "local t = library.watched(order)"] {
        let text = format!("local meta = {{ __index = function() return order.n end }} {made} while not t.done do end");
        assert_eq!(in_main(&text), [""; 0], "{made}");
    }
    let field = "local t = setmetatable({}, { __index = function() return order.n end }) while not t.done do end";
    assert_eq!(in_main(field), [""; 0]);
}

#[test]
fn a_loop_that_may_end_or_wait_is_none() {
    for body in [
        "while true do if order.done then break end end",
        "while true do if order.done then return 1 end end",
        "while true do error('enough') end",
        "while true do assert(order.next)() end",
        "while true do library.step() end",
        "while true do order.step() end",
        "while true do order:step() end",
        "while true do name(order) end",
        "while true do pcall(order.step) end",
        "while true do coroutine.yield() end",
        "while order.n > 0 do order.n -= 1 end",
        "for i = 1, 10 do print(i) end",
        "for i = 1, -math.huge do print(i) end",
        "repeat local done = order.n == 1 order.n += 1 until done",
        "while next(order) do table.remove(order) end",
        "local function wait() time.sleep('1s') end coroutine.spawn(function() while true do wait() end end)",
        "local inbox = process.inbox() coroutine.spawn(function() while true do print(inbox:receive()) end end)",
        "local lock = workflow.mutex() coroutine.spawn(function() while true do lock:lock() lock:unlock() end end)",
    ] {
        assert_eq!(in_main(body), [""; 0], "{body}");
    }
}

#[test]
fn a_condition_that_nothing_changes_is_found() {
    for (body, condition) in [
        ("local done while not done do end", "not done"),
        ("local n = 0 while n < 3 do print('still') end", "n < 3"),
        ("local state = {} repeat print(1) until state.done", "state.done"),
        ("local list = {} while #list == 0 do local x = 1 end", "#list == 0"),
    ] {
        assert_eq!(in_main(body), [format!("endless-loop: {condition}")], "{body}");
    }
}

#[test]
fn a_condition_that_something_may_change_is_none() {
    for body in [
        "local done while not done do done = true end",
        "local state = {} while not state.done do state.done = true end",
        "local list = {} while #list < 3 do table.insert(list, 1) end",
        "local n = 0 local function step() n += 1 end while n < 3 do step() end",
        "local n = 0 while n < 3 do pcall(function() n += 1 end) end",
        "local done while not done do time.sleep('1s') end",
        "local state = {} while not state:done() do end",
        "while not finished do end",
        "local list = {} local same = list while #list == 0 do table.insert(same, 1) end",
        "local state = {} local same = state while not state.done do same.done = true end",
        "local n = 0 while n < 3 do name:gsub('a', function() n += 1 end) end",
    ] {
        assert_eq!(in_main(body), [""; 0], "{body}");
    }
}

#[test]
fn what_is_watched_has_to_be_awaited() {
    let help = |body: &str| findings(&[(module(body), WORKFLOW)]).remove(0).help;
    assert!(help("local done while not done do end").contains("return done end"));
    assert!(help("local n = 1 while n < 3 do end").contains("return not (n < 3) end"));
    assert!(help("local n = 1 repeat until n > 3").contains("return n > 3 end"));
}

#[test]
fn a_history_that_grows_for_ever_is_found() {
    for body in [
        "while true do time.sleep('1h') end",
        "while true do local _, err = funcs.call('a', order) if err then logger:error(err) end end",
        "local inbox = workflow.signals('x') while true do print(inbox:receive()) end",
        "local function wait() time.sleep('1h') end local function follow() while true do wait() end end follow()",
        "workflow.shield(function() while true do time.sleep('1h') end end)",
        "repeat time.sleep('1h') until false",
    ] {
        assert_eq!(in_main(body).len(), 1, "{body}");
        assert!(in_main(body)[0].starts_with("endless-history: "), "{body}");
    }
    let as_function = "return function() while true do time.sleep(1) end end";
    let as_library = "local w = {} function w.main() while true do time.sleep(1) end end return w";
    for text in [as_function, as_library] {
        assert_eq!(found(text), ["endless-history: while true"]);
    }
}

#[test]
fn a_history_that_ends_or_begins_anew_is_none() {
    for body in [
        "while true do time.sleep('1h') if order.done then break end end",
        "while true do time.sleep('1h') workflow.continue_as_new(order) end",
        "while true do time.sleep('1h') if order then workflow.with_options({}):continue_as_new(order) end end",
        "while true do time.sleep('1h') workflow.continue_as_new_if_suggested(order) end",
        "while true do time.sleep('1h') workflow.with_options({}):continue_as_new_if_suggested(order) end",
        "while true do time.sleep('1h') process.upgrade() end",
        "local function renew() workflow.continue_as_new(order) end while true do time.sleep('1h') renew() end",
        "while true do time.sleep('1h') library.step() end",
        "coroutine.spawn(function() while true do time.sleep('1h') end end)",
        "workflow.with_timeout('1h', function() while true do time.sleep('1m') end end)",
        "for i = 1, 1000 do time.sleep('1h') end",
    ] {
        assert_eq!(in_main(body), [""; 0], "{body}");
    }
}

#[test]
fn a_loop_of_a_function_or_of_nobody_is_none() {
    let body = "return function() while true do end end";
    assert_eq!(found_in(body, FUNCTION), [""; 0]);
    let library = Setting { method: None, ..WORKFLOW };
    assert_eq!(found_in("return { step = function() while true do time.sleep(1) end end }", library), [""; 0]);
    assert_eq!(found_in("return { step = function() while true do end end }", library), ["endless-loop: while true"]);
}

#[test]
fn an_error_that_is_thrown_away_is_found() {
    for (body, shown) in [
        ("funcs.call('a', order)", "funcs.call('a', order)"),
        ("local result = funcs.call('a') return result", "funcs.call('a')"),
        ("order.result = funcs.call('a')", "funcs.call('a')"),
        ("local a, b = funcs.call('a'), 1 return a, b", "funcs.call('a')"),
        ("local result, err = funcs.call('a') return result", "err"),
        ("local err name, err = funcs.call('a') return name", "err"),
        ("local e = funcs.new():with_options({}) local x = e:call('a') return x", "e:call('a')"),
        ("local x = funcs.new():with_options({}):call('a') return x", "funcs.new():with_options({}):call('a')"),
        ("workflow.exec('app:child')", "workflow.exec('app:child')"),
        (
            "local c = workflow.with_options({}) local child, err = c:start('a') print(err) child:signal('x')",
            "child:signal('x')",
        ),
        (
            "local child, err = workflow.with_options({}):start('a') print(err) local r = child:result() return r",
            "child:result()",
        ),
        ("process.spawn('app:child', 'app:host')", "process.spawn('app:child', 'app:host')"),
        ("local x = funcs.call('a') if x > 3 then return 1 end", "funcs.call('a')"),
    ] {
        assert_eq!(in_main(body), [format!("dropped-error: {shown}")], "{body}");
    }
    let request = "return function() local answer = http.get('https://a.example') return answer.body end";
    assert_eq!(found_in(request, FUNCTION), ["dropped-error: http.get('https://a.example')"]);
    let write =
        "local sql = require('sql') return function() local db, err = sql.get('db') if err then return nil, err end
        local tx, failed = db:begin() if failed then return nil, failed end tx:execute('a') tx:rollback() end";
    assert_eq!(found_in(write, FUNCTION), ["dropped-error: tx:execute('a')"]);
    let steps =
        "local sql = require('sql') return function() local db, err = sql.get('db') if err then return nil, err end
        local tx, failed = db:begin() if failed then return nil, failed end
        tx:savepoint('a') tx:rollback_to('a') tx:release('a') db:release() end";
    assert_eq!(
        found_in(steps, FUNCTION),
        ["dropped-error: tx:savepoint('a')", "dropped-error: tx:rollback_to('a')", "dropped-error: tx:release('a')"]
    );
}

#[test]
fn an_error_that_somebody_may_look_at_is_none() {
    for body in [
        "local x, err = funcs.call('a') if err then return nil, err end return x",
        "local _ = funcs.call('a')",
        "local _, _err = funcs.call('a')",
        "return funcs.call('a')",
        "print(funcs.call('a'))",
        "local both = { funcs.call('a') } return both",
        "local x = funcs.call('a') or 'nothing' return x",
        "local x = (funcs.call('a')) return x",
        "local x = assert(funcs.call('a')) return x",
        "if not funcs.call('a') then return 1 end",
        "local x = funcs.call('a') if not x then return 1 end",
        "local x = funcs.call('a') return if x then x.id else 0",
        "local x = funcs.call('a') assert(x, 'no answer')",
        "order.x = funcs.call('a') if order.x == nil then return 1 end",
        "local err name, err = funcs.call('a') if err then return nil, err end",
        "local f = funcs.async('a') local x = f:result() return x",
        "time.sleep('1s')",
        "order.call('a') order:call('a')",
        "library.call('a')",
        // There is no such function.
        "local child = workflow.start('a') return child",
        "local scope = workflow.scope(order) local x = scope:result() return x",
    ] {
        assert_eq!(in_main(body), [""; 0], "{body}");
    }
}

#[test]
fn a_hole_in_a_list_is_found() {
    assert_eq!(in_main("return { 1, nil, 2 }"), ["nil-in-list: nil"]);
    assert_eq!(found_in("return { nil, x = 1, 'a' }", FUNCTION), ["nil-in-list: nil"]);
    for fine in ["return { 1, nil }", "return { a = nil, 2 }", "return { 1, x = nil, 2 }", "return nil, 1"] {
        assert_eq!(in_main(fine), [""; 0], "{fine}");
    }
}

#[test]
fn a_text_that_does_not_compile_has_no_findings() {
    assert_eq!(found("while true do"), [""; 0]);
    assert_eq!(found(&format!("return {}1{}", "f(".repeat(5_000), ")".repeat(5_000))), [""; 0]);
}

/// As deep as the reader goes, on a stack as small as a test's.
#[test]
fn the_deepest_text_is_looked_at() {
    for (open, inside, close) in
        [("f(", "1", ")"), ("{", "1", "}"), ("(", "1", ")"), ("not ", "x", ""), ("function() return ", "1", " end")]
    {
        for depth in [50, 98, 150, 198] {
            let text = format!("return {}{inside}{}", open.repeat(depth), close.repeat(depth));
            assert_eq!(found(&text), [""; 0], "{open} {depth}");
        }
    }
    let blocks = format!("{} while true do end {}", "do ".repeat(190), " end".repeat(190));
    assert_eq!(found(&blocks), ["endless-loop: while true"]);
    let chain = format!("return x{}", ".y(1) + x".repeat(20_000));
    assert_eq!(found(&chain), [""; 0]);
}

#[test]
fn every_call_that_is_known_is_documented() {
    let stubs = [
        ("channel", include_str!("../../../lua/types/channel.lua")),
        ("coroutine", include_str!("../../../lua/types/coroutine.lua")),
        ("ctx", include_str!("../../../lua/types/ctx.lua")),
        ("funcs", include_str!("../../../lua/types/funcs.lua")),
        ("http_client", include_str!("../../../lua/types/http_client.lua")),
        ("process", include_str!("../../../lua/types/process.lua")),
        ("saga", include_str!("../../../lua/types/saga.lua")),
        ("sql", include_str!("../../../lua/types/sql.lua")),
        ("time", include_str!("../../../lua/types/time.lua")),
        ("workflow", include_str!("../../../lua/types/workflow.lua")),
    ];
    let of_language = ["create", "isyieldable", "running", "status", "close"];
    for (module, names) in calls::NEVER_WAIT.iter().chain(errors::FALLIBLE) {
        for name in names.iter().filter(|name| **name != "*" && !of_language.contains(*name)) {
            let (_, stub) = stubs.iter().find(|(known, _)| known == module).unwrap();
            let is_there = stub.contains(&format!(".{name}(")) || stub.contains(&format!(":{name}("));
            assert!(is_there, "{module} has no `{name}`");
        }
    }
}

/// Texts that are nearly right, cut and joined at random: the lint has something to say, or not.
#[test]
fn no_edit_of_a_text_is_too_much() {
    let seeds = [
        include_str!("../../../examples/monitor/watch.lua"),
        include_str!("../../../examples/orders/order.lua"),
        include_str!("../../../examples/updates/cart.lua"),
        include_str!("../../../examples/ai-content/article.lua"),
    ];
    let words = [
        "while true do ",
        " end ",
        "repeat ",
        " until ",
        "-- metonic: allow(",
        ")",
        "funcs.call(",
        "local x, err = ",
        "{1, nil, 2}",
        "`{",
        "}`",
        "\n",
        "é",
        "--[[",
        "]]",
        "function ",
        "(",
        "\"",
        "for i = 1, math.huge do ",
        ":",
    ];
    let mut state = 1_u64;
    let mut number = |below: usize| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(state >> 33).unwrap() % below.max(1)
    };
    for round in 0..4_000 {
        let mut text = seeds[round % seeds.len()].to_owned();
        for _ in 0..=number(6) {
            let mut at = [number(text.len()), number(text.len())];
            at.sort_unstable();
            let [from, to] = at.map(|at| (0..=at).rev().find(|at| text.is_char_boundary(*at)).unwrap());
            let to = if number(2) == 0 { from } else { to.min(from + 40) };
            let to = (from..=to).rev().find(|at| text.is_char_boundary(*at)).unwrap();
            text.replace_range(from..to, words[number(words.len())]);
        }
        let setting = if round % 3 == 0 { FUNCTION } else { WORKFLOW };
        for finding in findings(&[(module(&text), setting)]) {
            assert!(text.get(finding.span.clone()).is_some(), "{finding:?} is not in the text");
        }
    }
}

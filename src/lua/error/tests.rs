use super::*;
use shown::Culprit;

use crate::lua::testing::{error, text};

fn culprit(range: Range<usize>, label: &str) -> Culprit {
    Culprit { range, label: label.to_owned() }
}

#[test]
fn the_value_that_has_no_fields_is_found_in_its_line() {
    let error =
        LuaError { message: "attempt to index nil with 'email'".to_owned(), origin: Origin::Bug, frames: Vec::new() };
    let found = |line: &str| error.culprit(line).map(|culprit| line[culprit.range].to_owned());
    for (line, expected) in [
        ("return order.customer.email:lower()", "order.customer"),
        ("send(find(id, 2)[\"a\"].email)", "find(id, 2)[\"a\"]"),
        ("x = people[names[1]]['email']", "people[names[1]]"),
        ("local to = user:email()", "user"),
        ("return (a or b).email .. email", "(a or b)"),
    ] {
        assert_eq!(found(line).as_deref(), Some(expected), "{line}");
    }
    // Which of the two it was, nobody knows.
    assert_eq!(found("return a.email or b.email"), None);
    assert_eq!(found("local r = { cfg.email, t[k] }").as_deref(), Some("email"));
    assert_eq!(found("local r = { cfg.email, t[1], t['k'], [k] = 1 }").as_deref(), Some("cfg"));
}

#[test]
fn the_word_that_is_to_blame_is_found_in_its_line() {
    let error = error("local order = {}\nreturn order.customer.name");
    assert_eq!(error.message, "attempt to index nil with 'name'");
    assert_eq!(error.culprit("return order.customer.name"), Some(culprit(7..21, "this is nil")));
    assert_eq!(error.culprit("return names"), None);
}

/// What of the line that breaks is underlined, and what is said of it.
fn underlined(code: &str) -> (String, String) {
    let error = error(code);
    let at = error.place().unwrap().line - 1;
    let start = code.split_inclusive('\n').take(at).map(str::len).sum();
    let end = start + code[start..].lines().next().unwrap().len();
    let found = error.suspect(code, start..end);
    found.map_or_else(Default::default, |culprit| (code[culprit.range].to_owned(), culprit.label))
}

#[test]
fn the_only_part_of_a_line_that_can_have_broken_is_underlined() {
    for (code, part, label) in [
        ("undefinedfn(1, 2)", "undefinedfn", "`undefinedfn` is nil"),
        ("local x = 1 print(tostring(x) .. undefinedfn(x))", "undefinedfn", "`undefinedfn` is nil"),
        ("local s = 'a' return s:upper() .. string.trim(s)", "string.trim", "`string.trim` is nil"),
        ("local a = {b = 1}\nreturn pcall, a.b(2)", "a.b", "`a.b` is a number"),
        ("return (function()\n  return a(function()\n    return 1 + 1\n  end)\nend)()", "a", "`a` is nil"),
        ("local x = 1 return x + nil", "nil", "this is nil"),
        ("local x return 2 * (1 + x.y)", "", ""),
        ("local order = {} return 2 + order.price", "order.price", "this is nil"),
        ("local order = {} return order.price - 2 - 1 ", "order.price", "this is nil"),
        ("local order, n = {}, 2 return n / order", "order", "this is a table"),
        ("local a, b return a * b", "a * b", ""),
        ("local x return x ^ 2", "x", "this is nil"),
        ("local x = '5' return x // {}", "{}", "this is a table"),
        ("local t = {} t.n += 1", "t.n", "this is nil"),
        ("local t = {}\nt.text ..= 'a'", "t.text", "this is nil"),
        ("local x return -x", "x", "this is nil"),
        ("local x return 1 + #x.y", "", ""),
        ("local x return 1 + #x", "x", "this is nil"),
        ("local order = {} return 'a' .. order.x", "order.x", "this is nil"),
        ("local order = {} return 'a' .. order.x .. 'b'", "order.x", "this is nil"),
        ("return 'a' < 1", "'a' < 1", ""),
        ("local n return n > 1", "n", "this is nil"),
        ("local n return 1 >= n and n ~= 2", "n", "this is nil"),
        ("local t for k, v in t do end", "t", "this is nil"),
        ("local n for i = 1, n do end", "n", "this is nil"),
        ("local t, k return t[1]", "t", "this is nil"),
        ("error('plain')", "error('plain')", ""),
        ("local x if not x then error('no ' .. tostring(x)) end", "error('no ' .. tostring(x))", ""),
        ("local x if x then error('a') else error('b') end", "error('b')", ""),
        ("local t = {} assert(t.x, 'no x')", "assert(t.x, 'no x')", ""),
        ("error({\n  code = 1,\n})", "error({", ""),
        ("return error('a' .. 1) or error('b')", "error('a' .. 1)", ""),
        ("local n = 2 if n > 9 then error('a') end error(`no {n} of it`)", "error(`no {n} of it`)", ""),
        ("local e = 'gone' if not e then error('a') end error(e)", "error(e)", ""),
        ("if false then error('a') end assert(nil)", "assert(nil)", ""),
    ] {
        assert_eq!(underlined(code), (part.to_owned(), label.to_owned()), "{code}");
    }
}

#[test]
fn where_several_parts_can_have_broken_none_is_underlined() {
    for code in [
        "local function a() end a() b()",
        "local print = nil print(tostring(1)) print(undefinedfn())",
        "local a, b = 1, {} return a + b.x + b.y",
        "local a, b = 'a', {} return a .. b.x .. b.y",
        "local t = {1, 'a'} table.sort(t) return 1 < 2",
        "if json.decode(1) then error('no') end",
        "return string.rep(1, {}) or error('no')",
        "local x = 'a' if x == 'b' then error('no') end x = x:match('[a')",
        "local x, why = 'a' if x == 'b' then error(why) end x = x:match('[a')",
        "local t, k = {} if t.x then error('no') end t[k] = 1",
        "local t = {{}} if t.x then error('no ' .. t.x) end return table.concat(t)",
        "local s = 'aaaa' if s == '' then error(`no {s}`) end return s:rep(1e9)",
        "local e = 'x' if e == 'y' then error('x') else error(e) end",
    ] {
        assert_eq!(underlined(code), Default::default(), "{code}");
    }
}

#[test]
fn a_sign_that_a_message_quotes_is_not_looked_for() {
    let error = error("local t = {'['}\nreturn ('x'):find(t[1])");
    assert_eq!(error.message, "malformed pattern (missing ']')");
    assert_eq!(error.culprit("return ('x'):find(t[1])"), None);
}

#[test]
fn frames_of_the_library_and_of_the_host_are_left_out() {
    let error = error("table.sort({2, 1}, function(a, b)\n  error('no order')\nend)");
    assert_eq!(error.located(), "app:main:2: no order");
    assert_eq!(error.stack(), "app:main:2\napp:main:1");
}

#[test]
fn a_recursion_shows_thirty_frames() {
    let error = error("local function f() return 1 + f() end\nf()");
    assert_eq!(error.message, "stack overflow");
    assert!(error.frames.len() <= MOST_FRAMES, "{}", error.frames.len());
}

#[test]
fn a_misused_host_function_is_a_bug_at_the_callers_line() {
    let error = error("local x = 1\njson.decode(x)");
    assert_eq!(error.located(), "app:main:2: json.decode: `text` must be a string, got a number");
    assert_eq!(error.origin, Origin::Bug);
}

#[test]
fn a_caught_misuse_is_a_text_with_its_place() {
    assert_eq!(
        text("local ok, e = pcall(json.decode, 1) return type(e) .. ' ' .. e"),
        "string app:main:1: json.decode: `text` must be a string, got a number",
    );
}

#[test]
fn a_raised_table_speaks_through_its_message() {
    assert_eq!(error("error({message = 'gone', code = 1})").message, "gone");
    assert_eq!(error("error({})").message, "a table was raised; raise `errors.new{…}` or a text instead");
}

#[test]
fn an_error_of_nothing_says_so() {
    let message = "nothing was raised; raise `errors.new{…}` or a text";
    assert_eq!((error("error()").message, error("error(nil)").message), (message.to_owned(), message.to_owned()));
}

#[test]
fn an_errors_own_tostring_is_never_asked() {
    let code = "error(setmetatable({}, {__tostring = function() while true do end end}))";
    assert!(error(code).message.starts_with("a table was raised"));
}

#[test]
fn a_long_message_is_cut() {
    let message = error("error(('é'):rep(1e6))").message;
    assert!(message.len() < LONGEST_MESSAGE + 100 && message.ends_with("more bytes)"), "{}", message.len());
}

#[test]
fn an_error_object_keeps_everything_through_pcall_and_out() {
    let code = r#"
        local inner = errors.new{message = "no stock", kind = "OutOfStock", retryable = false, details = {sku = "a"}}
        local ok, caught = pcall(function() error(errors.wrap(inner, "order 7")) end)
        error(caught)
    "#;
    let Origin::Author(failure) = error(code).origin else { panic!() };
    assert_eq!(failure.message, "order 7: no stock");
    assert_eq!((failure.kind.as_str(), failure.retryable), ("OutOfStock", Some(false)));
    assert_eq!(failure.details.unwrap().to_json(), r#"{"sku":"a"}"#);
    assert_eq!(failure.cause.unwrap().message, "no stock");
    assert_eq!(failure.stack, "app:main:3\napp:main:3");
}

#[test]
fn kinds_are_found_along_the_causes() {
    let code = r#"
        local e = errors.wrap(errors.new{message = "x", kind = errors.TIMEOUT}, "y")
        local frames = errors.call_stack(e).frames
        return table.concat({tostring(errors.is(e, "Timeout")), tostring(errors.is(e, errors.INVALID)),
            tostring(errors.is("x", errors.INVALID)), frames[1].source, frames[1].line, e:type(), "<" .. e .. ">"}, " ")
    "#;
    assert_eq!(text(code), "true false false app:main 2 Timeout <y: x>");
}

/// Temporal's wrapper of an activity's failure was raised nowhere.
#[test]
fn a_stack_is_that_of_the_nearest_cause_that_has_one() {
    let inner = Failure { stack: "app:act:7: in work".to_owned(), ..Failure::new("Busy", "later") };
    let lua = crate::lua::testing::lua();
    let wrapped = crate::lua::error_object(&lua, Failure::new("Busy", "later").caused_by(inner)).unwrap();
    lua.globals().set_readonly(false);
    lua.globals().raw_set("wrapped", wrapped).unwrap();
    let code = "local frame = errors.call_stack(wrapped).frames[1]
        return `{wrapped:stack()} {frame.source} {frame.line} {frame.name}`";
    assert_eq!(crate::lua::testing::run::<String>(&lua, code).unwrap(), "app:act:7: in work app:act 7 work");
}

#[test]
fn an_unknown_field_of_an_error_is_misuse() {
    assert_eq!(
        error("errors.new{message = 'x', retriable = true}").message,
        "errors.new: unknown option `retriable`; did you mean `retryable`?",
    );
}

#[test]
fn wrapping_again_and_again_makes_no_endless_chain() {
    let code = "local e = errors.new('x') for i = 1, 1000 do e = errors.wrap(e, 'y') end \
                local n, c = 0, e while c:cause() do c = c:cause() n += 1 end return `{n} {c:message()} {#e:message()}`";
    assert_eq!(text(code), "32 x 3001");
}

#[test]
fn an_error_without_a_kind_has_the_type_that_temporal_is_told() {
    assert_eq!(
        text("local e = errors.new('x') return `{e:kind()}|{e:type()}|{e:retryable()}|{e:details()}`"),
        "|Internal|nil|nil"
    );
}

#[test]
fn what_was_not_made_by_errors_has_no_stack() {
    assert_eq!(text("return errors.call_stack('x')"), "nil");
}

#[test]
fn a_text_is_wrapped_as_an_error_of_no_kind() {
    assert_eq!(
        text("local e = errors.wrap('x', 'y') return `{e} {e:cause()} {e:cause():kind() == errors.UNKNOWN}`"),
        "y: x x true"
    );
}

#[test]
fn what_errors_hold_counts_as_memory_of_the_code() {
    use crate::lua::{Limits, Meter, testing};
    let lua = testing::lua();
    let limits = Limits { memory: 8 * 1024 * 1024, ..testing::LIMITS };
    Meter::begin(&lua, &limits).unwrap();
    let code = "local t, all = {}, {} for i = 1, 1000 do t[i] = i end \
                for i = 1, 10000 do all[i] = errors.new{message = 'x', details = t} end";
    assert!(testing::run::<()>(&lua, code).is_err());
    assert_eq!(Meter::end(&lua), Some(Tripped::Memory));
}

/// Where an error that was caught is said to have arisen, and its stack.
fn raised_again(code: &str) -> (String, String) {
    let error = error(&format!("local function work(t)\n  return t.x.y\nend\n{code}"));
    (error.located(), error.stack())
}

#[test]
fn what_was_caught_and_is_raised_again_keeps_its_place() {
    for code in [
        "local ok, e = pcall(work, {})\nerror(e, 0)",
        "local co = coroutine.create(work)\nerror(select(2, coroutine.resume(co, {})), 0)",
        "local again = coroutine.wrap(work)\nagain({})",
        "local co = coroutine.wrap(function()\n  coroutine.wrap(work)({})\nend)\nco()",
        "local ok, e = xpcall(work, function(e) return e end, {})\nerror(e, 0)",
    ] {
        let (message, stack) = raised_again(code);
        assert_eq!(message, "app:main:2: attempt to index nil with 'y'", "{code}");
        assert!(stack.starts_with("app:main:2: in what was caught\napp:main:"), "{code}: {stack}");
    }
}

#[test]
fn an_error_that_was_never_caught_has_the_line_that_raised_it() {
    for (code, message) in [
        ("error('plain', 0)", "app:main:1: plain"),
        ("local function f() error('his fault', 2) end\nf()", "app:main:1: his fault"),
        ("error('order:12: gone', 0)", "app:main:1: order:12: gone"),
        ("error('app:main:1: here', 0)", "app:main:1: here"),
    ] {
        assert_eq!(error(code).located(), message, "{code}");
    }
}

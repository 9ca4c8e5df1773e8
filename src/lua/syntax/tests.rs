use super::*;

fn rewritten(text: &str) -> String {
    rewrite(text)
        .unwrap_or_else(|unread| panic!("{} in `{text}`", unread.words(text)))
        .replace(ITERATE, "I")
        .replace(POWER, "P")
}

fn found(text: &str) -> Vec<(ProblemKind, &str)> {
    problems(text).into_iter().map(|problem| (problem.kind, &text[problem.span])).collect()
}

#[test]
fn every_loop_over_an_expression_goes_through_our_function() {
    for (text, expected) in [
        ("for k, v in t do end", "for k, v in I(t) do end"),
        ("for k in pairs(t) do end", "for k in I(pairs(t)) do end"),
        (
            "for k: string, v: {[string]: number} in next, t do end",
            "for k: string, v: {[string]: number} in I(next, t) do end",
        ),
        ("for i = 1, 10 do end", "for i = 1, 10 do end"),
        (
            "for x in f(function() for y in z do end end) do end",
            "for x in I(f(function() for y in I(z) do end end)) do end",
        ),
        ("for x in if a then b else c do end", "for x in I(if a then b else c) do end"),
    ] {
        assert_eq!(rewritten(text), expected);
    }
}

#[test]
fn every_power_goes_through_our_function() {
    for (text, expected) in [
        ("return a ^ b", "return P(a , b)"),
        ("return -a ^ -b", "return -P(a , -b)"),
        ("return 2^3^4", "return P(2,P(3,4))"),
        ("return (a ^ b) ^ c", "return P((P(a , b)) , c)"),
        ("return a.b[1]:c(2 ^ x) ^ d * e", "return P(a.b[1]:c(P(2 , x)) , d) * e"),
        ("return 2 * x :: number ^ 2", "return 2 * P(x :: number , 2)"),
        ("for x in a ^ b do end", "for x in I(P(a , b)) do end"),
        ("return `{a ^ b} {`{c^d}`}`", "return `{P(a , b)} {`{P(c,d)}`}`"),
        ("return '^', [[^]], `^` -- ^", "return '^', [[^]], `^` -- ^"),
    ] {
        assert_eq!(rewritten(text), expected);
    }
}

#[test]
fn a_loop_over_a_bare_table_is_a_problem_and_one_over_a_call_is_none() {
    assert_eq!(found("for k, v in order.items do end"), [(ProblemKind::NativeIteration, "order.items")]);
    assert_eq!(found("for k in {1, 2} do end"), [(ProblemKind::NativeIteration, "{1, 2}")]);
    assert_eq!(found("for w in s:gmatch('%a') do end for i in ipairs(t) do end for k in next, t do end"), []);
    assert_eq!(found("for v in function() return nil end do end for v in (function() end) do end"), []);
}

#[test]
fn names_of_the_collector_and_of_metonic_are_problems() {
    assert_eq!(found("setmetatable(t, {__mode = 'k'})"), [(ProblemKind::Collector, "__mode")]);
    assert_eq!(found("mt['__gc'] = f"), [(ProblemKind::Collector, "'__gc'")]);
    assert_eq!(found("local __metonic_power = 1"), [(ProblemKind::ReservedName, "__metonic_power")]);
    assert_eq!(found("x ^= 2"), [(ProblemKind::PowerAssignment, "^=")]);
}

#[test]
fn what_luau_reads_this_reads() {
    for text in [
        "type A<T, U... = ...number> = { read x: number, [string]: T, y: ((a: T, ...number) -> (U...))? } | nil",
        "export type B = A.C<string, (number, string)> | 'x' | typeof(f(1))",
        "local function f<T>(a: T, ...: number): (T, ...string) return a, ... end",
        "@native local function g() end @[deprecated {use = 'x'}] function h.i:j() end",
        "local x: number?, y = 1, 0xFF_FF + 1e-5 .. 'a' .. 1 ..2",
        "const z = 1 continue = 2 repeat continue until type(x) == 'number' type = 3",
        "a.b['c']:d'e'{f = 1; 2, [3] = 4}(...)",
        "local t = { if a then b elseif c then d else e, function() end, }",
        "x += 1 y //= 2 z ..= 's' local s = [==[ ]] ]==] --[[ end ]] return",
        "return f<<number, string>>(1) < g, #t, not a == b, a and b or c",
        "while true do if x then break end; do end end;",
        "local s = 'a\\z   \n b\\\nc' for i: number = 1, 2 do end",
        "return (f :: any)(x) :: {number}",
    ] {
        rewritten(text);
        mlua::chunk::Compiler::new().compile(text).unwrap_or_else(|error| panic!("{text}: {error}"));
    }
}

#[test]
fn a_long_text_of_parts_is_no_deeper_than_a_short_one() {
    let text = format!("local x = 'a'{} return x", ".. 'a'".repeat(5_000));
    assert_eq!(rewritten(&text), text);
}

#[test]
fn what_is_too_deep_says_so_and_what_to_do() {
    let text = format!("local x = {}1", "not ".repeat(300));
    assert_eq!(
        rewrite(&text).unwrap_err().words(&text),
        "`not` stands inside more than 200 other expressions and blocks; give inner parts names: put them into \
         locals, or into functions of their own"
    );
    assert_eq!(problems(&text)[0].kind, ProblemKind::TooDeep);
}

#[test]
fn what_is_not_understood_has_a_place() {
    let text = "local x = = 2";
    assert_eq!(rewrite(text), Err(Unread { span: 10..11, too_deep: false }));
    assert!(rewrite(&"(".repeat(100_000)).is_err());
    assert!(rewrite("local s = 'open").is_err());
}

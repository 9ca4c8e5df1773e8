//! Comments that allow a finding.

use super::*;

#[test]
fn a_comment_allows_what_is_on_its_line_or_the_next() {
    for body in [
        "funcs.call('a') -- metonic: allow(dropped-error)",
        "-- metonic: allow(dropped-error) it does not matter\nfuncs.call('a')",
        "-- metonic: allow(dropped-error)\n-- It does not matter.\nfuncs.call('a')",
        "-- metonic: allow(endless-history, dropped-error)\nwhile true do funcs.call('a') end",
    ] {
        assert_eq!(in_main(body), [""; 0], "{body}");
    }
}

#[test]
fn a_comment_that_allows_nothing_is_told() {
    assert_eq!(
        in_main("-- metonic: allow(dropped-error)\n\nfuncs.call('a')"),
        ["unused-allow: dropped-error", "dropped-error: funcs.call('a')"]
    );
    assert_eq!(in_main("-- metonic: allow(nil-in-list)"), ["unused-allow: nil-in-list"]);
    assert_eq!(in_main("-- metonic: alow(nil-in-list)"), ["unused-allow: alow(nil-in-list)"]);
    let told = |text: &str| findings(&[(module(text), WORKFLOW)]).remove(0);
    assert_eq!(told("-- metonic: allow(droped-error)").help, "did you mean `dropped-error`?");
    assert_eq!(told("-- metonic: allow(lua-syntax)").headline, "`lua-syntax` cannot be allowed");
}

#[test]
fn what_is_said_elsewhere_addresses_nobody() {
    assert_eq!(in_main("local s = '-- metonic: allow(x)' -- see metonic: allow\nreturn s"), [""; 0]);
}

#[test]
fn what_one_of_two_entries_finds_is_allowed_for_both() {
    let text = "-- metonic: allow(endless-loop)\nlocal function main() while true do end end\nreturn { main = main }";
    assert_eq!(findings(&[(module(text), FUNCTION), (module(text), WORKFLOW)]), []);
}

#[test]
fn what_two_entries_find_is_told_once() {
    let text = "local funcs = require('funcs') funcs.call('a')";
    assert_eq!(findings(&[(module(text), FUNCTION), (module(text), WORKFLOW)]).len(), 1);
}

#[test]
fn a_comment_of_yaml_stands_in_no_text() {
    let is_allowed = |line: &str| {
        let end = "timeout: 6h".len();
        is_allowed_in_yaml(line, end - 2..end, Code::MissingHeartbeat)
    };
    assert!(is_allowed("timeout: 6h # metonic: allow(missing-heartbeat)"));
    assert!(is_allowed("timeout: 6h, summary: it's here # metonic: allow(missing-heartbeat)"));
    assert!(is_allowed(r#"timeout: 6h, summary: "a \" b" # metonic: allow(missing-heartbeat)"#));
    assert!(!is_allowed(r#"timeout: 6h, summary: "a # metonic: allow(missing-heartbeat)""#));
    assert!(!is_allowed("timeout: 6h, summary: 'a # metonic: allow(missing-heartbeat)'"));
}

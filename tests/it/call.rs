//! `metonic call`: a function, once, without a server.

use insta::assert_snapshot;

use crate::support::{Project, metonic};

const ENTRIES: &str = "\
namespace: app
entries:
  - {name: add, kind: function.lua, source: 'file://add.lua', method: add}
  - {name: fail, kind: function.lua, source: 'file://add.lua', method: fail}
  - {name: flow, kind: workflow.lua, source: 'return function() end'}
";

const CODE: &str = "\
return {
    add = function(a, b) return { sum = a + b } end,
    fail = function() return nil, errors.new({ kind = 'OutOfStock', message = 'none left' }) end,
}
";

fn call(arguments: &[&str]) -> String {
    let project = Project::new(&[("_index.yaml", ENTRIES), ("add.lua", CODE)]);
    metonic(project.path(), ["call"].iter().chain(arguments)).to_string()
}

#[test]
fn a_function_is_called_with_its_arguments() {
    assert_snapshot!(call(&["app:add", "1", "2"]), @r#"
    {"sum":3}
    --- exit 0
    "#);
}

#[test]
fn what_another_function_lacks_is_no_matter() {
    let lacking = "  - {name: os, kind: env.storage.os}\n  - {name: t, kind: env.variable, variable: NOT_SET, storage: os}\n  \
                   - {name: g, kind: function.lua, source: 'return function() end', meta: {options: {start_to_close_timeout: '${env:NOT_SET}'}}}\n";
    let project = Project::new(&[("_index.yaml", &format!("{ENTRIES}{lacking}")), ("add.lua", CODE)]);
    assert_snapshot!(metonic(project.path(), ["call", "app:add", "1", "2"]), @r#"
    {"sum":3}
    --- exit 0
    "#);
}

#[test]
fn a_database_that_cannot_be_opened_matters_to_who_asks_for_it() {
    let lacking = "  - {name: os, kind: env.storage.os}\n  - {name: t, kind: env.variable, variable: NOT_SET, storage: os}\n  \
                   - {name: db, kind: db.sql.sqlite, file: '${env:NOT_SET}'}\n  \
                   - {name: ask, kind: function.lua, modules: [sql], source: 'file://ask.lua'}\n";
    let ask = "local sql = require('sql')\nreturn function() return sql.get('app:db') end\n";
    let entries = format!("{ENTRIES}{lacking}");
    let project = Project::new(&[("_index.yaml", &entries), ("add.lua", CODE), ("ask.lua", ask)]);
    let said = metonic(project.path(), ["call", "app:add", "1", "2"]);
    assert_eq!((said.code, said.stdout.as_str()), (Some(0), "{\"sum\":3}\n"), "{said}");
    let said = metonic(project.path(), ["call", "app:ask"]);
    assert_eq!(said.code, Some(1), "{said}");
    let told = "error: Unavailable: the database `app:db` cannot be opened: `file` of `app:db` has no value";
    assert!(said.stderr.starts_with(told), "{said}");
}

#[test]
fn a_function_that_lacks_a_variable_is_not_called() {
    let lacking = "  - {name: os, kind: env.storage.os}\n  - {name: t, kind: env.variable, variable: NOT_SET, storage: os}\n  \
                   - {name: g, kind: function.lua, source: 'return function() return 1 end', http: {allow: ['${env:NOT_SET}']}}\n";
    let project = Project::new(&[("_index.yaml", &format!("{ENTRIES}{lacking}")), ("add.lua", CODE)]);
    let said = metonic(project.path(), ["call", "app:g"]);
    assert_eq!(said.code, Some(1), "{said}");
    assert!(said.stderr.contains("error[undefined-variable]: `allow` of `app:g` has no value"), "{said}");
}

#[test]
fn a_variable_is_named_as_it_is_called_in_the_functions_own_namespace() {
    let own = "  - {name: held, kind: env.storage.memory}\n  - {name: seed, kind: env.variable, storage: held, default: '4'}\n  \
               - {name: sow, kind: function.lua, source: 'file://sow.lua', modules: [env]}\n";
    let sow = "local env = require('env')\nreturn function() env.set('seed', env.get('seed') .. '2') return env.get('app:seed') end\n";
    let project = Project::new(&[("_index.yaml", &format!("{ENTRIES}{own}")), ("add.lua", CODE), ("sow.lua", sow)]);
    assert_snapshot!(metonic(project.path(), ["call", "app:sow"]), @r#"
    "42"
    --- exit 0
    "#);
}

#[test]
fn a_function_that_fails_says_why() {
    assert_snapshot!(call(&["app:fail"]), @r#"
    --- stderr
    error: OutOfStock: none left
    --- exit 1
    "#);
}

#[test]
fn a_function_that_fails_says_why_in_json() {
    assert_snapshot!(call(&["app:fail", "-o", "json"]), @r#"
    {"failure":{"type":"OutOfStock","message":"none left"}}
    --- exit 1
    "#);
}

#[test]
fn only_functions_are_called() {
    assert_snapshot!(call(&["app:flow"]), @r#"
    --- stderr
    error: `app:flow` is a `workflow.lua`, not a function; `metonic start` starts a workflow
    --- exit 2
    "#);
}

#[test]
fn a_function_that_is_not_there_is_answered_with_the_closest() {
    assert_snapshot!(call(&["app:ad"]), @r#"
    --- stderr
    error: no entry is called `app:ad`; did you mean `app:add`?
    --- exit 2
    "#);
}

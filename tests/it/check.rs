//! `metonic check`: what is wrong, for people, for programs and for GitHub.

use std::{path::Path, process::Stdio};

use insta::assert_snapshot;

use crate::support::{Output, Project, command, end_of, metonic, output_of, repository};

fn check(project: &Project, arguments: &[&str]) -> Output {
    metonic(project.path(), ["check"].iter().chain(arguments))
}

fn broken() -> Project {
    Project::new(&[(
        "shop/_index.yaml",
        "namespace: shop\nentries:\n  - name: temporal\n    kind: temporal.client\n    adress: localhost:7233\n",
    )])
}

fn sound() -> Project {
    Project::new(&[(
        "_index.yaml",
        "namespace: shop\nentries:\n  - name: temporal\n    kind: temporal.client\n    address: localhost:7233\n",
    )])
}

#[test]
fn a_sound_project_is_counted() {
    assert_snapshot!(check(&sound(), &[]), @r"
    ok 0 errors, 0 warnings in 1 file (1 entry)
    --- exit 0
    ");
}

#[test]
fn a_problem_is_shown_where_it_is() {
    assert_snapshot!(check(&broken(), &[]), @r"
    error[unknown-field]: `temporal.client` has no field `adress`
     --> shop/_index.yaml:5:5
      |
    5 |     adress: localhost:7233
      |     ^^^^^^ unknown field
      |
    help: did you mean `address`?
      |
    5 |     address: localhost:7233
      |       +

    FAIL 1 error, 0 warnings in 1 file (1 entry)   more: metonic explain unknown-field   fix: metonic check --fix
    --- exit 1
    ");
}

#[test]
fn who_stops_to_read_still_gets_the_exit_code() {
    let project = broken();
    let mut check = command(project.path());
    // Nobody ever reads: its first write fails.
    let (unread, writer) = std::io::pipe().unwrap();
    drop(unread);
    check.arg("check").stdout(writer).stderr(Stdio::piped());
    let ended = end_of(check.spawn().unwrap(), &check);
    assert_eq!((ended.status.code(), String::from_utf8(ended.stderr).unwrap().as_str()), (Some(1), ""));
}

#[test]
fn a_problem_is_one_line_of_json() {
    assert_snapshot!(check(&broken(), &["--format", "json"]), @r#"
    {"code":"unknown-field","severity":"error","message":"`temporal.client` has no field `adress`","file":"shop/_index.yaml","line":5,"column":5,"end":{"line":5,"column":11},"label":"unknown field","help":"did you mean `address`?","fix":{"file":"shop/_index.yaml","line":5,"column":5,"end":{"line":5,"column":11},"replacement":"address"}}
    --- exit 1
    "#);
}

#[test]
fn a_problem_is_an_annotation_on_github() {
    assert_snapshot!(check(&broken(), &["--format", "github"]), @r"
    ::error file=shop/_index.yaml,line=5,col=5,endLine=5,endColumn=11,title=unknown-field::`temporal.client` has no field `adress`%0Ahelp: did you mean `address`?
    --- exit 1
    ");
}

/// A project that runs, and is likely not what its author meant.
fn doubtful() -> Project {
    Project::new(&[
        (
            "_index.yaml",
            "namespace: shop\nentries:\n  - {name: order, kind: workflow.lua, source: file://order.lua, modules: [funcs]}\n",
        ),
        (
            "order.lua",
            "local funcs = require(\"funcs\")\nreturn function(order)\n    local paid = funcs.call(\"charge\", order)\n    \
             return paid.id\nend\n",
        ),
    ])
}

#[test]
fn a_warning_is_shown_and_is_no_failure() {
    assert_snapshot!(check(&doubtful(), &[]), @r#"
    warning[dropped-error]: the error of `funcs.call` is thrown away
     --> order.lua:3:18
      |
    3 |     local paid = funcs.call("charge", order)
      |                  ^^^^^^^^^^^^^^^^^^^^^^^^^^^ gives `nil, err`, and then `paid` is nil
      |
      = help: take both, as in `paid, err = funcs.call(…)`, and look at `err`

    ok 0 errors, 1 warning in 2 files (1 entry)   more: metonic explain dropped-error
    --- exit 0
    "#);
}

#[test]
fn a_warning_is_a_failure_if_warnings_are_denied() {
    assert_eq!(check(&doubtful(), &["--deny-warnings"]).code, Some(1));
    assert_eq!(check(&sound(), &["--deny-warnings"]).code, Some(0));
}

#[test]
fn a_warning_is_a_line_of_json_and_an_annotation() {
    assert_snapshot!(check(&doubtful(), &["--format", "json"]), @r#"
    {"code":"dropped-error","severity":"warning","message":"the error of `funcs.call` is thrown away","file":"order.lua","line":3,"column":18,"end":{"line":3,"column":45},"label":"gives `nil, err`, and then `paid` is nil","help":"take both, as in `paid, err = funcs.call(…)`, and look at `err`"}
    --- exit 0
    "#);
    assert_snapshot!(check(&doubtful(), &["--format", "github"]), @r"
    ::warning file=order.lua,line=3,col=18,endLine=3,endColumn=45,title=dropped-error::the error of `funcs.call` is thrown away%0Ahelp: take both, as in `paid, err = funcs.call(…)`, and look at `err`
    --- exit 0
    ");
}

#[test]
fn places_are_named_as_they_are_seen_from_where_the_command_runs() {
    let project = broken();
    for (folder, file) in [("shop", "shop/_index.yaml"), ("./shop/", "shop/_index.yaml"), (".", "shop/_index.yaml")] {
        let github = check(&project, &[folder, "--format", "github"]);
        assert!(github.stdout.starts_with(&format!("::error file={file},")), "{folder}: {github}");
        let json = check(&project, &[folder, "--format", "json"]);
        assert!(json.stdout.contains(&format!(r#""file":"{file}""#)), "{folder}: {json}");
        let human = check(&project, &[folder]);
        assert!(human.stdout.contains(&format!("--> {file}:5:5")), "{folder}: {human}");
    }
}

#[test]
fn a_folder_that_is_not_there_is_a_problem() {
    assert_snapshot!(check(&sound(), &["nowhere"]), @r"
    error[no-project]: there is no folder `nowhere`
     |
     = help: name the folder that holds your entry files, as in `metonic dev examples/orders`

    FAIL 1 error, 0 warnings in 0 files (0 entries)   more: metonic explain no-project
    --- exit 1
    ");
}

#[test]
fn the_project_may_stand_in_the_environment() {
    let project = sound();
    let mut command = command(Path::new("/"));
    command.arg("check").env("METONIC_PROJECT", project.path());
    let output = output_of(command);
    assert_eq!(output.code, Some(0), "{output}");
}

#[test]
fn what_is_suggested_is_written_and_what_is_left_is_told() {
    let project = Project::new(&[
        (
            "shop/_index.yaml",
            "# ours\nnamespace: shop\nentries:\n  - name: temporal\n    kind: temporal.clint\n    address: localhost:7233\n  \
             - {name: orders, kind: temporal.worker, client: temporl, task_queue: orders, max: 3}\n",
        ),
        ("shop/more.yaml", "namespace: shop\nentries:\n  - {name: note, kind: registry.entri}\n"),
    ]);
    let output = check(&project, &["--fix"]);
    assert_eq!(output.stderr, "shop/_index.yaml: 2 fixes\nshop/more.yaml: 1 fix\n");
    assert!(output.stdout.contains("no field `max`"), "{output}");
    assert!(output.stdout.contains("FAIL 1 error, 0 warnings in 2 files"), "{output}");
    assert_eq!(output.code, Some(1));
    let written = repository::read(&project.path().join("shop/_index.yaml"));
    assert_eq!(
        written,
        "# ours\nnamespace: shop\nentries:\n  - name: temporal\n    kind: temporal.client\n    address: localhost:7233\n  \
         - {name: orders, kind: temporal.worker, client: temporal, task_queue: orders, max: 3}\n"
    );
}

#[test]
fn the_command_that_mends_a_project_names_its_folder() {
    let project = broken();
    let output = metonic(project.path(), ["check", "shop"]);
    assert!(output.stdout.ends_with("   fix: metonic check --fix shop\n"), "{output}");
}

/// Mistakes that can be mended, in JSON, which is YAML, too.
const MISTAKES: &str = r#"{"namespace": "shop", "entries": [
  {"name": "temporal", "kind": "temporal.clint", "address": "localhost", "auth": {"type": "nonne"}},
  {"name": "orders", "kind": "temporal.worker", "client": "temporl", "task_qeue": "orders",
   "lifecycle": {"auto_start": "true", "startup": "requird"},
   "worker_options": {"max_concurrent_activity_execution_size": "5"}},
  {"name": "add", "kind": "function.lua", "source": "add.lua", "modules": ["tme"]}
]}
"#;

#[test]
fn what_stood_in_quotes_stands_in_quotes_when_it_is_mended() {
    let mended = [
        ("temporal.clint", "temporal.client"),
        ("\"localhost\"", "\"localhost:7233\""),
        ("nonne", "none"),
        ("temporl\"", "temporal\""),
        ("task_qeue", "task_queue"),
        ("\"true\"", "true"),
        ("requird", "required"),
        ("\"5\"", "5"),
        ("\"add.lua\"", "\"file://add.lua\""),
        ("tme", "time"),
    ]
    .iter()
    .fold(MISTAKES.to_owned(), |text, (wrong, right)| text.replace(wrong, right));
    let single = |text: &str| text.replace('"', "'");
    for (path, before, after) in [
        ("shop.json", MISTAKES.to_owned(), mended.clone()),
        ("shop.yaml", MISTAKES.to_owned(), mended.clone()),
        ("shop.yaml", single(MISTAKES), single(&mended)),
    ] {
        let project = Project::new(&[(path, &before), ("add.lua", "return { main = function() end }\n")]);
        let output = check(&project, &["--fix"]);
        assert_eq!(repository::read(&project.path().join(path)), after, "{output}");
        assert_eq!(output.code, Some(0), "{output}");
    }
}

#[test]
fn a_number_is_written_as_json_writes_it() {
    let text = r#"{"namespace": "shop", "entries": [
  {"name": "c", "kind": "temporal.client", "address": "localhost:7233", "lifecycle": {"restart": {"max_attempts": "+5"}}},
  {"name": "w", "kind": "temporal.worker", "client": "c", "task_queue": "q",
   "worker_options": {"max_concurrent_activity_execution_size": "007"}}
]}
"#;
    let project = Project::new(&[("shop.json", text)]);
    let output = check(&project, &["--fix"]);
    let mended = text.replace("\"+5\"", "5").replace("\"007\"", "7");
    assert_eq!(repository::read(&project.path().join("shop.json")), mended, "{output}");
}

#[test]
fn one_mistake_that_is_made_everywhere_is_mended_everywhere() {
    let variable = |at: usize| format!("  - {{name: v{at}, kind: env.variable, storage: memry}}\n");
    let text = format!(
        "namespace: shop\nentries:\n  - {{name: memory, kind: env.storage.memory}}\n{}",
        (0..950).map(variable).collect::<String>()
    );
    let project = Project::new(&[("shop.yaml", &text)]);
    let output = check(&project, &["--fix"]);
    assert_eq!(output.code, Some(0), "{output}");
    assert_eq!(repository::read(&project.path().join("shop.yaml")), text.replace("memry", "memory"));
}

#[test]
fn what_comes_from_a_variable_or_a_block_is_left_to_people() {
    let text = "namespace: shop\nentries:\n  - name: temporal\n    kind: temporal.client\n    address: \"${env:TEMPORAL|temporal}\"\n    \
                auth:\n      type: |\n        api_key\n  - {name: os, kind: env.storage.os}\n  - {name: x, kind: temporal.client, address: \"a:1\", namspace: x, namespace: y}\n";
    let project = Project::new(&[("shop.yaml", text)]);
    let output = check(&project, &["--fix"]);
    assert_eq!(output.stderr, "");
    assert_eq!(repository::read(&project.path().join("shop.yaml")), text);
}

#[test]
fn nothing_is_written_where_nothing_is_suggested() {
    let project = sound();
    assert_snapshot!(check(&project, &["--fix"]), @r"
    ok 0 errors, 0 warnings in 1 file (1 entry)
    --- exit 0
    ");
}

#[test]
fn a_file_that_cannot_be_written_is_named() {
    let project = broken();
    let folder = project.path().join("shop");
    let before = std::fs::metadata(&folder).unwrap().permissions();
    std::fs::set_permissions(&folder, std::os::unix::fs::PermissionsExt::from_mode(0o500)).unwrap();
    let output = check(&project, &["--fix"]);
    std::fs::set_permissions(&folder, before).unwrap();
    // Root may write everywhere.
    if output.code == Some(1) {
        assert!(output.stderr.starts_with("shop/_index.yaml: nothing was fixed: "), "{output}");
    } else {
        assert_eq!(output.stderr, "shop/_index.yaml: 1 fix\n");
    }
}

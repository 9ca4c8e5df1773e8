//! `metonic entries`, `schema` and `explain`: what there is.

use insta::assert_snapshot;

use crate::support::{Project, metonic, repository};

fn project() -> Project {
    Project::new(&[
        (
            "_index.yaml",
            "namespace: shop\nentries:\n  - {name: temporal, kind: temporal.client, address: \"localhost:7233\"}\n  \
             - {name: worker, kind: temporal.worker, client: temporal, task_queue: shop}\n  \
             - {name: order, kind: workflow.lua, source: \"file://order.lua\", meta: {temporal: {workflow: {worker: worker}}}}\n",
        ),
        ("order.lua", "return { main = function() return 1 end }\n"),
    ])
}

#[test]
fn entries_are_listed_in_columns() {
    assert_snapshot!(metonic(project().path(), ["entries"]), @r"
    shop:order     workflow.lua     type shop:order on shop:worker    _index.yaml:5
    shop:temporal  temporal.client  localhost:7233 namespace default  _index.yaml:3
    shop:worker    temporal.worker  queue shop                        _index.yaml:4
    --- exit 0
    ");
}

#[test]
fn entries_are_listed_as_json() {
    assert_snapshot!(metonic(project().path(), ["entries", "--filter", "temporal.w", "-o", "json"]), @r#"
    [
      {
        "id": "shop:worker",
        "kind": "temporal.worker",
        "detail": "queue shop",
        "references": [
          "shop:temporal"
        ],
        "file": "_index.yaml",
        "line": 4
      }
    ]
    --- exit 0
    "#);
}

#[test]
fn a_project_with_problems_has_no_list() {
    let project = Project::new(&[("a.yaml", "namespace: shop\nentries:\n  - {name: x, kind: y}\n")]);
    assert_snapshot!(metonic(project.path(), ["entries"]), @r"
    --- stderr
    error[unknown-kind]: no kind of entry is called `y`
     --> a.yaml:3:21
      |
    3 |   - {name: x, kind: y}
      |                     ^ unknown kind
      |
      = help: the kinds are `temporal.client`, `temporal.worker`, `workflow.lua`, `function.lua`, `library.lua`, `registry.entry`, `db.sql.sqlite`, `env.storage.os`, `env.storage.file`, `env.storage.memory`, `env.storage.static`, `env.storage.router` and `env.variable`

    FAIL 1 error, 0 warnings in 1 file (1 entry)   more: metonic explain unknown-kind
    --- exit 1
    ");
}

#[test]
fn the_schema_is_json() {
    let output = metonic(project().path(), ["schema"]);
    assert_eq!(output.code, Some(0));
    let schema: serde_json::Value = serde_json::from_str(&output.stdout).unwrap();
    assert!(schema.is_object());
}

#[test]
fn a_kind_is_explained() {
    let output = metonic(project().path(), ["explain", "temporal.worker"]);
    assert_eq!(output.code, Some(0));
    assert!(output.stdout.starts_with("# temporal.worker\n"), "{output}");
}

#[test]
fn each_page_about_an_error_is_found_by_the_code_of_the_error() {
    for path in repository::files("docs/errors", "md") {
        let code = path.file_stem().unwrap().to_str().unwrap();
        let output = metonic(project().path(), ["explain", code]);
        assert_eq!((output.code, output.stdout), (Some(0), repository::read(&path)), "{code}");
    }
}

#[test]
fn what_has_no_page_is_answered_with_the_closest() {
    let output = metonic(project().path(), ["explain", "unknown-knd"]);
    assert_eq!(output.code, Some(2));
    let first = output.stderr.lines().next().unwrap();
    assert_snapshot!(first, @"error: nothing is called `unknown-knd`; did you mean `unknown-kind`?");
}

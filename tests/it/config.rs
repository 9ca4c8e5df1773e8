//! `metonic config show`: every setting as it is now, where it comes from, and no secret.

use insta::assert_snapshot;

use crate::support::{Output, Project, command, metonic, output_of};

const ENTRIES: &str = r#"version: "1.0"
namespace: app
entries:
  - {name: os, kind: env.storage.os}
  - {name: kept, kind: env.storage.static, values: {OTHER_KEY: kept-secret-1}}
  - {name: key, kind: env.variable, variable: TEMPORAL_API_KEY, storage: os, default: usual-secret-2}
  - {name: host, kind: env.variable, variable: TEMPORAL_HOST, storage: os}
  - name: temporal
    kind: temporal.client
    address: ${TEMPORAL_HOST}:7233
    namespace: ${env:TEMPORAL_NAMESPACE|orders}
    auth: {type: api_key, api_key: "${env:TEMPORAL_API_KEY}"}
    lifecycle: {auto_start: true}
  - name: flow
    kind: workflow.lua
    source: file://flow.lua
    modules: [time]
    meta: {title: "Order ${env:TEMPORAL_HOST}"}
"#;

fn show(environment: &[(&str, &str)], arguments: &[&str]) -> Output {
    let flow = "return { main = function() end }";
    let project = Project::new(&[("_index.yaml", ENTRIES), ("flow.lua", flow)]);
    let mut command = command(project.path());
    command.args(["config", "show"]).args(arguments).envs(environment.iter().copied());
    output_of(command)
}

const ENVIRONMENT: [(&str, &str); 2] = [("TEMPORAL_HOST", "temporal.prod"), ("TEMPORAL_API_KEY", "top-secret-3")];

#[test]
fn every_setting_is_shown_with_where_it_comes_from() {
    assert_snapshot!(show(&ENVIRONMENT, &[]), @r#"
    app:flow:  # _index.yaml:14
      kind: workflow.lua
      source: file://flow.lua
      method: main  # default
      modules:
        - time
      meta:
        title: "Order ${env:TEMPORAL_HOST}"

    app:host:  # _index.yaml:7
      kind: env.variable
      variable: TEMPORAL_HOST
      storage: app:os
      readonly: false  # default

    app:kept:  # _index.yaml:5
      kind: env.storage.static
      values:
        OTHER_KEY: ***

    app:key:  # _index.yaml:6
      kind: env.variable
      variable: TEMPORAL_API_KEY
      storage: app:os
      default: ***
      readonly: false  # default

    app:os:  # _index.yaml:4
      kind: env.storage.os

    app:temporal:  # _index.yaml:8
      kind: temporal.client
      address: temporal.prod:7233  # env:TEMPORAL_HOST
      namespace: orders  # env:TEMPORAL_NAMESPACE has no value
      tq_prefix: ""  # default
      connection_timeout: 10s  # default
      keep_alive_time: 30s  # default
      keep_alive_timeout: 10s  # default
      grpc_compression: auto  # default
      auth:
        type: api_key
        api_key: ***(env:TEMPORAL_API_KEY)
      tls:
        enabled: true  # default
        insecure_skip_verify: false  # default
      health_check:
        enabled: false  # default
        interval: 30s  # default
      lifecycle:
        auto_start: true
        startup: required  # default
        start_timeout: 10s  # default
        stop_timeout: 10s  # default
        stable_threshold: 5s  # default
        restart:
          initial_delay: 1s  # default
          max_delay: 1m30s  # default
          backoff_factor: 2.0  # default
          jitter: 0.1  # default
          max_attempts: 0  # default
    --- exit 0
    "#);
}

#[test]
fn what_has_no_value_is_named_and_a_problem() {
    let output = show(&[], &[]);
    assert_eq!(output.code, Some(1), "{output}");
    assert!(output.stdout.contains("address: null  # env:TEMPORAL_HOST: "), "{output}");
}

#[test]
fn no_secret_is_in_any_format() {
    for format in ["yaml", "json"] {
        let output = show(&ENVIRONMENT, &["--format", format]);
        assert_eq!(output.code, Some(0), "{output}");
        assert!(output.stdout.contains("***(env:TEMPORAL_API_KEY)"), "{output}");
        for secret in ["kept-secret-1", "usual-secret-2", "top-secret-3"] {
            assert!(!output.to_string().contains(secret), "{format}: {secret}");
        }
    }
}

#[test]
fn as_json_the_sources_stand_beside_the_settings() {
    let output = show(&ENVIRONMENT, &["--format", "json"]);
    let entries: serde_json::Value = serde_json::from_str(&output.stdout).unwrap();
    let client = entries.as_array().unwrap().iter().find(|entry| entry["id"] == "app:temporal").unwrap();
    assert_eq!(client["settings"]["address"], "temporal.prod:7233");
    assert_eq!(client["sources"]["address"], "env:TEMPORAL_HOST");
    assert_eq!(client["sources"]["keep_alive_time"], "default");
}

#[test]
fn a_file_is_named_as_it_is_from_where_the_command_runs() {
    let project = Project::new(&[("_index.yaml", "namespace: app\nname: note\nkind: registry.entry\n")]);
    let name = project.path().file_name().unwrap().to_str().unwrap();
    let above = project.path().parent().unwrap();
    for command in [["config", "show", name].as_slice(), &["entries", name]] {
        let output = metonic(above, command.iter());
        assert!(output.stdout.contains(&format!("{name}/_index.yaml:2")), "{output}");
    }
}

#[test]
fn what_stands_beside_a_secrets_name_is_hidden_where_every_field_is_free() {
    let entries = "namespace: app\nentries:\n  \
                   - {name: note, kind: registry.entry, access_token: hunter1, inner: {dbPassword: hunter2, author: me}, \
                   meta: {client-secret: hunter3}}\n";
    let project = Project::new(&[("_index.yaml", entries)]);
    let output = metonic(project.path(), ["config", "show"]);
    assert!(!output.stdout.contains("hunter") && output.stdout.contains("author: me"), "{output}");
}

#[test]
fn what_a_secrets_variable_stands_for_is_hidden_wherever_it_stands() {
    let entries = "namespace: app\nentries:\n  \
                   - {name: kept, kind: env.storage.static, values: {DB_PWD: hunter1}}\n  \
                   - {name: v, kind: env.variable, variable: DB_PWD, storage: kept}\n  \
                   - {name: note, kind: registry.entry, url: \"${env:DB_PASSWORD|hunter2}@${env:HOST|near}\", \
                   meta: {x: \"${env:DB_PASSWORD|hunter3}\"}}\n  \
                   - {name: c, kind: temporal.client, address: \"${env:API_TOKEN|hunter4}:1\", \
                   namespace: \"${env:DB_PWD}\", tq_prefix: \"${env:DB_PWD}-\"}\n";
    let project = Project::new(&[("_index.yaml", entries)]);
    for format in ["yaml", "json"] {
        let output = metonic(project.path(), ["config", "show", "--format", format]);
        assert!(!output.stdout.contains("hunter"), "{output}");
        assert!(output.stdout.contains("${env:DB_PASSWORD|***}@${env:HOST|near}"), "{output}");
    }
}

#[test]
fn a_name_that_is_near_a_secrets_name_hides_nothing() {
    let entries = "namespace: app\nname: note\nkind: registry.entry\nmax_tokens: 5\nstolen: true\npassport: 7\n";
    let project = Project::new(&[("_index.yaml", entries)]);
    let output = metonic(project.path(), ["config", "show"]);
    assert!(!output.stdout.contains("***"), "{output}");
}

#[test]
fn a_value_that_may_be_a_secret_is_hidden_where_it_stands_and_nowhere_else() {
    let entries = "namespace: app\nentries:\n  \
                   - {name: names, kind: env.storage.static, values: {KIND: temporal}}\n  \
                   - {name: temporal, kind: temporal.client, address: \"localhost:7233\"}\n";
    let project = Project::new(&[("_index.yaml", entries)]);
    let output = metonic(project.path(), ["config", "show"]);
    assert!(output.stdout.contains("KIND: ***"), "{output}");
    assert!(output.stdout.contains("kind: temporal.client"), "{output}");
}

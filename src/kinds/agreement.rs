//! What a schema says of single values, and what the decoder says: the same.

use std::sync::Arc;

use super::ALL;
use crate::{
    registry::{self, Project},
    source::{Files, SourceMap},
    yaml,
};

/// A client or a storage with one line more, and whether that is right.
const VALUES: &[(&str, &str, bool)] = &[
    ("temporal.client", "namespace: 5", false),
    ("temporal.client", "namespace: orders", true),
    ("temporal.client", "namespace: ''", false),
    ("temporal.client", "connection_timeout: file://timeout.txt", true),
    ("temporal.client", "address: file://address.txt", true),
    ("temporal.client", "connection_timeout: soon", false),
    ("temporal.worker", "worker_options: {max_concurrent_workflow_task_pollers: 2}", true),
    ("temporal.worker", "worker_options: {max_concurrent_workflow_task_pollers: 1, max_cached_workflows: 0}", true),
    ("temporal.worker", "worker_options: {default_versioning_behavior: '', build_id_env: ''}", true),
    ("temporal.worker", "worker_options: {max_concurrent_activity_execution_size: 9999999}", false),
    ("temporal.worker", "worker_options: {max_concurrent_activity_task_pollers: 9999999}", false),
    ("temporal.worker", "worker_options: {max_concurrent_activity_task_pollers: auto}", true),
    ("temporal.worker", "worker_options: {worker_activities_per_second: 1e-300}", false),
    ("temporal.worker", "worker_options: {worker_activities_per_second: 1e300}", false),
    ("temporal.worker", "worker_options: {worker_activities_per_second: 0}", true),
    ("temporal.worker", "worker_options: {worker_activities_per_second: 0.5}", true),
    ("temporal.worker", "worker_options: {max_cached_workflows: 18446744073709551615}", false),
    ("temporal.worker", "worker_options: {max_cached_workflows: 1000000}", true),
    ("temporal.worker", "worker_options: {max_cached_workflows: 1000.0}", true),
    ("temporal.worker", "worker_options: {max_cached_workflows: 0.5}", false),
    ("temporal.worker", "worker_options: {max_concurrent_session_execution_size: 0}", true),
    ("temporal.worker", "worker_options: {max_concurrent_session_execution_size: 1000}", true),
    ("temporal.worker", "worker_options: {max_concurrent_session_execution_size: 5}", false),
    ("temporal.worker", "task_queue: metonic.q", false),
    ("temporal.worker", "task_queue: metonicq", true),
    ("temporal.worker", "client: \"a b\"", false),
    ("temporal.worker", "client: \"a:client\"", true),
    ("temporal.worker", "client: \"a:b:c\"", false),
    ("temporal.worker", "client: 5", false),
    ("temporal.worker", "client: {ns: a, name: client}", true),
    ("temporal.worker", "client: {ns: 5, name: client}", false),
    ("temporal.worker", "client: file://client.txt", true),
    ("temporal.client", "address: \"h:70000\"", false),
    ("temporal.client", "address: \"h:65535\"", true),
    ("temporal.client", "address: \"h:65536\"", false),
    ("temporal.client", "address: \"h:007\"", true),
    ("temporal.client", "address: \"h:+7\"", false),
    ("temporal.client", "address: \"[::1]:7\"", true),
    ("temporal.client", "address: \"[x:y]:7\"", false),
    ("temporal.client", "namespace: \" \"", false),
    ("temporal.client", "connection_timeout: \" 1s\"", true),
    ("temporal.client", "connection_timeout: \"1 s\"", false),
    ("temporal.client", "lifecycle: {restart: {backoff_factor: 0.5}}", false),
    ("temporal.client", "lifecycle: {restart: {backoff_factor: 0}}", true),
    ("temporal.client", "lifecycle: {restart: {max_attempts: 5000000000}}", false),
    ("temporal.client", "lifecycle: {restart: {jitter: 0x1}}", true),
    ("env.variable", "variable: a-b", false),
    ("env.variable", "variable: A_b1", true),
    ("env.variable", "variable: \"\"", false),
    ("env.storage.router", "storages: []", false),
    ("env.storage.router", "storages: [os]", true),
    ("env.storage.router", "", false),
    ("temporal.client", "namespace: größe", false),
    ("temporal.client", "namespace: orders prod", true),
    ("db.sql.sqlite", "file: true", false),
    ("db.sql.sqlite", "file: 0", false),
    ("db.sql.sqlite", "file: \":memory:\"", true),
    ("registry.entry", "meta: [1]", false),
    ("registry.entry", "meta: {a: 1}", true),
    ("registry.entry", "lifecycle: {auto_start: true}", false),
    ("registry.entry", "data: {lifecycle: {auto_start: true}}", false),
    ("registry.entry", "data: {a: 1}", true),
    ("registry.entry", "data: {a: 1}\n    lifecycle: {}", false),
    ("env.storage.os", "data: {}\n    lifecycle: {}", false),
    ("env.storage.os", "data: {}", true),
    ("env.storage.os", "lifecycle: {auto_start: true}", false),
    ("env.storage.file", "file_mode: \"0888\"", false),
    ("env.storage.file", "file_mode: 5", false),
    ("env.storage.file", "file_mode: 688", false),
    ("env.storage.file", "file_mode: 0o600", true),
    ("env.storage.file", "file_mode: 777", true),
    ("env.storage.file", "file_mode: 1777", false),
    ("env.storage.file", "file_mode: \"0040\"", true),
    ("env.storage.file", "file_mode: \"0640\"", true),
    ("env.storage.file", "file_mode: 0640", true),
];

/// What every entry of a kind has to have.
fn needed(kind: &str) -> &'static str {
    match kind {
        "temporal.client" => "address: localhost:7233",
        "temporal.worker" => "client: client\n    task_queue: q",
        "env.variable" => "storage: os",
        "env.storage.file" => "file_path: x.env",
        "db.sql.sqlite" => "file: data/shop.db",
        _ => "",
    }
}

/// Whether the schema accepts a file of entries, and whether the decoder does.
fn accepted(text: &str) -> (bool, bool) {
    let validator = jsonschema::validator_for(&registry::schema(ALL)).unwrap();
    let mut sources = SourceMap::default();
    let source = sources.add("_index.yaml", text);
    let json = serde_json::to_value(yaml::parse(source, text).root.unwrap().to_value()).unwrap();
    let files =
        [("_index.yaml", text), ("timeout.txt", "5s"), ("client.txt", "client"), ("address.txt", "localhost:7233")];
    let files = Files::memory(files);
    let loaded = registry::load(&Project { files: &files, kinds: ALL, system: Arc::default(), generation: 1 });
    (validator.is_valid(&json), loaded.registry.is_some())
}

#[test]
fn the_schema_and_the_decoder_agree_on_values() {
    for (kind, line, is_right) in VALUES {
        let field = line.split(':').next().unwrap();
        let needed: Vec<_> =
            needed(kind).lines().map(str::trim).filter(|line| !line.starts_with(&format!("{field}:"))).collect();
        let text = format!(
            "namespace: a\nentries:\n  - {{name: client, kind: temporal.client, address: \"localhost:7233\"}}\n  \
             - {{name: os, kind: env.storage.os}}\n  - name: x\n    kind: {kind}\n    {}\n    {line}\n",
            needed.join("\n    ")
        );
        assert_eq!(accepted(&text), (*is_right, *is_right), "{text}");
    }
}

#[test]
fn a_name_of_too_many_letters_is_refused_by_both_and_one_of_too_many_bytes_by_the_decoder() {
    let queue = |letters: &str| {
        let text = format!(
            "namespace: a\nentries:\n  - {{name: c, kind: temporal.client, address: \"a:1\"}}\n  \
             - {{name: w, kind: temporal.worker, client: c, task_queue: {letters}}}\n"
        );
        accepted(&text)
    };
    assert_eq!(queue(&"q".repeat(1000)), (true, true));
    assert_eq!(queue(&"q".repeat(1001)), (false, false));
    // No schema counts bytes.
    assert_eq!(queue(&"ö".repeat(501)), (true, false));
}

/// What Python, JavaScript, Go and Rust read alike: no classes such as `\p{L}` or `\s`, no looking around.
#[test]
fn every_pattern_is_one_that_all_validators_read() {
    fn patterns<'a>(schema: &'a serde_json::Value, found: &mut Vec<&'a str>) {
        match schema {
            serde_json::Value::Object(fields) => {
                found.extend(fields.get("pattern").and_then(serde_json::Value::as_str));
                fields.values().for_each(|value| patterns(value, found));
            }
            serde_json::Value::Array(items) => items.iter().for_each(|item| patterns(item, found)),
            _ => {}
        }
    }
    let (schema, mut found) = (registry::schema(ALL), Vec::new());
    patterns(&schema, &mut found);
    assert!(found.len() > 10);
    for pattern in found {
        let escapes = pattern.match_indices('\\').filter_map(|(at, _)| pattern[at + 1..].chars().next());
        for escaped in escapes {
            assert!("trn.$^{}[]()|/+*?-".contains(escaped), "`\\{escaped}` in {pattern}");
        }
        assert!(!pattern.contains("(?"), "{pattern}");
    }
}

#[test]
fn the_schema_and_the_decoder_agree_on_ids() {
    for (namespace, name, is_right) in [
        ("a", "x", true),
        ("a.b", "x-1.y_2", true),
        ("größe", "名", true),
        ("a..b", "x", false),
        ("a", "x y", false),
        ("a", "5", false),
        ("a", "\"5\"", true),
        ("5", "x", false),
        ("true", "x", false),
    ] {
        let text = format!("namespace: {namespace}\nentries:\n  - {{name: {name}, kind: env.storage.os}}\n");
        assert_eq!(accepted(&text), (is_right, is_right), "{text}");
    }
}

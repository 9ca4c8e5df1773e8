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
        _ => "file_path: x.env",
    }
}

/// Whether the schema accepts a file of entries, and whether the decoder does.
fn accepted(text: &str) -> (bool, bool) {
    let validator = jsonschema::validator_for(&registry::schema(ALL)).unwrap();
    let mut sources = SourceMap::default();
    let source = sources.add("_index.yaml", text);
    let json = serde_json::to_value(yaml::parse(source, text).root.unwrap().to_value()).unwrap();
    let files = [("_index.yaml", text), ("timeout.txt", "5s"), ("address.txt", "localhost:7233")];
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
             - name: x\n    kind: {kind}\n    {}\n    {line}\n",
            needed.join("\n    ")
        );
        assert_eq!(accepted(&text), (*is_right, *is_right), "{text}");
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

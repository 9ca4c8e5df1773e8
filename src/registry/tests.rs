use std::sync::Arc;

use super::*;
use crate::{
    diag::{Look, render_all},
    kinds,
    source::Files,
};

/// Loads files from memory.
pub(crate) fn load_files(files: &[(&str, &str)]) -> Loaded {
    let files = Files::memory(files.iter().copied());
    load(&Project { files: &files, kinds: kinds::ALL, system: Arc::default(), generation: 1 })
}

fn shown(loaded: &Loaded) -> String {
    render_all(&loaded.diagnostics, &loaded.sources, Look::ASCII)
}

const ORDERS: &str = r#"version: "1.0"
namespace: orders
entries:
  - name: tc
    kind: temporal.client
    address: "127.0.0.1:7233"
    lifecycle: {auto_start: true}
  - name: w
    kind: temporal.worker
    client: orders:tc
    task_queue: orders-q
    lifecycle: {auto_start: true}
  - name: fulfil
    kind: workflow.lua
    source: file://fulfil.lua
    method: run
    modules: [funcs, time]
    meta: {temporal: {workflow: {worker: w}}}
  - name: reserve
    kind: function.lua
    source: file://stock.lua
    method: reserve
    modules: [http_client, json]
    meta: {temporal: {activity: {worker: w}}}
"#;

const LUA: &str = "return { run = function() end, reserve = function() end }\n";

#[test]
fn a_good_project_loads() {
    let loaded = load_files(&[("app/_index.yaml", ORDERS), ("app/fulfil.lua", LUA), ("app/stock.lua", LUA)]);
    assert_eq!(shown(&loaded), "");
    let registry = loaded.registry.unwrap();
    let ids: Vec<String> = registry.iter().map(|entry| entry.id.to_string()).collect();
    assert_eq!(ids, ["orders:fulfil", "orders:reserve", "orders:tc", "orders:w"]);
    let worker = EntryId::parse("orders:w", None).unwrap();
    assert_eq!(registry.parts_of(&worker).count(), 2);
}

#[test]
fn every_error_is_reported_at_once() {
    let broken = ORDERS
        .replace("address:", "adress:")
        .replace("temporal.worker", "temporal.wroker")
        .replace("worker: w}}}", "worker: wx}}}")
        .replace("[funcs", "[func");
    let loaded = load_files(&[("app/_index.yaml", &broken), ("app/fulfil.lua", LUA)]);
    insta::assert_snapshot!(shown(&loaded));
}

//! Histories as files, and the decisions in them.

use insta::assert_snapshot;
use serde_json::{Value, json};

use crate::support::{Output, Parts, Scenario, metonic, server};

/// Charges what it is told to and waits for a word.
const FLOW: &str = r#"
local funcs = require("funcs")
local time = require("time")
local workflow = require("workflow")
return { main = function(order)
    time.sleep("10ms")
    local paid, err = funcs.call("t:charge", order.total)
    if err then return nil, err end
    local drawn = workflow.side_effect(function() return 7 end)
    return { paid = paid, word = process.listen("word"):receive(), drawn = drawn }
end }
"#;

const FUNCTIONS: &str = "return { charge = function(amount) return \"pay-\" .. amount end }";

/// A run of it that has ended, and its project.
fn ended(name: &str, word: &Value) -> (Scenario, String) {
    let parts = Parts { flow: FLOW, functions: FUNCTIONS, activities: &["charge"], ..Parts::default() };
    let mut scenario = Scenario::start(name, parts);
    let id = scenario.begin(&[json!({ "total": 42 })]);
    server().signal(&id, "word", &[word.clone()]);
    server().wait_for(&id, "EVENT_TYPE_WORKFLOW_EXECUTION_COMPLETED");
    (scenario, id)
}

fn export(scenario: &Scenario, id: &str, more: &[&str]) -> Output {
    metonic(scenario.folder(), ["workflow", "export", id].iter().chain(more))
}

/// An audit without what is different each time: times, runs, identities.
fn audit(output: &Output) -> String {
    assert_eq!(output.code, Some(0), "{output}");
    let line = |line: &str| {
        let line = line.split("  by ").next().unwrap_or_default();
        let words: Vec<&str> = line.split("  ").map(str::trim).filter(|word| !word.is_empty()).collect();
        let is_time = |word: &&str| word.starts_with("20") && word.ends_with('Z');
        words.into_iter().filter(|word| !is_time(word) && !word.starts_with("run ")).collect::<Vec<_>>().join("  ")
    };
    output.stdout.lines().map(line).collect::<Vec<_>>().join("\n")
}

#[test]
fn what_is_exported_can_be_replayed() {
    let (scenario, id) = ended("export-replay", &json!("go"));
    let output = export(&scenario, &id, &["-o", "history.json"]);
    assert_eq!(output.to_string(), "--- exit 0");
    let replayed = metonic(scenario.folder(), ["replay", "history.json", "-o", "json"]);
    assert_eq!(replayed.code, Some(0), "{replayed}");
    assert!(replayed.stdout.contains("\"ok\":true"), "{replayed}");
}

#[test]
fn an_audit_lists_the_decisions_with_who_made_them() {
    let (scenario, id) = ended("audit-text", &json!("go"));
    let output = export(&scenario, &id, &["--audit"]);
    assert_snapshot!(audit(&output), @"");
    let by = output.stdout.lines().find(|line| line.contains("t:charge")).unwrap();
    assert!(by.contains("  by t:worker@"), "{by}");
}

#[test]
fn an_audit_is_told_to_machines_as_json() {
    let (scenario, id) = ended("audit-json", &json!("go"));
    let output = export(&scenario, &id, &["--audit", "--format", "json"]);
    let audit: Value = serde_json::from_str(&output.stdout).unwrap();
    assert_eq!(audit["status"], "COMPLETED");
    let charge = &audit["decisions"][2];
    assert_eq!(charge["activityType"], "t:charge");
    assert_eq!((&charge["arguments"], &charge["result"]), (&json!([42]), &json!("pay-42")));
}

#[test]
fn an_audit_can_leave_values_out() {
    let (scenario, id) = ended("audit-bare", &json!("tr0ub4dor"));
    for format in ["text", "json"] {
        let output = export(&scenario, &id, &["--audit", "--no-payloads", "--format", format]);
        assert!(output.stdout.contains("charge"), "{output}");
        assert!(!output.stdout.contains("tr0ub4dor") && !output.stdout.contains("pay-42"), "{output}");
    }
}

#[test]
fn what_cannot_be_decoded_is_shown_as_it_is_encoded() {
    let secret = json!({ "metadata": { "encoding": "YmluYXJ5L2VuY3J5cHRlZA==" }, "data": "c2VhbGVk" });
    let mut scenario = Scenario::written(&server().address(), "audit-sealed", Parts { flow: FLOW, ..Parts::default() });
    let id = scenario.begin(&[secret]);
    let output = export(&scenario, &id, &["--audit"]);
    assert!(output.stdout.contains(r#"{"encoding":"binary/encrypted","data":"c2VhbGVk"}"#), "{output}");
}

#[test]
fn values_are_left_out_of_audits_only() {
    let scenario = Scenario::written(&server().address(), "audit-usage", Parts { flow: FLOW, ..Parts::default() });
    let output = export(&scenario, "x", &["--no-payloads"]);
    assert_eq!(output.code, Some(2), "{output}");
}

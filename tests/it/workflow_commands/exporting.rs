//! Histories as files, and the decisions in them.

use serde_json::{Value, json};

use crate::support::{Output, Parts, Scenario, in_every_way, metonic, server};

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

const CHARGING: Parts<'static> = Parts {
    client: "",
    flow: FLOW,
    functions: FUNCTIONS,
    activities: &["charge"],
    options: "",
    worker: "",
    entries: "",
    files: &[],
};

/// A run of it that has ended, and its project.
fn ended(name: &str, word: &Value) -> (Scenario, String) {
    let mut scenario = Scenario::start(name, CHARGING);
    let id = charged(&mut scenario, word);
    (scenario, id)
}

/// A run of it that has ended.
fn charged(scenario: &mut Scenario, word: &Value) -> String {
    let id = scenario.next_id();
    server().signal_with_start(&id, scenario.queue(), &[json!({ "total": 42 })], "word", word);
    server().wait_for(&id, "EVENT_TYPE_WORKFLOW_EXECUTION_COMPLETED");
    id
}

fn export(scenario: &Scenario, id: &str, more: &[&str]) -> Output {
    metonic(scenario.folder(), ["workflow", "export", id].iter().chain(more))
}

/// An audit without what may be different each time: times, numbers of events, runs, identities.
fn audit(output: &Output) -> String {
    assert_eq!(output.code, Some(0), "{output}");
    let line = |line: &str| {
        let line = line.split("  by ").next().unwrap_or_default();
        let words: Vec<&str> = line.split("  ").map(str::trim).filter(|word| !word.is_empty()).collect();
        let is_stable = |word: &&str| {
            let is_time = word.starts_with("20") && word.ends_with('Z');
            !is_time && !word.starts_with("run ") && word.parse::<u32>().is_err()
        };
        words.into_iter().filter(is_stable).collect::<Vec<_>>().join("  ")
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
    in_every_way("audit-text", CHARGING, |scenario| {
        let id = charged(scenario, &json!("go"));
        assert!(scenario.end(&id).is_ok());
        let output = export(scenario, &id, &["--audit"]);
        let head = format!("t:flow  {id}  namespace default  COMPLETED");
        let lines = [
            head.as_str(),
            "",
            r#"started  {"total":42}"#,
            r#"signal word  "go""#,
            r#"t:charge  42 → "pay-42""#,
            "side effect  → 7",
            r#"completed  {"drawn":7,"paid":"pay-42","word":"go"}"#,
        ];
        assert_eq!(audit(&output), lines.join("\n"));
        let by = output.stdout.lines().find(|line| line.contains("t:charge")).unwrap();
        assert!(by.contains("  by t:worker@"), "{by}");
    });
}

/// A run with a child, a local call, an update, and what it shows of itself.
const RICH: &str = r#"
local workflow = require("workflow")
return {
    main = function()
        workflow.on_update("add", function(word) return word .. "!" end)
        workflow.attrs({ memo = { shelf = { 3 } }, search = { AuditShop = "north" } })
        local kept = workflow.local_call("t:charge", 5)
        local child, err = workflow.exec("t:child", kept)
        if err then return nil, err end
        process.listen("stop"):receive()
        return child
    end,
    child = function(kept) return nil, errors.new({ kind = "Lost", message = "lost " .. kept }) end,
}
"#;

const CHILD: &str = "- name: child\n  kind: workflow.lua\n  source: file://flow.lua\n  method: child\n  \
                     modules: [workflow]\n  meta: {temporal: {workflow: {worker: worker}}}\n";

#[test]
fn an_audit_knows_children_local_calls_updates_and_what_a_run_shows_of_itself() {
    let flow = RICH.replace("if err then return nil, err end", "child = err:kind()");
    let parts =
        Parts { flow: &flow, functions: FUNCTIONS, activities: &["charge"], entries: CHILD, ..Parts::default() };
    server().temporal(&["operator", "search-attribute", "create", "--name", "AuditShop", "--type", "Keyword"]);
    in_every_way("audit-rich", parts, |scenario| {
        let id = scenario.begin(&[]);
        server().wait_for(&id, "EVENT_TYPE_CHILD_WORKFLOW_EXECUTION_FAILED");
        assert_eq!(server().update(&id, "add", "u-1", &[json!("lamp")]), Ok(json!("lamp!")));
        server().signal(&id, "stop", &[]);
        assert_eq!(scenario.end(&id), Ok(json!("Lost")));
        let started = server().events(&id, "EVENT_TYPE_CHILD_WORKFLOW_EXECUTION_STARTED").remove(0);
        let child = &started["childWorkflowExecutionStartedEventAttributes"]["workflowExecution"]["workflowId"];
        let audit = audit(&export(scenario, &id, &["--audit"])).replace(child.as_str().unwrap(), "CHILD");
        let head = format!("t:flow  {id}  namespace default  COMPLETED");
        let lines = [
            head.as_str(),
            "",
            "started",
            r#"attributes  {"AuditShop":"north"}"#,
            r#"memo  {"shelf":[3]}"#,
            r#"t:charge (local)  → "pay-5""#,
            r#"t:child  started as CHILD "pay-5""#,
            "t:child  Lost: lost pay-5",
            r#"update add  "lamp""#,
            r#"update add  → "lamp!""#,
            "signal stop",
            r#"completed  "Lost""#,
        ];
        assert_eq!(audit, lines.join("\n"));
    });
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

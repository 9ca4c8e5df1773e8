//! Code that changes under runs that go on.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use serde_json::json;

use crate::support::{Parts, Scenario, in_every_way, server};

/// Code whose step `STEP` stands between two waits.
fn generation(step: &str) -> String {
    r#"
    local workflow, time = require("workflow"), require("time")
    return { main = function()
        local went = {}
        for n = 1, 2 do
            STEP
            workflow.wait_signal("go")
        end
        return went
    end }
    "#
    .replace("STEP", step)
}

/// Takes the project to other code, as an operator does.
fn deploy(scenario: &mut Scenario, step: &str) {
    scenario.kill();
    scenario.rewrite(&generation(step));
    scenario.resume();
}

fn go_on(id: &str) {
    server().signal(id, "go", &[]);
}

/// Waits until a run has answered its first task.
fn waits(id: &str) {
    server().wait_for(id, "EVENT_TYPE_WORKFLOW_TASK_COMPLETED");
}

#[test]
fn three_generations_of_runs_end_on_the_newest_code() {
    let first = generation("went[n] = 'old' time.sleep('1ms')");
    in_every_way("versions", Parts { flow: &first, ..Parts::default() }, |scenario| {
        let oldest = scenario.begin(&[]);
        waits(&oldest);
        let second = "local v = workflow.version('way', 1, 2) went[n] = v time.sleep(v .. 'ms')";
        deploy(scenario, second);
        let middle = scenario.begin(&[]);
        waits(&middle);
        let third = "local v = workflow.version('way', 1, 3) went[n] = v time.sleep(v .. 'ms')";
        deploy(scenario, third);
        let newest = scenario.begin(&[]);
        for (id, version) in [(oldest, 1), (middle, 2), (newest, 3)] {
            go_on(&id);
            go_on(&id);
            assert_eq!(scenario.end(&id), Ok(json!([version, version])));
            let tagged = &server().describe(&id)["workflowExecutionInfo"]["searchAttributes"]["indexedFields"];
            let marker = tagged["TemporalChangeVersion"]["data"].as_str().map(|data| STANDARD.decode(data).unwrap());
            let expected = (version > 1).then(|| format!("[\"way-{version}\"]").into_bytes());
            assert_eq!(marker, expected);
        }
    });
}

#[test]
fn a_patch_is_seen_until_it_is_deprecated_and_gone() {
    let first = generation("went[n] = 'old' time.sleep('1ms')");
    in_every_way("patches", Parts { flow: &first, ..Parts::default() }, |scenario| {
        let oldest = scenario.begin(&[]);
        waits(&oldest);
        deploy(scenario, "went[n] = workflow.patched('p') time.sleep(went[n] and '2ms' or '1ms')");
        let patched = scenario.begin(&[]);
        waits(&patched);
        go_on(&oldest);
        go_on(&oldest);
        assert_eq!(scenario.end(&oldest), Ok(json!([false, false])));
        deploy(scenario, "workflow.deprecate_patch('p') went[n] = 'new' time.sleep('2ms')");
        let deprecated = scenario.begin(&[]);
        waits(&deprecated);
        go_on(&patched);
        go_on(&patched);
        assert_eq!(scenario.end(&patched), Ok(json!(["new", "new"])));
        deploy(scenario, "went[n] = 'new' time.sleep('2ms')");
        go_on(&deprecated);
        go_on(&deprecated);
        assert_eq!(scenario.end(&deprecated), Ok(json!(["new", "new"])));
    });
}

#[test]
fn a_version_that_is_not_supported_any_more_fails_the_task_until_it_is() {
    let first = generation("went[n] = workflow.version('way', 1, 1)");
    in_every_way("version-gone", Parts { flow: &first, ..Parts::default() }, |scenario| {
        let id = scenario.begin(&[]);
        waits(&id);
        deploy(scenario, "pcall(function() went[n] = workflow.version('way', 2, 3) end)");
        go_on(&id);
        server().wait_for(&id, "EVENT_TYPE_WORKFLOW_TASK_FAILED");
        let failed = &server().events(&id, "EVENT_TYPE_WORKFLOW_TASK_FAILED")[0]["workflowTaskFailedEventAttributes"];
        assert_eq!(failed["cause"], "WORKFLOW_TASK_FAILED_CAUSE_NON_DETERMINISTIC_ERROR");
        let message = failed["failure"]["message"].as_str().unwrap();
        assert!(message.contains("[TMPRL1100] the run is on version 1 of `way`"), "{message}");
        deploy(scenario, "went[n] = workflow.version('way', 1, 3)");
        go_on(&id);
        assert_eq!(scenario.end(&id), Ok(json!([1, 1])));
    });
}

#[test]
fn a_patch_that_would_be_taken_for_a_version_fails_the_task_until_it_has_another_name() {
    let first = generation("went[n] = workflow.version('tax', 1, 3) pcall(workflow.patched, 'tax-5')");
    in_every_way("patch-as-version", Parts { flow: &first, ..Parts::default() }, |scenario| {
        let id = scenario.begin(&[]);
        server().wait_for(&id, "EVENT_TYPE_WORKFLOW_TASK_FAILED");
        let failed = &server().events(&id, "EVENT_TYPE_WORKFLOW_TASK_FAILED")[0];
        let message = failed["workflowTaskFailedEventAttributes"]["failure"]["message"].as_str().unwrap();
        assert!(
            message.contains("the patch `tax-5` has the name that a version of `tax` is recorded under"),
            "{message}"
        );
        deploy(scenario, "went[n] = workflow.version('tax', 1, 3) workflow.patched('tax-new')");
        go_on(&id);
        go_on(&id);
        assert_eq!(scenario.end(&id), Ok(json!([3, 3])));
    });
}

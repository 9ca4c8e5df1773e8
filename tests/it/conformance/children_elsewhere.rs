//! Children that run again and again, on another version, or in another namespace.

use std::sync::OnceLock;

use serde_json::json;

use crate::support::{Parts, Server, TWO_VERSIONS, in_every_way, in_every_way_on, server};

const INITIATED: &str = "EVENT_TYPE_START_CHILD_WORKFLOW_EXECUTION_INITIATED";

#[test]
fn a_child_with_a_schedule_runs_again_and_knows_its_last_result() {
    let parts = Parts {
        flow: r#"
            local workflow = require("workflow")
            return { main = function(role)
                if role ~= "child" then
                    assert(workflow.with_options({ cron_schedule = "@every 1s" }):start("t:flow", "child"))
                    return workflow.wait_signal("seen")
                end
                local info = workflow.info()
                if info.last_result then
                    workflow.external(info.parent.workflow_id):signal("seen", {
                        info.cron, info.last_result, info.cron_schedule_to_schedule_interval:seconds() > 0,
                    })
                end
                return (info.last_result or 0) + 1
            end }
        "#,
        ..Parts::default()
    };
    // The child ends with its parent.
    in_every_way("child-cron", parts, |scenario| assert_eq!(scenario.run(&[]), Ok(json!(["@every 1s", 1, true]))));
}

#[test]
fn a_child_runs_on_the_version_that_its_parent_names() {
    let parts = Parts {
        flow: r#"
            local workflow = require("workflow")
            return { main = function(role)
                local info = workflow.info()
                if role == "child" then return info.build_id end
                local function on(override)
                    local version, err = workflow.with_options({ versioning_override = override }):exec("t:flow", "child")
                    return version or err:kind()
                end
                local function pinned(build_id)
                    return on({ mode = "pinned", version = { deployment_name = info.deployment_name, build_id = build_id } })
                end
                return { info.build_id, on(nil), pinned("v2"), on("auto_upgrade") }
            end }
        "#,
        ..TWO_VERSIONS
    };
    in_every_way("child-version", parts, |scenario| {
        // Nothing was current before: until all of the server knows of it, the run waits.
        server().wait_for_version(scenario.queue(), "v2");
        server().make_current(scenario.queue(), "v1");
        assert_eq!(scenario.run(&[]), Ok(json!(["v1", "v1", "v2", "v1"])));
    });
}

#[test]
fn the_intent_of_a_child_is_told_to_the_server() {
    let parts = Parts {
        flow: r#"
            local workflow = require("workflow")
            return { main = function(role)
                if role ~= "child" then
                    workflow.with_options({ versioning_intent = "compatible" }):exec("t:flow", "child")
                    workflow.with_options({ versioning_intent = "default" }):exec("t:flow", "child")
                end
            end }
        "#,
        ..Parts::default()
    };
    in_every_way("child-intent", parts, |scenario| {
        let id = scenario.begin(&[]);
        assert!(scenario.end(&id).is_ok());
        let inherits = |event: &serde_json::Value| {
            event["startChildWorkflowExecutionInitiatedEventAttributes"]["inheritBuildId"] == json!(true)
        };
        let asked: Vec<bool> = server().events(&id, INITIATED).iter().map(inherits).collect();
        assert_eq!(asked, [true, false]);
    });
}

#[test]
fn a_child_of_a_worker_in_another_namespace_runs_there_and_can_be_reached() {
    let parts = Parts {
        flow: r#"
            local workflow = require("workflow")
            return { main = function(role)
                local info = workflow.info()
                if role == "child" then
                    local word, err = workflow.wait_signal("go")
                    return { info.namespace, info.parent.namespace, word or err:kind() }
                end
                local function far(child)
                    return workflow.external(child:workflow_id(), nil, { namespace = "far" })
                end
                local far_away = workflow.with_options({})
                local told, asked = far_away:start("t:far", "child"), far_away:start("t:far", "child")
                local done = { far(told):signal("go", "over there"), far(asked):cancel("enough") }
                return { told:result(), asked:result()[3], done }
            end }
        "#,
        entries: "- name: far_client\n  kind: temporal.client\n  address: THE_SERVER\n  namespace: far\n  \
                  lifecycle: {auto_start: true}\n\
                  - name: far_worker\n  kind: temporal.worker\n  client: far_client\n  task_queue: QUEUE\n  \
                  worker_options: {THE_WAY}\n  \
                  lifecycle: {auto_start: true}\n\
                  - name: far\n  kind: workflow.lua\n  source: file://flow.lua\n  method: main\n  \
                  modules: [workflow]\n  meta: {temporal: {workflow: {worker: far_worker}}}\n",
        ..Parts::default()
    };
    server().temporal(&["operator", "namespace", "create", "--namespace", "far"]);
    in_every_way("child-far", parts, |scenario| {
        let told = json!([["far", "default", "over there"], "Canceled", [true, true]]);
        assert_eq!(scenario.run(&[]), Ok(told));
    });
}

#[test]
fn a_server_that_keeps_namespaces_apart_fails_the_task_and_says_so() {
    static STRICT: OnceLock<Server> = OnceLock::new();
    let strict = STRICT.get_or_init(|| Server::start(&[]));
    let parts = Parts {
        flow: r#"
            local workflow = require("workflow")
            return { main = function(role)
                if role == "child" then return "here" end
                return workflow.with_options({ namespace = role }):exec("t:flow", "child")
            end }
        "#,
        ..Parts::default()
    };
    strict.temporal(&["operator", "namespace", "create", "--namespace", "far"]);
    in_every_way_on(strict, "child-apart", parts, |scenario| {
        let id = scenario.begin(&[json!("far")]);
        strict.wait_for(&id, "EVENT_TYPE_WORKFLOW_TASK_FAILED");
        let failed = &strict.events(&id, "EVENT_TYPE_WORKFLOW_TASK_FAILED")[0]["workflowTaskFailedEventAttributes"];
        assert_eq!(failed["cause"], "WORKFLOW_TASK_FAILED_CAUSE_BAD_START_CHILD_EXECUTION_ATTRIBUTES");
        let message = failed["failure"]["message"].as_str().unwrap();
        assert!(message.contains("cross namespace"), "{message}");
        // The history is unharmed: where it is to run is all that was wrong.
        let id = scenario.begin(&[json!("default")]);
        assert_eq!(scenario.end(&id), Ok(json!("here")));
    });
}

//! Types that nobody has: the message names those that are there, and nothing is lost.

use serde_json::json;

use crate::support::{Parts, Scenario, server};

#[test]
fn an_unknown_workflow_type_fails_its_task_and_names_the_known() {
    let name = "unknown-workflow";
    let mut scenario = Scenario::start(
        name,
        Parts { flow: "return { main = function() return 1 end }", functions: "return {}", ..Parts::default() },
    );
    server().begin("unknown-workflow-run", "t:flwo", name, &[]);
    server().wait_for("unknown-workflow-run", "EVENT_TYPE_WORKFLOW_TASK_FAILED");
    let history = server().history("unknown-workflow-run");
    let failed = history.iter().find_map(|event| event.get("workflowTaskFailedEventAttributes")).unwrap();
    let message = failed["failure"]["message"].as_str().unwrap();
    assert!(message.contains("`t:flwo`") && message.contains("t:flow"), "{message}");
    assert_eq!(scenario.run(&[]), Ok(json!(1)));
}

#[test]
fn an_unknown_activity_type_fails_and_names_the_known() {
    let mut scenario = Scenario::start(
        "unknown-activity",
        Parts {
            flow: r#"
                local funcs = require("funcs")
                return { main = function()
                    local once = funcs.new():with_options({ ["activity.retry_policy"] = { maximum_attempts = 1 } })
                    local _, err = once:call("t:nowhere")
                    return { err:kind(), err:message() }
                end }
            "#,
            functions: "return { somewhere = function() return 1 end }",
            activities: &["somewhere"],
            ..Parts::default()
        },
    );
    let seen = scenario.run(&[]).unwrap();
    assert_eq!(seen[0], "NotFound");
    let message = seen[1].as_str().unwrap();
    assert!(message.contains("`t:nowhere`") && message.contains("`t:somewhere`"), "{message}");
}

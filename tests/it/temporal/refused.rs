//! Commands that the server does not take: the log says which run asked for what.

use crate::support::{Parts, Scenario};

#[test]
fn a_command_that_the_server_refuses_is_told_with_its_run_and_the_reason() {
    let flow = r#"
        local workflow = require("workflow")
        return { main = function()
            workflow.attrs({ search = { NobodyKnowsThisOne = "x" } })
            workflow.wait_signal("never")
        end }
    "#;
    let mut scenario = Scenario::start("refused-command", Parts { flow, ..Parts::default() });
    let id = scenario.begin(&[]);
    let said = scenario.process().wait_for("the server refuses");
    assert!(said.contains(&format!("`{id}` of type `t:flow`")) && said.contains("NobodyKnowsThisOne"), "{said}");
}

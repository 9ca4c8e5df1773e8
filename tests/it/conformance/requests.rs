//! Messages and requests to end that go to other runs, and to the ones that are meant.

use serde_json::json;

use super::children::{parts, roles};
use crate::support::{in_every_way, server, until};

#[test]
fn any_workflow_can_be_signalled_and_asked_to_end() {
    let flow = roles(
        r#"
        function roles.main(other, before, now)
            local _, over = workflow.external(other, before):signal("note", { n = 0 })
            -- The server grants it, and nothing comes of it.
            local ended = workflow.external(other, before):cancel()
            local external = workflow.external(other, now, { namespace = "default" })
            local sent = external:signal("note", { n = 1 })
            local asked = external:cancel("too late")
            local _, missing = workflow.external(other .. "-not"):signal("note")
            local _, gone = workflow.external(other .. "-not"):cancel()
            return { sent, asked, missing:kind(), gone:kind(), over:kind(), ended }
        end
        function roles.other(begun)
            if not begun then workflow.continue_as_new("other", true) end
            -- Asked for before the first wait: both may come with one task.
            local events = process.events()
            local note = workflow.wait_signal("note")
            local event = events:receive()
            return { note.n, event.reason:match("too late$") }
        end
    "#,
    );
    in_every_way("external", parts(&flow), |scenario| {
        let other = scenario.begin(&[json!("other")]);
        let begun = || server().history(&other)[0]["workflowExecutionStartedEventAttributes"].clone();
        let is_renewed = || begun()["continuedExecutionRunId"].as_str().is_some_and(|before| !before.is_empty());
        until("the other one does not begin anew", is_renewed);
        // What is asked to end before its first task never waits for a signal.
        server().wait_for(&other, "EVENT_TYPE_WORKFLOW_TASK_COMPLETED");
        let now = server().describe(&other)["workflowExecutionInfo"]["execution"]["runId"].take();
        let before = begun()["continuedExecutionRunId"].take();
        let id = scenario.begin(&[json!("main"), json!(other), before, now]);
        let none = "NotFound";
        assert_eq!(scenario.end(&id), Ok(json!([true, true, none, none, none, true])));
        assert_eq!(scenario.end(&other), Ok(json!([1, "too late"])));
    });
}

#[test]
fn the_process_id_of_a_child_reaches_no_run_that_has_its_id_later() {
    let flow = roles(
        r#"
        function roles.main()
            local pid = process.with_options({}):with_name(me("-again")):spawn("flow", "worker", "short")
            process.events():receive()
            workflow.exec("flow", "starter", me("-again"))
            local _, unsent = process.send(pid, "note")
            local _, unasked = process.cancel(pid)
            workflow.external(me("-again")):signal("end")
            return { unsent:kind(), unasked:kind() }
        end
        function roles.short() return 1 end
        function roles.starter(id)
            workflow.with_options({ id = id, parent_close_policy = "abandon" }):start("flow", "other")
        end
        function roles.other()
            return process.inbox():receive():topic()
        end
    "#,
    );
    in_every_way("child-id-again", parts(&flow), |scenario| {
        let id = scenario.begin(&[]);
        assert_eq!(scenario.end(&id), Ok(json!(["NotFound", "NotFound"])));
        assert_eq!(server().end(&format!("{id}-again")), Ok(json!("end")));
    });
}

#[test]
fn what_is_posted_arrives_though_nobody_waited() {
    let flow = roles(
        r#"
        function roles.main(other)
            local external = workflow.external(other)
            local said = {
                external:post("one", 1),
                process.post((process.pid():gsub("|.*", "|" .. other .. "}")), "two", 2),
            }
            local scope = workflow.scope(function()
                said[3] = external:post("three", 3)
                time.sleep("1h")
            end)
            time.sleep(0)
            scope:cancel("what is sent is sent")
            said[4] = external:cancel("too late", { wait = false })
            workflow.wait_signal("arrived")
            return said
        end
        function roles.other()
            local events, one, two = process.events(), process.listen("one"), process.listen("two")
            local three = process.listen("three")
            return { (one:receive()), (two:receive()), (three:receive()), events:receive().reason:match("too late$") }
        end
    "#,
    );
    in_every_way("child-post", parts(&flow), |scenario| {
        let other = scenario.begin(&[json!("other")]);
        let id = scenario.begin(&[json!("main"), json!(other)]);
        assert_eq!(scenario.end(&other), Ok(json!([1, 2, 3, "too late"])));
        server().signal(&id, "arrived", &[]);
        assert_eq!(scenario.end(&id), Ok(json!([true, true, true, true])));
    });
}

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
        // What is asked to end before its first task never waits for a message.
        server().wait_for(&other, "EVENT_TYPE_WORKFLOW_TASK_COMPLETED");
        let id = scenario.begin(&[json!("main"), json!(other)]);
        assert_eq!(scenario.end(&other), Ok(json!([1, 2, 3, "too late"])));
        server().signal(&id, "arrived", &[]);
        assert_eq!(scenario.end(&id), Ok(json!([true, true, true, true])));
    });
}

#[test]
fn a_child_that_is_given_up_can_still_be_asked_to_end() {
    let flow = roles(
        r#"
        function roles.main()
            local events, pid = process.events(), nil
            local scope = workflow.scope(function()
                pid = process.with_options({ cancellation_type = "abandon" }):spawn("flow", "worker", "child")
                time.sleep("1h")
            end)
            workflow.wait_signal("begun")
            workflow.await(function() return pid ~= nil end)
            scope:cancel("enough")
            local given_up = events:receive().result.error:kind()
            return { given_up, process.cancel(pid, "now"), workflow.wait_signal("ended") }
        end
        function roles.child()
            local parent = workflow.external(workflow.info().parent.workflow_id)
            parent:signal("begun")
            local reason = process.events():receive().reason:match("now$")
            workflow.shield(function() parent:signal("ended", reason) end)
        end
    "#,
    );
    in_every_way("given-up", parts(&flow), |scenario| {
        let id = scenario.begin(&[]);
        assert_eq!(scenario.end(&id), Ok(json!(["Canceled", true, "now"])));
    });
}

#[test]
fn the_process_id_of_another_workflow_means_the_run_that_has_its_id_then() {
    let flow = roles(
        r#"
        function roles.main()
            local asked = process.listen("asked", { message = true }):receive()
            workflow.wait_signal("renewed")
            return process.send(asked:from(), "answer", 5)
        end
        function roles.other(main, again)
            if not again then
                workflow.external(main):signal("asked")
                workflow.continue_as_new("other", main, true)
            end
            workflow.external(main):signal("renewed")
            return workflow.wait_signal("answer")
        end
    "#,
    );
    in_every_way("sender-again", parts(&flow), |scenario| {
        let id = scenario.begin(&[]);
        let other = scenario.begin(&[json!("other"), json!(id)]);
        assert_eq!(scenario.end_of_chain(&other), Ok(json!(5)));
        assert_eq!(scenario.end(&id), Ok(json!(true)));
    });
}

#[test]
fn what_is_sent_in_the_last_step_arrives_before_the_run_ends() {
    let flow = roles(
        r#"
        function roles.main(other)
            workflow.external(other):post("one", 1)
            workflow.external(other):post("one", 2)
            workflow.external(other):cancel("too late", { wait = false })
            return 1
        end
        function roles.other()
            local events, one = process.events(), process.listen("one")
            return { (one:receive()), (one:receive()), events:receive().reason:match("too late$") }
        end
    "#,
    );
    in_every_way("posted-last", parts(&flow), |scenario| {
        let other = scenario.begin(&[json!("other")]);
        // What is asked to end before its first task never waits for a message.
        server().wait_for(&other, "EVENT_TYPE_WORKFLOW_TASK_COMPLETED");
        let id = scenario.begin(&[json!("main"), json!(other)]);
        assert_eq!(scenario.end(&id), Ok(json!(1)));
        assert_eq!(server().events(&id, "EVENT_TYPE_EXTERNAL_WORKFLOW_EXECUTION_SIGNALED").len(), 2);
        assert_eq!(scenario.end(&other), Ok(json!([1, 2, "too late"])));
    });
}

#[test]
fn messages_to_one_workflow_arrive_in_the_order_in_which_they_were_sent() {
    let flow = roles(
        r#"
        function roles.main()
            local spawner = process.with_options({})
            for n = 1, 20 do
                spawner = spawner:with_message("n", n)
            end
            local pid = spawner:spawn("flow", "worker", "child")
            local child = workflow.external((pid:gsub("^.*|", ""):gsub("}$", "")))
            for n = 21, 40 do
                if n % 2 == 0 then process.post(pid, "n", n) else child:post("n", n) end
            end
            process.send(pid, "n", 41)
            return process.events():receive().result.value
        end
        function roles.child()
            local numbers, got = process.listen("n"), {}
            for at = 1, 41 do
                got[at] = numbers:receive()
            end
            return got
        end
    "#,
    );
    in_every_way("sent-in-order", parts(&flow), |scenario| {
        assert_eq!(scenario.run(&[]), Ok(json!((1..=41).collect::<Vec<_>>())));
    });
}

//! Children as processes.

use serde_json::json;

use super::children::{parts, roles};
use crate::support::in_every_way;

#[test]
fn processes_report_their_end_as_events() {
    let flow = roles(
        r#"
        function roles.main()
            local spawner = process.with_options({ ["workflow.summary"] = "s" }):with_context({ k = 5 }):with_name(me("-child"))
            local pid = spawner:with_message("go", "on"):spawn_monitored("flow", "worker", "child")
            local failing = process.spawn_linked("flow", "t:worker", "fail")
            local events, seen = process.events(), {}
            for _ = 1, 2 do
                local event = events:receive()
                local name = if event.from == pid then "child" elseif event.from == failing then "fail" else event.from
                seen[name] = event.result.value or event.result.error:kind()
            end
            local given, refused = process.exec("flow", workflow.info().task_queue, "double", 21)
            local result, err = process.exec("flow", workflow.info().task_queue, "fail")
            return { seen, pid, given, refused == nil, result == nil, err:kind() }
        end
        function roles.child()
            return { workflow.wait_signal("go"), require("ctx").get("k") }
        end
        function roles.double(n) return 2 * n end
        function roles.fail() return nil, errors.new({ kind = "Sad", message = "no", retryable = false }) end
    "#,
    );
    in_every_way("processes", parts(&flow), |scenario| {
        let id = scenario.begin(&[]);
        let (seen, pid) = (json!({"child": ["on", 5], "fail": "Sad"}), format!("{{t:client@t:worker|{id}-child}}"));
        assert_eq!(scenario.end(&id), Ok(json!([seen, pid, 42, true, true, "Sad"])));
    });
}

#[test]
fn the_failure_of_a_linked_child_is_a_broken_link_for_a_run_that_traps_links() {
    let flow = roles(
        r#"
        function roles.main()
            local events, traps, seen = process.events(), { process.get_options().trap_links }, {}
            for _, spawn in ipairs({ process.spawn_linked, process.spawn_linked_monitored }) do
                process.set_options({ trap_links = true })
                local failing = spawn("flow", "worker", "fail")
                for _ = 1, 2 do
                    local event = events:receive()
                    table.insert(seen, { event.kind, event.from == failing, event.result.error:kind() })
                end
            end
            traps[2] = process.get_options().trap_links
            return { traps, seen }
        end
        function roles.fail() return nil, errors.new({ kind = "Sad", message = "no", retryable = false }) end
    "#,
    );
    in_every_way("linked", parts(&flow), |scenario| {
        let [down, exit] = ["pid.link.down", "pid.exit"].map(|kind| json!([kind, true, "Sad"]));
        assert_eq!(scenario.run(&[]), Ok(json!([[false, true], [down, exit, down, exit]])));
    });
}

#[test]
fn a_process_that_is_asked_to_end_may_go_on() {
    let flow = roles(
        r#"
        function roles.main()
            local events, said = process.events(), {}
            for n, ask in ipairs({ process.cancel, process.terminate }) do
                local pid = process.spawn("flow", "worker", "goes_on")
                workflow.wait_signal("begun")
                said[n] = { ask(pid), events:receive().result.value }
            end
            return said
        end
        function roles.goes_on()
            local events = process.events()
            workflow.external(workflow.info().parent.workflow_id):signal("begun")
            local event = events:receive()
            return { event.kind, workflow.exec("flow", "double", 4) }
        end
        function roles.double(n) return 2 * n end
    "#,
    );
    in_every_way("asked-to-end", parts(&flow), |scenario| {
        let went_on = json!([true, ["pid.cancel", 8]]);
        assert_eq!(scenario.run(&[]), Ok(json!([went_on, went_on])));
    });
}

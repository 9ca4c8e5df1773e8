//! What moves about a run, as it moves.

use serde_json::{Value, json};

use crate::support::{Journal, Parts, Running, Scenario, in_every_way, metonic, server};

/// One activity that says how far it is and waits until it is let go.
const FLOW: &str = r#"
local funcs = require("funcs")
return { main = function()
    local rendered, err = funcs.call("t:render")
    if err then return nil, err end
    return process.listen("word"):receive() .. rendered
end }
"#;

/// Fails once; then says that it is at 40%, until it is let go.
const FUNCTIONS: &str = r#"
local activity = require("activity")
local http = require("http_client")
return { render = function()
    if activity.info().attempt == 1 then
        return nil, errors.new({ kind = "Unavailable", message = "no renderer", retryable = true })
    end
    activity.heartbeat("40%")
    assert(http.post("ADDRESS", { timeout = "10m" }))
    return "!"
end }
"#;

const OPTIONS: &str = "activity.heartbeat_timeout: 5m\nactivity.start_to_close_timeout: 10m\n\
                       activity.retry_policy: {initial_interval: 10ms}\n";

/// The activity waits for the journal to answer.
fn scenario(name: &str) -> (Scenario, Journal) {
    let journal = Journal::answering(0);
    let functions = FUNCTIONS.replace("ADDRESS", &journal.address());
    let parts =
        Parts { flow: FLOW, functions: &functions, activities: &["render"], options: OPTIONS, ..Parts::default() };
    (Scenario::start(name, parts), journal)
}

fn watch(scenario: &Scenario, id: &str, more: &[&str]) -> Running {
    let arguments = ["workflow", "watch", id, "--interval", "100ms"];
    Running::start(scenario.folder(), arguments.iter().chain(more))
}

/// Two questions are two tasks, and a signal may come between them: which of the answers is seen first is
/// chance.
fn wait_for_both(watching: &mut Running, one: &str, other: &str) {
    for text in [one, other] {
        if !watching.said.contains(text) {
            watching.wait_for(text);
        }
    }
}

#[test]
fn a_line_tells_of_each_change_until_the_end() {
    let (mut scenario, journal) = scenario("watch-text");
    let id = scenario.begin(&[]);
    let mut watching = watch(&scenario, &id, &[]);
    watching.wait_for("status                  RUNNING");
    watching.wait_for("t:render                running  attempt 2  40%  after Unavailable: no renderer");
    journal.release();
    watching.wait_for("t:render                → \"!\"");
    server().signal(&id, "word", &[json!("done")]);
    watching.wait_for("signal word             \"done\"");
    watching.wait_for("completed               \"done!\"");
    assert_eq!(watching.end(), Some(0), "{}", watching.said);
    scenario.replays(server(), &[&id]);
}

#[test]
fn what_a_run_says_of_itself_is_shown_as_it_moves() {
    let flow = r#"
        local workflow = require("workflow")
        return { main = function()
            local progress = 0
            workflow.on_query("progress", function() return { pages = progress } end)
            for _ = 1, 2 do
                workflow.details(progress .. "% of the book")
                process.listen("go"):receive()
                progress = progress + 50
            end
            workflow.details("**100%** of the book")
        end }
    "#;
    in_every_way("watch-details", Parts { flow, ..Parts::default() }, |scenario| {
        let id = scenario.begin(&[]);
        let mut watching = watch(scenario, &id, &[]);
        wait_for_both(&mut watching, "details                 0% of the book", "progress                {\"pages\":0}");
        server().signal(&id, "go", &[]);
        wait_for_both(
            &mut watching,
            "details                 50% of the book",
            "progress                {\"pages\":50}",
        );
        server().signal(&id, "go", &[]);
        watching.wait_for("details                 **100%** of the book");
        assert_eq!(watching.end(), Some(0), "{}", watching.said);
        assert!(scenario.end(&id).is_ok());
    });
}

#[test]
fn how_far_a_run_says_it_is_is_shown_as_it_moves() {
    let flow = r#"
        local workflow = require("workflow")
        return { main = function()
            workflow.progress(1, 3)
            workflow.wait_signal("go")
            workflow.progress(2, 3, "almost")
            workflow.wait_signal("go")
        end }
    "#;
    in_every_way("watch-progress", Parts { flow, ..Parts::default() }, |scenario| {
        let id = scenario.begin(&[]);
        let mut watching = watch(scenario, &id, &[]);
        watching.wait_for("progress                {\"done\":1,\"total\":3,\"percent\":33}");
        server().signal(&id, "go", &[]);
        watching.wait_for("progress                {\"done\":2,\"total\":3,\"percent\":66,\"text\":\"almost\"}");
        server().signal(&id, "go", &[]);
        assert_eq!(watching.end(), Some(0), "{}", watching.said);
        assert!(scenario.end(&id).is_ok());
    });
}

#[test]
fn each_change_is_an_object_of_json() {
    let (mut scenario, journal) = scenario("watch-json");
    let id = scenario.begin(&[]);
    server().signal(&id, "word", &[json!("done")]);
    let mut watching = watch(&scenario, &id, &["--format", "json"]);
    watching.wait_for("40%");
    journal.release();
    assert_eq!(watching.end(), Some(0), "{}", watching.said);
    scenario.replays(server(), &[&id]);
    let changes: Vec<Value> = watching.said.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    // That a task took a busy machine too long is a step, too.
    let is_own = |change: &&Value| change["step"] != "taskTimedOut";
    let of = |name: &str| changes.iter().filter(is_own).filter(|change| change["change"] == name).collect::<Vec<_>>();
    assert_eq!(of("run")[0]["workflowId"], id.as_str());
    let statuses: Vec<&Value> = of("status").into_iter().map(|change| &change["status"]).collect();
    assert_eq!(statuses, ["RUNNING", "COMPLETED"]);
    assert!(of("activity").iter().any(|change| change["heartbeatDetails"] == json!(["40%"])), "{changes:?}");
    let steps: Vec<&Value> = of("step").into_iter().map(|change| &change["step"]).collect();
    assert_eq!(steps, ["started", "signal", "activity", "ended"]);
    assert_eq!(of("step")[3]["result"], "done!");
}

#[test]
fn a_run_that_did_not_complete_is_exit_code_1() {
    let mut scenario = Scenario::written(&server().address(), "watch-ended", Parts { flow: FLOW, ..Parts::default() });
    let id = scenario.begin(&[]);
    server().terminate(&id);
    let output = metonic(scenario.folder(), ["workflow", "watch", &id]);
    assert_eq!(output.code, Some(1), "{output}");
    assert!(output.stdout.contains("s  terminated"), "{output}");
}

#[test]
fn a_run_that_is_not_there_cannot_be_watched() {
    let scenario = Scenario::written(&server().address(), "watch-none", Parts { flow: FLOW, ..Parts::default() });
    let output = metonic(scenario.folder(), ["workflow", "watch", "watch-none-1"]);
    // Why is the server's to say.
    let why = output.stderr.strip_prefix("error: `watch-none-1` was not watched: ").unwrap();
    assert_eq!((output.code, why.trim().is_empty()), (Some(1), false), "{output}");
}

#[test]
fn a_server_is_not_asked_all_the_time() {
    let scenario = Scenario::written(&server().address(), "watch-fast", Parts { flow: FLOW, ..Parts::default() });
    let output = metonic(scenario.folder(), ["workflow", "watch", "x", "--interval", "1ms"]);
    assert_eq!(output.code, Some(2));
    assert!(output.stderr.contains("the shortest is 50ms"), "{output}");
}

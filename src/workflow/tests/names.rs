//! Every text that a command carries: the server bounds it, and the call that gives more hears of it, or
//! it may be as long as the task has room.

use crate::workflow::{
    Completion,
    script::{Reader, World, show},
};

/// What the server says to a text of 1001 bytes.
#[derive(Clone, Copy, Debug)]
enum Bound {
    /// It refuses the task; so the call is refused, which says this.
    Refused(&'static str),
    /// It takes it.
    None,
}

use Bound::{None as Free, Refused};

const ACTIVITY: [(&str, &str, Bound); 7] = [
    ("type", "funcs.new():with_options({ task_queue = 'q' }):async(long)", Refused("the activity type has 1001 bytes")),
    ("id", "funcs.new():with_options({ id = long }):async('app:some')", Refused("`id` has 1001 bytes")),
    (
        "queue",
        "funcs.new():with_options({ task_queue = long }):async('app:some')",
        Refused("`task_queue` has 1001 bytes"),
    ),
    ("header", "funcs.new():with_context({ [long] = 1 }):async('app:some')", Free),
    (
        "error type",
        "funcs.new():with_options({ retry_policy = { non_retryable_error_types = { long } } }):async('app:some')",
        Free,
    ),
    (
        "fairness key",
        "funcs.new():with_options({ priority = { fairness_key = long } }):async('app:some')",
        Refused("`fairness_key` has 1001 bytes; Temporal takes 64"),
    ),
    ("summary", "funcs.new():with_options({ summary = long }):async('app:some')", Free),
];

const CHILD: [(&str, &str, Bound); 15] = [
    ("type", "workflow.with_options({ task_queue = 'q' }):start(long)", Refused("the workflow type has 1001 bytes")),
    ("id", "workflow.with_options({ id = long }):start('app:main')", Refused("`id` has 1001 bytes")),
    (
        "name",
        "process.with_options({}):with_name(long):spawn('app:main', '')",
        Refused("the workflow id has 1001 bytes"),
    ),
    (
        "namespace",
        "workflow.with_options({ namespace = long }):start('app:main')",
        Refused("`namespace` has 1001 bytes"),
    ),
    ("queue", "workflow.with_options({ task_queue = long }):start('app:main')", Refused("`task_queue` has 1001 bytes")),
    ("host", "process.spawn('app:main', long)", Refused("the task queue has 1001 bytes")),
    ("schedule", "workflow.with_options({ cron_schedule = long }):start('app:main')", Refused("is no schedule")),
    ("header", "process.with_context({ [long] = 1 }):spawn('app:main', '')", Free),
    ("memo", "workflow.with_options({ memo = { [long] = 1 } }):start('app:main')", Free),
    // Which there are the server knows, and tells.
    ("attribute", "workflow.with_options({ search_attributes = { [long] = 1 } }):start('app:main')", Free),
    (
        "attribute's value",
        "workflow.with_options({ search_attributes = { Known = long:rep(3) } }):start('app:main')",
        Refused("search attribute `Known`: its value has 3005 bytes; Temporal takes 2048"),
    ),
    // It tells of a version that is not there as of a child that was not started.
    (
        "version",
        "workflow.with_options({ versioning_override = { mode = 'pinned', version = { deployment_name = long, build_id \
         = long } } }):start('app:main')",
        Free,
    ),
    ("summary", "workflow.with_options({ summary = long }):start('app:main')", Free),
    ("details", "workflow.with_options({ details = long }):start('app:main')", Free),
    ("reason", "child:cancel(long)", Free),
];

const RUN: [(&str, &str, Bound); 12] = [
    ("signal", "workflow.external('other'):post(long)", Free),
    ("signal of a child", "child:post(long)", Free),
    ("topic", "process.post(child:pid(), long)", Free),
    ("id", "workflow.external(long):post('name')", Refused("the workflow id has 1001 bytes")),
    ("process id", "process.post('{a@app:worker|' .. long .. '}', 'name')", Refused("the workflow id has 1001 bytes")),
    ("run id", "workflow.external('other', long):post('name')", Refused("the run id has 1001 bytes")),
    (
        "no run id",
        "workflow.external('other', 'run-3'):post('name')",
        Refused("`run-3` is no run id, which looks like"),
    ),
    (
        "namespace",
        "workflow.external('other', nil, { namespace = long }):post('name')",
        Refused("the namespace has 1001 bytes"),
    ),
    ("id to end", "workflow.external(long):cancel(nil, { wait = false })", Refused("the workflow id has 1001 bytes")),
    ("run id to end", "workflow.external('other', 'run-3'):cancel()", Refused("`run-3` is no run id")),
    (
        "namespace to end",
        "workflow.external('other', nil, { namespace = long }):cancel()",
        Refused("the namespace has 1001 bytes"),
    ),
    ("reason", "workflow.external('other'):cancel(long, { wait = false })", Free),
];

const OWN: [(&str, &str, Bound); 13] = [
    ("timer", "time.timer('1s', { summary = long })", Free),
    ("patch", "workflow.patched(long)", Free),
    ("change", "workflow.version(long, 1, 2)", Free),
    ("memo", "workflow.attrs({ memo = { [long] = 1 } })", Free),
    ("attribute", "workflow.attrs({ search = { [long] = 1 } })", Free),
    (
        "attribute's value",
        "workflow.attrs({ search = { Known = long:rep(3) } })",
        Refused("search attribute `Known`: its value has 3005 bytes; Temporal takes 2048"),
    ),
    ("attributes together", "workflow.attrs({ search = many(30) })", Refused("the search attributes have")),
    ("kind", "error(errors.new({ kind = long, message = '' }))", Free),
    ("message", "error(errors.new(long))", Free),
    ("next type", "workflow.with_options({ type = long }):continue_as_new()", Refused("`type` has 1001 bytes")),
    (
        "next queue",
        "workflow.with_options({ task_queue = long }):continue_as_new()",
        Refused("`task_queue` has 1001 bytes"),
    ),
    (
        "queue of Temporal",
        "workflow.with_options({ task_queue = '/_sys/x' }):continue_as_new()",
        Refused("`task_queue` begins with `/_sys/`"),
    ),
    (
        "next attribute's value",
        "workflow.with_options({ search_attributes = { Known = long:rep(3) } }):continue_as_new()",
        Refused("its value has 3005 bytes"),
    ),
];

/// What a line leads to that a run runs when it has a child; what is wrong with the line is its result.
fn after(line: &str) -> Completion {
    let main = format!(
        "local errors = require('errors')
local funcs, time, workflow = require('funcs'), require('time'), require('workflow')
local long, refused = string.rep('x', 1001), nil
local function many(count)
    local search = {{}}
    for number = 1, count do search['Known' .. number] = long .. long end
    return search
end
local function run(child)
    local _, err = (function() return {line} end)()
    refused = err and err:message()
end
return function()
    local child = workflow.with_options({{ id = 'child' }}):start('app:main')
    local ok, raised = pcall(run, child)
    if not ok and type(raised) ~= 'string' then error(raised) end
    if not ok or refused then return refused or raised end
    time.sleep('1h')
end"
    );
    let world = World::new(&main, &[]);
    let (mut player, mut reader) = (world.player(), Reader::default());
    player.play(reader.read("start"));
    player.play(reader.read("child 1 started run-9"))
}

#[test]
fn what_the_server_bounds_is_bounded_in_the_call_and_nothing_else_is() {
    let mut wrong = Vec::new();
    for (of, rows) in [("activity", &ACTIVITY[..]), ("child", &CHILD), ("run", &RUN), ("own", &OWN)] {
        for (field, line, bound) in rows {
            let completion = after(line);
            let shown = show(&completion);
            let is_right = match bound {
                Refused(why) => shown.starts_with("Complete \"") && shown.contains(why),
                Free => format!("{completion:?}").contains(&"x".repeat(1001)) && !shown.starts_with("Complete"),
            };
            if !is_right {
                wrong.push(format!("{of}, {field}: {}", shown.chars().take(300).collect::<String>()));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

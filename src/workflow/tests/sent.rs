//! What one workflow task may send: the server ends a run that sends more.

use crate::workflow::{
    Activation, Completion, HostOptions, TaskFailure, TaskFailureCause,
    script::{Reader, World, show},
};

fn world(main: &str, largest_task: usize) -> World {
    let mut world = World::new(main, &[]);
    world.options.largest_task = largest_task;
    world
}

fn failure(world: &World) -> TaskFailure {
    match world.player().play(Reader::default().read("start")) {
        Completion::TaskFailed(failed) => *failed,
        other @ Completion::Commands(_) => panic!("{}", show(&other)),
    }
}

/// Answers with much.
const TALKER: &str = "local workflow = require('workflow')
return function()
    workflow.on_query('large', function() return string.rep('x', 5000) end)
    require('time').sleep('1s')
    return 'unharmed'
end";

#[test]
fn an_answer_that_is_too_large_fails_the_query_alone() {
    let mut world = World::new(TALKER, &[]);
    world.options.largest_payload = 1000;
    let mut reader = Reader::default();
    let mut player = world.player();
    player.play(reader.read("start"));
    assert_eq!(
        show(&player.play(reader.read("query large"))),
        "Answer Invalid: the answer to the query `large` has 5002 bytes; the server takes 1000 (not retryable)\n"
    );
    assert_eq!(show(&player.play(reader.read("after 1s\nresolve 1"))), "Complete \"unharmed\"\n");
}

/// Calls a local activity as often as it is told to, and asks for something else then.
const LOCAL: &str = "local funcs, workflow = require('funcs'), require('workflow')
return function(count)
    for number = 1, count do
        workflow.local_call('app:some')
    end
    funcs.call('app:other', string.rep('x', 300))
end";

/// What comes of local activities that end within one workflow task.
fn with_records(values: &[&str], events: u32) -> Completion {
    let world = world(LOCAL, 1000);
    let mut player = world.player();
    let mut reader = Reader::default();
    let mut next = reader.read(&format!("start {}", values.len()));
    let mut history = next.history;
    for (at, value) in values.iter().enumerate() {
        let completion = player.play(next);
        if matches!(completion, Completion::TaskFailed(_)) {
            return completion;
        }
        history.events += events;
        next = Activation { history, ..reader.read(&format!("resolve {} {value}", at + 1)) };
    }
    player.play(next)
}

#[test]
fn what_local_activities_gave_counts_with_their_task() {
    let value = format!("{:?}", "y".repeat(250));
    let Completion::TaskFailed(failed) = with_records(&[&value, &value], 0) else { panic!("it was taken") };
    assert_eq!(failed.cause, TaskFailureCause::GrpcMessageTooLarge);
    assert_eq!(
        failed.failure.message,
        "main.lua:6: one step of the workflow sends more than 1000 bytes in all, of which 439 here; send less, or wait \
         between the calls"
    );
    let Completion::TaskFailed(failed) = with_records(&[&value, &value, &value], 0) else { panic!("it was taken") };
    assert_eq!(
        failed.failure.message,
        "what local activities and side effects gave and what is asked for beside them has more than 1000 bytes in \
         all, of which 380 in the last result; return less, or wait for something else between them, such as a timer"
    );
}

#[test]
fn a_task_that_begins_counts_anew() {
    let value = format!("{:?}", "y".repeat(250));
    let completion = with_records(&[&value, &value, &value], 3);
    assert!(matches!(completion, Completion::Commands(_)), "{}", show(&completion));
}

#[test]
fn calls_that_the_server_would_not_take_stop_the_code() {
    let main = "local funcs = require('funcs')
return function()
    for number = 1, 150 do
        funcs.async('app:some', string.rep('x', 2 ^ 20))
        print(number)
    end
end";
    let world = World::new(main, &[]);
    let failed = failure(&world);
    assert_eq!(failed.cause, TaskFailureCause::GrpcMessageTooLarge);
    assert!(failed.failure.message.starts_with("main.lua:4: one step of the workflow sends more than 3670016 bytes"));
    let said: Vec<String> = world.said().iter().map(|line| line.split(' ').nth(2).unwrap().to_owned()).collect();
    assert_eq!(said, ["1", "2", "3"], "nothing runs after the call that is too much");
}

/// What a step gives that runs this line, where the server takes 10000 bytes; `big` has more.
fn with_big_text(line: &str) -> Completion {
    let main = format!(
        "local big = string.rep('x', 20000)
local funcs, time, workflow = require('funcs'), require('time'), require('workflow')
local function run(child)
    {line}
end
return function()
    local child = workflow.with_options({{ id = 'child' }}):start('app:main')
    run(child)
    time.sleep('1h')
end"
    );
    let world = world(&main, 10_000);
    let mut player = world.player();
    let mut reader = Reader::default();
    player.play(reader.read("start"));
    player.play(reader.read("child 1 started run-9"))
}

#[test]
fn every_text_of_a_command_counts() {
    let lines = [
        "time.sleep('1s', { summary = big })",
        "time.timer('1s', { summary = big })",
        "time.ticker('1s', { summary = big })",
        "workflow.with_timeout('1s', function() time.sleep('1s') end, { summary = big })",
        "funcs.async('app:some', big)",
        "funcs.new():with_context({ [big] = 1 }):async('app:some')",
        "funcs.new():with_options({ summary = big }):async('app:some')",
        "funcs.new():with_options({ retry_policy = { non_retryable_error_types = { big } } }):async('app:some')",
        "workflow.with_options({ summary = big }):start('app:main')",
        "workflow.with_options({ details = big }):start('app:main')",
        "workflow.with_options({ memo = { [big] = 1 } }):start('app:main')",
        "workflow.with_options({ search_attributes = { [big] = 1 } }):start('app:main')",
        "workflow.with_options({ retry_policy = { non_retryable_error_types = { big } } }):start('app:main')",
        "workflow.with_options({ versioning_override = { mode = 'pinned', version = { deployment_name = big, build_id = 'b' } } }):start('app:main')",
        "workflow.with_options({ memo = { [big] = 1 } }):continue_as_new()",
        "workflow.with_options({ retry_policy = { non_retryable_error_types = { big } } }):continue_as_new()",
        "child:signal(big)",
        "child:cancel(big)",
        "workflow.external('other'):signal(big)",
        "workflow.external('other'):cancel(big)",
        "workflow.patched(big)",
        "workflow.version(big, 1, 2)",
        "workflow.attrs({ memo = { [big] = 1 } })",
        "workflow.attrs({ search = { [big] = 1 } })",
        "workflow.side_effect(function() return 1 end, { summary = big })",
        "error(errors.new({ kind = big, message = '' }))",
        "error(errors.new({ message = '', details = big }))",
        "error(errors.new(big))",
        "for _ = 1, 11 do time.timer('1s', { summary = string.rep('x', 1000) }) end",
    ];
    let too_large = |completion: &Completion| matches!(completion, Completion::TaskFailed(failed) if failed.cause == TaskFailureCause::GrpcMessageTooLarge);
    let taken =
        lines.into_iter().map(|line| (line, with_big_text(line))).filter(|(_, completion)| !too_large(completion));
    let taken: Vec<_> = taken.map(|(line, completion)| format!("{line}: {}", show(&completion))).collect();
    assert!(taken.is_empty(), "{}", taken.join("\n"));
}

#[test]
fn what_has_no_line_is_told_by_what_it_is() {
    let message = failure(&world("return function() return string.rep('x', 20000) end", 10_000)).failure.message;
    assert!(message.starts_with("the workflow's result: one step of the workflow sends more than 10000 bytes"));
    let main = "local time = require('time')
return function()
    time.ticker('1s', { summary = string.rep('x', 9900) })
    time.sleep('1h')
end";
    let world = world(main, 1000);
    let mut player = world.player();
    let mut reader = Reader::default();
    player.play(Activation { replaying: true, ..reader.read("start") });
    let Completion::TaskFailed(failed) = player.play(reader.read("after 1s\nresolve 1")) else {
        panic!("it was taken")
    };
    assert!(failed.failure.message.starts_with("a timer: "), "{}", failed.failure.message);
}

/// A validator that says much.
const STRICT: &str = "local workflow = require('workflow')
return function()
    local function validate() return false, string.rep('x', 400) end
    workflow.on_update('check', { handler = function() end, validate = validate })
    require('time').sleep('1h')
end";

#[test]
fn updates_that_are_rejected_one_after_the_other_do_not_add_up() {
    let world = world(STRICT, 1000);
    let mut player = world.player();
    let mut reader = Reader::default();
    player.play(reader.read("start"));
    let history = reader.read("").history;
    for _ in 0..10 {
        let completion = player.play(Activation { history, ..reader.read("update check#u1") });
        assert!(matches!(completion, Completion::Commands(_)), "{}", show(&completion));
    }
    let completion = player.play(Activation { history, ..reader.read(&"update check#u1\n".repeat(3)) });
    assert!(matches!(completion, Completion::TaskFailed(_)), "three in one task are too much");
}

#[test]
fn large_errors_of_queries_fail_alone() {
    let main = "local workflow = require('workflow')
return function()
    workflow.on_query('wrong', function() return nil, string.rep('x', 3000) end)
    require('time').sleep('1s')
    return 'unharmed'
end";
    let mut world = World::new(main, &[]);
    world.options = HostOptions { largest_task: 8000, largest_payload: 4000, ..world.options };
    let mut player = world.player();
    let mut reader = Reader::default();
    player.play(reader.read("start"));
    let answers = show(&player.play(reader.read("query wrong\nquery wrong\nquery wrong")));
    let refused = "Answer Invalid: the error of the query `wrong` has 3143 bytes; what else is sent with it leaves 1714: \
                   ask again (not retryable)\n";
    assert!(answers.contains("xxx") && answers.ends_with(refused), "{answers}");
    world.options.largest_payload = 1000;
    let mut player = world.player();
    let mut reader = Reader::default();
    player.play(reader.read("start"));
    assert_eq!(
        show(&player.play(reader.read("query wrong"))),
        "Answer Invalid: the error of the query `wrong` has 3143 bytes; the server takes 1000 (not retryable)\n"
    );
}

#[test]
fn large_answers_to_queries_of_one_task_fail_alone() {
    let world = world(TALKER, 8000);
    let mut reader = Reader::default();
    let mut player = world.player();
    player.play(reader.read("start"));
    let answers = show(&player.play(reader.read("query large\nquery large")));
    let refused = "Answer Invalid: the answer to the query `large` has 5130 bytes; what else is sent with it leaves 2870: \
                   ask again (not retryable)\n";
    assert!(answers.contains("xxx") && answers.ends_with(refused), "{answers}");
    assert_eq!(show(&player.play(reader.read("after 1s\nresolve 1"))), "Complete \"unharmed\"\n");
}

/// Takes anything.
const TAKER: &str = "local workflow = require('workflow')
return function()
    workflow.on_update('add', function() end)
    workflow.wait_signal('stop')
end";

#[test]
fn an_update_is_left_to_the_server_where_too_many_come_at_once() {
    let world = world(TAKER, 10_000);
    let text = "x".repeat(5_000);
    let (mut player, mut reader) = (world.player(), Reader::default());
    player.play(reader.read("start"));
    let both = format!("update add#1 \"{text}\"\nupdate add#2 \"{text}\"\nupdate add#3 1");
    let answers = "Accept #1\nAccept #3\nCompleteUpdate #1 null\nCompleteUpdate #3 null\n";
    assert_eq!(show(&player.play(reader.read(&both))), answers);
    let alone = player.play(reader.read(&format!("update add#4 \"{text}\"")));
    assert_eq!(show(&alone), "Accept #4\nCompleteUpdate #4 null\n");
}

#[test]
fn what_the_answers_to_updates_have_counts_with_what_was_asked() {
    let world = world(
        "return function() require('workflow').on_update('echo', function(text) return text end)
        require('workflow').wait_signal('stop') end",
        10_000,
    );
    let (mut player, mut reader) = (world.player(), Reader::default());
    player.play(reader.read("start"));
    let update = format!("update echo \"{}\"", "x".repeat(5_000));
    let Completion::TaskFailed(failed) = player.play(reader.read(&update)) else { panic!("it is sent twice") };
    assert_eq!(failed.cause, TaskFailureCause::GrpcMessageTooLarge);
}

/// Sends a message behind another one, as large as it is asked to.
const IN_LINE: &str = "return function(size)
    local other = require('workflow').external('other')
    other:post('a')
    other:post('b', string.rep('x', size))
end";

#[test]
fn what_waits_in_line_counts_with_the_task_that_sends_it() {
    let world = world(IN_LINE, 900);
    let (mut player, mut reader) = (world.player(), Reader::default());
    let answers = ["start 400", "resolve 1 null"].map(|told| show(&player.play(reader.read(told))));
    assert!(answers[0].starts_with("1 Signal other a") && answers[0].lines().count() == 1, "{answers:?}");
    assert!(answers[1].starts_with("2 Signal other b") && answers[1].lines().count() == 1, "{answers:?}");
}

#[test]
fn what_is_too_large_is_refused_when_it_is_asked_for_though_it_waits_in_line() {
    let mut world = world(IN_LINE, 100_000);
    world.options.largest_payload = 8000;
    let (mut player, mut reader) = (world.player(), Reader::default());
    let Completion::TaskFailed(failed) = player.play(reader.read("start 9000")) else { panic!("it is too large") };
    assert_eq!(failed.cause, TaskFailureCause::PayloadsTooLarge);
    assert!(failed.failure.message.starts_with("main.lua:4: a value of 9002 bytes"), "{}", failed.failure.message);
}

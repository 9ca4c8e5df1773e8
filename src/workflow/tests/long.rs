//! Months in a moment: the clock of a run is what its activations say, so long loops are played in
//! virtual time. And thousands of messages.

use std::time::Duration;

use crate::{
    lua::Limits,
    value::Value,
    workflow::{
        Activation, Command, Completion, Headers, Job, Outcome, PROFILE, Seq, Signal,
        script::{Player, Reader, World},
    },
};

/// Plays a run to its end: each timer fires when it is due, each activity gives `answer`. How many
/// timers there were, and the result.
fn played(player: &mut Player<'_>, answer: &Value) -> (usize, Command) {
    let mut activation = Reader::default().read("start");
    let mut timers = 0;
    loop {
        let Completion::Commands(commands) = player.play(activation.clone()) else { panic!("the task fails") };
        let mut jobs = Vec::new();
        let mut time = activation.time;
        for emitted in commands {
            match emitted.command {
                Command::StartTimer { seq, after, .. } => {
                    (timers, time) = (timers + 1, time + after);
                    jobs.push(Job::Resolve { seq, outcome: Outcome::Fired });
                }
                Command::ScheduleActivity(activity) => {
                    jobs.push(Job::Resolve { seq: activity.seq, outcome: Outcome::Completed(answer.clone()) });
                }
                end @ (Command::Complete(_) | Command::Fail(_)) => return (timers, end),
                other => panic!("{other:?}"),
            }
        }
        activation = Activation { time, jobs, ..activation };
    }
}

#[test]
fn a_month_of_hourly_checks_ends_with_720_of_them() {
    let main = r#"
        local funcs, time = require("funcs"), require("time")
        return function()
            local begun, checks = time.now(), {}
            for _ = 1, 30 * 24 do
                time.sleep("1h")
                table.insert(checks, (funcs.call("app:check")))
            end
            return { #checks, time.now():sub(begun):hours() }
        end
    "#;
    let world = World::new(main, &[]);
    let (timers, end) = played(&mut world.player(), &Value::Bool(true));
    assert_eq!(timers, 720);
    assert_eq!(end, Command::Complete(Value::List(vec![Value::Int(720), Value::Int(720)])));
}

#[test]
fn a_job_that_is_never_done_times_out_after_a_hundred_questions() {
    let main = r#"
        local funcs, time = require("funcs"), require("time")
        return function()
            for _ = 1, 100 do
                time.sleep("60s")
                if funcs.call("app:status") == "done" then
                    return "done"
                end
            end
            return nil, errors.new({ kind = errors.TIMEOUT, message = "timed out" })
        end
    "#;
    let world = World::new(main, &[]);
    let (timers, end) = played(&mut world.player(), &Value::from("running"));
    let Command::Fail(failure) = end else { panic!("it fails") };
    assert_eq!((timers, failure.message.as_str()), (100, "timed out"));
}

/// More than other runtimes keep: the ones after ten thousand are the ones to look for.
const MANY: i64 = 12_000;

/// All come while the run sleeps, so nobody has asked for any of them.
#[test]
fn messages_are_kept_in_order_however_many_wait() {
    let main = r#"
        local time, workflow = require("time"), require("workflow")
        return function(count)
            time.sleep("1h")
            local took, in_order = { listened = 0, kept = 0, handled = 0 }, true
            local function take(name, number)
                took[name] += 1
                in_order = in_order and number == took[name]
            end
            workflow.on_signal("handled", function(number) take("handled", number) end)
            -- The inbox gets what nobody else takes.
            local listened, inbox = process.listen("listened"), process.inbox()
            for _ = 1, count do
                take("listened", (listened:receive()))
            end
            for _ = 1, count do
                take("kept", inbox:receive():payload():data())
            end
            workflow.await(function() return took.handled == count end)
            return { took.listened, took.kept, took.handled, in_order }
        end
    "#;
    let mut world = World::new(main, &[]);
    // How fast it goes is nobody's question here.
    let wall = Duration::from_mins(10);
    world.options.limits = Some(Limits { instructions: u64::MAX, wall, ..PROFILE.limits.clone() });
    let mut player = world.player();
    player.play(Reader::default().read(&format!("start {MANY}")));
    let signals = (1..=MANY).flat_map(|number| {
        ["handled", "kept", "listened"].map(|name| {
            Job::Signal(Signal {
                name: name.to_owned(),
                arguments: vec![Value::Int(number)],
                headers: Headers::default(),
            })
        })
    });
    let mut sent = Reader::default().read("");
    sent.jobs = signals.collect();
    assert_eq!(player.play(sent.clone()), Completion::Commands(Vec::new()));
    sent.jobs = vec![Job::Resolve { seq: Seq(1), outcome: Outcome::Fired }];
    let Completion::Commands(mut commands) = player.play(sent) else { panic!("the task fails") };
    let all = [MANY, MANY, MANY].map(Value::Int).into_iter().chain([Value::Bool(true)]);
    assert_eq!(commands.pop().unwrap().command, Command::Complete(Value::List(all.collect())));
}

#[test]
fn scopes_by_the_thousand_may_leave_something_behind() {
    let main = r#"
        local time, workflow = require("time"), require("workflow")
        return function(count)
            local scopes = {}
            for n = 1, count do
                scopes[n] = workflow.scope(function()
                    coroutine.spawn(function() time.sleep("1h") end)
                end)
            end
            workflow.wait_signal("stop")
            return { scopes[1]:cancelled(), scopes[count]:cancelled() }
        end
    "#;
    let world = World::new(main, &[]);
    let (mut player, mut reader) = (world.player(), Reader::default());
    let Completion::Commands(begun) = player.play(reader.read("start 4000")) else { panic!("the task fails") };
    assert_eq!(begun.len(), 4000);
    let Completion::Commands(ended) = player.play(reader.read("ask to end: why")) else { panic!("the task fails") };
    let why = Value::List(vec!["why".into(), "why".into()]);
    assert_eq!(ended.last().map(|emitted| &emitted.command), Some(&Command::Complete(why)));
}

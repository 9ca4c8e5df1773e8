//! Months in a moment: the clock of a run is what its activations say, so long loops are played in
//! virtual time.

use crate::{
    value::Value,
    workflow::{
        Activation, Command, Completion, Job, Outcome,
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

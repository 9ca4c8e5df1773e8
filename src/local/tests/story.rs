use std::time::{Duration, SystemTime};

use crate::{
    local::run_story::RunStory,
    temporal::{RunEnd, What},
    value::{Failure, FailureInfo, RetryState, Value, failure_kind},
    workflow::{
        Command, Completion, Emitted, Job, Outcome, ScheduleActivity, Seq, Signal, TaskFailure, TaskFailureCause,
        Update, UpdateAnswer,
    },
};

fn at(seconds: u64) -> SystemTime {
    SystemTime::UNIX_EPOCH + Duration::from_secs(seconds)
}

fn signal(name: &str) -> Job {
    Job::Signal(Signal { name: name.to_owned(), arguments: Vec::new(), headers: <_>::default() })
}

fn commands(commands: impl IntoIterator<Item = Command>) -> Completion {
    Completion::Commands(commands.into_iter().map(|command| Emitted { command, site: Vec::new() }).collect())
}

fn failed(message: &str) -> Completion {
    let failure = Failure::new(failure_kind::LUA_ERROR, message);
    let cause = TaskFailureCause::WorkflowWorkerUnhandledFailure;
    Completion::TaskFailed(Box::new(TaskFailure { failure, cause, diagnostic: None }))
}

fn activity(seq: u32) -> Command {
    let arguments = vec![Value::Int(5)];
    Command::ScheduleActivity(Box::new(ScheduleActivity { arguments, ..ScheduleActivity::plain(seq, "app:charge") }))
}

/// One task.
fn task(story: &mut RunStory, seconds: u64, jobs: Vec<Job>, completion: &Completion) {
    story.take(at(seconds), &jobs);
    story.answer(at(seconds), jobs, completion);
}

fn told(story: &RunStory) -> Vec<What> {
    story.after(0).steps.into_iter().map(|step| step.what).collect()
}

fn signaled(name: &str) -> What {
    What::Signal { name: name.to_owned(), arguments: Vec::new() }
}

#[test]
fn an_activity_is_one_step_once_it_has_ended() {
    let mut story = RunStory::default();
    task(&mut story, 0, vec![signal("go")], &commands([activity(1)]));
    story.attempt("1", 3);
    task(&mut story, 2, vec![Job::Resolve { seq: Seq(1), outcome: Outcome::Completed("paid".into()) }], &commands([]));
    let charge = What::Activity {
        activity_type: "app:charge".to_owned(),
        arguments: vec![Value::Int(5)],
        took: Duration::from_secs(2),
        attempt: 3,
        outcome: Ok("paid".into()),
    };
    assert_eq!(told(&story), [signaled("go"), charge]);
}

#[test]
fn what_went_wrong_in_an_activity_is_shown_without_what_is_told_around_it() {
    let mut story = RunStory::default();
    task(&mut story, 0, vec![signal("go")], &commands([activity(1)]));
    let own = Failure::new("OutOfStock", "no lamps");
    let info = FailureInfo::Activity {
        activity_id: "1".to_owned(),
        activity_type: "app:charge".to_owned(),
        identity: String::new(),
        retry_state: RetryState::default(),
        scheduled_event: 1,
        started_event: 2,
    };
    let around = Failure { info, ..Failure::new("", "activity error").caused_by(own.clone()) };
    task(&mut story, 1, vec![Job::Resolve { seq: Seq(1), outcome: Outcome::Failed(around) }], &commands([]));
    assert!(matches!(&told(&story)[1], What::Activity { outcome: Err(failure), .. } if **failure == own));
}

#[test]
fn a_task_that_fails_again_is_told_once_and_so_is_what_came_with_it() {
    let mut story = RunStory::default();
    task(&mut story, 0, vec![signal("go")], &failed("broken"));
    task(&mut story, 1, vec![signal("go")], &failed("broken"));
    task(&mut story, 2, vec![signal("go"), signal("on")], &commands([]));
    assert_eq!(told(&story), [signaled("go"), What::TaskFailed { message: "broken".to_owned() }, signaled("on")]);
}

#[test]
fn a_run_that_was_told_more_before_it_ended_is_written_down_once() {
    let mut story = RunStory::default();
    let patch = || Command::SetPatch { id: "p".to_owned(), deprecated: false };
    task(&mut story, 0, vec![signal("go")], &commands([patch(), Command::Complete(Value::Int(1))]));
    task(&mut story, 1, vec![signal("go"), signal("on")], &commands([patch(), activity(1)]));
    assert_eq!(told(&story), [signaled("go"), What::Patch { id: "p".to_owned(), deprecated: false }, signaled("on")]);
    assert_eq!(story.after(0).end, None);
}

#[test]
fn a_task_that_the_engine_refused_is_written_down_once() {
    let mut story = RunStory::default();
    task(&mut story, 0, vec![signal("go")], &commands([activity(1)]));
    let paid = || Job::Resolve { seq: Seq(1), outcome: Outcome::Completed("paid".into()) };
    task(&mut story, 1, vec![paid(), signal("on")], &commands([]));
    task(&mut story, 2, vec![paid(), signal("on")], &commands([]));
    assert_eq!(told(&story).len(), 3);
}

#[test]
fn a_signal_that_comes_twice_is_told_twice() {
    let mut story = RunStory::default();
    task(&mut story, 0, vec![signal("go")], &commands([]));
    task(&mut story, 1, vec![signal("go")], &commands([]));
    assert_eq!(told(&story), [signaled("go"), signaled("go")]);
}

#[test]
fn a_query_after_the_end_changes_nothing() {
    let mut story = RunStory::default();
    task(&mut story, 0, vec![signal("go")], &commands([Command::Complete(Value::Int(1))]));
    task(&mut story, 1, Vec::new(), &commands([]));
    assert_eq!(story.after(0).end, Some(RunEnd::Completed(Value::Int(1))));
}

#[test]
fn an_update_that_was_rejected_leaves_no_trace() {
    let mut story = RunStory::default();
    let update = |id: &str| {
        Job::Update(Update {
            id: id.to_owned(),
            protocol_id: id.to_owned(),
            name: "add".to_owned(),
            arguments: Vec::new(),
            headers: <_>::default(),
            validate: true,
            bytes: 0,
        })
    };
    let answer = |id: &str, answer| Command::AnswerUpdate { protocol_id: id.to_owned(), answer };
    let rejected = answer("u-1", UpdateAnswer::Reject(Failure::invalid("too many")));
    task(&mut story, 0, vec![update("u-1")], &commands([rejected]));
    let both = [answer("u-2", UpdateAnswer::Accept), answer("u-2", UpdateAnswer::Complete(Value::Int(4)))];
    task(&mut story, 1, vec![update("u-2")], &commands(both));
    let (name, id) = ("add".to_owned(), "u-2".to_owned());
    assert_eq!(
        told(&story),
        [
            What::UpdateAccepted { name: name.clone(), id: id.clone(), arguments: Vec::new() },
            What::Update { name, id, took: Duration::ZERO, outcome: Ok(Value::Int(4)) },
        ]
    );
}

#[test]
fn a_timer_that_was_cancelled_is_no_step() {
    let mut story = RunStory::default();
    let timer = |seq| Command::StartTimer { seq: Seq(seq), after: Duration::from_secs(9), summary: None };
    task(&mut story, 0, vec![signal("go")], &commands([timer(1), timer(2)]));
    let fired = vec![Job::Resolve { seq: Seq(2), outcome: Outcome::Fired }];
    task(&mut story, 9, fired, &commands([Command::CancelTimer(Seq(1))]));
    assert_eq!(told(&story), [signaled("go"), What::Timer { after: Duration::from_secs(9) }]);
}

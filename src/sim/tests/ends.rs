//! How runs end, and which go on in their place.

use super::*;
use crate::{
    sim::world::World,
    source::SourceMap,
    workflow::{Activation, Completion, Leaving, Workflows},
};

#[tokio::test(start_paused = true)]
async fn a_run_that_is_asked_to_end_is_cancelled() {
    let bench = Bench::new(
        "return function()
            local _, err = require('time').sleep('1h')
            return nil, err
        end",
    )
    .attach();
    let run = bench.begin(vec![]);
    bench.engine.query(&run, "__stack_trace", vec![]).await.unwrap();
    bench.engine.cancel(&run, "enough").unwrap();
    assert_eq!(bench.engine.result(&run).await, Ok(End::Canceled));
}

#[tokio::test(start_paused = true)]
async fn a_terminated_run_is_not_told() {
    let bench = Bench::new("return function() require('time').sleep('1h') end").attach();
    let run = bench.begin(vec![]);
    bench.engine.terminate(&run, "enough").unwrap();
    assert_eq!(bench.engine.result(&run).await, Ok(End::Terminated("enough".to_owned())));
    assert_eq!(bench.engine.signal(&run, signal("x", "")), Err(Problem::Ended("order-1".to_owned())));
}

#[tokio::test(start_paused = true)]
async fn a_run_has_a_time_of_its_own() {
    let bench = Bench::new("return function() require('time').sleep('2h') end").attach();
    let run = bench.begin_with(|start| start.timeouts.run = Some(Duration::from_hours(1)));
    assert_eq!(bench.engine.result(&run).await, Ok(End::TimedOut));
    assert_eq!(passed(&bench.engine), Duration::from_hours(1));
}

const ATTEMPTS: &str = "local workflow, errors = require('workflow'), require('errors')
return function()
    local info = workflow.info()
    if info.attempt < 3 then return nil, errors.new({ kind = 'Busy', message = 'try ' .. info.attempt }) end
    return info.attempt
end";

#[tokio::test(start_paused = true)]
async fn a_workflow_that_fails_is_tried_again_by_its_policy() {
    let bench = Bench::new(ATTEMPTS).attach();
    let run = bench.begin_with(|start| start.retry = Some(three_times()));
    assert_eq!(bench.result(&run).await, "3");
    assert_eq!(passed(&bench.engine), Duration::from_secs(1 + 2));
    assert_eq!(bench.engine.list().len(), 3);
}

#[tokio::test(start_paused = true)]
async fn a_workflow_without_a_policy_fails() {
    let bench = Bench::new(ATTEMPTS).attach();
    match bench.end(vec![]).await {
        End::Failed(failure) => assert_eq!((failure.kind.as_str(), failure.message.as_str()), ("Busy", "try 1")),
        other => panic!("{other:?}"),
    }
}

#[tokio::test(start_paused = true)]
async fn a_renewed_run_goes_on_under_the_same_id_with_messages_that_nobody_took() {
    let bench = Bench::new(
        "local workflow = require('workflow')
        return function(round)
            if round < 3 then
                require('time').sleep('1m')
                workflow.with_options({ memo = { round = round } }):continue_as_new(round + 1)
            end
            local info = workflow.info()
            return { round, workflow.memo().round, workflow.wait_signal('late'), info.run_id ~= info.first_run_id }
        end",
    )
    .attach();
    let run = bench.begin(vec![Value::Int(1)]);
    bench.engine.query(&run, "__stack_trace", vec![]).await.unwrap();
    bench.engine.signal(&run, signal("late", "letter")).unwrap();
    assert_eq!(bench.result(&run).await, r#"[3,2,"letter",true]"#);
    assert_eq!(bench.engine.describe(&run).unwrap().row.status, Status::ContinuedAsNew);
}

#[tokio::test(start_paused = true)]
async fn the_time_of_a_chain_is_over_for_all_its_runs() {
    let bench = Bench::new(
        "return function(round)
            require('time').sleep('40m')
            require('workflow').continue_as_new(round + 1)
        end",
    )
    .attach();
    let run = bench.begin_with(|start| {
        start.arguments = vec![Value::Int(1)];
        start.timeouts.execution = Some(Duration::from_hours(1));
    });
    assert_eq!(bench.engine.result(&run).await, Ok(End::TimedOut));
    assert_eq!(passed(&bench.engine), Duration::from_hours(1));
}

#[tokio::test(start_paused = true)]
async fn an_id_that_runs_is_not_started_again() {
    let bench = Bench::new("return function() require('time').sleep('1h') end").attach();
    let run = bench.begin(vec![]);
    let refused = bench.engine.start(started(|_| {}));
    assert_eq!(refused, Err(Problem::AlreadyRuns { workflow_id: "order-1".to_owned(), run_id: run.run_id.clone() }));
    assert_eq!(bench.begin_with(|start| start.id_conflict = IdConflict::UseExisting), run);
    let other = bench.begin_with(|start| start.id_conflict = IdConflict::TerminateExisting);
    assert_ne!(other.run_id, run.run_id);
    assert_eq!(bench.engine.describe(&run).unwrap().row.status, Status::Terminated);
}

#[tokio::test(start_paused = true)]
async fn an_id_that_the_server_would_not_take_is_refused() {
    let bench = Bench::new("return function() return 1 end").attach();
    let with = |id: String| bench.engine.start(started(|start| start.workflow_id = id));
    assert_eq!(with(String::new()), Err(Problem::Invalid("the workflow id is empty".to_owned())));
    let why = "the workflow id has 1001 bytes; Temporal takes 1000".to_owned();
    assert_eq!(with("x".repeat(1001)), Err(Problem::Invalid(why)));
    assert!(with("x".repeat(1000)).is_ok());
}

#[tokio::test(start_paused = true)]
async fn an_id_that_ended_may_be_kept_from_being_used_again() {
    let bench = Bench::new("return function() return 1 end").attach();
    bench.value(vec![]).await;
    let policy = crate::workflow::IdReusePolicy::AllowDuplicateFailedOnly;
    let refused = bench.engine.start(started(|start| start.id_reuse = Some(policy)));
    assert_eq!(refused, Err(Problem::IdUsed("order-1".to_owned())));
    assert_eq!(bench.value(vec![]).await, "1");
}

#[tokio::test(start_paused = true)]
async fn a_new_run_is_suggested_when_the_history_is_long() {
    let bench = Bench::new(
        "local time, workflow = require('time'), require('workflow')
        return function()
            local rounds = 0
            while not workflow.info().continue_as_new_suggested do
                time.sleep('1s')
                rounds = rounds + 1
            end
            return { rounds, workflow.history_length() }
        end",
    )
    .attach();
    // The start, 3 events of a task and 2 of a timer in each round, and 2 of the task that sees it.
    assert_eq!(bench.value(vec![]).await, "[819,4098]");
}

#[tokio::test(start_paused = true)]
async fn what_a_run_upserts_is_seen_from_outside() {
    let bench = Bench::new(
        "local workflow = require('workflow')
        return function()
            workflow.attrs({ memo = { a = 1, b = 2 }, search = { Customer = 'c-1' } })
            require('time').sleep('1h')
            workflow.attrs({ memo = { a = workflow.unset } })
        end",
    )
    .attach();
    let run = bench.begin(vec![]);
    bench.engine.result(&run).await.unwrap();
    let row = bench.engine.describe(&run).unwrap().row;
    assert_eq!(Value::Map(row.memo).to_json(), r#"{"b":2}"#);
    assert_eq!(row.search_attributes["Customer"].value, "c-1".into());
}

/// Workflows that say which runs leave memory.
struct Watched {
    inner: Arc<dyn Workflows>,
    left: Arc<Mutex<Vec<String>>>,
}

impl Workflows for Watched {
    fn activate(&self, activation: Activation) -> BoxFuture<'static, Completion> {
        self.inner.activate(activation)
    }

    fn evict(&self, run_id: &str, leaving: Leaving) -> BoxFuture<'static, Option<Arc<SourceMap>>> {
        self.left.lock().unwrap().push(run_id.to_owned());
        self.inner.evict(run_id, leaving)
    }
}

#[tokio::test(start_paused = true)]
async fn a_run_that_is_ended_from_outside_leaves_memory() {
    let left = Arc::new(Mutex::new(Vec::new()));
    let watch = Arc::clone(&left);
    let bench = Bench::new("return function() require('time').sleep('1h') end")
        .with(|worker| {
            let inner = worker.workflows.take().unwrap();
            worker.workflows = Some(Arc::new(Watched { inner, left: watch }));
        })
        .attach();
    let run = bench.begin(vec![]);
    bench.engine.query(&run, "__stack_trace", vec![]).await.unwrap();
    bench.engine.terminate(&run, "enough").unwrap();
    bench.engine.close().await;
    assert_eq!(*left.lock().unwrap(), [run.run_id]);
}

#[test]
fn runs_that_have_ended_are_forgotten_when_they_hold_too_much() {
    let forgotten = Arc::new(Mutex::new(Vec::new()));
    let told = Arc::clone(&forgotten);
    let mut world =
        World::new(Clock::Skipping, 0, Box::new(move |run_id| told.lock().unwrap().push(run_id.to_owned())));
    let runs = ["a", "b", "c"].map(|id| {
        let run = world.start(started(|start| start.workflow_id = id.to_owned())).unwrap();
        let no = world.find(&run).unwrap();
        world.runs.get_mut(&no).unwrap().history.bytes = 100 * 1024 * 1024;
        world.terminate(&run, "").unwrap();
        run
    });
    assert_eq!(*forgotten.lock().unwrap(), [runs[0].run_id.clone()]);
    assert_eq!(runs.map(|run| world.describe(&run).is_ok()), [false, true, true]);
}

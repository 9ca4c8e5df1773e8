//! Workflow tasks: those that fail, and runs that are made anew.

use super::*;
use crate::workflow::{Activation, Completion, Job, Leaving, Workflows};

const STEPS: &str = "local funcs, time, workflow = require('funcs'), require('time'), require('workflow')
return function()
    local log = {}
    workflow.on_signal('note', function(text) log[#log + 1] = text end)
    workflow.on_update('change', function(n) time.sleep('1m') log[#log + 1] = n return n * 2 end)
    if workflow.patched('newer') then log[#log + 1] = 'newer' end
    for round = 1, 3 do
        log[#log + 1] = funcs.call('app:f', round)
        time.sleep('1h')
    end
    log[#log + 1] = workflow.wait_signal('go')
    log[#log + 1] = math.random(1000)
    return log
end";

/// Plays [`STEPS`] with messages on the way.
async fn played(bench: Bench) -> String {
    let bench = bench.attach();
    let run = bench.begin(vec![]);
    bench.engine.sleep(Duration::from_mins(30)).await;
    bench.engine.signal(&run, signal("note", "half an hour")).unwrap();
    let changed = bench.engine.update(&run, update("change", "u1", 21), Stage::Completed).await;
    assert_eq!(changed, Ok(Some(Ok(Value::Int(42)))));
    bench.engine.sleep(Duration::from_hours(5)).await;
    bench.engine.signal(&run, signal("go", "on")).unwrap();
    bench.result(&run).await
}

#[tokio::test(start_paused = true)]
async fn a_run_that_is_made_anew_after_each_task_is_the_same() {
    let kept = played(Bench::new(STEPS)).await;
    let evicted = played(Bench::new(STEPS).with(|worker| worker.evicts_after_each_task = true)).await;
    assert_eq!(evicted, kept);
    assert!(kept.starts_with(r#"["newer",1,"half an hour",21,2,3,"on","#), "{kept}");
}

#[tokio::test(start_paused = true)]
async fn the_run_that_rested_longest_leaves_a_memory_that_is_full() {
    let bench = Bench::new("return function() require('time').sleep('1h') return 'slept' end")
        .with(|worker| worker.max_cached_workflows = 1)
        .attach();
    let runs: Vec<_> = (0..4).map(|n| bench.begin_with(|start| start.workflow_id = format!("order-{n}"))).collect();
    for run in &runs {
        assert_eq!(bench.result(run).await, "\"slept\"");
    }
}

#[tokio::test(start_paused = true)]
async fn a_bug_fails_the_task_is_shown_once_and_told_to_who_waits() {
    let bench = Bench::new("return function(order) return order.customer.name end").attach();
    let run = bench.begin(vec![Value::Map(<_>::default())]);
    let problem = bench.engine.result(&run).await.unwrap_err();
    assert!(matches!(problem, Problem::Stuck { .. }), "{problem:?}");
    assert_eq!(bench.shown.lock().unwrap().len(), 1);
    assert_eq!(bench.engine.describe(&run).unwrap().task_attempt, Some(4));
}

#[tokio::test(start_paused = true)]
async fn better_code_heals_a_run_whose_task_failed() {
    let mut bench = Bench::new("return function(order) return order.customer.name end").attach();
    let run = bench.begin(vec![Value::Map(<_>::default())]);
    bench.engine.result(&run).await.unwrap_err();
    bench.reload("return function(order) return 'mended' end");
    bench.attached = Some(bench.engine.attach(bench.worker.clone()));
    assert_eq!(bench.result(&run).await, "\"mended\"");
}

#[tokio::test(start_paused = true)]
async fn code_that_asks_for_something_else_than_it_did_fails_the_task_and_says_what() {
    let before = "return function() require('time').sleep('1h') return 'slept' end";
    let bench = Bench::new(before).with(|worker| worker.evicts_after_each_task = true).attach();
    let run = bench.begin(vec![]);
    bench.engine.query(&run, "__stack_trace", vec![]).await.unwrap();
    bench.restart(&run, "return function() return require('funcs').call('app:f', 5) end").await;
    let problem = bench.engine.result(&run).await.unwrap_err().to_string();
    assert!(problem.contains("[TMPRL1100] here the run asked for a timer before"), "{problem}");
    assert_eq!(*bench.shown.lock().unwrap(), ["this code does not match the history of the run"]);
}

#[tokio::test(start_paused = true)]
async fn code_that_asks_for_something_else_may_fail_the_workflow() {
    let bench = Bench::new("return function() require('time').sleep('1h') end")
        .with(|worker| {
            worker.evicts_after_each_task = true;
            worker.failed_by_non_determinism = vec![TYPE.to_owned()];
        })
        .attach();
    let run = bench.begin(vec![]);
    bench.engine.query(&run, "__stack_trace", vec![]).await.unwrap();
    bench.restart(&run, "return function() return require('funcs').call('app:f', 5) end").await;
    let end = bench.engine.result(&run).await.unwrap();
    assert!(matches!(end, End::Failed(_)), "{end:?}");
}

#[tokio::test(start_paused = true)]
async fn a_run_that_passed_a_patched_place_before_stays_on_the_old_side() {
    let bench = Bench::new("return function() require('time').sleep('1h') return 'old' end")
        .with(|worker| worker.evicts_after_each_task = true)
        .attach();
    let run = bench.begin(vec![]);
    bench.engine.query(&run, "__stack_trace", vec![]).await.unwrap();
    let patched = "local workflow = require('workflow')
        return function()
            local new = workflow.patched('newer')
            require('time').sleep('1h')
            return new and 'new' or 'old'
        end";
    bench.restart(&run, patched).await;
    assert_eq!(bench.result(&run).await, "\"old\"");
    assert_eq!(bench.value(vec![]).await, "\"new\"");
}

/// Sends a signal while the run answers what it was told last.
struct Meanwhile {
    inner: Arc<dyn Workflows>,
    engine: Engine,
}

impl Workflows for Meanwhile {
    fn activate(&self, activation: Activation) -> BoxFuture<'static, Completion> {
        if activation.jobs.iter().any(|job| matches!(job, Job::Resolve { .. })) && !activation.replaying {
            let run = Run { namespace: "default".to_owned(), workflow_id: "order-1".to_owned(), run_id: String::new() };
            if self.engine.describe(&run).unwrap().row.history.events <= 6 {
                self.engine.signal(&run, signal("late", "letter")).unwrap();
            }
        }
        self.inner.activate(activation)
    }

    fn evict(&self, run_id: &str, leaving: Leaving) -> BoxFuture<'static, Option<Arc<crate::source::SourceMap>>> {
        self.inner.evict(run_id, leaving)
    }
}

#[tokio::test(start_paused = true)]
async fn what_comes_while_a_run_wants_to_end_is_not_lost() {
    let bench = Bench::new(
        "local workflow = require('workflow')
        return function()
            local got = 'nothing'
            workflow.on_signal('late', function(text) got = text end)
            require('time').sleep('1h')
            return got
        end",
    );
    let (inner, engine) = (bench.worker.workflows.clone().unwrap(), bench.engine.clone());
    let bench = bench.with(|worker| worker.workflows = Some(Arc::new(Meanwhile { inner, engine }))).attach();
    assert_eq!(bench.value(vec![]).await, "\"letter\"");
}

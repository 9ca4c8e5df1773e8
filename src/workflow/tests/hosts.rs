//! Many runs on many lanes, and reloads under them.

use std::sync::Arc;

use arc_swap::ArcSwap;

use crate::{
    lua::Lanes,
    workflow::{
        Activation, Catalog, Completion, Host, LaneRuns, Leaving, Workflows as _,
        log::LogSink,
        script::{Reader, World, show},
    },
};

struct Running {
    host: Host,
    catalog: Arc<ArcSwap<Catalog>>,
}

fn running(world: &World, lanes: usize) -> Running {
    let lanes = Arc::new(Lanes::start("test", lanes, LaneRuns::default).unwrap());
    let catalog = Arc::new(ArcSwap::new(Arc::clone(&world.catalog)));
    Running { host: Host::new(lanes, Arc::clone(&catalog), world.options.clone()), catalog }
}

fn of_run(run_id: &str, mut activation: Activation) -> Activation {
    activation.run_id = run_id.to_owned();
    activation
}

#[tokio::test]
async fn a_run_stays_in_memory_between_its_activations() {
    let world = World::new("return function(n) require('time').sleep('1s') return n end", &[]);
    let Running { host, .. } = running(&world, 2);
    let mut readers = Vec::new();
    for run in 0..8 {
        let mut reader = Reader::default();
        host.activate(of_run(&run.to_string(), reader.read(&format!("start {run}")))).await;
        readers.push(reader);
    }
    for (run, reader) in readers.iter_mut().enumerate() {
        let completion = host.activate(of_run(&run.to_string(), reader.read("resolve 1"))).await;
        assert_eq!(show(&completion), format!("Complete {run}\n"));
    }
}

#[tokio::test]
async fn a_running_workflow_stays_on_its_code_and_a_new_one_takes_the_new() {
    let old = World::new("return function() require('time').sleep('1s') return 'old' end", &[]);
    let new = World::new("return function() require('time').sleep('1s') return 'new' end", &[]);
    let Running { host, catalog } = running(&old, 1);
    let mut reader = Reader::default();
    host.activate(of_run("before", reader.read("start"))).await;
    catalog.store(Arc::clone(&new.catalog));
    host.activate(of_run("after", Reader::default().read("start"))).await;
    assert_eq!(show(&host.activate(of_run("before", reader.read("resolve 1"))).await), "Complete \"old\"\n");
    assert_eq!(show(&host.activate(of_run("after", reader.read("resolve 1"))).await), "Complete \"new\"\n");
}

#[tokio::test]
async fn an_evicted_run_begins_anew_from_its_history() {
    let world = World::new("return function(n) require('time').sleep('1s') return n end", &[]);
    let Running { host, .. } = running(&world, 1);
    let mut reader = Reader::default();
    let start = reader.read("start 5");
    host.activate(start.clone()).await;
    host.evict("run-1", Leaving::Settled).await;
    host.activate(Activation { replaying: true, ..start }).await;
    assert_eq!(show(&host.activate(reader.read("resolve 1")).await), "Complete 5\n");
}

/// A run that began on one host, whose worker is stopped, and goes on at another with other code.
async fn moved_to(new: &World, kept_in_between: bool) -> String {
    let mut old = World::new("return function() require('time').sleep('1s') return 'old' end", &[]);
    let Running { host, .. } = running(&old, 1);
    let mut reader = Reader::default();
    let start = reader.read("start");
    host.activate(start.clone()).await;
    drop(host);
    old.options.kept = if kept_in_between { old.options.kept } else { Arc::default() };
    let lanes = Arc::new(Lanes::start("test", 1, LaneRuns::default).unwrap());
    let host = Host::new(lanes, Arc::new(ArcSwap::new(Arc::clone(&new.catalog))), old.options);
    host.activate(Activation { replaying: true, ..start }).await;
    show(&host.activate(reader.read("resolve 1")).await)
}

#[tokio::test]
async fn a_run_keeps_its_code_while_its_worker_is_started_anew() {
    let new = World::new("return function() require('time').sleep('1s') return 'new' end", &[]);
    assert_eq!(moved_to(&new, true).await, "Complete \"old\"\n");
    assert_eq!(moved_to(&new, false).await, "Complete \"new\"\n");
}

#[tokio::test]
async fn an_evicted_run_keeps_its_code_until_its_task_fails() {
    let old = World::new("return function() require('time').sleep('1s') return nothing.at_all end", &[]);
    let new = World::new("return function() require('time').sleep('1s') return 'new' end", &[]);
    let Running { host, catalog } = running(&old, 1);
    let mut reader = Reader::default();
    let (start, fired) = (reader.read("start"), reader.read("resolve 1"));
    host.activate(start.clone()).await;
    host.evict("run-1", Leaving::Settled).await;
    catalog.store(Arc::clone(&new.catalog));
    host.activate(Activation { replaying: true, ..start.clone() }).await;
    assert!(matches!(host.activate(fired.clone()).await, Completion::TaskFailed(_)));
    host.activate(Activation { replaying: true, ..start }).await;
    assert_eq!(show(&host.activate(fired).await), "Complete \"new\"\n");
}

/// A run that has begun on code that gives "old", and whose file gives "new" since.
struct Changed {
    host: Host,
    reader: Reader,
    start: Activation,
}

impl Changed {
    async fn begin() -> Self {
        let flow = |word: &str| format!("return function() require('time').sleep('1s') return '{word}' end");
        let (old, new) = (World::new(&flow("old"), &[]), World::new(&flow("new"), &[]));
        let Running { host, catalog } = running(&old, 1);
        let mut reader = Reader::default();
        let start = reader.read("start");
        host.activate(start.clone()).await;
        catalog.store(Arc::clone(&new.catalog));
        Self { host, reader, start: Activation { replaying: true, ..start } }
    }

    /// It does what `script` says and leaves memory.
    async fn leave(&mut self, script: &str, leaving: Leaving) {
        if !script.is_empty() {
            self.host.activate(self.reader.read(script)).await;
        }
        self.host.evict("run-1", leaving).await;
    }

    /// It comes back; what it gives.
    async fn end(mut self) -> String {
        self.host.activate(self.start).await;
        show(&self.host.activate(self.reader.read("resolve 1")).await)
    }
}

/// What a run gives that leaves memory so after it was asked to do `before`, and comes back.
async fn left_memory(before: &str, leaving: Leaving) -> String {
    let mut run = Changed::begin().await;
    run.leave(before, leaving).await;
    run.end().await
}

#[tokio::test]
async fn a_mended_file_heals_a_run_whose_commands_were_refused() {
    assert_eq!(left_memory("", Leaving::Settled).await, "Complete \"old\"\n");
    assert_eq!(left_memory("", Leaving::TaskFailed).await, "Complete \"new\"\n");
}

#[tokio::test]
async fn a_run_whose_end_was_refused_stays_on_its_code() {
    assert_eq!(left_memory("resolve 1", Leaving::Unsettled).await, "Complete \"old\"\n");
}

#[tokio::test]
async fn a_run_whose_end_may_have_been_refused_for_want_of_room_stays_on_its_code() {
    assert_eq!(left_memory("resolve 1", Leaving::Crowded).await, "Complete \"old\"\n");
}

#[tokio::test]
async fn the_code_of_a_run_that_has_ended_is_forgotten() {
    assert_eq!(left_memory("resolve 1", Leaving::Settled).await, "Complete \"new\"\n");
}

#[tokio::test]
async fn a_run_that_was_only_asked_something_keeps_its_code() {
    let mut run = Changed::begin().await;
    run.leave("", Leaving::Settled).await;
    run.host.activate(run.start.clone()).await;
    let asked = run.reader.read("query __stack_trace");
    run.host.activate(Activation { replaying: true, ..asked }).await;
    run.leave("", Leaving::Settled).await;
    assert_eq!(run.end().await, "Complete \"old\"\n");
}

#[tokio::test]
async fn a_run_that_begins_anew_without_having_left_keeps_its_code() {
    assert_eq!(Changed::begin().await.end().await, "Complete \"old\"\n");
}

#[tokio::test]
async fn a_run_that_turns_out_to_have_failed_takes_the_code_that_is_there() {
    let mut run = Changed::begin().await;
    run.leave("", Leaving::Settled).await;
    run.host.failed_after_all("run-1");
    assert_eq!(run.end().await, "Complete \"new\"\n");
}

#[tokio::test]
async fn the_code_of_all_runs_is_kept_once_their_worker_has_left() {
    let world = World::new("return function() require('time').sleep('1s') end", &[]);
    let Running { host, .. } = running(&world, 4);
    let ids: Vec<_> = (0..8).map(|run| run.to_string()).collect();
    for id in &ids {
        host.activate(of_run(id, Reader::default().read("start"))).await;
    }
    host.leave().await;
    assert!(ids.iter().all(|id| world.options.kept.take(id).is_some()));
}

#[tokio::test]
async fn code_that_only_replayed_a_run_is_not_its_own() {
    let wrong = World::new("return function() require('time').sleep('2s') return 'wrong' end", &[]);
    let right = World::new("return function() require('time').sleep('1s') return 'right' end", &[]);
    let Running { host, catalog } = running(&wrong, 1);
    let mut reader = Reader::default();
    let start = Activation { replaying: true, ..reader.read("start") };
    host.activate(start.clone()).await;
    host.evict("run-1", Leaving::Settled).await;
    catalog.store(Arc::clone(&right.catalog));
    host.activate(start).await;
    assert_eq!(show(&host.activate(reader.read("resolve 1")).await), "Complete \"right\"\n");
}

#[tokio::test]
async fn an_unknown_type_fails_the_task_and_names_what_there_is() {
    let world = World::new("return function() end", &[]);
    let Running { host, catalog } = running(&world, 1);
    let mut empty = Catalog::clone(&world.catalog);
    empty.workflows = empty.workflows.into_iter().map(|(_, entry)| ("app:other".to_owned(), entry)).collect();
    catalog.store(Arc::new(empty));
    let shown = show(&host.activate(Reader::default().read("start")).await);
    assert_eq!(
        shown,
        "TaskFailed WorkflowWorkerUnhandledFailure\nNotFound: no workflow called `app:main` is registered; this \
         worker has: app:other\n"
    );
}

#[tokio::test]
async fn an_unknown_type_is_told_with_its_run() {
    let world = World::new("return function() end", &[]);
    let Running { host, catalog } = running(&world, 1);
    catalog.store(Arc::new(Catalog { workflows: <_>::default(), ..Catalog::clone(&world.catalog) }));
    let Completion::TaskFailed(failed) = host.activate(Reader::default().read("start")).await else {
        panic!("the type is known")
    };
    let report = failed.diagnostic.unwrap();
    let subject = &report.subject;
    assert_eq!((&*subject.workflow_type, &*subject.workflow_id, &*subject.run_id), ("app:main", "order-1", "run-1"));
    assert_eq!(report.diagnostic.notes, ["workflow app:main, id order-1, run run-1, attempt 1"]);
}

#[tokio::test]
async fn a_run_that_nobody_has_in_memory_fails_its_task() {
    let world = World::new("return function() end", &[]);
    let Running { host, .. } = running(&world, 1);
    let completion = host.activate(Reader::default().read("signal x")).await;
    assert!(matches!(completion, Completion::TaskFailed(_)), "{completion:?}");
}

#[tokio::test]
async fn a_fixed_file_heals_a_run_whose_task_failed() {
    let broken = World::new("return function(order) return order.customer.email end", &[]);
    let fixed = World::new("return function(order) return order.customer and 'mail' or 'none' end", &[]);
    let Running { host, catalog } = running(&broken, 1);
    let start = Reader::default().read("start {}");
    assert!(matches!(host.activate(start.clone()).await, Completion::TaskFailed(_)));
    catalog.store(Arc::clone(&fixed.catalog));
    assert_eq!(show(&host.activate(start).await), "Complete \"none\"\n");
}

#[tokio::test]
async fn a_panic_of_ours_fails_the_task_and_the_lane_lives_on() {
    let mut world = World::new("return function() require('logger'):info('boom') return 'fine' end", &[]);
    let calm = world.options.clone();
    world.options.log = LogSink::new(|_| panic!("a sink that is broken"));
    let lanes = Arc::new(Lanes::start("test", 1, LaneRuns::default).unwrap());
    let catalog = Arc::new(ArcSwap::new(Arc::clone(&world.catalog)));
    let broken = Host::new(Arc::clone(&lanes), Arc::clone(&catalog), world.options.clone());
    let failed = show(&broken.activate(Reader::default().read("start")).await);
    assert!(failed.contains("Internal: metonic: panicked while it ran the workflow"), "{failed}");
    let host = Host::new(lanes, catalog, calm);
    assert_eq!(show(&host.activate(Reader::default().read("start")).await), "Complete \"fine\"\n");
}

#[tokio::test]
async fn a_panic_of_ours_is_told_with_its_run() {
    let mut world = World::new("return function() require('logger'):info('boom') end", &[]);
    world.options.log = LogSink::new(|_| panic!("a sink that is broken"));
    let Completion::TaskFailed(failed) = running(&world, 1).host.activate(Reader::default().read("start")).await else {
        panic!("nobody noticed")
    };
    let report = failed.diagnostic.unwrap();
    assert_eq!(report.diagnostic.notes, ["workflow app:main, id order-1, run run-1"]);
    assert_eq!((&*report.subject.workflow_id, &*report.subject.run_id), ("order-1", "run-1"));
}

#[tokio::test]
async fn a_panic_of_ours_leaves_the_neighbours_on_their_code() {
    let flow =
        |word: &str| format!("return function(text) print(text) require('time').sleep('1s') return '{word}' end");
    let (mut old, new) = (World::new(&flow("old"), &[]), World::new(&flow("new"), &[]));
    old.options.log = LogSink::new(|said| assert_ne!(said.line.message, "boom"));
    let Running { host, catalog } = running(&old, 1);
    let mut reader = Reader::default();
    let start = reader.read("start \"calm\"");
    host.activate(start.clone()).await;
    let panicked = host.activate(of_run("other", Reader::default().read("start \"boom\""))).await;
    assert!(matches!(panicked, Completion::TaskFailed(_)), "{panicked:?}");
    catalog.store(Arc::clone(&new.catalog));
    host.activate(Activation { replaying: true, ..start }).await;
    assert_eq!(show(&host.activate(reader.read("resolve 1")).await), "Complete \"old\"\n");
}

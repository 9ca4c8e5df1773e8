//! Workers that come and go.

use super::*;

#[tokio::test(start_paused = true)]
async fn a_run_waits_for_a_worker_and_goes_on_with_the_next_one() {
    let mut bench = Bench::new("return function() require('time').sleep('1h') return 'slept' end").attach();
    let run = bench.begin(vec![]);
    bench.engine.query(&run, "__stack_trace", vec![]).await.unwrap();
    bench.attached.take().unwrap().detach().await;
    assert!(!bench.engine.is_polled("default", "queue"));
    bench.engine.sleep(Duration::from_hours(2)).await;
    assert_eq!(bench.engine.describe(&run).unwrap().row.status, Status::Running);
    let bench = bench.attach();
    assert_eq!(bench.result(&run).await, "\"slept\"");
}

#[tokio::test(start_paused = true)]
async fn a_run_goes_on_on_the_code_of_the_worker_that_comes_next() {
    let mut bench = Bench::new("return function() require('time').sleep('1h') return 'old' end").attach();
    let run = bench.begin(vec![]);
    bench.engine.query(&run, "__stack_trace", vec![]).await.unwrap();
    bench.attached.take().unwrap().detach().await;
    let next = Bench::new("return function() require('time').sleep('1h') return 'new' end");
    bench.worker = next.worker;
    let bench = bench.attach();
    assert_eq!(bench.result(&run).await, "\"new\"");
}

#[tokio::test(start_paused = true)]
async fn a_worker_that_goes_asks_its_attempts_to_end_and_waits_for_them() {
    let reason = Arc::new(Mutex::new(None));
    let told = Arc::clone(&reason);
    let mut bench = Bench::new("return function() return require('funcs').call('app:f') end")
        .doing(move |task, context| {
            let told = Arc::clone(&told);
            async move {
                if task.attempt > 1 {
                    return done("by the next one");
                }
                *told.lock().unwrap() = Some(context.cancelled().await);
                failed("Stopped")
            }
        })
        .attach();
    let run = bench.begin(vec![]);
    bench.engine.query(&run, "__stack_trace", vec![]).await.unwrap();
    bench.attached.take().unwrap().detach().await;
    assert_eq!(*reason.lock().unwrap(), Some(CancelReason::Shutdown));
    let bench = bench.attach();
    assert_eq!(bench.result(&run).await, "\"by the next one\"");
}

#[tokio::test(start_paused = true)]
async fn a_query_that_no_worker_could_answer_is_refused() {
    let bench = Bench::new("return function() end");
    let run = bench.begin(vec![]);
    let answer = bench.engine.query(&run, "items", vec![]).await;
    assert_eq!(answer, Err(Problem::NoWorker("queue".to_owned())));
}

#[tokio::test(start_paused = true)]
async fn an_engine_that_is_closed_lets_go_of_who_waits() {
    let bench = Bench::new("return function() require('workflow').wait_signal('never') end").attach();
    let run = bench.begin(vec![]);
    let (result, ()) = tokio::join!(bench.engine.result(&run), bench.engine.close());
    assert_eq!(result, Err(Problem::Stopped));
    assert_eq!(bench.engine.start(started(|_| {})), Err(Problem::Stopped));
}

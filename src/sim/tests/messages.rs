//! Signals, queries, updates, and requests to end.

use super::*;

const ITEMS: &str = "local workflow = require('workflow')
return function()
    local items = {}
    workflow.on_query('items', function() return items end)
    workflow.on_signal('add', function(item) items[#items + 1] = item end)
    workflow.on_update('take', {
        validate = function(n) if n > #items then return nil, 'there are not so many' end return true end,
        handler = function(n)
            require('time').sleep('1h')
            return table.remove(items, n)
        end,
    })
    workflow.wait_signal('close')
    return items
end";

#[tokio::test(start_paused = true)]
async fn signals_come_in_their_order() {
    let bench = Bench::new(ITEMS).attach();
    let run = bench.begin(vec![]);
    for (name, argument) in [("add", "a"), ("add", "b"), ("close", "")] {
        bench.engine.signal(&run, signal(name, argument)).unwrap();
    }
    assert_eq!(bench.result(&run).await, r#"["a","b"]"#);
}

#[tokio::test(start_paused = true)]
async fn a_query_is_answered_and_leaves_no_trace() {
    let bench = Bench::new(ITEMS).attach();
    let run = bench.begin(vec![]);
    bench.engine.signal(&run, signal("add", "a")).unwrap();
    let answer = bench.engine.query(&run, "items", vec![]).await.unwrap();
    let before = bench.engine.describe(&run).unwrap().row.history;
    assert_eq!(bench.engine.query(&run, "items", vec![]).await.unwrap(), answer);
    assert_eq!(bench.engine.describe(&run).unwrap().row.history, before);
    assert_eq!(answer.to_json(), r#"["a"]"#);
}

#[tokio::test(start_paused = true)]
async fn a_run_that_has_ended_answers_queries() {
    let bench = Bench::new(ITEMS).attach();
    let run = bench.begin(vec![]);
    bench.engine.signal(&run, signal("add", "a")).unwrap();
    bench.engine.signal(&run, signal("close", "")).unwrap();
    bench.engine.result(&run).await.unwrap();
    assert_eq!(bench.engine.query(&run, "items", vec![]).await.unwrap().to_json(), r#"["a"]"#);
}

#[tokio::test(start_paused = true)]
async fn a_query_that_the_code_refuses_says_why() {
    let bench = Bench::new(ITEMS).attach();
    let run = bench.begin(vec![]);
    let refused = bench.engine.query(&run, "other", vec![]).await;
    assert!(matches!(refused, Err(Problem::Refused(_))), "{refused:?}");
}

#[tokio::test(start_paused = true)]
async fn an_update_is_validated_accepted_and_done() {
    let bench = Bench::new(ITEMS).attach();
    let run = bench.begin(vec![]);
    bench.engine.signal(&run, signal("add", "a")).unwrap();
    let accepted = bench.engine.update(&run, update("take", "u1", 1), Stage::Accepted).await;
    assert_eq!((accepted, passed(&bench.engine)), (Ok(None), Duration::ZERO));
    let taken = bench.engine.update(&run, update("take", "u1", 1), Stage::Completed).await;
    assert_eq!((taken, passed(&bench.engine)), (Ok(Some(Ok("a".into()))), Duration::from_hours(1)));
}

#[tokio::test(start_paused = true)]
async fn a_rejected_update_leaves_no_trace() {
    let bench = Bench::new(ITEMS).attach();
    let run = bench.begin(vec![]);
    bench.engine.query(&run, "items", vec![]).await.unwrap();
    let before = bench.engine.describe(&run).unwrap().row.history.events;
    let rejected = bench.engine.update(&run, update("take", "u1", 1), Stage::Accepted).await.unwrap();
    assert_eq!(rejected.unwrap().unwrap_err().message, "there are not so many");
    assert_eq!(bench.engine.describe(&run).unwrap().row.history.events, before);
}

#[tokio::test(start_paused = true)]
async fn what_is_posted_in_the_last_step_arrives() {
    let bench = Bench::new(
        "return function(other)
            local workflow = require('workflow')
            if other then
                workflow.external(other):post('one')
                return
            end
            local posted = 0
            workflow.on_signal('one', function() posted = posted + 1 end)
            require('time').sleep('1h')
            return posted
        end",
    )
    .attach();
    let other = bench.begin(vec![]);
    let main = bench.begin_with(|start| {
        start.workflow_id = "main".to_owned();
        start.arguments = vec![other.workflow_id.as_str().into()];
    });
    bench.result(&main).await;
    assert_eq!(bench.result(&other).await, "1");
}

#[tokio::test(start_paused = true)]
async fn an_update_that_its_task_does_not_answer_is_rejected() {
    let bench = Bench::new(
        "return function()
            require('workflow').on_update('take', function(text) return #text end)
            require('time').sleep('1h')
        end",
    );
    let run = bench.begin(vec![]);
    let large = |id| Update { arguments: vec!["x".repeat(2 << 20).as_str().into()], ..update("take", id, 0) };
    let (first, second, _attached) = tokio::join!(
        bench.engine.update(&run, large("u1"), Stage::Completed),
        bench.engine.update(&run, large("u2"), Stage::Completed),
        async { bench.engine.attach(bench.worker.clone()) },
    );
    assert_eq!(first, Ok(Some(Ok(Value::Int(2 << 20)))));
    assert_eq!(second.unwrap().unwrap().unwrap_err().kind, "UnprocessedUpdate");
}

#[tokio::test(start_paused = true)]
async fn an_update_that_is_not_done_when_the_run_ends_has_failed() {
    let bench = Bench::new(ITEMS).attach();
    let run = bench.begin(vec![]);
    bench.engine.signal(&run, signal("add", "a")).unwrap();
    bench.engine.update(&run, update("take", "u1", 1), Stage::Accepted).await.unwrap();
    bench.engine.terminate(&run, "enough").unwrap();
    let outcome = bench.engine.update(&run, update("take", "u1", 1), Stage::Completed).await.unwrap();
    assert_eq!(outcome.unwrap().unwrap_err().kind, "AcceptedUpdateCompletedWorkflow");
}

#[tokio::test(start_paused = true)]
async fn a_start_may_bring_a_signal_to_a_new_run_or_to_the_one_there_is() {
    let bench = Bench::new(ITEMS).attach();
    let first = bench.begin_with(|start| start.signal = Some(signal("add", "a")));
    let second = bench.begin_with(|start| start.signal = Some(signal("add", "b")));
    assert_eq!(first, second);
    bench.engine.signal(&first, signal("close", "")).unwrap();
    assert_eq!(bench.result(&first).await, r#"["a","b"]"#);
}

#[tokio::test(start_paused = true)]
async fn a_start_may_bring_an_update_that_the_first_task_has() {
    let bench = Bench::new(
        "local workflow = require('workflow')
        return function()
            workflow.on_update('events', function() return workflow.history_length() end)
            require('time').sleep('1h')
        end",
    )
    .attach();
    let outcome = bench.engine.update_with_start(started(|_| {}), update("events", "u", 4), Stage::Completed).await;
    // The start, and the task that begins.
    assert_eq!(outcome, Ok(Some(Ok(Value::Int(3)))));
}

#[tokio::test(start_paused = true)]
async fn an_update_that_cannot_be_sent_starts_nothing() {
    let bench = Bench::new("return function() return 1 end").attach();
    let mut unsent = update("double", "u", 4);
    unsent.arguments = vec![Value::Float(f64::NAN)];
    let outcome = bench.engine.update_with_start(started(|_| {}), unsent, Stage::Completed).await;
    assert!(matches!(outcome, Err(Problem::Invalid(_))), "{outcome:?}");
    assert_eq!(bench.engine.list(), []);
}

#[tokio::test(start_paused = true)]
async fn a_signal_ends_the_wait_of_a_run_that_begins_later() {
    let bench = Bench::new(ITEMS).attach();
    let run = bench.begin_with(|start| start.delay = Some(Duration::from_hours(5)));
    bench.engine.signal(&run, signal("close", "")).unwrap();
    bench.result(&run).await;
    assert_eq!(passed(&bench.engine), Duration::ZERO);
}

#[tokio::test(start_paused = true)]
async fn a_run_that_begins_later_waits() {
    let bench = Bench::new("return function() return 'begun' end").attach();
    let run = bench.begin_with(|start| start.delay = Some(Duration::from_hours(5)));
    assert_eq!(bench.result(&run).await, "\"begun\"");
    assert_eq!(passed(&bench.engine), Duration::from_hours(5));
}

#[tokio::test(start_paused = true)]
async fn a_signal_to_nobody_is_refused() {
    let bench = Bench::new(ITEMS).attach();
    let nobody = Run { namespace: "default".to_owned(), workflow_id: "nobody".to_owned(), run_id: String::new() };
    assert_eq!(bench.engine.signal(&nobody, signal("add", "a")), Err(Problem::NotFound("nobody".to_owned())));
}

#[tokio::test(start_paused = true)]
async fn a_run_signals_and_cancels_another_one() {
    let bench = Bench::new(
        "local workflow, time = require('workflow'), require('time')
        return function(kind)
            if kind == 'other' then
                local got = workflow.wait_signal('hello')
                local _, err = time.sleep('1h')
                return { got, err:kind() }
            end
            local other = workflow.external('other')
            local sent = other:signal('hello', 5)
            local asked = other:cancel('enough')
            local _, err = workflow.external('nobody'):signal('hello')
            return { sent, asked, err:kind() }
        end",
    )
    .attach();
    let other = bench.begin_with(|start| {
        start.workflow_id = "other".to_owned();
        start.arguments = vec!["other".into()];
    });
    assert_eq!(bench.value(vec![]).await, r#"[true,true,"NotFound"]"#);
    assert_eq!(bench.result(&other).await, r#"[5,"Canceled"]"#);
}

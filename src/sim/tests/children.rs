//! Children and their parents.

use super::*;

/// One workflow that is parent and child; the parent runs `code`.
fn family(code: &str) -> String {
    format!(
        "local workflow, time, errors = require('workflow'), require('time'), require('errors')
        local function child(kind, n)
            if kind == 'fail' then return nil, errors.new({{ kind = 'Declined', message = 'no' }}) end
            if kind == 'again' and n > 0 then workflow.continue_as_new('again', n - 1) end
            if kind == 'wait' then
                local _, err = time.sleep('1h')
                if err then return nil, err end
            end
            return kind
        end
        return function(kind, n)
            if kind then return child(kind, n) end
            {code}
        end"
    )
}

async fn told(code: &str) -> String {
    Bench::new(&family(code)).attach().value(vec![]).await
}

#[tokio::test(start_paused = true)]
async fn a_childs_result_comes_back() {
    assert_eq!(told("return workflow.exec('main', 'plain')").await, "\"plain\"");
}

#[tokio::test(start_paused = true)]
async fn a_childs_failure_comes_back_with_what_is_known_of_it() {
    let code = "local _, err = workflow.with_options({ id = 'c' }):exec('main', 'fail')
        local details = err:details()
        return { err:kind(), err:message(), details._wrapper, details._workflow_id, details._retry_state }";
    assert_eq!(told(code).await, r#"["Declined","no","child_workflow","c","retry_policy_not_set"]"#);
}

#[tokio::test(start_paused = true)]
async fn a_child_that_renews_itself_is_one_child() {
    assert_eq!(told("return workflow.exec('main', 'again', 3)").await, "\"again\"");
}

#[tokio::test(start_paused = true)]
async fn an_id_that_runs_cannot_be_a_child() {
    let code = "local _, err = workflow.with_options({ id = 'order-1' }):exec('main', 'plain')
        return err:kind()";
    assert_eq!(told(code).await, "\"AlreadyExists\"");
}

#[tokio::test(start_paused = true)]
async fn a_child_in_an_unknown_namespace_is_not_started() {
    let code = "local options = { id = 'c', namespace = 'elsewhere', task_queue = 'q' }
        local _, err = workflow.with_options(options):exec('main', 'plain')
        return { err:kind(), err:message() }";
    assert_eq!(told(code).await, r#"["NotFound","the workflow `c` was not started: there is no such namespace"]"#);
}

/// Cancels a child after ten seconds; what the parent heard, and how long it took.
async fn cancelled(kind: &str) -> (String, Status) {
    let code = format!(
        "local options = {{ id = 'c', cancellation_type = '{kind}', parent_close_policy = 'abandon' }}
        local call = workflow.scope(function() return workflow.with_options(options):exec('main', 'wait') end)
        time.sleep('10s')
        call:cancel('enough')
        local _, err = call:result()
        time.sleep('1s')
        return err:kind()"
    );
    let bench = Bench::new(&family(&code)).attach();
    let told = bench.value(vec![]).await;
    let child = Run { namespace: "default".to_owned(), workflow_id: "c".to_owned(), run_id: String::new() };
    bench.engine.result(&child).await.unwrap();
    (told, bench.engine.describe(&child).unwrap().row.status)
}

#[tokio::test(start_paused = true)]
async fn a_child_that_somebody_else_cancelled_is_told_of_in_the_words_of_the_core() {
    let code = "local _, err = workflow.with_options({ id = 'c' }):exec('main', 'wait')
        return { err:kind(), err:message() }";
    let bench = Bench::new(&family(code)).attach();
    let run = bench.begin(vec![]);
    bench.engine.sleep(Duration::from_secs(1)).await;
    let child = Run { namespace: "default".to_owned(), workflow_id: "c".to_owned(), run_id: String::new() };
    bench.engine.cancel(&child, "enough").unwrap();
    assert_eq!(bench.result(&run).await, r#"["Canceled","Child Workflow execution cancelled"]"#);
}

#[tokio::test(start_paused = true)]
async fn a_cancelled_child_is_waited_for() {
    assert_eq!(cancelled("wait_completed").await, ("\"Canceled\"".to_owned(), Status::Canceled));
}

#[tokio::test(start_paused = true)]
async fn a_cancelled_child_is_asked_and_left() {
    assert_eq!(cancelled("try_cancel").await, ("\"Canceled\"".to_owned(), Status::Canceled));
}

#[tokio::test(start_paused = true)]
async fn a_cancelled_child_is_waited_for_until_it_was_asked() {
    assert_eq!(cancelled("wait_requested").await, ("\"Canceled\"".to_owned(), Status::Canceled));
}

#[tokio::test(start_paused = true)]
async fn an_abandoned_child_is_not_asked() {
    assert_eq!(cancelled("abandon").await, ("\"Canceled\"".to_owned(), Status::Completed));
}

#[tokio::test(start_paused = true)]
async fn a_child_is_not_asked_by_a_parent_that_ends_in_the_same_step() {
    let code = "local options = { id = 'c', cancellation_type = 'try_cancel', parent_close_policy = 'abandon' }
        local call = workflow.scope(function() return workflow.with_options(options):exec('main', 'wait') end)
        time.sleep('10s')
        call:cancel('enough')";
    let bench = Bench::new(&family(code)).attach();
    bench.value(vec![]).await;
    let child = Run { namespace: "default".to_owned(), workflow_id: "c".to_owned(), run_id: String::new() };
    bench.engine.result(&child).await.unwrap();
    assert_eq!(bench.engine.describe(&child).unwrap().row.status, Status::Completed);
}

/// How a child stands whose parent has ended.
async fn left(policy: &str) -> Status {
    let code = format!(
        "workflow.with_options({{ id = 'c', parent_close_policy = '{policy}' }}):start('main', 'wait')
        time.sleep('1s')
        return 'done'"
    );
    let bench = Bench::new(&family(&code)).attach();
    bench.value(vec![]).await;
    let child = Run { namespace: "default".to_owned(), workflow_id: "c".to_owned(), run_id: String::new() };
    bench.engine.result(&child).await.unwrap();
    bench.engine.describe(&child).unwrap().row.status
}

#[tokio::test(start_paused = true)]
async fn a_child_ends_with_its_parent() {
    assert_eq!(left("terminate").await, Status::Terminated);
}

#[tokio::test(start_paused = true)]
async fn a_child_is_asked_to_end_when_its_parent_has() {
    assert_eq!(left("request_cancel").await, Status::Canceled);
}

#[tokio::test(start_paused = true)]
async fn a_child_outlives_its_parent() {
    assert_eq!(left("abandon").await, Status::Completed);
}

#[tokio::test(start_paused = true)]
async fn a_child_with_a_cron_schedule_is_refused_by_name() {
    let code = "return workflow.with_options({ id = 'c', cron_schedule = '0 9 * * *' }):exec('main', 'plain')";
    let bench = Bench::new(&family(code)).attach();
    let stuck = bench.engine.result(&bench.begin(vec![])).await.unwrap_err().to_string();
    assert!(stuck.contains("the local engine does not know `cron_schedule`"), "{stuck}");
}

#[tokio::test(start_paused = true)]
async fn what_only_servers_with_version_sets_know_is_refused_by_name() {
    let activity = "return require('funcs').new():with_options({ versioning_intent = 'default' }):call('app:work')";
    let next = "workflow.with_options({ versioning_intent = 'default' }):continue_as_new()";
    for code in [activity, next] {
        let bench = Bench::new(&family(code)).attach();
        let stuck = bench.engine.result(&bench.begin(vec![])).await.unwrap_err().to_string();
        assert!(stuck.contains("so no `versioning_intent`"), "{stuck}");
    }
}

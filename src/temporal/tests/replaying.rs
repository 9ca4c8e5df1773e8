//! Histories of the server, replayed.

use std::{sync::Arc, time::Duration};

use futures_util::FutureExt as _;
use tokio::time;

use super::fakes::{Closure, activity, calls_echo, commands, echo, started, worker, worker_config};
use crate::{
    temporal::{History, Replayed, RunEnd, read_history, replay},
    value::{Failure, Value},
    workflow::{Activation, CallSite, Command, Completion, Emitted, TaskFailure, TaskFailureCause},
};

/// The history of one run of [`calls_echo`], by way of its JSON.
async fn recorded(name: &str) -> History {
    let worker = worker(worker_config(name), Closure(calls_echo), Closure(echo)).await;
    let run = worker.start(name, vec![Value::Int(1)]).await;
    assert_eq!(worker.client.result(&run).await, Ok(RunEnd::Completed(Value::Int(1))));
    let history = worker.client.history(&run).await.unwrap();
    let read = read_history(&history.to_json().unwrap()).unwrap();
    assert_eq!(read, history);
    read
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_code_fits_its_history() {
    let history = recorded("same").await;
    assert_eq!(replay(history, Arc::new(Closure(calls_echo))).await, Replayed::Same);
}

#[tokio::test]
async fn a_long_history_takes_its_time() {
    let history = recorded("long").await;
    let slow = |activation| {
        time::pause();
        let _ = time::advance(Duration::from_secs(40)).now_or_never();
        time::resume();
        calls_echo(activation)
    };
    // Two activations: together they take longer than one may.
    assert_eq!(replay(history, Arc::new(Closure(slow))).await, Replayed::Same);
}

#[tokio::test(flavor = "multi_thread")]
async fn other_code_differs_and_the_place_is_known() {
    let history = recorded("differs").await;
    let site = vec![CallSite { span: crate::source::Span::new(some_source(), 1, 2), place: "a.lua:1".to_owned() }];
    let expected = site.clone();
    let other = move |activation: Activation| {
        let command = started(&activation).map(|arguments| {
            let Command::ScheduleActivity(mut other) = activity(1, arguments) else { unreachable!() };
            other.activity_type = "shout".to_owned();
            Emitted { command: Command::ScheduleActivity(other), site: site.clone() }
        });
        Completion::Commands(command.into_iter().collect())
    };
    let Replayed::Differs { message, sites } = replay(history, Arc::new(Closure(other))).await else {
        panic!("it differs")
    };
    assert!(message.contains("TMPRL1100") && message.contains("shout"), "{message}");
    assert_eq!((sites[0].what.as_str(), &sites[0].site), ("activity `shout`", &expected));
}

#[tokio::test(flavor = "multi_thread")]
async fn broken_code_is_not_taken_for_other_code() {
    let history = recorded("broken").await;
    let failure = TaskFailure {
        failure: Failure::new("LuaError", "a bug"),
        cause: TaskFailureCause::WorkflowWorkerUnhandledFailure,
        diagnostic: None,
    };
    let expected = Replayed::TaskFailed(Box::new(failure.clone()));
    let broken = move |_: Activation| Completion::TaskFailed(Box::new(failure.clone()));
    assert_eq!(replay(history, Arc::new(Closure(broken))).await, expected);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_empty_history_is_refused() {
    let history = read_history(r#"{"events": []}"#).unwrap();
    let replayed = replay(history, Arc::new(Closure(|_| commands([])))).await;
    assert_eq!(replayed, Replayed::Unusable("the first event is not `WorkflowExecutionStarted`".to_owned()));
}

fn some_source() -> crate::source::SourceId {
    crate::source::SourceMap::default().add("a.lua", "text")
}

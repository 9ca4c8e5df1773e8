//! The server goes away and comes back.

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

use tokio::sync::Notify;

use super::fakes::{Closure, calls_echo, temporal_command, worker_at, worker_config};
use crate::{
    function::{FunctionContext, FunctionOutcome, FunctionTask},
    temporal::{DevServer, DevServerOptions, RunEnd, free_port},
    value::Value,
};

#[tokio::test(flavor = "multi_thread")]
async fn an_activity_that_ends_while_the_server_is_away_does_not_run_again() {
    let folder = tempfile::tempdir().unwrap();
    let options = DevServerOptions {
        port: Some(free_port().unwrap()),
        database: Some(folder.path().join("temporal.db")),
        ..DevServerOptions::default()
    };
    let server = DevServer::start(&temporal_command(), &options).await.unwrap();

    let (begun, end, calls) = (Arc::new(Notify::new()), Arc::new(Notify::new()), Arc::new(AtomicUsize::new(0)));
    let (tell, wait, count) = (Arc::clone(&begun), Arc::clone(&end), Arc::clone(&calls));
    let function = move |_: FunctionTask, _: FunctionContext| {
        let (tell, wait) = (Arc::clone(&tell), Arc::clone(&wait));
        let call = count.fetch_add(1, Ordering::SeqCst) + 1;
        async move {
            tell.notify_one();
            wait.notified().await;
            FunctionOutcome::Completed(Value::Int(i64::try_from(call).unwrap()))
        }
    };
    let worker = worker_at(server.address(), worker_config("outage"), Closure(calls_echo), Closure(function)).await;
    let run = worker.start("outage", vec![]).await;
    begun.notified().await;

    server.stop().await;
    end.notify_one();
    // That it goes on for longer than a server takes to start is proved without one: `delivery`.
    let server = DevServer::start(&temporal_command(), &options).await.unwrap();

    assert_eq!(worker.client.result(&run).await, Ok(RunEnd::Completed(Value::Int(1))));
    assert_eq!(calls.load(Ordering::SeqCst), 1);
    assert_eq!(worker.stop().await, Ok(()));
    server.stop().await;
}

//! The life of services, on paused time: delays are exact, nothing waits.

use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

use super::*;
use crate::{
    lifecycle::script::{Act, Diary, Name, id},
    registry::Startup,
    service::{BoxService, Service, ServiceCx, ServiceError},
};

const SECOND: Duration = Duration::from_secs(1);

fn supervisor() -> Supervisor {
    Supervisor::new(Exports::default(), Arc::new(|| 0.5))
}

async fn until(supervisor: &Supervisor, name: &str, holds: impl Fn(&State) -> bool) {
    let id = id(name);
    let mut status = supervisor.status();
    status.wait_for(|status| status.get(&id).is_some_and(|service| holds(&service.state))).await.unwrap();
}

fn state(supervisor: &Supervisor, name: &str) -> String {
    supervisor.status().borrow().get(&id(name)).map_or("none".to_owned(), |service| service.state.to_string())
}

#[tokio::test(start_paused = true)]
async fn restarts_until_it_runs() {
    let diary = Diary::new();
    let mut supervisor = supervisor();
    supervisor.start([diary.service("client", &[], &[Act::Refuse, Act::Refuse, Act::Run])]);
    until(&supervisor, "client", |state| *state == State::Running).await;
    supervisor.shutdown().await;
    assert_eq!(diary.lines(), ["3s client runs", "3s client stops"]);
    assert_eq!(state(&supervisor, "client"), "stopped");
}

#[tokio::test(start_paused = true)]
async fn the_wait_begins_anew_once_it_was_stable() {
    let diary = Diary::new();
    let mut supervisor = supervisor();
    let acts = &[Act::RunFor(1), Act::RunFor(1), Act::RunFor(5), Act::RunFor(1), Act::Run];
    supervisor.start([diary.service("client", &[], acts)]);
    tokio::time::sleep(SECOND * 60).await;
    supervisor.shutdown().await;
    let runs: Vec<String> = diary.lines().into_iter().filter(|line| line.ends_with("runs")).collect();
    // Ran 1, waited 1; ran 1, waited 2; ran 5, waited 1 again; ran 1, waited 2.
    assert_eq!(runs, ["0s client runs", "2s client runs", "5s client runs", "11s client runs", "14s client runs"]);
}

#[tokio::test(start_paused = true)]
async fn a_service_that_needs_another_waits_for_it() {
    let diary = Diary::new();
    let mut supervisor = supervisor();
    supervisor.start([
        diary.service("worker", &["client"], &[Act::Run]),
        diary.service("client", &[], &[Act::Refuse, Act::Run]),
    ]);
    until(&supervisor, "client", |state| matches!(state, State::Backoff { .. })).await;
    assert_eq!(state(&supervisor, "worker"), "waiting: app:client");
    assert_eq!(state(&supervisor, "client"), "retry 1 in 1s: connection refused");
    until(&supervisor, "worker", |state| *state == State::Running).await;
    assert_eq!(diary.lines(), ["1s client runs", "1s worker runs"]);
}

#[tokio::test(start_paused = true)]
async fn who_needs_a_service_stops_before_it() {
    let diary = Diary::new();
    let mut supervisor = supervisor();
    supervisor.start([
        diary.service("client", &[], &[Act::Run]),
        diary.service("worker", &["client"], &[Act::Run]),
        diary.service("last", &["worker"], &[Act::Run]),
    ]);
    until(&supervisor, "last", |state| *state == State::Running).await;
    supervisor.shutdown().await;
    assert_eq!(diary.lines()[3..], ["0s last stops", "0s worker stops", "0s client stops"]);
}

#[tokio::test(start_paused = true)]
async fn who_needs_a_failed_service_stops_and_starts_again_after_it() {
    let diary = Diary::new();
    let mut supervisor = supervisor();
    supervisor.start([
        diary.service("client", &[], &[Act::RunFor(20), Act::Run]),
        diary.service("worker", &["client"], &[Act::Run]),
    ]);
    tokio::time::sleep(SECOND * 30).await;
    assert_eq!(
        diary.lines(),
        [
            "0s client runs",
            "0s worker runs",
            "20s client dies",
            "20s worker stops",
            "21s client runs",
            "21s worker runs",
        ]
    );
}

#[tokio::test(start_paused = true)]
async fn a_service_is_lent_what_it_needs() {
    let diary = Diary::new();
    let mut supervisor = Supervisor::new(Exports::default().with_root(Arc::new(7_u8)), Arc::new(|| 0.5));
    let seen = Arc::new(Mutex::new(String::new()));
    let mut reader = diary.service("reader", &["client"], &[Act::Run]);
    let writes = Arc::clone(&seen);
    reader.make = Arc::new(move || Ok(Some(BoxService::new(Reader(Arc::clone(&writes))))));
    supervisor.start([diary.service("client", &[], &[Act::Run]), reader]);
    until(&supervisor, "reader", |state| *state == State::Running).await;
    assert_eq!(*seen.lock().unwrap(), "client 7");
}

/// Reads what it is lent.
struct Reader(Arc<Mutex<String>>);

impl Service for Reader {
    async fn run(&mut self, cx: ServiceCx) -> Result<(), ServiceError> {
        let name = cx.exports.get::<Name>(&id("client")).ok_or_else(ServiceError::ended)?;
        let number = cx.exports.root::<u8>().ok_or_else(ServiceError::ended)?;
        *self.0.lock().unwrap() = format!("{} {number}", name.0);
        cx.note.set("reading");
        cx.ready.set(Exports::default());
        cx.stop.cancelled().await;
        Ok(())
    }
}

#[tokio::test(start_paused = true)]
async fn a_start_that_takes_too_long_is_tried_again() {
    let diary = Diary::new();
    let mut supervisor = supervisor();
    supervisor.start([diary.service("client", &[], &[Act::NeverReady, Act::Run])]);
    until(&supervisor, "client", |state| matches!(state, State::Backoff { .. })).await;
    assert_eq!(state(&supervisor, "client"), "retry 1 in 1s: not ready within 10s");
    until(&supervisor, "client", |state| *state == State::Running).await;
    assert_eq!(diary.lines(), ["0s client starts", "10s client gives up", "11s client runs"]);
}

#[tokio::test(start_paused = true)]
async fn a_service_that_does_not_stop_is_cut_off() {
    let diary = Diary::new();
    let mut supervisor = supervisor();
    supervisor.start([diary.service("client", &[], &[Act::IgnoreStop])]);
    until(&supervisor, "client", |state| *state == State::Running).await;
    supervisor.shutdown().await;
    assert_eq!(diary.begun.elapsed(), SECOND * 10);
    assert_eq!(state(&supervisor, "client"), "failed: did not stop within 10s");
}

#[tokio::test(start_paused = true)]
async fn services_that_do_not_need_each_other_stop_together() {
    let diary = Diary::new();
    let mut supervisor = supervisor();
    let one = |name| diary.service(name, &["client"], &[Act::IgnoreStop]);
    supervisor.start([diary.service("client", &[], &[Act::Run]), one("first"), one("second")]);
    until(&supervisor, "first", |state| *state == State::Running).await;
    until(&supervisor, "second", |state| *state == State::Running).await;
    supervisor.shutdown().await;
    // Each takes its whole `stop_timeout`: one after the other they would end after 20 s.
    assert_eq!(diary.begun.elapsed(), SECOND * 10);
}

#[tokio::test(start_paused = true)]
async fn gives_up_once_its_attempts_are_spent() {
    let diary = Diary::new();
    let mut supervisor = supervisor();
    let mut client = diary.service("client", &[], &[Act::Refuse]);
    client.lifecycle.restart.max_attempts = Some(3);
    supervisor.start([client]);
    until(&supervisor, "client", |state| matches!(state, State::Failed { .. })).await;
    assert_eq!(diary.begun.elapsed(), SECOND * (1 + 2));
    let status = supervisor.status();
    assert_eq!(status.borrow().given_up(), Some((&id("client"), "connection refused", false)));
}

#[tokio::test(start_paused = true)]
async fn what_a_required_service_waits_for_is_given_up_though_it_is_optional() {
    let diary = Diary::new();
    let mut supervisor = supervisor();
    let mut client = diary.service("client", &[], &[Act::RefuseForGood]);
    client.lifecycle.startup = Startup::Optional;
    supervisor.start([client, diary.service("worker", &["client"], &[Act::Run])]);
    until(&supervisor, "client", |state| matches!(state, State::Failed { .. })).await;
    let status = supervisor.status();
    assert_eq!(status.borrow().get(&id("worker")).unwrap().state, State::Waiting { on: vec![id("client")] });
    assert_eq!(status.borrow().given_up(), Some((&id("client"), "the certificate has expired", true)));
}

#[tokio::test(start_paused = true)]
async fn does_not_try_again_what_cannot_work() {
    let diary = Diary::new();
    let mut supervisor = supervisor();
    supervisor.start([diary.service("client", &[], &[Act::RefuseForGood])]);
    until(&supervisor, "client", |state| matches!(state, State::Failed { .. })).await;
    let status = supervisor.status();
    assert_eq!(status.borrow().given_up(), Some((&id("client"), "the certificate has expired", true)));
}

#[tokio::test(start_paused = true)]
async fn a_panic_is_a_failure_of_that_service_alone() {
    let diary = Diary::new();
    let mut supervisor = supervisor();
    supervisor.start([diary.service("broken", &[], &[Act::Panic]), diary.service("client", &[], &[Act::Run])]);
    until(&supervisor, "broken", |state| matches!(state, State::Backoff { .. })).await;
    assert_eq!(state(&supervisor, "broken"), "retry 1 in 1s: the service panicked: a bug");
    until(&supervisor, "client", |state| *state == State::Running).await;
}

#[tokio::test(start_paused = true)]
async fn a_service_that_cannot_be_made_is_tried_again() {
    let diary = Diary::new();
    let mut supervisor = supervisor();
    supervisor.start([diary.service("client", &[], &[Act::CannotBeMade, Act::Run])]);
    until(&supervisor, "client", |state| *state == State::Running).await;
    assert_eq!(diary.lines(), ["1s client runs"]);
}

#[tokio::test(start_paused = true)]
async fn a_stopped_service_starts_again_with_who_needs_it() {
    let diary = Diary::new();
    let mut supervisor = supervisor();
    let client = diary.service("client", &[], &[Act::Run]);
    supervisor.start([client.clone(), diary.service("worker", &["client"], &[Act::Run])]);
    until(&supervisor, "worker", |state| *state == State::Running).await;
    supervisor.stop(&[vec![id("client")]]).await;
    until(&supervisor, "worker", |state| matches!(state, State::Waiting { .. })).await;
    supervisor.start([client]);
    until(&supervisor, "worker", |state| *state == State::Running).await;
    assert_eq!(diary.lines()[2..], ["0s client stops", "0s worker stops", "0s client runs", "0s worker runs"]);
}

#[tokio::test(start_paused = true)]
async fn a_stop_ends_a_wait_between_attempts() {
    let diary = Diary::new();
    let mut supervisor = supervisor();
    supervisor.start([diary.service("client", &[], &[Act::Refuse]), diary.service("worker", &["client"], &[Act::Run])]);
    until(&supervisor, "client", |state| matches!(state, State::Backoff { .. })).await;
    supervisor.shutdown().await;
    assert_eq!(diary.begun.elapsed(), Duration::ZERO);
    assert_eq!(state(&supervisor, "worker"), "stopped");
}

#[tokio::test(start_paused = true)]
async fn an_entry_without_a_service_passes_its_needs_on() {
    let diary = Diary::new();
    let mut supervisor = supervisor();
    supervisor.start([
        diary.service("client", &[], &[Act::Refuse, Act::Run]),
        diary.service("between", &["client"], &[Act::NoService]),
        diary.service("worker", &["between"], &[Act::Run]),
    ]);
    until(&supervisor, "worker", |state| *state == State::Running).await;
    assert_eq!(diary.lines(), ["1s client runs", "1s worker runs"]);
    assert_eq!(state(&supervisor, "between"), "none");
}

#[tokio::test(start_paused = true)]
async fn an_optional_service_holds_nobody_up() {
    let diary = Diary::new();
    let mut supervisor = supervisor();
    let mut extra = diary.service("extra", &[], &[Act::Refuse]);
    extra.lifecycle.startup = Startup::Optional;
    supervisor.start([extra, diary.service("client", &[], &[Act::Run])]);
    let mut status = supervisor.status();
    let started = status.wait_for(Status::is_started).await.unwrap().clone();
    assert_eq!(started.get(&id("client")).unwrap().state, State::Running);
    assert_ne!(started.get(&id("extra")).unwrap().state, State::Running);
}

//! `metonic run DIR`: runs a project until it is told to stop.
//!
//! Nothing starts if anything in the project is wrong. A server that does not answer is no reason
//! to end: clients try again and workers wait, unless `--connect-timeout` says otherwise.

use std::{future::pending, io, time::Duration};

use tokio::time::{Instant, sleep};

use super::{Exit, arguments::Run, metrics, output, problems, service};
use crate::{
    app::{App, Engine, Environment, Project, Signal, Signals},
    lifecycle::Status,
};

/// Why a running project ends.
enum End {
    Signal(Signal),
    /// A required service will not be started again.
    GivenUp {
        fatal: bool,
    },
    NotStartedInTime,
}

pub(super) fn run(arguments: Run, environment: Environment) -> io::Result<Exit> {
    let project = match Project::open(&arguments.project, environment) {
        Ok(project) => project,
        Err(wrong) => return Ok(problems::no_project(&wrong, Exit::BadProject)),
    };
    super::block_on(async {
        let mut signals = match Signals::listen() {
            Ok(signals) => signals,
            Err(error) => {
                output::talk(format_args!("error: signals cannot be heard: {error}"));
                return Ok(Exit::Bug);
            }
        };
        let scrape = match metrics::open(&arguments.metrics).await {
            Ok(scrape) => scrape,
            Err(exit) => return Ok(exit),
        };
        let loaded = project.load(1);
        problems::talk(&loaded, project.given());
        let engine = arguments.engine.engine.into();
        let exit = match App::build(project, loaded, engine, None, metrics::kept(scrape.as_ref())) {
            Ok(app) => serve(app, arguments.connect_timeout, &mut signals).await,
            Err(_) => Exit::BadProject,
        };
        metrics::close(scrape).await;
        Ok(exit)
    })
}

async fn serve(mut app: App, connect_timeout: Option<Duration>, signals: &mut Signals) -> Exit {
    let begun = Instant::now();
    let mut status = app.status();
    let mut door = service::open(&app);
    if app.engine() == Engine::Local {
        tracing::info!("The local engine keeps the runs, and nothing after this process has ended.");
    }
    app.start();
    let mut started = false;
    let end = loop {
        let given_up = status.borrow_and_update().given_up().map(|(_, _, fatal)| fatal);
        if let Some(fatal) = given_up {
            break End::GivenUp { fatal };
        }
        if !started && status.borrow().is_started() {
            started = true;
            let services = status.borrow().iter().count();
            tracing::info!(services, generation = 1, took = ?begun.elapsed(), "Started.");
        }
        let too_late = async {
            match connect_timeout {
                Some(limit) if !started => sleep(limit.saturating_sub(begun.elapsed())).await,
                _ => pending().await,
            }
        };
        // All are cancel-safe: a signal or a status that was not taken is there for the next look.
        tokio::select! {
            signal = signals.next() => break End::Signal(signal),
            _ = status.changed() => {}
            asked = door.next() => tokio::select! {
                () = app.obey(asked) => {}
                signal = signals.next() => break End::Signal(signal),
            },
            () = too_late => break End::NotStartedInTime,
        }
    };
    let exit = match end {
        End::Signal(signal) => {
            tracing::info!(signal = signal.name(), "Draining.");
            Exit::Done
        }
        End::GivenUp { fatal } => {
            if fatal {
                Exit::BadProject
            } else {
                Exit::Unavailable
            }
        }
        End::NotStartedInTime => {
            tracing::error!(services = waiting(&status.borrow()), "The project does not run in time.");
            Exit::Unavailable
        }
    };
    door.close().await;
    drain(&mut app, signals).await;
    exit
}

/// Stops everything; a signal meanwhile ends the process at once.
pub(super) async fn drain(app: &mut App, signals: &mut Signals) {
    let begun = Instant::now();
    tokio::select! {
        () = app.drain() => tracing::info!(took = ?begun.elapsed(), "Stopped."),
        signal = signals.next() => {
            tracing::warn!(signal = signal.name(), "Ended at once; what was running is left to its timeouts.");
            signal.end_process();
        }
    }
}

/// The services that do not run, and why.
fn waiting(status: &Status) -> String {
    let idle = status.iter().filter(|(_, service)| service.state != crate::lifecycle::State::Running);
    idle.map(|(id, service)| format!("{id} is {}", service.state)).collect::<Vec<_>>().join("; ")
}

//! `metonic dev DIR`: runs a project for its author.
//!
//! A server is found or started, or done without; the files are watched, what changed is started again. Files with
//! errors stop nothing: the errors are printed, and what ran goes on.

use std::{borrow::Cow, collections::BTreeSet, future::pending, io, path::Path, time::Duration};

use tokio::time::Instant;

use super::{
    Exit,
    arguments::Dev,
    banner, metrics, output, problems,
    run::drain,
    service,
    shown::{Shown, Trouble, heading, values},
    steps,
    told::Told,
};
use crate::{
    app::{App, DevServers, Doorway, Engine, Environment, Project, Reload, Signals, Watch},
    diag::{folder_argument, shell_word},
    lifecycle::Status,
    ops::{self, StartInput},
    telemetry::Metrics,
    value::Value,
};

/// What is logged: what the workflows and functions say. What services do is shown in another way.
pub(super) const LOG_LEVEL: &str = "info,metonic::lifecycle=off,metonic::cli=warn,temporalio_client=error,temporalio_sdk_core=error,metonic_bridge=warn";

/// What to do if nobody works on the run that was asked for.
const REMEDY: &str = "its worker may lack `lifecycle: {auto_start: true}`";

/// What everything of one `metonic dev` is done with.
struct Desk {
    arguments: Dev,
    environment: Environment,
    signals: Signals,
    watch: Watch,
    servers: Servers,
    metrics: Metrics,
}

/// The servers that this process has started.
#[derive(Default)]
struct Servers {
    started: DevServers,
    /// Where there is none, and why was told.
    without: BTreeSet<String>,
}

pub(super) fn run(arguments: Dev, environment: Environment) -> io::Result<Exit> {
    let project = match Project::open(&arguments.project, environment.clone()) {
        Ok(project) => project,
        Err(wrong) => return Ok(problems::no_project(&wrong, Exit::BadProject)),
    };
    super::block_on(async {
        let signals = match Signals::listen() {
            Ok(signals) => signals,
            Err(error) => {
                output::talk(format_args!("error: signals cannot be heard: {error}"));
                return Ok(Exit::Bug);
            }
        };
        let watch = match Watch::new(&project) {
            Ok(watch) => watch,
            Err(error) => {
                output::talk(format_args!("error: the files cannot be watched: {error}"));
                return Ok(Exit::Unavailable);
            }
        };
        let scrape = match metrics::open(&arguments.metrics).await {
            Ok(scrape) => scrape,
            Err(exit) => return Ok(exit),
        };
        let mut desk = Desk {
            arguments,
            environment,
            signals,
            watch,
            servers: Servers::default(),
            metrics: metrics::kept(scrape.as_ref()),
        };
        let exit = match desk.load(project).await {
            Ok(app) => Box::pin(desk.serve(app)).await,
            Err(exit) => Ok(exit),
        };
        tokio::select! {
            () = desk.servers.started.stop() => {}
            signal = desk.signals.next() => signal.end_process(),
        }
        metrics::close(scrape).await;
        exit
    })
}

impl Desk {
    /// Loads the project; waits for its author while it has errors.
    async fn load(&mut self, project: Project) -> Result<App, Exit> {
        let mut told = None;
        for generation in 1.. {
            let loaded = project.load(generation);
            if told.as_ref() != Some(&loaded.diagnostics) {
                problems::talk(&loaded, project.given());
                told = Some(loaded.diagnostics.clone());
                if self.arguments.exit && loaded.registry.is_none() {
                    return Err(Exit::BadProject);
                }
            }
            let (engine, reporter) = (self.arguments.engine.engine.into(), Some(problems::reporter(project.given())));
            match App::build(project.clone(), loaded, engine, reporter, self.metrics.clone()) {
                Ok(app) => return Ok(app),
                Err(wrong) => drop(wrong),
            }
            tokio::select! {
                () = self.watch.changed() => {}
                _ = self.signals.next() => return Err(Exit::Done),
            }
        }
        Err(Exit::BadProject)
    }

    async fn serve(&mut self, mut app: App) -> io::Result<Exit> {
        let begun = Instant::now();
        output::talk(banner::heading(&app));
        if let Some(engine) = banner::engine(&app) {
            output::talk(engine);
        }
        match self.start_servers(&app).await {
            None => return Ok(told_to_stop()),
            Some(false) if self.arguments.exit => return Ok(Exit::Unavailable),
            Some(_) => {}
        }
        let mut door = service::open(&app);
        app.start();
        let exit = self.until_ended(&mut app, &mut door, begun).await;
        door.close().await;
        drain(&mut app, &mut self.signals).await;
        exit
    }

    /// Starts the servers that are missing; false if one could not be, nothing if a signal came first.
    async fn start_servers(&mut self, app: &App) -> Option<bool> {
        // A server that does not come up may take a minute. It ends with the future that waits for it.
        tokio::select! {
            all = self.servers.start_missing(app, &self.environment) => Some(all),
            _ = self.signals.next() => None,
        }
    }

    /// Reloads, tells, shows, until a signal comes or the one workflow has ended.
    async fn until_ended(&mut self, app: &mut App, door: &mut Doorway, begun: Instant) -> io::Result<Exit> {
        let mut status = app.status();
        let mut told = Told::default();
        let mut is_ready = false;
        let mut shown = None;
        loop {
            let now = status.borrow_and_update().clone();
            if told.tell(&now) {
                // A server that was started here may have died.
                if self.start_servers(app).await.is_none() {
                    return Ok(told_to_stop());
                }
            }
            if self.arguments.exit && now.given_up().is_some() {
                return Ok(Exit::Unavailable);
            }
            if !is_ready && now.is_started() {
                is_ready = true;
                output::talk(banner::rows(app, &now));
                output::talk(self.ready(app, &now, begun.elapsed()));
                // Who does not answer is not waited for, either.
                let begun = tokio::select! {
                    begun = start(&self.arguments, app) => begun,
                    _ = self.signals.next() => return Ok(told_to_stop()),
                };
                match begun {
                    Ok(begun) => shown = begun,
                    Err(trouble) => {
                        let exit = trouble.tell(&app.build_cx(), app.project().given())?;
                        if self.arguments.exit {
                            return Ok(exit);
                        }
                    }
                }
            }
            let ended = async {
                match &mut shown {
                    Some(shown) => shown.end(|step| output::data(steps::line(step))).await,
                    None => pending().await,
                }
            };
            // All are cancel-safe: `shown` goes on where it was.
            tokio::select! {
                _ = self.signals.next() => return Ok(told_to_stop()),
                end = ended => {
                    let exit = match end {
                        Ok(exit) => exit,
                        Err(trouble) => trouble.tell(&app.build_cx(), app.project().given())?,
                    };
                    if self.arguments.exit {
                        return Ok(exit);
                    }
                    shown = None;
                }
                _ = status.changed() => {}
                asked = door.next() => tokio::select! {
                    () = app.obey(asked) => {}
                    _ = self.signals.next() => return Ok(told_to_stop()),
                },
                () = self.watch.changed() => {
                    // What is left undone is undone by the drain, which a second signal ends.
                    let reloaded = tokio::select! {
                        reloaded = app.reload() => reloaded,
                        _ = self.signals.next() => return Ok(told_to_stop()),
                    };
                    if tell(reloaded, app.project().given()) && self.start_servers(app).await.is_none() {
                        return Ok(told_to_stop());
                    }
                }
            }
        }
    }

    fn ready(&self, app: &App, status: &Status, took: Duration) -> String {
        let seconds = took.as_secs_f64();
        let hint = app.workflow_to_try(status).map(|(id, example)| {
            let folder = folder_argument("-C ", &self.arguments.project);
            // What a workflow takes is its author's to say: one that was made up would only fail.
            let example = example.map(Value::to_json);
            let input = example.as_ref().map_or(Cow::Borrowed("INPUT"), |example| shell_word(example));
            format!(" Try:  metonic start{folder} {id} {input} --wait")
        });
        format!("\nReady in {seconds:.1}s.{}\nWatching for changes. Ctrl-C ends.\n", hint.unwrap_or_default())
    }
}

impl Servers {
    /// Starts the servers that are missing; false if one could not be. Each failure is told once.
    async fn start_missing(&mut self, app: &App, environment: &Environment) -> bool {
        if app.engine() == Engine::Local {
            return true;
        }
        let mut all = true;
        for started in self.started.start_missing(app, environment).await {
            all &= started.result.is_ok();
            if started.result.is_ok() || self.without.insert(started.address.clone()) {
                output::talk(banner::server(&started));
            }
        }
        all
    }
}

/// Tells what became of a reload; true if something else runs now.
fn tell(reloaded: Reload, folder: &Path) -> bool {
    match reloaded {
        Reload::Unchanged => {}
        Reload::Recovered => output::talk("The files are again what runs.\n"),
        Reload::Rejected(loaded) => {
            problems::talk(&loaded, folder);
            output::talk("Nothing was reloaded; what ran goes on.\n");
        }
        // The log has told.
        Reload::Applied => return true,
    }
    false
}

/// Starts the one workflow that was asked for.
async fn start(arguments: &Dev, app: &App) -> Result<Option<Shown>, Trouble> {
    let Some(entry) = arguments.start.clone() else { return Ok(None) };
    let input = StartInput {
        entry,
        arguments: values(&arguments.input)?,
        id: arguments.id.clone(),
        attach: true,
        ..StartInput::default()
    };
    let started = ops::start(&app.build_cx(), input).await?;
    output::data(heading(&started).await)?;
    Ok(Some(Shown::of(started, REMEDY.to_owned())))
}

fn told_to_stop() -> Exit {
    output::talk("Stopping; a second signal ends it at once.\n");
    Exit::Done
}

//! `metonic dev DIR`: runs a project for its author.
//!
//! A server is found or started, the files are watched, what changed is started again. Files with
//! errors stop nothing: the errors are printed, and what ran goes on.

use std::{collections::BTreeSet, future::pending, time::Duration};

use tokio::{sync::watch::Receiver, time::Instant};

use super::{Exit, arguments::Dev, banner, output, problems, run::drain, shown::Shown};
use crate::{
    app::{App, DevServers, Environment, Project, Reload, Signals, Watch},
    entry::EntryId,
    lifecycle::{State, Status},
    value::format_duration,
};

/// What is logged: what the workflows and functions say. What services do is shown in another way.
pub(super) const LOG_LEVEL: &str = "info,metonic::lifecycle=off,metonic::cli=warn,temporalio_client=error,temporalio_sdk_core=error,metonic_bridge=warn";

/// What everything of one `metonic dev` is done with.
struct Desk {
    arguments: Dev,
    environment: Environment,
    signals: Signals,
    watch: Watch,
    servers: DevServers,
}

pub(super) fn run(arguments: Dev, environment: Environment) -> Exit {
    let project = match Project::open(&arguments.project, environment.clone()) {
        Ok(project) => project,
        Err(wrong) => return problems::no_project(&wrong, Exit::BadProject),
    };
    super::block_on(async {
        let signals = match Signals::listen() {
            Ok(signals) => signals,
            Err(error) => {
                output::talk(format_args!("error: signals cannot be heard: {error}"));
                return Exit::Bug;
            }
        };
        let watch = match Watch::new(project.root()) {
            Ok(watch) => watch,
            Err(error) => {
                output::talk(format_args!("error: the files cannot be watched: {error}"));
                return Exit::Unavailable;
            }
        };
        let mut desk = Desk { arguments, environment, signals, watch, servers: DevServers::default() };
        let exit = match desk.load(project).await {
            Ok(app) => Box::pin(desk.serve(app)).await,
            Err(exit) => exit,
        };
        desk.servers.stop().await;
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
                problems::talk(&loaded);
                told = Some(loaded.diagnostics.clone());
                if self.arguments.exit && loaded.registry.is_none() {
                    return Err(Exit::BadProject);
                }
            }
            match App::build(project.clone(), loaded) {
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

    async fn serve(&mut self, mut app: App) -> Exit {
        let begun = Instant::now();
        output::talk(banner::heading(&app));
        self.start_servers(&app).await;
        let mut status = app.status();
        app.start();
        let exit = if let Some(exit) = self.until_started(&mut status).await {
            exit
        } else {
            output::talk(banner::rows(&app, &status.borrow_and_update()));
            output::talk(self.ready(&app, begun.elapsed()));
            self.until_ended(&mut app, &mut status).await
        };
        drain(&mut app, &mut self.signals).await.unwrap_or(exit)
    }

    async fn start_servers(&mut self, app: &App) {
        for started in self.servers.start_missing(app, &self.environment).await {
            output::talk(banner::server(&started));
        }
    }

    /// Shows what goes wrong until everything runs.
    async fn until_started(&mut self, status: &mut Receiver<Status>) -> Option<Exit> {
        let mut told = Told::default();
        loop {
            let now = status.borrow_and_update().clone();
            if now.is_started() {
                return None;
            }
            told.tell(&now);
            if self.arguments.exit && now.given_up().is_some() {
                return Some(Exit::Unavailable);
            }
            // Both are cancel-safe.
            tokio::select! {
                _ = status.changed() => {}
                _ = self.signals.next() => return Some(Exit::Done),
            }
        }
    }

    /// Reloads, tells, shows, until a signal comes or the one workflow has ended.
    async fn until_ended(&mut self, app: &mut App, status: &mut Receiver<Status>) -> Exit {
        let mut told = Told::default();
        let mut shown = Shown::start(&self.arguments, app);
        loop {
            let ended = async {
                match &mut shown {
                    Some(shown) => shown.ended().await,
                    None => pending().await,
                }
            };
            // All are cancel-safe: `shown` goes on where it was.
            tokio::select! {
                _ = self.signals.next() => return Exit::Done,
                exit = ended => {
                    if self.arguments.exit {
                        return exit;
                    }
                    shown = None;
                }
                _ = status.changed() => told.tell(&status.borrow_and_update().clone()),
                () = self.watch.changed() => {
                    let reload = app.reload().await;
                    let applied = matches!(reload, Reload::Applied(_));
                    tell(reload);
                    if applied {
                        self.start_servers(app).await;
                    }
                }
            }
        }
    }

    fn ready(&self, app: &App, took: Duration) -> String {
        let seconds = took.as_secs_f64();
        let hint = app.first_workflow().map(|id| {
            let folder = &self.arguments.project;
            let folder = if folder.as_os_str() == "." { String::new() } else { format!(" -C {}", folder.display()) };
            format!(" Try:  metonic start{folder} {id} '{{}}' --wait")
        });
        format!("\nReady in {seconds:.1}s.{}\nWatching for changes. Ctrl-C ends.\n", hint.unwrap_or_default())
    }
}

/// Whose trouble was told, so that each is told once.
#[derive(Default)]
struct Told(BTreeSet<EntryId>);

impl Told {
    fn tell(&mut self, status: &Status) {
        for (id, service) in status.iter() {
            let is_news = match service.state {
                State::Backoff { .. } | State::Failed { .. } => self.0.insert(id.clone()),
                State::Running => self.0.remove(id),
                _ => false,
            };
            if is_news {
                output::talk(banner::change(id, service));
            }
        }
    }
}

fn tell(reload: Reload) {
    match reload {
        Reload::Unchanged => {}
        Reload::Recovered => output::talk("The files are again what runs.\n"),
        Reload::Rejected(loaded) => {
            problems::talk(&loaded);
            output::talk("Nothing was reloaded; what ran goes on.\n");
        }
        Reload::Applied(reloaded) => output::talk(format_args!(
            "Reloaded. Generation {}: {} added, {} changed, {} removed; {} started again in {}.\n",
            reloaded.generation,
            reloaded.added,
            reloaded.changed,
            reloaded.removed,
            reloaded.started,
            format_duration(Duration::from_millis(u64::try_from(reloaded.took.as_millis()).unwrap_or(u64::MAX))),
        )),
    }
}

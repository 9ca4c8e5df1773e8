//! `metonic workflow`: runs, by their ids, from outside.
//!
//! A run is told by its id, and the server by an entry of the project; the code of the project is
//! needed by none of these commands.

mod arguments;
mod ask;
mod control;
mod describe;
mod export;
mod list;
mod trouble;
mod watch;

use std::io;

use arguments::{RunArguments, ServerOptions, WorkflowCommand};
use trouble::Trouble;

use super::{Exit, engine::with_engine, problems};
use crate::{
    app::Environment,
    ops::{self, Runs},
    registry::BuildCx,
    temporal::RunKey,
};

pub(super) use arguments::Workflow;

pub(super) fn run(arguments: Workflow, environment: Environment) -> io::Result<Exit> {
    match arguments.command {
        WorkflowCommand::List(arguments) => list::list(arguments, environment),
        WorkflowCommand::Count(arguments) => list::count(arguments, environment),
        WorkflowCommand::Describe(arguments) => describe::run(arguments, environment),
        WorkflowCommand::Watch(arguments) => watch::run(arguments, environment),
        WorkflowCommand::Result(arguments) => ask::result(arguments, environment),
        WorkflowCommand::Signal(arguments) => control::signal(arguments, environment),
        WorkflowCommand::Query(arguments) => ask::query(arguments, environment),
        WorkflowCommand::Update(arguments) => ask::update(arguments, environment),
        WorkflowCommand::Stack(arguments) => ask::stack(arguments, environment),
        WorkflowCommand::Pause(arguments) => control::pause(arguments, environment),
        WorkflowCommand::Unpause(arguments) => control::unpause(arguments, environment),
        WorkflowCommand::Cancel(arguments) => control::cancel(arguments, environment),
        WorkflowCommand::Terminate(arguments) => control::terminate(arguments, environment),
        WorkflowCommand::Export(arguments) => export::run(arguments, environment),
    }
}

/// Runs a command with who keeps the runs. What is in its way is said.
fn on_runs(
    server: &ServerOptions,
    environment: Environment,
    command: impl AsyncFnOnce(Runs) -> Result<Exit, Trouble>,
) -> io::Result<Exit> {
    in_project(server, environment, async |cx| command(ops::reach(cx, server.client.as_deref()).await?).await)
}

/// Runs a command that finds its connection in the project. What is in its way is said.
fn in_project(
    server: &ServerOptions,
    environment: Environment,
    command: impl AsyncFnOnce(&BuildCx) -> Result<Exit, Trouble>,
) -> io::Result<Exit> {
    let cx = match problems::load(&server.project.folder, environment) {
        Ok(cx) => cx,
        Err(exit) => return Ok(exit),
    };
    super::block_on(async {
        let cx = match with_engine(cx, &server.project.folder, server.engine.engine).await {
            Ok(cx) => cx,
            Err(exit) => return Ok(exit),
        };
        command(&cx).await.or_else(|trouble| trouble.tell(&cx, &server.project.folder))
    })
}

impl RunArguments {
    fn key(&self) -> RunKey {
        RunKey { workflow_id: self.id.clone(), run_id: self.run_id.clone().unwrap_or_default() }
    }
}

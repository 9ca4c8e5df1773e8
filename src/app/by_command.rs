//! What a person asks of a running project: to start a service, to stop one.
//!
//! What was asked holds until the process ends, through every reload. The process does not depend on
//! what was started this way: if it fails, the rest goes on.

use std::collections::BTreeSet;

use tokio::sync::watch::Receiver;

use super::{Answer, App, Asked, Request};
use crate::{
    diag::closest,
    entry::EntryId,
    lifecycle::{Changes, Plan, State, Status},
};

/// How far a request has come.
#[derive(Debug)]
pub(crate) enum Handled {
    Done(Answer),
    /// Begun; the status shows what becomes of it.
    Started(StartedService),
}

/// A service that was told to start.
#[derive(Debug)]
pub(crate) struct StartedService {
    id: EntryId,
    needs: BTreeSet<EntryId>,
}

impl App {
    /// Does what is asked, and answers.
    pub(crate) async fn obey(&mut self, asked: Asked) {
        let handled = match &asked.request {
            Request::Start { entry } => self.service(entry).map(|id| self.start_by_command(&id)),
            Request::Stop { entry } => match self.service(entry) {
                Ok(id) => Ok(self.stop_by_command(&id).await),
                Err(why) => Err(why),
            },
        };
        let handled = handled.unwrap_or_else(|why| Handled::Done(Answer::Refused { why }));
        // Who asked may have gone away.
        let _ = asked.reply.send(handled);
    }

    /// The entry, if it is one that is started and stopped.
    fn service(&self, text: &str) -> Result<EntryId, String> {
        let id = EntryId::parse(text, None).map_err(|error| error.to_string())?;
        let Some(entry) = self.registry().get(&id) else {
            let known: Vec<String> =
                self.registry().iter().filter(|entry| entry.kind.runs).map(|entry| entry.id.to_string()).collect();
            let similar = closest(text, known.iter().map(String::as_str));
            let hint = similar.map(|similar| format!("; did you mean `{similar}`?")).unwrap_or_default();
            return Err(format!("no entry of the running project is called `{id}`{hint}"));
        };
        if entry.kind.runs { Ok(id) } else { Err(format!("`{id}` is a `{}`, not a service", entry.kind.name)) }
    }

    fn start_by_command(&mut self, id: &EntryId) -> Handled {
        let runs = self.status().borrow().get(id).is_some_and(|service| service.state == State::Running);
        let ids = self.generation.graph.start_by_command(id);
        if runs {
            return Handled::Done(Answer::Running { already: true });
        }
        tracing::info!(service = %id, "Started by command.");
        let services: Vec<_> =
            self.generation.graph.levels(&ids).iter().flatten().filter_map(|id| self.service_def(id)).collect();
        self.supervisor.start(services);
        Handled::Started(StartedService { id: id.clone(), needs: ids })
    }

    /// Stops the service, and what ran for it alone. Who needs it waits.
    async fn stop_by_command(&mut self, id: &EntryId) -> Handled {
        self.generation.graph.stop_by_command(id);
        let running = self.supervisor.started();
        if !running.contains(id) {
            return Handled::Done(Answer::Stopped { already: true });
        }
        tracing::info!(service = %id, "Stopped by command.");
        let graph = &self.generation.graph;
        let plan = Plan::between(graph, graph, &Changes::default(), &running);
        // Also if it does not stop in time and counts as failed.
        self.supervisor.excuse(plan.stop.iter().flatten());
        self.supervisor.stop(&plan.stop).await;
        Handled::Done(match self.status().borrow().get(id).map(|service| service.state.clone()) {
            Some(State::Failed { error, .. }) => Answer::Failed { error },
            _ => Answer::Stopped { already: false },
        })
    }
}

impl StartedService {
    /// Waits until it runs, or something is in its way.
    pub(super) async fn wait(self, mut status: Receiver<Status>) -> Answer {
        let ends = Answer::Refused { why: "the process is ending".to_owned() };
        match status.wait_for(|status| self.look(status).is_some()).await {
            Ok(status) => self.look(&status).unwrap_or(ends),
            Err(_) => ends,
        }
    }

    /// The answer, if the state is one.
    fn look(&self, status: &Status) -> Option<Answer> {
        let own = status.get(&self.id).map(|service| &service.state);
        match own {
            Some(State::Running) => return Some(Answer::Running { already: false }),
            Some(State::Failed { error, .. }) => return Some(Answer::Failed { error: error.clone() }),
            Some(State::Stopping | State::Stopped) => return Some(Answer::Stopped { already: false }),
            _ => {}
        }
        // What it needs may be what does not start.
        let troubled = self.needs.iter().find_map(|id| match status.get(id).map(|service| &service.state) {
            Some(state @ (State::Backoff { .. } | State::Failed { .. })) => Some((id, state)),
            _ => None,
        });
        troubled.map(|(id, state)| {
            let state = if *id == self.id { state.to_string() } else { format!("waiting: {id} ({state})") };
            Answer::Trying { state }
        })
    }
}

//! Owns the tasks of all services: starts them, stops them in the reverse order, reports.
//!
//! It has no loop of its own: a task waits for what it needs by itself. What each entry lends goes
//! through one channel per id that outlives the task, so a service that is stopped and started
//! again finds those who need it waiting.

use std::collections::{BTreeMap, BTreeSet};

use indexmap::IndexMap;
use tokio::{sync::watch, task::JoinHandle};
use tokio_util::{sync::CancellationToken, task::TaskTracker};

use super::{
    Random, ServiceDef, ServiceStatus, State, Status,
    board::Board,
    task::{Lending, ServiceTask},
};
use crate::{entry::EntryId, service::Exports};

/// Runs services.
pub(crate) struct Supervisor {
    tasks: IndexMap<EntryId, RunningTask>,
    lendings: BTreeMap<EntryId, watch::Sender<Lending>>,
    tracker: TaskTracker,
    board: Board,
    process: Exports,
    random: Random,
    stop: CancellationToken,
}

struct RunningTask {
    needs: Vec<EntryId>,
    stop: CancellationToken,
    ended: JoinHandle<()>,
}

impl Supervisor {
    /// `process` is what belongs to the process and is lent to every service.
    pub(crate) fn new(process: Exports, random: Random) -> Self {
        Self {
            tasks: IndexMap::new(),
            lendings: BTreeMap::new(),
            tracker: TaskTracker::new(),
            board: Board::new(),
            process,
            random,
            stop: CancellationToken::new(),
        }
    }

    pub(crate) fn status(&self) -> watch::Receiver<Status> {
        self.board.subscribe()
    }

    /// The entries that were started and have not ended since.
    pub(crate) fn started(&self) -> BTreeSet<EntryId> {
        self.tasks.iter().filter(|(_, task)| !task.ended.is_finished()).map(|(id, _)| id.clone()).collect()
    }

    /// Starts services. Each waits for what it needs. One that has a task already goes on as it is,
    /// unless that has ended by itself.
    pub(crate) fn start(&mut self, services: impl IntoIterator<Item = ServiceDef>) {
        for def in services {
            if self.tasks.get(&def.id).is_none_or(|task| task.ended.is_finished()) {
                self.start_one(def);
            }
        }
    }

    fn start_one(&mut self, def: ServiceDef) {
        let stop = self.stop.child_token();
        let needs = def.needs.iter().map(|id| (id.clone(), self.lending(id).subscribe())).collect();
        let shown = ServiceStatus {
            kind: def.kind,
            startup: def.lifecycle.startup,
            state: State::Waiting { on: Vec::new() },
            note: None,
        };
        self.board.add(&def.id, shown);
        let (id, needed) = (def.id.clone(), def.needs.clone());
        let task = ServiceTask {
            lends: self.lending(&def.id).clone(),
            needs,
            process: self.process.clone(),
            board: self.board.clone(),
            random: self.random.clone(),
            stop: stop.clone(),
            def,
        };
        let ended = self.tracker.spawn(task.run());
        self.tasks.insert(id, RunningTask { needs: needed, stop, ended });
    }

    /// Stops services; groups one after another, those of a group together. Each has its own
    /// `stop_timeout`, so this ends. Dropped, it leaves those that still stop to the shutdown.
    pub(crate) async fn stop(&mut self, groups: &[Vec<EntryId>]) {
        for group in groups {
            for task in group.iter().filter_map(|id| self.tasks.get(id)) {
                task.stop.cancel();
            }
            for id in group {
                if let Some(task) = self.tasks.get_mut(id) {
                    // A task that panicked has ended as well; the panic hook has told of it.
                    let _ = (&mut task.ended).await;
                    self.tasks.shift_remove(id);
                }
            }
        }
    }

    /// The process does without these from now on, whatever becomes of them.
    pub(crate) fn excuse<'a>(&self, ids: impl IntoIterator<Item = &'a EntryId>) {
        for id in ids {
            self.board.excuse(id);
        }
    }

    /// Takes what is no longer part of the project out of the status.
    pub(crate) fn forget(&mut self, ids: impl IntoIterator<Item = EntryId>) {
        for id in ids {
            self.board.remove(&id);
        }
    }

    /// Stops everything: who needs a service stops before it.
    pub(crate) async fn shutdown(&mut self) {
        while !self.tasks.is_empty() {
            let needed: BTreeSet<EntryId> = self.tasks.values().flat_map(|task| task.needs.clone()).collect();
            let mut group: Vec<EntryId> = self.tasks.keys().filter(|id| !needed.contains(*id)).cloned().collect();
            if group.is_empty() {
                // No graph has a cycle; should one come all the same, everything stops together.
                group = self.tasks.keys().cloned().collect();
            }
            self.stop(&[group]).await;
        }
        self.tracker.close();
        self.tracker.wait().await;
    }

    fn lending(&mut self, id: &EntryId) -> &watch::Sender<Lending> {
        self.lendings.entry(id.clone()).or_insert_with(|| watch::Sender::new(None))
    }
}

impl Drop for Supervisor {
    fn drop(&mut self) {
        self.stop.cancel();
    }
}

#[cfg(test)]
mod tests;

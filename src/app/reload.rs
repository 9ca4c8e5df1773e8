//! A new generation of the project, taken over whole or not at all.

use tokio::time::Instant;

use super::{App, Generation};
use crate::{
    entry::EntryId,
    kinds::{FunctionLua, TemporalWorker},
    lifecycle::{Changes, Plan},
    registry::Loaded,
};

/// What became of a reload.
#[derive(Debug)]
pub(crate) enum Reload {
    /// The files say what they said before.
    Unchanged,
    /// The files have errors; what ran goes on.
    Rejected(Box<Loaded>),
    /// The files had errors and are again what runs.
    Recovered,
    /// The next generation is what runs.
    Applied,
}

impl App {
    /// Reads the project again. If it is sound and different, the services that the difference
    /// reaches are stopped and started in their order.
    pub(crate) async fn reload(&mut self) -> Reload {
        let begun = Instant::now();
        let number = self.generation.registry.generation + 1;
        let mut loaded = self.project.load(number);
        let next = loaded.registry.take().map(|registry| Generation::new(registry, loaded.env.clone()));
        let mut next = match next {
            Some(Ok(next)) => next,
            Some(Err(wrong)) => {
                loaded.diagnostics.extend(wrong);
                return self.reject(loaded);
            }
            None => return self.reject(loaded),
        };
        let had_errors = self.rejected.take().is_some();
        let mut changes = Changes::between(&self.generation.registry, &next.registry);
        let is_function = |id: &EntryId| {
            let either = next.registry.get(id).or_else(|| self.generation.registry.get(id));
            either.is_some_and(|entry| entry.spec::<FunctionLua>().is_some())
        };
        if changes.all().any(is_function) {
            // Every worker knows every function, because its own code may call it.
            changes.touched = next.registry.of_kind::<TemporalWorker>().map(|(entry, _)| entry.id.clone()).collect();
        }
        if changes.is_empty() {
            return if had_errors { Reload::Recovered } else { Reload::Unchanged };
        }
        next.graph.keep_commands_of(&self.generation.graph);
        let plan = Plan::between(&self.generation.graph, &next.graph, &changes, &self.supervisor.started());
        self.supervisor.stop(&plan.stop).await;
        self.supervisor.forget(changes.removed.iter().cloned());
        next.env.keep_memory_of(&self.generation.env);
        self.generation = next;
        self.start_all(&plan);
        tracing::info!(
            generation = number,
            added = changes.added.len(),
            changed = changes.changed.len(),
            removed = changes.removed.len(),
            services = plan.start.iter().map(Vec::len).sum::<usize>(),
            took = ?begun.elapsed(),
            "Reloaded. New runs take the new code, open runs keep theirs."
        );
        Reload::Applied
    }

    /// Keeps what runs. The same errors are told once.
    fn reject(&mut self, loaded: Loaded) -> Reload {
        if self.rejected.as_ref() == Some(&loaded.diagnostics) {
            return Reload::Unchanged;
        }
        self.rejected = Some(loaded.diagnostics.clone());
        Reload::Rejected(Box::new(loaded))
    }
}

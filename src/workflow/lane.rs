//! What one lane holds: VMs, and the runs that live in them.

use std::{
    collections::BTreeMap,
    panic::{AssertUnwindSafe, catch_unwind},
    rc::Rc,
    sync::Arc,
};

use crate::{
    lua::{Program, Vm},
    source::{Digest, SourceMap},
    workflow::{
        Activation, Catalog, Completion, Job, Leaving, RunName, Start, WorkflowEntry,
        facts::Names,
        host::HostOptions,
        report,
        run::{RunCx, WorkflowRun},
    },
};

/// Tells the runs and VMs of one host from another's.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct HostId(pub(super) u64);

/// Which host's run.
pub(super) type RunKey = (HostId, Arc<str>);

/// The VMs and runs of one lane. It never leaves its thread.
#[derive(Default)]
pub(crate) struct LaneRuns {
    vms: BTreeMap<(HostId, Digest), Rc<Vm>>,
    runs: BTreeMap<RunKey, WorkflowRun>,
    /// One for each type of workflow that runs.
    names: Vec<Rc<Names>>,
}

impl LaneRuns {
    pub(super) fn activate(
        &mut self,
        key: &RunKey,
        activation: Activation,
        catalog: &Arc<Catalog>,
        options: &Arc<HostOptions>,
    ) -> Completion {
        let host = key.0;
        let program = self.runs.get(key).map(|run| run.program().hash());
        // Whatever a panic leaves behind in the VM is dropped with it.
        let caught = catch_unwind(AssertUnwindSafe(|| self.run(key, activation, catalog, options)));
        let completion = caught.unwrap_or_else(|_| {
            let run = self.runs.get(key);
            let told = report::panicked(run.map(WorkflowRun::name), &key.1);
            let broken = program.or_else(|| run.map(|run| run.program().hash()));
            if let Some(broken) = broken {
                self.runs.retain(|at, run| {
                    let stays = at.0 != host || run.program().hash() != broken;
                    // Its neighbours did nothing wrong.
                    if !stays && at != key {
                        run.keep_code(Leaving::Unsettled);
                    }
                    stays
                });
                self.vms.remove(&(host, broken));
            }
            told
        });
        if matches!(completion, Completion::TaskFailed(_)) {
            self.runs.remove(key);
            self.sweep(host, catalog);
        }
        completion
    }

    fn run(
        &mut self,
        key: &RunKey,
        activation: Activation,
        catalog: &Arc<Catalog>,
        options: &Arc<HostOptions>,
    ) -> Completion {
        let start = activation.jobs.iter().find_map(|job| match job {
            Job::Start(start) => Some(start),
            _ => None,
        });
        if let Some(start) = start {
            // A start for a run that is known means that the core forgot it without telling.
            if let Some(forgotten) = self.runs.remove(key) {
                forgotten.keep_code(Leaving::Unsettled);
            }
            let Some(entry) = catalog.workflow(&start.workflow_type) else {
                return report::unknown_type(start, &activation.run_id, catalog);
            };
            let kept = options.kept.take(&activation.run_id);
            let fits = kept.is_some();
            let entry = &match kept {
                Some(program) => Arc::new(WorkflowEntry { program, ..WorkflowEntry::clone(entry) }),
                None => Arc::clone(entry),
            };
            let alone = options.large.has(&activation.run_id);
            let vm = if alone { Vm::open(&entry.program).map(Rc::new) } else { self.vm(key.0, &entry.program) };
            let names = self.names(start);
            let begun = vm.and_then(|vm| {
                let run_id = &key.1;
                WorkflowRun::new(vm, start, RunCx { run_id, names: &names, entry, catalog, options, fits, alone })
            });
            match begun {
                Ok(run) => self.runs.insert(key.clone(), run),
                Err(error) => return report::internal(&error.to_string()),
            };
        }
        match self.runs.get_mut(key) {
            Some(run) => run.activate(activation),
            None => report::internal("the run is not in memory; it begins anew with the next task"),
        }
    }

    /// What runs like this one share.
    fn names(&mut self, start: &Start) -> Rc<Names> {
        let names = Names::of(start);
        if let Some(known) = self.names.iter().find(|known| ***known == names) {
            return Rc::clone(known);
        }
        let names = Rc::new(names);
        self.names.push(Rc::clone(&names));
        names
    }

    fn vm(&mut self, host: HostId, program: &Arc<Program>) -> mlua::Result<Rc<Vm>> {
        if let Some(vm) = self.vms.get(&(host, program.hash())) {
            return Ok(Rc::clone(vm));
        }
        let vm = Rc::new(Vm::open(program)?);
        self.vms.insert((host, program.hash()), Rc::clone(&vm));
        Ok(vm)
    }

    /// What a run is called, if it is in memory.
    pub(super) fn name_of(&self, host: HostId, run_id: &str) -> Option<RunName> {
        self.runs.get(&(host, Arc::from(run_id))).map(WorkflowRun::name)
    }

    /// Forgets a run, and the VMs that neither a run nor the catalog needs. Gives the texts of the
    /// run's code.
    pub(super) fn evict(
        &mut self,
        host: HostId,
        run_id: &str,
        leaving: Leaving,
        catalog: &Catalog,
    ) -> Option<Arc<SourceMap>> {
        let run = self.runs.remove(&(host, Arc::from(run_id)));
        let sources = run.map(|run| {
            run.keep_code(leaving);
            run.left();
            Arc::clone(run.program().sources())
        });
        self.sweep(host, catalog);
        sources
    }

    fn sweep(&mut self, host: HostId, catalog: &Catalog) {
        self.names.retain(|names| Rc::strong_count(names) > 1);
        self.vms.retain(|(owner, program), vm| *owner != host || Rc::strong_count(vm) > 1 || catalog.uses(*program));
    }

    /// Forgets everything of a host.
    pub(super) fn forget(&mut self, host: HostId) {
        self.runs.retain(|(owner, _), run| {
            if *owner == host {
                run.keep_code(Leaving::Unsettled);
            }
            *owner != host
        });
        self.vms.retain(|(owner, _), _| *owner != host);
        self.names.retain(|names| Rc::strong_count(names) > 1);
    }

    /// How many VMs and runs there are.
    #[cfg(test)]
    pub(super) fn counts(&self) -> (usize, usize) {
        (self.vms.len(), self.runs.len())
    }

    /// How many types of workflows it knows by name.
    #[cfg(test)]
    pub(super) fn known_names(&self) -> usize {
        self.names.len()
    }

    /// The bytes that all VMs hold, garbage excluded.
    #[cfg(test)]
    pub(super) fn used_memory(&self) -> usize {
        let held = self.states().map(|lua| {
            lua.gc_collect().unwrap();
            lua.gc_collect().unwrap();
            lua.used_memory()
        });
        held.sum()
    }

    #[cfg(test)]
    pub(super) fn states(&self) -> impl Iterator<Item = &mlua::Lua> {
        self.vms.values().map(|vm| vm.lua())
    }
}

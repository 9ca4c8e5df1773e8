//! How much memory a run holds while it waits, and the limit of it.
//!
//! Many runs live in one VM, where nobody can say whose a value is. So growth is only counted there,
//! garbage and all; a run that has grown by half of the limit leaves memory after its task and comes
//! back, from its history, in a VM of its own. There what is held is known to the byte.

use std::{
    collections::BTreeMap,
    sync::{Mutex, PoisonError},
};

use crate::{
    lua::{LuaError, Origin, Tripped, Vm},
    workflow::{Completion, local, report, state::RunState},
};

/// The runs of a host that are to have a VM of their own, and whether they still have to leave
/// memory for that.
#[derive(Debug, Default)]
pub(crate) struct LargeRuns(Mutex<BTreeMap<String, bool>>);

impl LargeRuns {
    pub(super) fn has(&self, run_id: &str) -> bool {
        self.with(|runs| runs.contains_key(run_id))
    }

    /// Whether a run has to leave memory; true once.
    pub(super) fn take(&self, run_id: &str) -> bool {
        self.with(|runs| runs.get_mut(run_id).is_some_and(std::mem::take))
    }

    fn add(&self, run_id: &str) {
        self.with(|runs| {
            runs.entry(run_id.to_owned()).or_insert(true);
        });
    }

    fn forget(&self, run_id: &str) {
        self.with(|runs| runs.remove(run_id));
    }

    fn with<T>(&self, see: impl FnOnce(&mut BTreeMap<String, bool>) -> T) -> T {
        see(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// What is known of one run's memory.
#[derive(Debug)]
pub(super) struct Weight {
    /// It has a VM of its own.
    alone: bool,
    /// Bytes that were added while it ran.
    grown: usize,
    /// What the VM held before the current step.
    before: usize,
}

impl Weight {
    /// The weight of a run that is about to be made in `vm`.
    pub(super) fn new(vm: &Vm, alone: bool) -> Self {
        Self { alone, grown: 0, before: vm.lua().used_memory() }
    }

    /// The run leaves memory, and nobody may ever ask for it again.
    pub(super) fn left(&self, state: &RunState) {
        if self.alone {
            state.options.large.forget(&state.facts.run_id);
        }
    }

    /// A step begins; what was added since [`Weight::new`], as arguments, counts for it.
    pub(super) fn begin(&mut self, vm: &Vm) {
        self.before = self.before.min(vm.lua().used_memory());
    }

    /// A step has ended: what it led to, unless the run holds too much.
    pub(super) fn end(&mut self, vm: &Vm, state: &RunState, ended: bool, completion: Completion) -> Completion {
        let (limit, large) = (state.options.largest_state, &state.options.large);
        let used = vm.lua().used_memory();
        let held = used.saturating_sub(vm.size());
        self.grown += used.saturating_sub(self.before);
        self.before = usize::MAX;
        if ended {
            large.forget(&state.facts.run_id);
            return completion;
        }
        if !self.alone {
            let is_large = self.grown > limit / 2 && held > limit / 2;
            let task_goes_on = local::any_run(state) || completion.may_be_answered_at_once();
            if is_large && !state.replaying.get() && !task_goes_on {
                large.add(&state.facts.run_id);
            }
            return completion;
        }
        // What was replayed has been judged, by the limit of its time.
        if held <= limit || state.replaying.get() || matches!(completion, Completion::TaskFailed(_)) {
            return completion;
        }
        match collected(vm) {
            held if held > limit => too_large(held, limit, vm, state),
            _ => completion,
        }
    }
}

/// What is held without garbage. The first round may leave what it saw while it was still in use.
fn collected(vm: &Vm) -> usize {
    for _ in 0..2 {
        // A collection runs no code of anybody, so it cannot fail.
        let _ = vm.lua().gc_collect();
    }
    vm.lua().used_memory().saturating_sub(vm.size())
}

fn too_large(held: usize, limit: usize, vm: &Vm, state: &RunState) -> Completion {
    let stacks = state.tasks.stacks(vm.lua()).unwrap_or_default();
    let frames = stacks.into_iter().next().map(|(_, frames)| frames).unwrap_or_default();
    let error = LuaError { message: String::new(), origin: Origin::Limit(Tripped::Memory), frames };
    report::holds_too_much(held, limit, &error, state)
}

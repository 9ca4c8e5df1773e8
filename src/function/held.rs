//! What a call holds over its waits, and the limit of it.
//!
//! Calls of one program share a Lua state, where nobody can say whose a value is. So what each call adds
//! is counted, garbage and all, and a collection shows what all of them hold. What was counted too much is
//! then taken for this call's: it is never blamed for what others hold.

use std::{cell::Cell, rc::Rc};

use crate::lua::Vm;

/// What was counted for all calls that live in one state.
#[derive(Clone, Default)]
struct Counted(Rc<Cell<usize>>);

/// What is known of one call's memory.
pub(super) struct Held {
    counted: Counted,
    /// The part of it that is this call's.
    own: usize,
    /// What the state held before the current slice.
    before: usize,
    limit: usize,
    /// So much may be counted before the next collection.
    collect_at: usize,
}

impl Held {
    pub(super) fn new(vm: &Vm) -> Self {
        let lua = vm.lua();
        let counted = lua.app_data_ref::<Counted>().map(|counted| counted.clone());
        let counted = counted.unwrap_or_else(|| {
            let counted = Counted::default();
            lua.set_app_data(counted.clone());
            counted
        });
        let limit = vm.program().profile().limits.memory;
        Self { counted, own: 0, before: 0, limit, collect_at: limit }
    }

    /// A slice begins.
    pub(super) fn begin(&mut self, vm: &Vm) {
        self.before = vm.lua().used_memory();
    }

    /// A slice has ended: what the call holds, if that is too much.
    pub(super) fn end(&mut self, vm: &Vm) -> Option<usize> {
        self.count(self.own + vm.lua().used_memory().saturating_sub(self.before));
        if self.own <= self.collect_at {
            return None;
        }
        // A collection runs no code of anybody, so it cannot fail.
        let _ = vm.lua().gc_collect();
        let left = vm.lua().used_memory().saturating_sub(vm.size());
        let held = self.own.saturating_sub(self.counted.0.get().saturating_sub(left));
        self.count(self.own.min(left));
        self.collect_at = self.limit.max(self.own + self.limit / 2);
        (held > self.limit).then_some(held)
    }

    fn count(&mut self, own: usize) {
        self.counted.0.set((self.counted.0.get() + own).saturating_sub(self.own));
        self.own = own;
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        self.count(0);
    }
}

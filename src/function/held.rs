//! What a call holds over its waits, and the limit of it.
//!
//! Calls of one program share a Lua state, and each has a share of its memory: what it made is known to the byte,
//! garbage and all, whatever its neighbours do meanwhile. When that is more than the limit, a collection shows what
//! of it is held.

use crate::lua::{Share, Vm};

/// What is known of one call's memory.
pub(super) struct Held {
    share: Option<Share>,
    limit: usize,
    /// So much may be counted before the next collection.
    collect_at: usize,
}

impl Held {
    /// Nothing is counted in a state that has no share left ([`Held::has_room`]).
    pub(super) fn new(vm: &Vm) -> Self {
        let limit = vm.program().profile().limits.memory;
        Self { share: Share::take(vm.lua()), limit, collect_at: limit }
    }

    /// Whether a state can count for one call more.
    pub(super) fn has_room(vm: &Vm) -> bool {
        Share::is_free(vm.lua())
    }

    /// A slice begins.
    pub(super) fn begin(&self, vm: &Vm) {
        if let Some(share) = &self.share {
            share.begin(vm.lua());
        }
    }

    /// A slice has ended.
    pub(super) fn rest(vm: &Vm) {
        Share::rest(vm.lua());
    }

    /// What the call holds, if that is too much.
    pub(super) fn excess(&mut self, vm: &Vm) -> Option<usize> {
        let share = self.share.as_ref()?;
        if share.bytes(vm.lua()) <= self.collect_at {
            return None;
        }
        // A collection runs no code of anybody, so it cannot fail.
        let _ = vm.lua().gc_collect();
        let held = share.bytes(vm.lua());
        self.collect_at = self.limit.max(held + self.limit / 2);
        (held > self.limit).then_some(held)
    }
}

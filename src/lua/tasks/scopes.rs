//! Scopes: what of a realm's coroutines is stopped together.
//!
//! Every coroutine runs in a scope. The root scope is implicit; another one is a child of the scope
//! that it was opened in. Stopping a scope stops the scopes inside it, but for those that are
//! shielded. A wait that begins in a stopped scope is refused. Nothing is kept here until the first
//! scope is opened or stopped.

use std::{
    cell::Cell,
    collections::{BTreeMap, BTreeSet},
    rc::Rc,
};

use mlua::{IntoLuaMulti as _, Lua, Value as LuaValue};

use super::{State, Tasks, Ticket, host};

/// Names a scope of one realm.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct ScopeId(pub(crate) u32);

impl ScopeId {
    /// What everything is in.
    pub(crate) const ROOT: Self = Self(0);
}

/// Why a scope is stopped.
#[derive(Debug)]
pub(crate) struct Stop {
    /// The error object that waits end with.
    pub(crate) problem: LuaValue,
    pub(crate) reason: String,
    /// Whether any code has met it.
    met: Cell<bool>,
}

/// All scopes of one realm but the root.
#[derive(Default)]
pub(super) struct Scopes {
    all: BTreeMap<ScopeId, Scope>,
    root: Option<Rc<Stop>>,
    last: u32,
    /// How many were left when those that nobody needs were last thrown away.
    swept: usize,
}

struct Scope {
    parent: ScopeId,
    shielded: bool,
    /// Code runs in it that will close it.
    open: bool,
    stop: Option<Rc<Stop>>,
}

/// Below this many, scopes that nobody needs are no burden.
const FEW: usize = 32;

impl Stop {
    pub(crate) fn new(problem: LuaValue, reason: String) -> Self {
        Self { problem, reason, met: Cell::new(false) }
    }

    /// Some code has met it: it cannot be taken back.
    pub(crate) fn meet(&self) {
        self.met.set(true);
    }

    pub(crate) fn is_met(&self) -> bool {
        self.met.get()
    }
}

impl Scopes {
    fn stop_of(&self, scope: ScopeId) -> Option<&Rc<Stop>> {
        match self.all.get(&scope) {
            Some(scope) => scope.stop.as_ref(),
            None if scope == ScopeId::ROOT => self.root.as_ref(),
            None => None,
        }
    }

    /// This scope and those around it, the innermost first.
    fn outward(&self, scope: ScopeId) -> impl Iterator<Item = ScopeId> + '_ {
        std::iter::successors(Some(scope), |scope| self.parent_of(*scope))
    }

    fn parent_of(&self, scope: ScopeId) -> Option<ScopeId> {
        self.all.get(&scope).map(|scope| scope.parent)
    }

    /// Forgets the scopes that neither code nor anything in `needed` is in.
    fn sweep(&mut self, needed: impl Iterator<Item = ScopeId>) {
        let open = self.all.iter().filter(|(_, scope)| scope.open).map(|(id, _)| *id);
        let ends: Vec<ScopeId> = open.chain(needed).collect();
        let kept: BTreeSet<ScopeId> = ends.into_iter().flat_map(|end| self.outward(end)).collect();
        self.all.retain(|id, _| kept.contains(id));
        self.swept = self.all.len();
    }
}

impl State {
    /// Why the running coroutine may not wait.
    pub(super) fn refusal(&self, scope: ScopeId) -> Option<LuaValue> {
        let stop = self.scopes.as_deref()?.stop_of(scope)?;
        stop.meet();
        Some(stop.problem.clone())
    }

    fn scope_of_running(&self) -> ScopeId {
        self.running.and_then(|id| self.live.get(&id)).map_or(self.outside, |task| task.scope)
    }
}

impl Tasks {
    /// The scope that the running code is in; the root while no coroutine runs, but for
    /// [`Tasks::in_scope`].
    pub(crate) fn scope(&self) -> ScopeId {
        self.state.borrow().scope_of_running()
    }

    /// Calls `f` in a scope, unless a coroutine runs, which is in one of its own.
    pub(crate) fn in_scope<R>(&self, scope: ScopeId, f: impl FnOnce() -> R) -> R {
        let before = std::mem::replace(&mut self.state.borrow_mut().outside, scope);
        let result = f();
        self.state.borrow_mut().outside = before;
        result
    }

    /// The scope that the running coroutine began in.
    pub(crate) fn home_scope(&self) -> ScopeId {
        let state = self.state.borrow();
        state.running.and_then(|id| state.live.get(&id)).map_or(ScopeId::ROOT, |task| task.home)
    }

    /// From now on the running coroutine is in this scope.
    pub(crate) fn enter_scope(&self, scope: ScopeId) {
        let mut state = self.state.borrow_mut();
        let state = &mut *state;
        if let Some(task) = state.running.and_then(|id| state.live.get_mut(&id)) {
            task.scope = scope;
        }
    }

    /// A scope inside the one that the running code is in. `needed` is asked now and then for the
    /// scopes that something beside coroutines belongs to.
    pub(crate) fn open_scope(&self, shielded: bool, needed: impl FnOnce() -> Vec<ScopeId>) -> ScopeId {
        let mut state = self.state.borrow_mut();
        let parent = state.scope_of_running();
        let State { live, scopes, .. } = &mut *state;
        let scopes = scopes.get_or_insert_default();
        if scopes.all.len() >= FEW.max(scopes.swept * 2) {
            scopes.sweep(live.values().flat_map(|task| [task.scope, task.home]).chain([parent]).chain(needed()));
        }
        scopes.last += 1;
        let id = ScopeId(scopes.last);
        let stop = if shielded { None } else { scopes.stop_of(parent).cloned() };
        scopes.all.insert(id, Scope { parent, shielded, open: true, stop });
        id
    }

    /// The code that a scope was opened for is done. What it left behind still belongs to it.
    pub(crate) fn close_scope(&self, scope: ScopeId) {
        if let Some(scopes) = self.state.borrow_mut().scopes.as_deref_mut()
            && let Some(scope) = scopes.all.get_mut(&scope)
        {
            scope.open = false;
        }
    }

    /// Whether a scope is still known.
    pub(crate) fn knows_scope(&self, scope: ScopeId) -> bool {
        scope == ScopeId::ROOT || self.state.borrow().scopes.as_deref().is_some_and(|all| all.all.contains_key(&scope))
    }

    /// Stops a scope, and gives what is stopped by it: those that were stopped before are not named.
    pub(crate) fn stop_scope(&self, scope: ScopeId, stop: &Rc<Stop>) -> BTreeSet<ScopeId> {
        let mut state = self.state.borrow_mut();
        let scopes = state.scopes.get_or_insert_default();
        let mut reached = BTreeSet::new();
        if scope == ScopeId::ROOT {
            if scopes.root.is_none() {
                scopes.root = Some(Rc::clone(stop));
                reached.insert(scope);
            }
        } else if let Some(first) = scopes.all.get_mut(&scope).filter(|scope| scope.stop.is_none()) {
            first.stop = Some(Rc::clone(stop));
            reached.insert(scope);
        }
        // A scope is always younger than the one it is in.
        for (id, inner) in &mut scopes.all {
            if inner.stop.is_none() && !inner.shielded && reached.contains(&inner.parent) {
                inner.stop = Some(Rc::clone(stop));
                reached.insert(*id);
            }
        }
        reached
    }

    /// Takes the root's stop back, unless some code has met it already.
    pub(crate) fn spare_root(&self) {
        if let Some(scopes) = self.state.borrow_mut().scopes.as_deref_mut()
            && let Some(stop) = scopes.root.take_if(|stop| !stop.met.get())
        {
            for scope in scopes.all.values_mut() {
                scope.stop.take_if(|its| Rc::ptr_eq(its, &stop));
            }
        }
    }

    /// What a wait of the running code would end with at once.
    pub(crate) fn refusal(&self) -> Option<LuaValue> {
        let state = self.state.borrow();
        state.refusal(state.scope_of_running())
    }

    /// Why a scope is stopped, if it is.
    pub(crate) fn stop_of(&self, scope: ScopeId) -> Option<Rc<Stop>> {
        self.state.borrow().scopes.as_deref()?.stop_of(scope).cloned()
    }

    pub(crate) fn is_stopped(&self, scope: ScopeId) -> bool {
        self.stop_of(scope).is_some()
    }

    /// Why a scope, or the next one around it that was stopped, is to end; shields hide nothing.
    pub(crate) fn reason(&self, scope: ScopeId) -> Option<String> {
        let state = self.state.borrow();
        let scopes = state.scopes.as_deref()?;
        let stop = scopes.outward(scope).find_map(|scope| scopes.stop_of(scope))?;
        stop.meet();
        Some(stop.reason.clone())
    }

    /// Whether a scope is another one, or inside it.
    pub(crate) fn is_within(&self, scope: ScopeId, outer: ScopeId) -> bool {
        let state = self.state.borrow();
        let Some(scopes) = state.scopes.as_deref() else { return scope == outer };
        scopes.outward(scope).any(|scope| scope == outer)
    }

    /// Whether a coroutine is in a scope, or inside it.
    pub(crate) fn any_within(&self, scope: ScopeId) -> bool {
        let state = self.state.borrow();
        let Some(scopes) = state.scopes.as_deref() else { return scope == ScopeId::ROOT };
        state.live.values().any(|task| scopes.outward(task.scope).any(|outer| outer == scope))
    }

    /// The scopes that coroutines are in, or one of `others` is, with all that those are inside of.
    pub(crate) fn scopes_in_use(&self, others: Vec<ScopeId>) -> BTreeSet<ScopeId> {
        let state = self.state.borrow();
        let mut in_use = BTreeSet::new();
        for scope in others.into_iter().chain(state.live.values().map(|task| task.scope)) {
            let around = std::iter::successors(Some(scope), |inner| state.scopes.as_deref()?.parent_of(*inner));
            for scope in around {
                if !in_use.insert(scope) {
                    // What this one is in was seen before.
                    break;
                }
            }
        }
        in_use
    }

    /// Ends the waits that `picked` names: `problem` is raised where they stand. Whether there were any.
    pub(crate) fn stop_waits(
        &self,
        lua: &Lua,
        problem: &LuaValue,
        picked: impl Fn(ScopeId, Ticket) -> bool,
    ) -> mlua::Result<bool> {
        let mut any = false;
        let mut state = self.state.borrow_mut();
        let State { live, parked, ready, .. } = &mut *state;
        for (id, task) in live.iter_mut() {
            let scope = task.scope;
            if let Some(ticket) = task.waits.take_if(|ticket| picked(scope, *ticket)) {
                parked.remove(&ticket);
                ready.push_back((*id, (host::stop_mark(lua)?, problem.clone()).into_lua_multi(lua)?));
                any = true;
            }
        }
        Ok(any)
    }

    /// The scope of the coroutine that ended last.
    pub(crate) fn scope_of_ended(&self) -> ScopeId {
        self.state.borrow().ended_in
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stop() -> Rc<Stop> {
        Rc::new(Stop::new(LuaValue::Nil, "why".to_owned()))
    }

    #[test]
    fn scopes_that_nobody_needs_are_forgotten() {
        let tasks = Tasks::default();
        for _ in 0..1000 {
            let scope = tasks.open_scope(false, Vec::new);
            tasks.close_scope(scope);
        }
        let left = (1..=1000).filter(|id| tasks.knows_scope(ScopeId(*id))).count();
        assert!(left <= FEW, "{left}");
    }

    #[test]
    fn scopes_that_something_needs_are_kept() {
        let tasks = Tasks::default();
        let needed = tasks.open_scope(false, Vec::new);
        tasks.close_scope(needed);
        let open = tasks.open_scope(false, Vec::new);
        for _ in 0..1000 {
            let scope = tasks.open_scope(false, || vec![needed]);
            tasks.close_scope(scope);
        }
        assert!(tasks.knows_scope(needed) && tasks.knows_scope(open));
    }

    #[test]
    fn what_is_opened_in_a_stopped_scope_is_stopped_unless_it_is_shielded() {
        let tasks = Tasks::default();
        let before = tasks.open_scope(true, Vec::new);
        assert_eq!(tasks.stop_scope(ScopeId::ROOT, &stop()), BTreeSet::from([ScopeId::ROOT]));
        let (inside, shielded) = (tasks.open_scope(false, Vec::new), tasks.open_scope(true, Vec::new));
        let stopped = [before, inside, shielded].map(|scope| tasks.is_stopped(scope));
        assert_eq!((stopped, tasks.reason(shielded)), ([false, true, false], Some("why".to_owned())));
    }

    #[test]
    fn the_root_is_spared_only_if_no_code_has_met_its_stop() {
        let (unmet, met) = (Tasks::default(), Tasks::default());
        for tasks in [&unmet, &met] {
            tasks.stop_scope(ScopeId::ROOT, &stop());
        }
        assert!(met.refusal().is_some());
        for tasks in [&unmet, &met] {
            tasks.spare_root();
        }
        assert_eq!((unmet.is_stopped(ScopeId::ROOT), met.is_stopped(ScopeId::ROOT)), (false, true));
    }
}

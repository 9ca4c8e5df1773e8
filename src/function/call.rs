//! One call of a function: what its modules work with while its Lua code runs.
//!
//! A Lua state serves many calls, one at a time; before a call's code runs, its [`Call`] is entered,
//! and the modules find it there.

use std::{cell::RefCell, rc::Rc, sync::Arc};

use mlua::Lua;

use crate::{
    function::{
        catalog::FunctionEntry,
        context::FunctionContext,
        task::FunctionTask,
        wait::Waits,
        world::World,
    },
    lua::Ambient,
};

/// How deep functions may call functions in the process.
pub(super) const DEEPEST: usize = 16;

/// One call, from its beginning to its end.
pub(super) struct Call {
    pub(super) task: Arc<FunctionTask>,
    pub(super) entry: Arc<FunctionEntry>,
    pub(super) context: FunctionContext,
    pub(super) world: Arc<World>,
    pub(super) waits: Waits,
    /// How many calls stand above this one.
    pub(super) depth: usize,
    pub(super) spawned: RefCell<Vec<mlua::Thread>>,
    ambient: Rc<Ambient>,
}

impl Call {
    pub(super) fn new(
        task: Arc<FunctionTask>,
        entry: Arc<FunctionEntry>,
        context: FunctionContext,
        world: Arc<World>,
        depth: usize,
    ) -> Rc<Self> {
        let ambient = Ambient::by_chance().with_clock(Rc::new(now));
        Rc::new(Self {
            task,
            entry,
            context,
            world,
            waits: Waits::default(),
            depth,
            spawned: RefCell::default(),
            ambient: Rc::new(ambient),
        })
    }

    /// Makes this the call that the modules of `lua` work for.
    pub(super) fn enter(self: &Rc<Self>, lua: &Lua) {
        lua.set_app_data(Current(Rc::clone(self)));
        Ambient::enter(lua, &self.ambient);
    }

    /// The call that was entered last.
    pub(super) fn current(lua: &Lua) -> Rc<Self> {
        Rc::clone(&lua.app_data_ref::<Current>().expect("a function's code runs inside a call").0)
    }
}

/// The entered call, as the Lua state keeps it.
struct Current(Rc<Call>);

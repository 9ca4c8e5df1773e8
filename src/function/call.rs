//! One call of a function: what its modules work with while its Lua code runs.
//!
//! A Lua state serves many calls, one at a time. While a call's code runs, its [`Call`] is entered,
//! and the modules find it there.

use std::{
    cell::{Cell, OnceCell},
    rc::Rc,
    sync::Arc,
    time::{Duration, SystemTime},
};

use mlua::{Function, Lua, Table};

use crate::{
    diag::Teller,
    function::{
        catalog::{Catalog, FunctionEntry},
        context::FunctionContext,
        lane::Vms,
        sql::Transactions,
        task::{CancelReason, FunctionTask},
        wait::{self, Work},
        world::World,
    },
    lua::{Ambient, channel_functions, not_running},
    value::{Map, Value},
};

/// The header in which callers pass values along beside the arguments.
const CONTEXT_HEADER: &str = "wippy-context";

/// One call, from its beginning to its end.
pub(super) struct Call {
    pub(super) task: Arc<FunctionTask>,
    pub(super) entry: Arc<FunctionEntry>,
    pub(super) context: FunctionContext,
    pub(super) catalog: Arc<Catalog>,
    pub(super) world: Arc<World>,
    /// Takes what went wrong, if someone shall hear of it.
    pub(super) teller: Option<Arc<Teller>>,
    /// The states of the lane that the call runs on.
    pub(super) vms: Rc<Vms>,
    pub(super) work: Work,
    /// What of databases it has not committed yet.
    pub(super) transactions: Rc<Transactions>,
    /// What the caller passed along.
    pub(super) passed_along: Map,
    /// The channel that tells of the request to end, once the code has asked for it.
    cancellation: OnceCell<Table>,
    /// Whether that channel has told.
    told: Cell<bool>,
    /// How many calls in this process wait for this one.
    pub(super) depth: usize,
    ambient: Rc<Ambient>,
}

/// What a call is made of.
pub(super) struct CallSetup {
    pub(super) task: Arc<FunctionTask>,
    pub(super) entry: Arc<FunctionEntry>,
    pub(super) context: FunctionContext,
    pub(super) catalog: Arc<Catalog>,
    pub(super) world: Arc<World>,
    pub(super) teller: Option<Arc<Teller>>,
    pub(super) vms: Rc<Vms>,
}

impl Call {
    /// A call that the worker was asked for.
    pub(super) fn new(setup: CallSetup) -> Rc<Self> {
        let passed_along = setup.task.headers.get(CONTEXT_HEADER).and_then(Value::as_map).cloned().unwrap_or_default();
        Self::at_depth(setup, passed_along, 0)
    }

    /// A call that this one asks for, with `more` passed along.
    pub(super) fn below(self: &Rc<Self>, entry: Arc<FunctionEntry>, more: Map) -> Rc<Self> {
        let mut passed_along = self.passed_along.clone();
        passed_along.extend(more);
        let setup = CallSetup {
            task: Arc::clone(&self.task),
            entry,
            context: self.context.clone(),
            catalog: Arc::clone(&self.catalog),
            world: Arc::clone(&self.world),
            teller: self.teller.clone(),
            vms: Rc::clone(&self.vms),
        };
        Self::at_depth(setup, passed_along, self.depth + 1)
    }

    fn at_depth(setup: CallSetup, passed_along: Map, depth: usize) -> Rc<Self> {
        let CallSetup { task, entry, context, catalog, world, teller, vms } = setup;
        let id = entry.id.clone();
        let print = move |_: &Lua, line: &str| tracing::info!(target: "lua", entry = %id, "{line}");
        let ambient = Ambient::by_chance().with_clock(Rc::new(now)).with_printer(Rc::new(print));
        Rc::new(Self {
            task,
            entry,
            context,
            catalog,
            world,
            teller,
            vms,
            work: Work::default(),
            transactions: Rc::default(),
            cancellation: OnceCell::new(),
            told: Cell::new(false),
            passed_along,
            depth,
            ambient: Rc::new(ambient),
        })
    }

    /// The channel that tells why the call should end.
    pub(super) fn cancellation(&self, lua: &Lua) -> mlua::Result<Table> {
        if let Some(channel) = self.cancellation.get() {
            return Ok(channel.clone());
        }
        let channel: Table = channel_functions(lua)?.get::<Function>("new")?.call(())?;
        let _ = self.cancellation.set(channel.clone());
        match self.context.reason() {
            Some(reason) => drop(self.tell(lua, reason)?),
            // Whoever waits for the channel waits for the world.
            None => drop(wait::beside(lua, "activity.cancellation", std::future::pending(), |_, ()| Ok(()))?),
        }
        Ok(channel)
    }

    /// Tells those who listen why the call should end, once; false: there is nobody left to tell.
    pub(super) fn tell(&self, lua: &Lua, reason: CancelReason) -> mlua::Result<bool> {
        let Some(channel) = self.cancellation.get().filter(|_| !self.told.replace(true)) else { return Ok(false) };
        let functions = channel_functions(lua)?;
        functions.get::<Function>("push")?.call::<()>((channel, reason.name()))?;
        functions.get::<Function>("close")?.call::<()>(channel)?;
        Ok(true)
    }

    /// Makes this the call that the modules of `lua` work for, until [`Call::leave`].
    pub(super) fn enter(self: &Rc<Self>, lua: &Lua) {
        lua.set_app_data(Current(Rc::clone(self)));
        Ambient::enter(lua, &self.ambient);
    }

    pub(super) fn leave(lua: &Lua) {
        lua.remove_app_data::<Current>();
    }

    /// The call that runs; `function` is the Lua function that asks.
    pub(super) fn current(lua: &Lua, function: &str) -> mlua::Result<Rc<Self>> {
        let current = lua.app_data_ref::<Current>().ok_or_else(|| not_running(function))?;
        Ok(Rc::clone(&current.0))
    }
}

/// The entered call, as the Lua state keeps it.
struct Current(Rc<Call>);

/// The time since 1970.
#[expect(clippy::disallowed_methods, reason = "the one reading of the clock for functions")]
pub(super) fn now() -> Duration {
    SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default()
}

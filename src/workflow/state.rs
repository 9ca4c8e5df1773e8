//! What a run is between its activations, as the functions of its Lua API see it.

use std::{
    cell::{Cell, RefCell},
    collections::BTreeMap,
    rc::Rc,
    sync::Arc,
    time::Duration,
};

use mlua::{Function, Lua, Value as LuaValue};

use crate::{
    lua::{
        Ambient, Limits, LuaError, Meter, Program, Rising, Tasks, Ticket, Tripped, check_not_aside, failure_of,
        logger::{LogLevel, LogLine},
        not_running,
    },
    value::{Failure, Map, Value},
    workflow::{
        Catalog, Command, Deployment, Emitted, Headers, HistorySize, Seq,
        activity_ids::ActivityIds,
        children::{Child, Known},
        facts::Facts,
        handlers::Handlers,
        host::HostOptions,
        inbox::Inbox,
        local::LocalActivities,
        log::Said,
        outbox::{Outbox, call_site},
        outgoing::Outgoing,
        pid::ProcessId,
        scopes::{self, ScopeBook},
        upserted::Upserted,
        versions::Patches,
    },
};

/// The header that carries a run's context.
pub(super) const CONTEXT_HEADER: &str = "wippy-context";

/// One run.
pub(super) struct RunState {
    pub(super) facts: Facts,
    pub(super) program: Arc<Program>,
    /// As it was when the run began here.
    pub(super) catalog: Arc<Catalog>,
    pub(super) options: Arc<HostOptions>,
    pub(super) tasks: Rc<Tasks>,
    pub(super) ambient: Rc<Ambient>,
    pub(super) clock: Rc<Cell<Duration>>,
    pub(super) replaying: Rc<Cell<bool>>,
    pub(super) history: Cell<HistorySize>,
    pub(super) outbox: RefCell<Outbox>,
    pub(super) pending: RefCell<Rising<Seq, Pending>>,
    pub(super) inbox: RefCell<Inbox>,
    /// Nothing until the first handler is registered.
    pub(super) handlers: RefCell<Option<Box<Handlers>>>,
    /// The children that began, by their workflow ids: the last one of each.
    pub(super) children: RefCell<BTreeMap<String, Known>>,
    /// There once the run opens a scope.
    pub(super) scopes: RefCell<Option<Box<ScopeBook>>>,
    /// There once the run calls its first one.
    pub(super) local: RefCell<Option<Box<LocalActivities>>>,
    /// There once the run asks something of another one.
    pub(super) outgoing: RefCell<Option<Box<Outgoing>>>,
    /// There once a call names the id of its activity.
    pub(super) activity_ids: RefCell<Option<Box<ActivityIds>>>,
    /// Why the run is to end, once it was asked to.
    pub(super) cancelled: RefCell<Option<String>>,
    /// Whether the end of a linked child that failed is an event of its own.
    pub(super) traps_links: Cell<bool>,
    /// The version of the worker that takes the current task.
    pub(super) deployment: RefCell<Option<Deployment>>,
    /// Why nothing of the run goes on, although a coroutine could.
    pub(super) halt: RefCell<Option<Box<Halt>>>,
    /// Made when the run first asks for one.
    pub(super) patches: RefCell<Option<Box<Patches>>>,
    /// What the run has made of its search attributes and memo, once it has.
    pub(super) upserted: RefCell<Option<Box<Upserted>>>,
}

/// Why nothing of a run goes on.
#[derive(Debug)]
pub(super) enum Halt {
    /// Another run takes its place; this is its last command.
    Renewed(Emitted),
    /// It is on a version that the code does not support.
    Unsupported(LuaError),
    /// The code asks for what must never stand in a history.
    Broken(LuaError),
}

/// Something that was asked for and has not ended.
#[derive(Debug)]
pub(super) struct Pending {
    pub(super) kind: PendingKind,
    pub(super) answer: Answerer,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum PendingKind {
    Timer,
    Activity,
    /// An activity that runs in this process.
    LocalActivity,
    /// A child that has not been started yet.
    ChildStart,
    /// A child that runs.
    Child,
    /// A message to another run.
    Signal,
    /// A request that another run ends.
    CancelRequest,
}

/// Who gets the answer.
#[derive(Debug)]
pub(super) enum Answerer {
    /// A coroutine that waits for it.
    Ticket(Ticket),
    /// A function of the library, called with `value, err`; it must not wait.
    Function(Function),
    /// Everybody who waits for a child.
    Child(Rc<Child>),
    /// The child with this number was asked to end, which is all that is waited for.
    Asked(Seq),
    /// It is asked for and not waited for.
    Nobody,
}

/// The run that is active in a Lua state.
struct Current(Rc<RunState>);

impl RunState {
    /// Makes this the run that API functions speak of.
    pub(super) fn enter(self: &Rc<Self>, lua: &Lua) {
        Ambient::enter(lua, &self.ambient);
        Tasks::enter(lua, &self.tasks);
        lua.set_app_data(Current(Rc::clone(self)));
    }

    pub(super) fn leave(lua: &Lua) {
        Tasks::leave(lua);
        lua.remove_app_data::<Current>();
    }

    /// The active run, to change it or ask something of the server. While code is only being checked
    /// there is none, and in a query handler it must not change: then `function` raises.
    pub(super) fn current(lua: &Lua, function: &str) -> mlua::Result<Rc<Self>> {
        let state = Self::reading(lua, function)?;
        check_not_aside(&state.tasks, function)?;
        Ok(state)
    }

    /// The active run, only to look at it.
    pub(super) fn reading(lua: &Lua, function: &str) -> mlua::Result<Rc<Self>> {
        lua.app_data_ref::<Current>().map(|current| Rc::clone(&current.0)).ok_or_else(|| not_running(function))
    }

    /// Asks the server for something that has no answer.
    pub(super) fn command(&self, lua: &Lua, command: Command) {
        let site = call_site(lua, &self.program);
        if !self.outbox.borrow_mut().push(command, site) {
            // The task has failed: nothing is gained by what the code does after it.
            Meter::trip(lua, Tripped::Memory);
        }
    }

    /// Asks the server for something, and notes who gets the answer. It belongs to the scope of the
    /// running code, and is asked to end with it.
    pub(super) fn request(&self, lua: &Lua, pending: Pending, command: impl FnOnce(Seq) -> Command) -> Seq {
        let seq = self.number(pending);
        self.command(lua, command(seq));
        seq
    }

    /// The number of a request; who gets the answer is noted.
    pub(super) fn number(&self, pending: Pending) -> Seq {
        let seq = self.outbox.borrow_mut().next_seq();
        self.pending.borrow_mut().insert(seq, pending);
        scopes::asked_for(self, seq);
        seq
    }

    /// What a call that waits for nothing, but begins something, gives in a scope that is cancelled.
    pub(super) fn refusal(&self) -> Option<Failure> {
        self.tasks.refusal().and_then(|problem| failure_of(&problem))
    }

    /// The run's context with more values, as a header; nothing if there are none.
    pub(super) fn headers(&self, more: &Map) -> Headers {
        let mut context = self.facts.context().cloned().unwrap_or_default();
        context.extend(more.iter().map(|(key, value)| (key.clone(), value.clone())));
        if context.is_empty() {
            return Headers::default();
        }
        Headers::from_iter([(CONTEXT_HEADER.to_owned(), Value::Map(context))])
    }

    /// Says something, unless it was said before.
    pub(super) fn log(&self, lua: &Lua, level: LogLevel, name: Option<&str>, message: &str, fields: &Map) {
        if self.replaying.get() {
            return;
        }
        let site = call_site(lua, &self.program);
        self.options.log.take(&Said {
            line: &LogLine { level, name, message, fields },
            workflow_id: &self.facts.workflow_id,
            run_id: &self.facts.run_id,
            workflow_type: &self.facts.names.workflow_type,
            place: site.first().map_or("", |site| site.place.as_str()),
        });
    }

    /// What one activation may use.
    pub(super) fn limits(&self) -> Limits {
        self.options.limits.clone().unwrap_or_else(|| self.program.profile().limits.clone())
    }

    /// What the run is called among processes.
    pub(super) fn process_id(&self) -> String {
        let HostOptions { client, worker, .. } = &*self.options;
        let workflow_id = self.facts.workflow_id.to_string();
        ProcessId::Workflow { client: client.clone(), host: worker.clone(), workflow_id }.to_string()
    }

    /// Hands an answer to who asked.
    pub(super) fn answer(&self, answerer: Answerer, value: LuaValue, problem: LuaValue) -> mlua::Result<()> {
        match answerer {
            Answerer::Ticket(ticket) => {
                // Nobody waits any more if the wait itself failed.
                self.tasks.wake(ticket, mlua::MultiValue::from_vec(vec![value, problem]));
                Ok(())
            }
            Answerer::Function(function) => function.call((value, problem)),
            Answerer::Child(child) => {
                for ticket in child.tickets() {
                    self.tasks.wake(ticket, mlua::MultiValue::from_vec(vec![value.clone(), problem.clone()]));
                }
                Ok(())
            }
            Answerer::Asked(_) | Answerer::Nobody => Ok(()),
        }
    }
}

/// The context in some headers; what is no map is not ours.
pub(super) fn context_of(headers: &Headers) -> Map {
    headers.get(CONTEXT_HEADER).and_then(Value::as_map).cloned().unwrap_or_default()
}

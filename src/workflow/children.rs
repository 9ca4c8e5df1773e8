//! The children of a run, from the request to start one to its end.
//!
//! Each child is told of twice under one number: that it was started, and how it ended. Who waits
//! for the first gets a handle or a process id; any number of coroutines may wait for the second.

use std::{
    cell::{Cell, RefCell},
    rc::Rc,
};

use mlua::{IntoLua, Lua, Value as LuaValue};

use super::{
    api::{ChildHandle, EXIT_EVENT, LINK_DOWN_EVENT},
    inbox,
    state::{Answerer, Pending, PendingKind, RunState},
};
use crate::{
    lua::{Ticket, error_object, to_lua},
    value::{Failure, Value},
    workflow::{
        ChildCancellation, Command, Outcome, Relative, Seq, SignalTarget, SignalWorkflow, StartChild, outgoing, scopes,
    },
};

/// One child of a run.
#[derive(Debug)]
pub(super) struct Child {
    /// The number that it was started with.
    pub(super) seq: Cell<Seq>,
    pub(super) workflow_id: String,
    namespace: String,
    cancellation: ChildCancellation,
    pub(super) pid: String,
    pub(super) run_id: RefCell<String>,
    /// What the coroutine that waits for the start gets, and its ticket.
    starter: Cell<Option<(Ticket, Given)>>,
    /// The coroutines that wait for the end.
    waiters: RefCell<Vec<Ticket>>,
    end: RefCell<Option<Result<Value, Failure>>>,
    /// Whether its end is an event of the run, too.
    reported: Option<Bond>,
    /// Signals that follow the start.
    messages: RefCell<Vec<(String, Vec<Value>)>>,
}

/// The last child that was started with a workflow id.
#[derive(Clone, Copy, Debug)]
pub(super) struct Known {
    seq: Seq,
    /// Its end is not waited for any more, and is told to nobody.
    given_up: bool,
}

/// What a coroutine that starts a child gets once it runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Given {
    Handle,
    ProcessId,
}

/// What a run has with a child whose end it is told of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Bond {
    Monitored,
    Linked,
}

/// How a child is started and waited for.
pub(super) struct Launch {
    pub(super) pid: String,
    pub(super) command: StartChild,
    /// Nothing: the coroutine waits for the end.
    pub(super) given: Option<Given>,
    pub(super) reported: Option<Bond>,
    pub(super) messages: Vec<(String, Vec<Value>)>,
}

/// Starts a child; `ticket` is of the coroutine that waits.
pub(super) fn start(lua: &Lua, state: &RunState, launch: Launch, ticket: Ticket) {
    let Launch { pid, mut command, given, reported, messages } = launch;
    let child = Rc::new(Child {
        seq: Cell::new(Seq(0)),
        workflow_id: command.workflow_id.clone(),
        namespace: command.namespace.clone().unwrap_or_default(),
        cancellation: command.cancellation,
        pid,
        run_id: RefCell::default(),
        starter: Cell::new(given.map(|given| (ticket, given))),
        waiters: RefCell::new(if given.is_none() { vec![ticket] } else { Vec::new() }),
        end: RefCell::default(),
        reported,
        messages: RefCell::new(messages),
    });
    let pending = Pending { kind: PendingKind::ChildStart, answer: Answerer::Child(Rc::clone(&child)) };
    state.request(lua, pending, |seq| {
        child.seq.set(seq);
        command.seq = seq;
        Command::StartChild(Box::new(command))
    });
}

/// The server tells that a child runs.
pub(super) fn started(lua: &Lua, state: &RunState, seq: Seq, run_id: String) -> mlua::Result<()> {
    let child = match state.pending.borrow_mut().get_mut(&seq) {
        Some(Pending { kind, answer: Answerer::Child(child) }) => {
            *kind = PendingKind::Child;
            Rc::clone(child)
        }
        // Nobody waits for it any more.
        _ => return Ok(()),
    };
    *child.run_id.borrow_mut() = run_id;
    state.children.borrow_mut().insert(child.workflow_id.clone(), Known { seq, given_up: false });
    for (name, arguments) in child.messages.take() {
        let target = SignalTarget::Child(child.workflow_id.clone());
        let headers = inbox::sender_headers(state);
        let pending = Pending { kind: PendingKind::Signal, answer: Answerer::Nobody };
        outgoing::ask(lua, state, &child.workflow_id, pending, |seq| {
            Command::SignalWorkflow(Box::new(SignalWorkflow { seq, target, name, arguments, headers }))
        })?;
    }
    let Some((ticket, given)) = child.starter.take() else { return Ok(()) };
    let value = match given {
        Given::Handle => ChildHandle(child).into_lua(lua)?,
        Given::ProcessId => child.pid.as_str().into_lua(lua)?,
    };
    state.answer(Answerer::Ticket(ticket), value, LuaValue::Nil)
}

/// Asks a child to end of which it is only waited until it was asked; whether it is such a one. The
/// core waits for its end in any case, so the request is an ordinary one.
pub(super) fn ask(lua: &Lua, state: &RunState, seq: Seq, reason: &str) -> mlua::Result<bool> {
    let target = match state.pending.borrow().get(&seq) {
        Some(Pending { kind: PendingKind::Child, answer: Answerer::Child(child) })
            if child.cancellation == ChildCancellation::WaitRequested =>
        {
            let (namespace, workflow_id) = (child.namespace.clone(), child.workflow_id.clone());
            Relative { namespace, workflow_id, run_id: String::new() }
        }
        _ => return Ok(false),
    };
    let pending = Pending { kind: PendingKind::CancelRequest, answer: Answerer::Asked(seq) };
    let (to, reason) = (target.workflow_id.clone(), reason.to_owned());
    outgoing::ask(lua, state, &to, pending, |seq| Command::CancelWorkflow { seq, target, reason })?;
    Ok(true)
}

/// The server tells whether a child could be asked to end. One that could not has ended by itself,
/// and how is still to be told.
pub(super) fn asked(lua: &Lua, state: &RunState, seq: Seq, outcome: &Outcome) -> mlua::Result<()> {
    if !matches!(outcome, Outcome::Completed(_)) {
        return Ok(());
    }
    let pending = state.pending.borrow_mut().remove(&seq);
    match pending.map(|pending| pending.answer) {
        Some(Answerer::Child(child)) => {
            give_up(state, &child);
            let message = format!("the child `{}` was asked to end", child.workflow_id);
            let failure = scopes::explained(state, seq, Failure::canceled(message));
            child.end(lua, state, Err(failure))
        }
        _ => Ok(()),
    }
}

/// Whether a workflow id was given to a child of this run, and if so, whether that one still goes on,
/// for all that is known here. When it has ended, anybody can give the id to another run, which is not
/// meant.
pub(super) fn goes_on(state: &RunState, workflow_id: &str) -> Option<bool> {
    let known = state.children.borrow().get(workflow_id).copied()?;
    Some(known.given_up || state.pending.borrow().contains_key(&known.seq))
}

/// Whether a child with a workflow id was asked for, and is not known to run.
pub(super) fn is_starting(state: &RunState, workflow_id: &str) -> bool {
    state.pending.borrow().values().any(|pending| match (&pending.kind, &pending.answer) {
        (PendingKind::ChildStart, Answerer::Child(child)) => child.workflow_id == workflow_id,
        _ => false,
    })
}

/// Nobody will tell how a child ends, and it may go on for long.
fn give_up(state: &RunState, child: &Child) {
    if let Some(known) = state.children.borrow_mut().get_mut(&child.workflow_id)
        && known.seq == child.seq.get()
    {
        known.given_up = true;
    }
}

/// The server tells how a child ended, or why it was not started.
pub(super) fn ended(lua: &Lua, state: &RunState, child: &Child, outcome: Outcome) -> mlua::Result<()> {
    // The core says so at once of a child that was asked to end and is not waited for.
    let is_left = matches!(child.cancellation, ChildCancellation::Abandon | ChildCancellation::TryCancel);
    if is_left
        && matches!(&outcome, Outcome::Failed(failure) if failure.is_canceled())
        && scopes::was_to_end(state, child.seq.get())
    {
        give_up(state, child);
    }
    child.end(
        lua,
        state,
        match outcome {
            Outcome::Completed(value) => Ok(value),
            Outcome::Failed(failure) => Err(failure),
            Outcome::Fired | Outcome::Backoff { .. } | Outcome::ChildStarted { .. } => {
                Err(Failure::new("", "metonic was told the end of something that it never began"))
            }
        },
    )
}

impl Child {
    /// The child has ended, or is given up.
    pub(super) fn end(&self, lua: &Lua, state: &RunState, end: Result<Value, Failure>) -> mlua::Result<()> {
        let starter = self.starter.take();
        let waiters = self.waiters.take();
        let tickets = starter.iter().map(|(ticket, _)| *ticket).chain(waiters);
        for ticket in tickets {
            let (value, problem) = pair(lua, &end)?;
            state.answer(Answerer::Ticket(ticket), value, problem)?;
        }
        // A child that was never started has no end to tell of.
        if let Some(bond) = self.reported.filter(|_| starter.is_none()) {
            self.report(lua, state, bond, &end)?;
        }
        *self.end.borrow_mut() = Some(end);
        Ok(())
    }

    /// Its end as events: an exit always; before it, that a link is down, for a run that traps links.
    fn report(&self, lua: &Lua, state: &RunState, bond: Bond, end: &Result<Value, Failure>) -> mlua::Result<()> {
        if bond == Bond::Linked && end.is_err() && state.traps_links.get() {
            inbox::announce_exit(lua, state, LINK_DOWN_EVENT, &self.pid, pair(lua, end)?)?;
        }
        inbox::announce_exit(lua, state, EXIT_EVENT, &self.pid, pair(lua, end)?)
    }

    /// How it ended, as Lua sees it; nothing while it runs.
    pub(super) fn result(&self, lua: &Lua) -> mlua::Result<Option<(LuaValue, LuaValue)>> {
        self.end.borrow().as_ref().map(|end| pair(lua, end)).transpose()
    }

    pub(super) fn wait(&self, ticket: Ticket) {
        self.waiters.borrow_mut().push(ticket);
    }

    /// Everybody who waits for something of it.
    pub(super) fn tickets(&self) -> Vec<Ticket> {
        let starter = self.starter.get().map(|(ticket, _)| ticket);
        starter.into_iter().chain(self.waiters.borrow().iter().copied()).collect()
    }
}

fn pair(lua: &Lua, end: &Result<Value, Failure>) -> mlua::Result<(LuaValue, LuaValue)> {
    Ok(match end {
        Ok(value) => (to_lua(lua, value)?, LuaValue::Nil),
        Err(failure) => (LuaValue::Nil, LuaValue::UserData(error_object(lua, failure.clone())?)),
    })
}

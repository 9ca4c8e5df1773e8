//! Requests to runs that go on elsewhere: a signal, or to end. The caller waits until it is known
//! whether they got it, or goes on at once and never hears of it.

use mlua::{Function, Lua, MultiValue, ObjectLike as _, Value as LuaValue};

use crate::{
    lua::{Answer, arguments, failure_of, from_lua},
    value::{Failure, Value},
    workflow::{
        Command, Relative, Seq, SignalTarget, SignalWorkflow,
        api::{names, workflow::handlers::library},
        children, handlers, inbox, outgoing,
        state::{Answerer, Pending, PendingKind, RunState},
    },
};

/// Whether the running coroutine waits for the confirmation of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Confirmation {
    Awaited,
    Ignored,
}

impl Confirmation {
    /// `{ wait = true }`
    pub(super) fn of(function: &str, options: &LuaValue) -> mlua::Result<Self> {
        if options.is_nil() {
            return Ok(Self::Awaited);
        }
        let options = arguments::table(function, "options", options)?;
        arguments::only_keys(function, &options, &["wait"])?;
        match options.raw_get("wait")? {
            LuaValue::Nil => Ok(Self::Awaited),
            wait if arguments::flag(function, "wait", &wait)? => Ok(Self::Awaited),
            _ => Ok(Self::Ignored),
        }
    }
}

/// A function that makes a request: true from it means that there is nothing to wait for.
pub(super) fn sends(lua: &Lua, name: &str, start: Function) -> mlua::Result<Function> {
    library(lua)?.call_function("sends", (name, start))
}

/// Sends a signal; true if nothing is to be waited for.
pub(super) fn signal(
    lua: &Lua,
    (function, confirmation): (&str, Confirmation),
    target: SignalTarget,
    name: &LuaValue,
    values: &MultiValue,
) -> mlua::Result<Answer<bool>> {
    let state = RunState::current(lua, function)?;
    let name = arguments::text(function, "name", name)?;
    if name.is_empty() {
        return Ok(Answer::Failure(Failure::invalid("the signal's name is empty")));
    }
    if let Some(prefix) = handlers::reserved(&name) {
        return Ok(Answer::Failure(Failure::invalid(format!("cannot send to {prefix} topics"))));
    }
    let arguments = values.iter().enumerate().map(|(at, value)| {
        from_lua(lua, value).map_err(|error| Failure::invalid(format!("argument {} of {name}: {error}", at + 1)))
    });
    let arguments: Vec<Value> = match arguments.collect() {
        Ok(arguments) => arguments,
        Err(failure) => return Ok(Answer::Failure(failure)),
    };
    send(lua, &state, confirmation, target, name, arguments)
}

/// Sends a signal of which all is known. One to the run itself the server would not find: it does not
/// leave the run.
pub(super) fn send(
    lua: &Lua,
    state: &RunState,
    confirmation: Confirmation,
    target: SignalTarget,
    name: String,
    arguments: Vec<Value>,
) -> mlua::Result<Answer<bool>> {
    if is_self(state, &target) {
        return inbox::send_to_self(lua, state, name, arguments).map(|()| Answer::Value(true));
    }
    if let SignalTarget::Workflow(run) = &target
        && let Err(failure) = names::check_run(run)
    {
        return Ok(Answer::Failure(failure));
    }
    let headers = inbox::sender_headers(state);
    let to = target.workflow_id().to_owned();
    ask(lua, state, &to, (PendingKind::Signal, confirmation), |seq| {
        Command::SignalWorkflow(Box::new(SignalWorkflow { seq, target, name, arguments, headers }))
    })
}

/// Whether the run itself is meant. A reset repeats its history under another run id, where what was no
/// request must be none again: the id that it had before is its own, too. One that it had between two resets
/// nobody tells it.
fn is_self(state: &RunState, target: &SignalTarget) -> bool {
    let SignalTarget::Workflow(run) = target else { return false };
    let own = [&*state.facts.run_id, state.facts.original_run_id()];
    has_own_id(state, run) && (run.run_id.is_empty() || own.contains(&&*run.run_id))
}

/// Whether it is this run, or another one that had its workflow id before.
fn has_own_id(state: &RunState, Relative { namespace, workflow_id, .. }: &Relative) -> bool {
    let facts = &state.facts;
    **workflow_id == *facts.workflow_id && (namespace.is_empty() || *namespace == facts.names.namespace)
}

/// Asks a run to end; true if nothing is to be waited for.
pub(super) fn cancel(
    lua: &Lua,
    (function, confirmation): (&str, Confirmation),
    target: Relative,
    reason: &LuaValue,
) -> mlua::Result<Answer<bool>> {
    let state = RunState::current(lua, function)?;
    let reason = self::reason(function, reason)?;
    if has_own_id(&state, &target) {
        return Ok(Answer::Failure(Failure::invalid("a workflow cannot ask itself to end; let it return instead")));
    }
    if let Err(failure) = names::check_run(&target).and_then(|()| check_begun(&state, &target)) {
        return Ok(Answer::Failure(failure));
    }
    let to = target.workflow_id.clone();
    ask(lua, &state, &to, (PendingKind::CancelRequest, confirmation), |seq| Command::CancelWorkflow {
        seq,
        target,
        reason,
    })
}

/// The server takes no request to end a child beside the one to start it.
fn check_begun(state: &RunState, Relative { workflow_id, .. }: &Relative) -> Result<(), Failure> {
    if !children::is_starting(state, workflow_id) {
        return Ok(());
    }
    Err(Failure::invalid(format!(
        "the child `{workflow_id}` is being started; wait until it runs, or cancel the scope that starts it"
    )))
}

/// Why; nothing is no reason.
pub(super) fn reason(function: &str, reason: &LuaValue) -> mlua::Result<String> {
    match reason {
        LuaValue::Nil => Ok(String::new()),
        reason => arguments::text(function, "reason", reason),
    }
}

fn ask(
    lua: &Lua,
    state: &RunState,
    to: &str,
    (kind, confirmation): (PendingKind, Confirmation),
    command: impl FnOnce(Seq) -> Command,
) -> mlua::Result<Answer<bool>> {
    let answer = match confirmation {
        Confirmation::Awaited => state.tasks.park().map(Answerer::Ticket),
        Confirmation::Ignored => state.tasks.refusal().map_or(Ok(Answerer::Nobody), Err),
    };
    match answer {
        Ok(answer) => {
            outgoing::ask(lua, state, to, Pending { kind, answer }, command)?;
            Ok(Answer::Value(confirmation == Confirmation::Ignored))
        }
        Err(problem) => Ok(Answer::Failure(failure_of(&problem).unwrap_or_default())),
    }
}

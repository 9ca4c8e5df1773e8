//! Requests to runs that go on elsewhere: a signal, or to end. The caller waits until it is known
//! whether they got it.

use mlua::{Lua, MultiValue, Value as LuaValue};

use crate::{
    lua::{Answer, Ticket, arguments, failure_of, from_lua},
    value::{Failure, Value},
    workflow::{
        Command, Relative, SignalTarget, SignalWorkflow, inbox,
        state::{Answerer, Pending, PendingKind, RunState},
    },
};

/// Sends a signal that the running coroutine waits for.
pub(super) fn signal(
    lua: &Lua,
    function: &str,
    target: SignalTarget,
    name: &LuaValue,
    values: &MultiValue,
) -> mlua::Result<Answer<bool>> {
    let state = RunState::current(lua, function)?;
    let name = arguments::text(function, "name", name)?;
    if name.is_empty() {
        return Ok(Answer::Failure(Failure::invalid("the signal's name is empty")));
    }
    if name.starts_with('@') {
        return Ok(Answer::Failure(Failure::invalid("cannot send to @ topics")));
    }
    let arguments = values.iter().enumerate().map(|(at, value)| {
        from_lua(lua, value).map_err(|error| Failure::invalid(format!("argument {} of {name}: {error}", at + 1)))
    });
    let arguments: Vec<Value> = match arguments.collect() {
        Ok(arguments) => arguments,
        Err(failure) => return Ok(Answer::Failure(failure)),
    };
    let headers = inbox::sender_headers(&state);
    wait(&state, |ticket| {
        let pending = Pending { kind: PendingKind::Signal, answer: Answerer::Ticket(ticket) };
        state.request(lua, pending, |seq| {
            Command::SignalWorkflow(Box::new(SignalWorkflow { seq, target, name, arguments, headers }))
        });
    })
}

/// Asks a run to end; the running coroutine waits until it is known that it was asked.
pub(super) fn cancel(lua: &Lua, function: &str, target: Relative, reason: &LuaValue) -> mlua::Result<Answer<bool>> {
    let state = RunState::current(lua, function)?;
    let reason = self::reason(function, reason)?;
    if *target.workflow_id == *state.facts.workflow_id && target.namespace.is_empty() {
        return Ok(Answer::Failure(Failure::invalid("a workflow cannot ask itself to end; let it return instead")));
    }
    wait(&state, |ticket| {
        let pending = Pending { kind: PendingKind::CancelRequest, answer: Answerer::Ticket(ticket) };
        state.request(lua, pending, |seq| Command::CancelWorkflow { seq, target, reason });
    })
}

/// Why; nothing is no reason.
pub(super) fn reason(function: &str, reason: &LuaValue) -> mlua::Result<String> {
    match reason {
        LuaValue::Nil => Ok(String::new()),
        reason => arguments::text(function, "reason", reason),
    }
}

fn wait(state: &RunState, ask: impl FnOnce(Ticket)) -> mlua::Result<Answer<bool>> {
    match state.tasks.park() {
        Ok(ticket) => {
            ask(ticket);
            Ok(Answer::Value(true))
        }
        Err(problem) => Ok(Answer::Failure(failure_of(&problem).unwrap_or_default())),
    }
}

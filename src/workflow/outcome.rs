//! What the end of a run's main function means to Temporal.
//!
//! | it … | becomes |
//! |---|---|
//! | returned a value | the workflow completes |
//! | returned `nil, err`, or raised an error object | the workflow fails |
//! | ended so because of a cancellation that was asked for | the workflow is cancelled |
//! | returned as its error what is none, raised anything else, yielded to nobody, passed a limit | the *task* fails, or the policy says that the workflow does |
//!
//! An error in a coroutine that was spawned is an error in the run: it means the same. Two are not:
//! that of kind Canceled in a scope that was cancelled, and that of a scope whose result is asked for
//! (`scopes`).

use mlua::{Lua, MultiValue, Value as LuaValue};

use crate::{
    lua::{LuaError, Origin, Program, arguments, failure_of, from_lua},
    value::{Failure, Value, failure_kind},
    workflow::{Command, FailurePolicy},
};

/// How a run ended, or that it did not.
#[derive(Debug)]
#[expect(clippy::large_enum_variant, reason = "there is one at a time")]
pub(super) enum Ending {
    /// The last command of the run.
    Command(Command),
    /// Nobody decided this: the task failed.
    Broken(LuaError),
}

/// The main function returned.
pub(super) fn returned(
    lua: &Lua,
    values: &MultiValue,
    program: &Program,
    cancelled: bool,
    policy: FailurePolicy,
) -> Ending {
    match result(lua, values, "workflow") {
        Ok(Ok(value)) => Ending::Command(Command::Complete(value)),
        Ok(Err(failure)) => Ending::Command(ended_by(failure, cancelled)),
        // No line says this: the function has ended.
        Err(error) => {
            raised(LuaError { frames: program.main().cloned().into_iter().collect(), ..error }, cancelled, policy)
        }
    }
}

/// `value`, or `nil, err`, or what nobody can have meant; `what` is what messages call the function.
pub(super) fn result(lua: &Lua, values: &MultiValue, what: &str) -> Result<Result<Value, Failure>, LuaError> {
    let bug = |message| LuaError { message, origin: Origin::Bug, frames: Vec::new() };
    match error_in(values, what) {
        Ok(None) => from_lua(lua, values.front().unwrap_or(&LuaValue::Nil))
            .map(Ok)
            .map_err(|unrepresentable| bug(format!("the {what}'s result cannot leave Lua: {unrepresentable}"))),
        Ok(Some(failure)) => Ok(Err(failure)),
        Err(message) => Err(bug(message)),
    }
}

/// What a function of the author's decided that is not the main one.
pub(super) fn decision(lua: &Lua, values: &MultiValue, what: &str) -> Result<Value, Failure> {
    match error_in(values, what).map_err(Failure::invalid)? {
        None => from_lua(lua, values.front().unwrap_or(&LuaValue::Nil)).map_err(|unrepresentable| {
            Failure::invalid(format!("the {what}'s result cannot be recorded: {unrepresentable}"))
        }),
        Some(failure) => Err(failure),
    }
}

/// The error among what a function returned, or that something stands in its place.
pub(super) fn error_in(values: &MultiValue, what: &str) -> Result<Option<Failure>, String> {
    match values.get(1) {
        // `return ch:receive()` gives a value and whether there was one.
        None | Some(LuaValue::Nil | LuaValue::Boolean(_)) => Ok(None),
        Some(problem) => told(problem).map(Some).ok_or_else(|| no_error(what, problem)),
    }
}

/// The main function returned, and the error of a scope had not been asked for.
pub(super) fn unless(ending: Ending, unasked: Option<Failure>) -> Ending {
    match (ending, unasked) {
        (Ending::Command(Command::Complete(_)), Some(failure)) => Ending::Command(Command::Fail(failure)),
        (ending, _) => ending,
    }
}

/// A coroutine raised an error.
pub(super) fn raised(error: LuaError, cancelled: bool, policy: FailurePolicy) -> Ending {
    match (&error.origin, policy) {
        (Origin::Author(_), _) => Ending::Command(ended_by(error.to_failure(), cancelled)),
        (Origin::Bug, FailurePolicy { lua_error: true, .. }) => {
            let failure = Failure { retryable: Some(false), ..error.to_failure() };
            Ending::Command(Command::Fail(failure))
        }
        _ => Ending::Broken(error),
    }
}

fn ended_by(failure: Failure, cancelled: bool) -> Command {
    if cancelled && failure.is_canceled() { Command::Cancelled } else { Command::Fail(failure) }
}

/// What stands beside `nil`: an error, or else that it is none.
pub(super) fn failure_from(problem: &LuaValue, what: &str) -> Failure {
    told(problem).unwrap_or_else(|| Failure::invalid(no_error(what, problem)))
}

/// An error object, or a text that tells what went wrong.
fn told(problem: &LuaValue) -> Option<Failure> {
    failure_of(problem).or_else(|| match problem {
        LuaValue::String(text) => {
            let failure = Failure::new(failure_kind::INTERNAL, text.to_string_lossy());
            Some(Failure { retryable: Some(false), ..failure })
        }
        _ => None,
    })
}

fn no_error(what: &str, problem: &LuaValue) -> String {
    let given = arguments::type_name(problem);
    format!("the second value that the {what} returns is its error, a text or one of `errors.new`; this is {given}")
}

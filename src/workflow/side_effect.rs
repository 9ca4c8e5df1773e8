//! Code that runs once: what it gave is in the history, and a replay takes it from there.
//!
//! The core has no event for this, so a local activity that gives back its argument records it. A
//! replay asks for the same activity without having run the code. If the task before was lost at just
//! that moment, the history has no result: then the activity tells so, and the code runs now.

use std::rc::Rc;

use mlua::{Function, Lua, MultiValue};

use crate::{
    lua::{Ambient, call_aside},
    value::{Failure, Map, Value},
    workflow::{
        ActivityTimeouts, Cancellation, LocalActivity, RetryPolicy, ScheduleActivity, Seq, outcome, state::RunState,
    },
};

/// The type of the local activity. Names that begin so are metonic's.
pub(crate) const SIDE_EFFECT: &str = "metonic.side_effect";

/// The kind of the failure that says that the code has not run.
const NOT_RUN: &str = "metonic.NotRun";

const TIMEOUT: std::time::Duration = std::time::Duration::from_mins(1);

/// What the local activity ends with.
pub(crate) fn recorded(arguments: &[Value]) -> Result<Value, Failure> {
    match arguments {
        [value] => Ok(value.clone()),
        [_, Value::Map(failure)] => Err(from_map(failure)),
        _ => Err(Failure::new(NOT_RUN, "the code of a side effect has not run yet")),
    }
}

/// Whether this end means that the code is still to be run.
pub(super) fn is_not_run(failure: &Failure) -> bool {
    failure.kind == NOT_RUN
}

/// The local activity that records what `function` gives. A replay does not run it.
pub(super) fn prepare(lua: &Lua, state: &RunState, function: &Function) -> mlua::Result<ScheduleActivity> {
    // Each side effect has chance of its own, and what it draws is nobody else's.
    let seed = state.ambient.new_seed();
    let arguments = if state.replaying.get() { Vec::new() } else { run(lua, state, function, seed)? };
    Ok(ScheduleActivity {
        seq: Seq(0),
        activity_type: SIDE_EFFECT.to_owned(),
        activity_id: None,
        task_queue: None,
        arguments,
        headers: <_>::default(),
        timeouts: ActivityTimeouts { schedule_to_close: Some(TIMEOUT), ..ActivityTimeouts::default() },
        retry: Some(RetryPolicy {
            initial_interval: None,
            backoff_coefficient: 1.0,
            maximum_interval: None,
            maximum_attempts: 1,
            non_retryable_error_types: Vec::new(),
        }),
        cancellation: Cancellation::Abandon,
        eager: false,
        summary: None,
        priority: None,
        local: Some(LocalActivity { attempt: 1, first_scheduled: None, retry_threshold: None }),
    })
}

fn run(lua: &Lua, state: &RunState, function: &Function, seed: u64) -> mlua::Result<Vec<Value>> {
    let clock = Rc::clone(&state.clock);
    let ambient =
        Ambient::new(seed).with_clock(Rc::new(move || clock.get())).with_printer(Rc::new(crate::workflow::api::print));
    let none = MultiValue::new();
    let ended = call_aside(lua, &state.tasks, "a side effect", ambient, function, none.clone(), &none)?;
    let result = match ended {
        Ok(values) => outcome::decision(lua, &values, "side effect"),
        Err(error) => Err(error.to_failure()),
    };
    Ok(match result {
        Ok(value) => vec![value],
        Err(failure) => vec![Value::Null, Value::Map(to_map(failure))],
    })
}

fn to_map(failure: Failure) -> Map {
    let mut map = Map::from_iter([
        ("kind".to_owned(), Value::Text(failure.kind)),
        ("message".to_owned(), Value::Text(failure.message)),
        ("stack".to_owned(), Value::Text(failure.stack)),
    ]);
    map.extend(failure.retryable.map(|retryable| ("retryable".to_owned(), Value::Bool(retryable))));
    map.extend(failure.details.map(|details| ("details".to_owned(), details)));
    map
}

fn from_map(map: &Map) -> Failure {
    let text = |key: &str| map.get(key).and_then(Value::as_text).unwrap_or_default().to_owned();
    let retryable = match map.get("retryable") {
        Some(Value::Bool(retryable)) => Some(*retryable),
        _ => None,
    };
    Failure {
        retryable,
        stack: text("stack"),
        details: map.get("details").cloned(),
        ..Failure::new(text("kind"), text("message"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failure_is_recorded_with_everything_it_holds() {
        let failure = Failure {
            retryable: Some(false),
            details: Some(Value::Int(5)),
            stack: "main.lua:3".to_owned(),
            ..Failure::new("OutOfStock", "no lamps")
        };
        let arguments = [Value::Null, Value::Map(to_map(failure.clone()))];
        assert_eq!(recorded(&arguments), Err(failure));
    }

    #[test]
    fn code_that_has_not_run_is_told_apart() {
        assert!(recorded(&[]).is_err_and(|failure| is_not_run(&failure)));
        assert_eq!(recorded(&[Value::Null]), Ok(Value::Null));
    }
}

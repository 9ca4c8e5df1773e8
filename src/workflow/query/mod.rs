//! Questions to a run, which may have ended. An answer changes nothing in it, and a question that
//! goes wrong harms nobody but who asked.

mod metadata;
mod stack;

use mlua::{Function, Lua, MultiValue};

use crate::{
    lua::{LimitPassed, Meter, call_aside, from_lua},
    value::{Failure, Map, Value, failure_kind},
    workflow::{
        Query,
        handlers::{self, ANY, Handlers},
        outcome, size,
        state::RunState,
    },
};

/// An answer of so few bytes is no larger than the error that would take its place.
const SHORT: usize = 512;

/// What a handler is called in messages.
const HANDLER: &str = "a query handler";

/// Where each coroutine waits; what the Web UI and `temporal workflow stack` ask for.
const STACK_TRACE: &str = "__stack_trace";
/// The stack of a run whose code has ended, whatever waited then.
const ENDED: &str = "the run has ended: nothing waits any more";
const ENHANCED_STACK_TRACE: &str = "__enhanced_stack_trace";
const METADATA: &str = "__temporal_workflow_metadata";
/// Wippy's own: what `workflow.state` was given last, and the workflow's id.
const STATE: &str = "state";
const PID: &str = "pid";
/// What `workflow.progress` was given last; there once it was.
const PROGRESS: &str = "progress";

/// What every run answers, and what each is about.
const KNOWN: [(&str, &str); 5] = [
    (ENHANCED_STACK_TRACE, "Where each coroutine waits, with the sources"),
    (STACK_TRACE, "Where each coroutine waits"),
    (METADATA, "The handlers of this workflow, and its current details"),
    (PID, "The id of the workflow"),
    (STATE, "What the workflow shows of itself"),
];

/// Whether a name is answered without a handler, and cannot have one.
pub(super) fn is_built_in(name: &str) -> bool {
    [STACK_TRACE, ENHANCED_STACK_TRACE, METADATA].contains(&name)
}

/// The answer; it has to fit into so many bytes. Of a run whose code has ended no coroutine is resumed any more.
pub(super) fn answer(
    lua: &Lua,
    state: &RunState,
    query: &Query,
    room: usize,
    has_ended: bool,
) -> Result<Value, Failure> {
    let answered = Meter::begin(lua, &state.limits()).and_then(|()| route(lua, state, query, has_ended));
    if let Some(tripped) = Meter::end(lua) {
        let message = format!("[TMPRL1101] the query `{}`: {}", query.name, LimitPassed(tripped));
        return Err(final_failure(Failure::new(failure_kind::LUA_ERROR, message)));
    }
    let answer = answered.unwrap_or_else(|error| {
        Err(final_failure(Failure::new(failure_kind::INTERNAL, format!("the query `{}`: {error}", query.name))))
    });
    small_enough(state, query, answer, room)
}

/// An answer that the server does not take is no reason for the whole task to fail.
fn small_enough(
    state: &RunState,
    query: &Query,
    answer: Result<Value, Failure>,
    room: usize,
) -> Result<Value, Failure> {
    let (size, limit) = (size::of_answer(&answer), state.options.largest_payload);
    let (what, largest) = match &answer {
        Ok(_) => ("answer to", size.largest),
        Err(_) => ("error of", size.all),
    };
    let problem = if largest > limit {
        format!("has {largest} bytes; the server takes {limit}")
    } else if size.all > room.max(SHORT) {
        format!("has {} bytes; what else is sent with it leaves {room}: ask again", size.all)
    } else {
        return answer;
    };
    Err(Failure::invalid(format!("the {what} the query `{}` {problem}", query.name)))
}

fn route(lua: &Lua, state: &RunState, query: &Query, has_ended: bool) -> mlua::Result<Result<Value, Failure>> {
    let found = state.with_handlers(|handlers| Handlers::find(&handlers.queries, &query.name)).flatten();
    if let Some((handler, false)) = found {
        return ask(lua, state, &handler.function, None, query);
    }
    match query.name.as_str() {
        STACK_TRACE if has_ended => return Ok(Ok(Value::from(ENDED))),
        STACK_TRACE => return stack::text(lua, state).map(|text| Ok(Value::Text(text))),
        ENHANCED_STACK_TRACE => return stack::enhanced(lua, state, has_ended).map(Ok),
        METADATA => return Ok(Ok(metadata::of(state))),
        PID => return Ok(Ok(Value::Text(state.facts.workflow_id.to_string()))),
        STATE => return Ok(shown(lua, state)),
        PROGRESS => {
            if let Some(progress) = progress(state) {
                return Ok(Ok(progress));
            }
        }
        _ => {}
    }
    match found {
        Some((handler, true)) if handlers::reserved(&query.name).is_none() => {
            ask(lua, state, &handler.function, Some(&query.name), query)
        }
        _ => Ok(Err(unknown(state, &query.name))),
    }
}

/// Calls a handler; `name` is what it is told first.
fn ask(
    lua: &Lua,
    state: &RunState,
    handler: &Function,
    name: Option<&str>,
    query: &Query,
) -> mlua::Result<Result<Value, Failure>> {
    let arguments: MultiValue = handlers::arguments_of(lua, name, &query.arguments)?;
    let ambient = state.ambient.aside(lua)?;
    let said = call_aside(lua, &state.tasks, HANDLER, ambient, handler, arguments, &MultiValue::new())?;
    let result = said.and_then(|values| outcome::result(lua, &values, &format!("query `{}`", query.name)));
    Ok(match result {
        Ok(answer) => answer,
        Err(error) => Err(final_failure(error.to_failure())),
    })
}

/// What `workflow.progress` was given last.
fn progress(state: &RunState) -> Option<Value> {
    state.with_handlers(|handlers| handlers.progress.clone()).flatten()
}

/// What `workflow.state` was given last.
fn shown(lua: &Lua, state: &RunState) -> Result<Value, Failure> {
    match state.with_handlers(|handlers| handlers.shown.clone()).flatten() {
        None => Ok(Value::Map(Map::new())),
        Some(shown) => from_lua(lua, &shown).map_err(|error| Failure::invalid(format!("workflow.state: {error}"))),
    }
}

/// Clients read what is known from this text.
fn unknown(state: &RunState, name: &str) -> Failure {
    let mut known: Vec<String> = KNOWN.iter().map(|(name, _)| (*name).to_owned()).collect();
    known.extend(progress(state).map(|_| PROGRESS.to_owned()));
    let own = |handlers: &mut Handlers| handlers.queries.keys().cloned().collect::<Vec<_>>();
    known.extend(state.with_handlers(own).unwrap_or_default().into_iter().filter(|name| name != ANY));
    known.sort_unstable();
    known.dedup();
    let message = format!("unknown query `{name}`; known queries: [{}]", known.join(" "));
    final_failure(Failure::new(failure_kind::NOT_FOUND, message))
}

/// Asking again does not help.
fn final_failure(failure: Failure) -> Failure {
    Failure { retryable: Some(false), ..failure }
}

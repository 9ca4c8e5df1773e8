//! `funcs` in a workflow: a call of a function is an activity, recorded by the server.

use std::time::Duration;

use mlua::{Function, Lua, MultiValue, Table, Value as LuaValue};

use super::{launch, names, options};
use crate::{
    entry::EntryId,
    lua::{Answer, Calls, Effect, Executor, Module, arguments, failure_of, funcs_table, values_of},
    value::{Failure, failure_kind},
    workflow::{
        CalledFunction, Cancellation, Command, LocalActivity, Queue, ScheduleActivity, Seq, activity_ids, cancel,
        local,
        state::{Answerer, Pending, PendingKind, RunState},
    },
};

/// What Temporal asks for and the author did not say.
const START_TO_CLOSE: Duration = Duration::from_mins(10);

pub(crate) struct Funcs;

impl Module for Funcs {
    const NAME: &'static str = "funcs";
    const EFFECT: Effect = Effect::Command;

    fn open(lua: &Lua) -> mlua::Result<Table> {
        funcs_table(lua, Calls { who: "a workflow", wait_for, settle_later, cancel: ask_to_end })
    }
}

/// Schedules an activity that the running coroutine waits for.
pub(super) fn wait_for(
    lua: &Lua,
    name: &str,
    executor: &Executor,
    id: &LuaValue,
    values: &MultiValue,
) -> mlua::Result<Answer<bool>> {
    let state = RunState::current(lua, name)?;
    let activity = match prepare(lua, name, &state, executor, id, values)? {
        Ok(activity) => activity,
        Err(failure) => return Ok(Answer::Failure(failure)),
    };
    let answer = match state.tasks.park() {
        Ok(ticket) => Answerer::Ticket(ticket),
        Err(problem) => return Ok(Answer::Failure(failure_of(&problem).unwrap_or_default())),
    };
    schedule(lua, &state, activity, answer);
    Ok(Answer::Value(true))
}

/// Schedules an activity whose end settles a future; its number.
fn settle_later(
    lua: &Lua,
    name: &str,
    executor: &Executor,
    settle: Function,
    id: &LuaValue,
    values: &MultiValue,
) -> mlua::Result<Answer<u32>> {
    let state = RunState::current(lua, name)?;
    if let Some(failure) = state.refusal() {
        return Ok(Answer::Failure(failure));
    }
    Ok(match prepare(lua, name, &state, executor, id, values)? {
        Ok(activity) => Answer::Value(schedule(lua, &state, activity, Answerer::Function(settle)).0),
        Err(failure) => Answer::Failure(failure),
    })
}

fn schedule(lua: &Lua, state: &RunState, mut activity: ScheduleActivity, answer: Answerer) -> Seq {
    if activity.local.is_some() {
        return local::schedule(lua, state, activity, answer);
    }
    state.request(lua, Pending { kind: PendingKind::Activity, answer }, |seq| {
        activity.seq = seq;
        activity.activity_id = activity_ids::note(state, seq, activity.activity_id.as_deref(), activity.cancellation);
        Command::ScheduleActivity(Box::new(activity))
    })
}

/// Asks an activity to end. How it ends comes later, and nobody waits for it any more.
fn ask_to_end(lua: &Lua, seq: u32) -> mlua::Result<()> {
    let state = RunState::current(lua, "future:cancel")?;
    let kind = state.pending.borrow().get(&Seq(seq)).map(|pending| pending.kind);
    if let Some(kind) = kind {
        cancel::end(lua, &state, Seq(seq), kind, "")?;
    }
    Ok(())
}

/// The activity that a call is, without its number.
fn prepare(
    lua: &Lua,
    name: &str,
    state: &RunState,
    executor: &Executor,
    id: &LuaValue,
    values: &MultiValue,
) -> mlua::Result<Result<ScheduleActivity, Failure>> {
    let id = arguments::text(name, "id", id)?;
    launch::check_readable(lua, state, name, &id)?;
    Ok(described(lua, state, executor, &id, values))
}

fn described(
    lua: &Lua,
    state: &RunState,
    executor: &Executor,
    id: &str,
    values: &MultiValue,
) -> Result<ScheduleActivity, Failure> {
    if id.is_empty() {
        return Err(Failure::invalid("function ID required"));
    }
    let wrong = |problem| Failure::invalid(format!("invalid temporal activity options for {id}: {problem}"));
    let given = executor.options.as_ref().map(options::read).transpose().map_err(wrong)?.unwrap_or_default();
    let entry = EntryId::parse(id, Some(state.facts.entry.namespace())).map(|id| id.to_string());
    let known = entry.as_ref().ok().and_then(|id| state.catalog.functions.get(id)).cloned();
    let called = match (known, entry) {
        (Some(known), _) => known,
        // On a queue that the author names somebody else may listen, to whose names nothing is added.
        (None, _) if given.task_queue.is_some() => {
            CalledFunction { activity_type: id.to_owned(), ..CalledFunction::default() }
        }
        (None, Ok(id)) => CalledFunction { activity_type: id, ..CalledFunction::default() },
        (None, Err(error)) => return Err(Failure::invalid(format!("the function's id: {error}"))),
    };
    let is_local = given.local.or(called.options.local).unwrap_or_default();
    options::check_place(&given, is_local).map_err(wrong)?;
    let options = given.over(&called.options);
    let queue = match (options.task_queue, called.namespace) {
        (Some(queue), _) => Queue::Named(queue),
        (None, _) if !is_local && called.unbound => {
            return Err(Failure::invalid(format!(
                "`{id}` runs on no worker: give the function `meta.temporal.activity.worker`, or name the queue of \
                 whoever has it in `task_queue`"
            )));
        }
        (None, _) if !is_local && let Some(client) = called.elsewhere => {
            return Err(Failure::invalid(format!(
                "`{id}` runs on a worker of the client `{client}`, which is connected to another server: bind the \
                 function to a worker of this one, or name a queue of this server in `task_queue`"
            )));
        }
        (None, Some(namespace)) if !is_local => {
            return Err(Failure::invalid(format!(
                "`{id}` runs on a worker of the namespace `{namespace}`, and an activity stays in the namespace of its \
                 workflow: bind the function to a worker of this one, or call a workflow there that calls it"
            )));
        }
        (None, _) => called.queue,
    };
    names::fits("the activity type", &called.activity_type).map_err(wrong)?;
    if !is_local
        && let Some(id) = options.activity_id.as_deref()
        && let Some(taken) = activity_ids::taken(state, id)
    {
        let kind = failure_kind::ALREADY_EXISTS;
        return Err(Failure { retryable: Some(false), ..Failure::new(kind, taken.message(id)) });
    }
    let arguments = values_of(lua, id, values)?;
    let mut timeouts = options.timeouts;
    timeouts.start_to_close = timeouts.start_to_close.or(Some(START_TO_CLOSE));
    Ok(ScheduleActivity {
        seq: Seq(0),
        activity_type: called.activity_type,
        activity_id: options.activity_id,
        queue,
        arguments,
        headers: state.headers(&executor.context),
        timeouts,
        retry: options.retry,
        cancellation: options.cancellation.unwrap_or(if is_local {
            // It ends with the process at the latest, so its end can be waited for.
            Cancellation::WaitCompleted
        } else {
            Cancellation::default()
        }),
        eager: options.eager.unwrap_or(true),
        summary: options.summary,
        priority: options.priority,
        intent: options.intent,
        local: is_local.then_some(LocalActivity {
            attempt: 1,
            first_scheduled: None,
            retry_threshold: options.local_retry_threshold,
        }),
    })
}

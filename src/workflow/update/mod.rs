//! Updates: messages that are answered.
//!
//! An update goes to its handler; else to a listener of its name that wants whole messages; else to
//! the handler of every name; else to the inbox. If there is none of these, it waits until the run has
//! come to rest, so that code that has only begun can register one, and is rejected then. Whoever
//! takes it, it is accepted or rejected in the activation that brought it: the server insists. Only a
//! validator can reject what was taken: it cannot change the run, so that nothing is left of it.

mod dialogue;

use mlua::{Function, Lua, MultiValue, Value as LuaValue};

use crate::{
    lua::{LuaError, Origin, call_aside, failure_of, from_lua, logger::LogLevel, not_running},
    value::{Failure, Map, Value, failure_kind},
    workflow::{
        Command, FailurePolicy, Update, UpdateAnswer, handlers,
        handlers::{ANY, Handlers},
        inbox, outcome, size,
        state::RunState,
    },
};

pub(super) use dialogue::{Dialogue, answer};

/// What a validator is called in messages.
const VALIDATOR: &str = "a validator";
/// Where the function that runs a handler is kept.
const RUNNER: &str = "metonic.run_update";
/// As the server calls it when it has to say so itself.
const RUN_ENDED: &str = "AcceptedUpdateCompletedWorkflow";

/// An update with a handler.
#[derive(Clone, Debug)]
pub(super) struct OpenUpdate {
    pub(super) id: String,
    pub(super) name: String,
    protocol_id: String,
    validator: Option<Function>,
    /// Its handler has a validator, also where that is not asked again.
    may_be_rejected: bool,
    stage: Stage,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stage {
    /// Its handler is in line.
    Admitted,
    Accepted,
    Rejected,
}

impl OpenUpdate {
    pub(super) fn is_accepted(&self) -> bool {
        self.stage == Stage::Accepted
    }

    /// Whether nothing may be left of it yet.
    pub(super) fn may_be_rejected(&self) -> bool {
        self.may_be_rejected && !self.is_accepted()
    }
}

/// Keeps `run`, which calls `begin`, made of [`begin`], and then the handler.
pub(super) fn keep_runner(lua: &Lua, run: &Function) -> mlua::Result<()> {
    lua.set_named_registry_value(RUNNER, run)
}

pub(super) fn runner(lua: &Lua) -> mlua::Result<Function> {
    lua.named_registry_value(RUNNER)
}

/// An update came.
pub(super) fn receive(lua: &Lua, state: &RunState, update: Update) -> mlua::Result<()> {
    if !has_room(lua, state, size::of_update(&update)) {
        return Ok(());
    }
    if handlers::reserved(&update.name).is_some() {
        reject(state, update.protocol_id, unknown(state, &update.name));
        return Ok(());
    }
    if let Some(update) = route(lua, state, update)? {
        state.handlers(|handlers| handlers.early.push(update));
    }
    Ok(())
}

/// An update came that cannot be read.
pub(super) fn refuse(lua: &Lua, state: &RunState, protocol_id: String, problem: String, bytes: usize) {
    if has_room(lua, state, bytes) {
        reject(state, protocol_id, Failure::invalid(problem));
    }
}

/// An update came to a run whose code has ended.
pub(super) fn refuse_late(lua: &Lua, state: &RunState, update: Update) {
    if has_room(lua, state, size::of_update(&update)) {
        reject(state, update.protocol_id, run_ended(&update.name));
    }
}

/// Whether an update can be answered beside all that the task sends already: what those that came before asked,
/// what the run asks for. One that has no answer is rejected by the server itself; any answer would have to
/// bring the whole request back.
fn has_room(lua: &Lua, state: &RunState, bytes: usize) -> bool {
    let fits = state.outbox.borrow_mut().sent.add_request(bytes);
    if !fits {
        let message = format!(
            "An update of {bytes} bytes is left to the server, which rejects it: the workflow task has no room for it \
             beside what it sends already; let updates and calls carry less, or come one after the other."
        );
        state.log(lua, LogLevel::Warn, None, &message, &Map::default());
    }
    fits
}

/// Somebody may have come for those that wait.
pub(super) fn hand_out(lua: &Lua, state: &RunState) -> mlua::Result<()> {
    let early = state.with_handlers(|handlers| std::mem::take(&mut handlers.early)).unwrap_or_default();
    for update in early {
        if let Some(update) = route(lua, state, update)? {
            state.handlers(|handlers| handlers.early.push(update));
        }
    }
    Ok(())
}

/// Hands an update over, or back.
fn route(lua: &Lua, state: &RunState, update: Update) -> mlua::Result<Option<Update>> {
    let found = state.with_handlers(|handlers| Handlers::find(&handlers.updates, &update.name)).flatten();
    let update = match found {
        Some((_, true)) if inbox::listens_to_whole(lua, state, &update.name)? => {
            return dialogue::begin(lua, state, update);
        }
        Some(found) => {
            let open = OpenUpdate {
                id: update.id,
                name: update.name.clone(),
                protocol_id: update.protocol_id,
                validator: found.0.validator.clone().filter(|_| update.validate),
                may_be_rejected: found.0.validator.is_some(),
                stage: Stage::Admitted,
            };
            handlers::start(lua, state, found, update.name, &update.arguments, Some(open))?;
            return Ok(None);
        }
        None => update,
    };
    dialogue::begin(lua, state, update)
}

/// The first thing that an update's coroutine does: whether the handler is to be called.
pub(super) fn begin(lua: &Lua, arguments: MultiValue) -> mlua::Result<bool> {
    const NAME: &str = "an update";
    let state = RunState::current(lua, NAME)?;
    let task = state.tasks.running().ok_or_else(|| not_running(NAME))?;
    let open = state.with_handlers(|handlers| handlers.running.get(&task)?.update.clone()).flatten();
    let open = open.ok_or_else(|| not_running(NAME))?;
    let rejected = match &open.validator {
        Some(validator) => {
            let ambient = state.ambient.aside(lua)?;
            // The handler gets the same arguments, and a replay asks no validator.
            let shared = arguments.clone();
            rejection(call_aside(lua, &state.tasks, VALIDATOR, ambient, validator, arguments, &shared)?)
        }
        None => None,
    };
    let accepted = rejected.is_none();
    match rejected {
        Some(failure) => reject(&state, open.protocol_id, failure),
        None => respond(&state, open.protocol_id, UpdateAnswer::Accept),
    }
    state.handlers(|handlers| {
        if let Some(update) = handlers.running.get_mut(&task).and_then(|running| running.update.as_mut()) {
            update.stage = if accepted { Stage::Accepted } else { Stage::Rejected };
        }
    });
    Ok(accepted)
}

/// Why a validator does not accept; nothing: it does.
fn rejection(said: Result<MultiValue, LuaError>) -> Option<Failure> {
    let values = match said {
        Ok(values) => values,
        Err(error) => return Some(error.to_failure()),
    };
    let reason = values.get(1).unwrap_or(&LuaValue::Nil);
    match (values.front(), reason) {
        (Some(LuaValue::Boolean(false)), LuaValue::Nil) => Some(Failure::invalid("the validator returned false")),
        (None | Some(LuaValue::Nil | LuaValue::Boolean(false)), reason) if !reason.is_nil() => {
            Some(match (failure_of(reason), reason) {
                (Some(failure), _) => failure,
                (None, LuaValue::String(text)) => Failure::invalid(text.to_string_lossy()),
                (None, other) => outcome::failure_from(other, "validator"),
            })
        }
        _ => None,
    }
}

/// A coroutine returned. An error means that nobody decided what it is about.
pub(super) fn returned(
    lua: &Lua,
    state: &RunState,
    update: Option<OpenUpdate>,
    values: &MultiValue,
) -> Option<LuaError> {
    let update = update.filter(OpenUpdate::is_accepted)?;
    let answer = match outcome::result(lua, values, &format!("update `{}`", update.name)) {
        Ok(Ok(value)) => UpdateAnswer::Complete(value),
        Ok(Err(failure)) => UpdateAnswer::Reject(failure),
        Err(error) => return raised(state, Some(update), error),
    };
    respond(state, update.protocol_id, answer);
    None
}

/// A coroutine raised an error; given back unless it answers an update.
pub(super) fn raised(state: &RunState, update: Option<OpenUpdate>, error: LuaError) -> Option<LuaError> {
    let Some(update) = update.filter(OpenUpdate::is_accepted) else {
        return Some(error);
    };
    let failure = match (&error.origin, state.facts.failure_policy) {
        (Origin::Author(_), _) => error.to_failure(),
        (Origin::Bug, FailurePolicy { lua_error: true, .. }) => {
            Failure { retryable: Some(false), ..error.to_failure() }
        }
        _ => return Some(error),
    };
    respond(state, update.protocol_id, UpdateAnswer::Reject(failure));
    None
}

/// The run came to rest: what nobody takes is rejected.
pub(super) fn at_rest(state: &RunState) {
    let early = state.with_handlers(|handlers| std::mem::take(&mut handlers.early)).unwrap_or_default();
    for update in early {
        let failure = unknown(state, &update.name);
        reject(state, update.protocol_id, failure);
    }
}

/// The run ends: nobody will answer what is open.
pub(super) fn close(state: &RunState) {
    let (early, running, dialogues) = state.handlers(|handlers| {
        let running = std::mem::take(&mut handlers.running);
        (std::mem::take(&mut handlers.early), running, std::mem::take(&mut handlers.dialogues))
    });
    let early = early.into_iter().map(|update| (update.protocol_id, update.name));
    let open = running.into_values().filter_map(|running| running.update);
    let open = open.filter(|update| update.stage != Stage::Rejected).map(|update| (update.protocol_id, update.name));
    let spoken = dialogues.into_values().map(|dialogue| (dialogue.protocol_id, dialogue.name));
    for (protocol_id, name) in early.chain(open).chain(spoken) {
        reject(state, protocol_id, run_ended(&name));
    }
}

fn run_ended(name: &str) -> Failure {
    let message = format!("the workflow ended before the update `{name}` was done");
    Failure { retryable: Some(false), ..Failure::new(RUN_ENDED, message) }
}

fn unknown(state: &RunState, name: &str) -> Failure {
    let mut known = inbox::whole_topics(state);
    let with_handlers = |handlers: &mut Handlers| handlers.updates.keys().cloned().collect::<Vec<_>>();
    known.extend(state.with_handlers(with_handlers).unwrap_or_default().into_iter().filter(|name| name != ANY));
    let known: Vec<_> = known.into_iter().collect();
    let message = format!("unknown update `{name}`; known updates: [{}]", known.join(" "));
    Failure { retryable: Some(false), ..Failure::new(failure_kind::NOT_FOUND, message) }
}

/// Before an update is accepted this rejects it; after that it fails.
fn reject(state: &RunState, protocol_id: String, failure: Failure) {
    respond(state, protocol_id, UpdateAnswer::Reject(failure));
}

fn respond(state: &RunState, protocol_id: String, answer: UpdateAnswer) {
    state.outbox.borrow_mut().push(Command::AnswerUpdate { protocol_id, answer }, Vec::new());
}

/// A value that answers an update.
fn value_of(lua: &Lua, value: &LuaValue) -> Result<Value, Failure> {
    from_lua(lua, value).map_err(|error| Failure::invalid(format!("the answer cannot leave Lua: {error}")))
}

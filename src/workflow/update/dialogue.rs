//! Updates as messages: what came from `{update|ID}` is answered by sending `ack` or `nak`, and after
//! an `ack` `ok` or `error`, to that address.
//!
//! An update that was rejected leaves no trace in the history, and whoever receives a message may
//! change the run before it answers. So an update is accepted as soon as there is a channel that it
//! goes into: an `ack` tells the server nothing new, and a `nak` makes the update fail.

use mlua::{Lua, Value as LuaValue};

use super::{reject, respond, value_of};
use crate::{
    lua::failure_of,
    value::{Failure, failure_kind},
    workflow::{Update, UpdateAnswer, inbox, pid::ProcessId, state::RunState},
};

/// An update that somebody was handed as a message.
#[derive(Clone, Debug)]
pub(in crate::workflow) struct Dialogue {
    pub(super) protocol_id: String,
    pub(super) name: String,
    /// The author has said so.
    acknowledged: bool,
}

/// Hands an update over as a message, or back.
pub(super) fn begin(lua: &Lua, state: &RunState, update: Update) -> mlua::Result<Option<Update>> {
    if !inbox::has_whole_channel(lua, state, &update.name)? {
        return Ok(Some(update));
    }
    let Update { id, protocol_id, name, arguments, .. } = update;
    let from = ProcessId::Update(id.clone()).to_string();
    respond(state, protocol_id.clone(), UpdateAnswer::Accept);
    let dialogue = Dialogue { protocol_id, name: name.clone(), acknowledged: false };
    state.handlers(|handlers| handlers.dialogues.insert(id, dialogue));
    inbox::receive_update(lua, state, name, from, arguments)?;
    Ok(None)
}

/// `process.send("{update|ID}", word, value)`
pub(in crate::workflow) fn answer(
    lua: &Lua,
    state: &RunState,
    id: &str,
    word: &str,
    value: &LuaValue,
) -> Result<(), Failure> {
    let known = state.with_handlers(|handlers| handlers.dialogues.get(id).cloned()).flatten();
    let Some(dialogue) = known else {
        return Err(Failure {
            retryable: Some(false),
            ..Failure::new(failure_kind::NOT_FOUND, format!("unknown update: {id}"))
        });
    };
    let order = |message: &str| Err(Failure::invalid(message));
    match (word, dialogue.acknowledged) {
        ("ack", false) => {
            let acknowledged = Dialogue { acknowledged: true, ..dialogue };
            state.handlers(|handlers| handlers.dialogues.insert(id.to_owned(), acknowledged));
            return Ok(());
        }
        ("ack" | "nak", true) => return order("update already accepted"),
        ("ok" | "error", false) => return order("update not accepted (state: pending)"),
        ("nak", false) => reject(state, dialogue.protocol_id, failure_from(lua, value, "update rejected")),
        ("ok", true) => {
            let value = value_of(lua, value)?;
            respond(state, dialogue.protocol_id, UpdateAnswer::Complete(value));
        }
        ("error", true) => reject(state, dialogue.protocol_id, failure_from(lua, value, "update failed")),
        _ => return order(&format!("unknown update response: {word} (expected ack/nak/ok/error)")),
    }
    state.handlers(|handlers| handlers.dialogues.remove(id));
    Ok(())
}

/// An error object keeps all it has; anything else is a text.
fn failure_from(lua: &Lua, value: &LuaValue, default: &str) -> Failure {
    let plain = |message: &str| Failure { retryable: Some(false), ..Failure::new(failure_kind::UNKNOWN, message) };
    match (failure_of(value), value) {
        (Some(failure), _) => failure,
        (None, LuaValue::Nil) => plain(default),
        (None, LuaValue::String(text)) => plain(&text.to_string_lossy()),
        (None, other) => Failure { details: value_of(lua, other).ok(), ..plain(default) },
    }
}

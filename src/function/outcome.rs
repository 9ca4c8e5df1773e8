//! What the end of a call means to Temporal.
//!
//! | The code … | The attempt … |
//! |---|---|
//! | returned a value | is completed with it |
//! | returned `nil, err`, or raised an error object | failed, as the author says |
//! | broke with any other error | failed with type `LuaError`; may be retried |
//! | passed a limit, or returned what no payload can hold | failed, for good |
//! | ended by the cancellation it was asked for | is cancelled |
//! | is not to blame: metonic broke | failed; may be retried |

use mlua::{Lua, MultiValue, Value as LuaValue};

use crate::{
    function::{
        context::{FunctionContext, canceled},
        drive::Ended,
        task::{CancelReason, FunctionOutcome},
    },
    lua::{Frame, Limits, LuaError, Origin, Tripped, arguments, failure_of, from_lua},
    value::{Failure, FailureInfo, failure_kind, format_duration},
};

pub(super) const LUA_BLOCKED: &str = "every coroutine waits for another one, and nothing else can wake them";

/// Reads how a call ended.
pub(super) fn outcome(ended: Ended, lua: &Lua, limits: &Limits, context: &FunctionContext) -> FunctionOutcome {
    let failure = match ended {
        Ended::Returned(values) => match returned(lua, &values) {
            Ok(value) => return FunctionOutcome::Completed(value),
            Err(failure) => failure,
        },
        Ended::Raised(error) => raised(&error),
        Ended::Tripped(tripped, frames) => at(frames, tripped, limit_passed(tripped, limits)),
        Ended::Laden(held, frames) => at(frames, Tripped::Memory, laden(held, limits)),
        Ended::Blocked => lua_error(LUA_BLOCKED),
        Ended::OutOfGrace(reason) => canceled(reason),
        Ended::OutOfTime(limit) => Failure {
            retryable: Some(true),
            ..Failure::new(failure_kind::TIMEOUT, format!("the function did not end within {}", format_duration(limit)))
        },
        Ended::Broken(problem) => broken(&problem),
    };
    settle(failure, context.reason())
}

/// The value, or why there is none.
fn returned(lua: &Lua, values: &MultiValue) -> Result<crate::value::Value, Failure> {
    match values.get(1) {
        None | Some(LuaValue::Nil) => {}
        Some(LuaValue::String(text)) => {
            let failure = Failure::new(failure_kind::INTERNAL, text.to_string_lossy());
            return Err(Failure { retryable: Some(false), ..failure });
        }
        Some(error) => {
            return Err(failure_of(error).unwrap_or_else(|| {
                Failure::invalid(format!(
                    "the second value that a function returns is its error, a text or one of `errors.new`; this is {}",
                    arguments::type_name(error)
                ))
            }));
        }
    }
    from_lua(lua, values.front().unwrap_or(&LuaValue::Nil))
        .map_err(|error| Failure::invalid(format!("the result cannot leave the function: {error}")))
}

fn raised(error: &LuaError) -> Failure {
    let failure = error.to_failure();
    match error.origin {
        Origin::Author(_) => failure,
        // An attempt with other input, or after a repair, may go well.
        _ => Failure { retryable: Some(true), ..failure },
    }
}

fn lua_error(message: &str) -> Failure {
    Failure { retryable: Some(true), ..Failure::new(failure_kind::LUA_ERROR, message) }
}

pub(super) fn limit_passed(tripped: Tripped, limits: &Limits) -> Failure {
    let message = match tripped {
        Tripped::Instructions => format!("the function ran {} steps without waiting", limits.instructions),
        Tripped::Wall => format!("the function ran {} without waiting", format_duration(limits.wall)),
        Tripped::Memory => format!("the function took {} MiB of memory", limits.memory >> 20),
    };
    Failure {
        retryable: Some(false),
        ..Failure::new(failure_kind::LUA_ERROR, format!("{message}, which is more than it may"))
    }
}

pub(super) fn laden(held: usize, limits: &Limits) -> Failure {
    let (held, most) = (held.div_ceil(1 << 20), limits.memory >> 20);
    let message = format!("the function holds {held} MiB of memory while it waits; {most} MiB is the most");
    Failure { retryable: Some(false), ..Failure::new(failure_kind::LUA_ERROR, message) }
}

/// Says where the code was that passed a limit.
fn at(frames: Vec<Frame>, tripped: Tripped, failure: Failure) -> Failure {
    let error = LuaError { message: failure.message.clone(), origin: Origin::Limit(tripped), frames };
    Failure { message: error.located(), stack: error.stack(), ..failure }
}

pub(super) fn broken(problem: &str) -> Failure {
    let message = format!("metonic {} broke while it ran the function: {problem}", env!("CARGO_PKG_VERSION"));
    Failure { retryable: Some(true), ..Failure::new(failure_kind::INTERNAL, message) }
}

/// A cancellation is one only if Temporal asked for it; the server refuses any other.
fn settle(mut failure: Failure, reason: Option<CancelReason>) -> FunctionOutcome {
    let is_cancellation = failure.is_canceled() || failure.kind == failure_kind::CANCELED;
    match reason {
        Some(CancelReason::Cancel | CancelReason::Timeout | CancelReason::Gone) if is_cancellation => {
            FunctionOutcome::Cancelled(failure)
        }
        // The next attempt may have what this one was denied.
        Some(CancelReason::Shutdown | CancelReason::Paused | CancelReason::Reset) if is_cancellation => {
            FunctionOutcome::Failed(Failure { retryable: Some(true), info: FailureInfo::None, ..failure })
        }
        _ => {
            if matches!(failure.info, FailureInfo::Canceled { .. }) {
                failure.info = FailureInfo::None;
            }
            FunctionOutcome::Failed(failure)
        }
    }
}

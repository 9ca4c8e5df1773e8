//! Runs Lua safely; knows nothing of workflows or YAML.
//!
//! A `Program` is the code of one entry and its libraries. A `Vm` is one Luau state for one program
//! on one lane; a `Realm` is one run's or one call's world inside it: an environment and module
//! instances of its own.

mod ambient;
pub(crate) mod arguments;
mod budget;
mod channel;
mod convert;
mod coroutine;
mod error;
mod executor;
mod failure;
mod future;
mod lane;
mod module;
mod modules;
mod msgpack;
mod number;
pub(crate) mod payload;
mod profile;
mod program;
mod random;
mod realm;
mod require;
mod rising;
pub(crate) mod sandbox;
mod share;
mod syntax;
mod tasks;
mod vm;
pub(crate) mod weight;

pub(crate) use ambient::Ambient;
pub(crate) use budget::{LimitPassed, Limits, Meter, Tripped};
pub(crate) use channel::{Channel, channel_functions};
pub(crate) use convert::{from_lua, object_marker, to_lua};
pub(crate) use coroutine::Coroutine;
pub(crate) use error::{Frame, LuaError, Origin, Raised, traceback};
pub(crate) use executor::{Calls, Executor, funcs_table, values_of};
pub(crate) use failure::{ErrorObject, error_here, error_object, failure_of, raise};
pub(crate) use future::{asynchronous, future_functions};
pub(crate) use lane::{Lanes, Seat};
pub(crate) use module::{Answer, Answered, Effect, Module, ModuleDef};
pub(crate) use modules::{PURE, PURE_GLOBALS, REFUSED_IN_WORKFLOWS, ctx, logger, metrics, time};
pub(crate) use profile::{Profile, other_name};
pub(crate) use program::{Compiler, ModuleSource, Program, ProgramSource, TextOrigin};
pub(crate) use random::Random;
pub(crate) use realm::{Realm, not_running};
pub(crate) use rising::Rising;
pub(crate) use sandbox::{freeze, protected};
pub(crate) use share::Share;
pub(crate) use syntax::{ProblemKind, comments, problems, read as read_tree, tree};
pub(crate) use tasks::{
    ScopeId, Step, Stop, TaskId, Tasks, Ticket, call_aside, check_not_aside, look_aside, park, refused_write,
    stopped_by_nobody, waiting_functions, waits,
};
pub(crate) use vm::Vm;

#[cfg(test)]
mod determinism;
#[cfg(test)]
pub(crate) mod testing;

use convert::MOST_VALUES;
use error::{is_memory_error, traceback_of};

//! Runs Lua safely; knows nothing of workflows or YAML.
//!
//! A `Program` is the code of one entry and its libraries. A `Vm` is one Luau state for one program
//! on one lane; a `Realm` is one run's or one call's world inside it: an environment and module
//! instances of its own.

mod ambient;
pub(crate) mod arguments;
mod budget;
mod convert;
mod error;
mod failure;
mod module;
mod modules;
mod number;
mod pending;
mod profile;
mod random;
pub(crate) mod sandbox;
mod syntax;

pub(crate) use ambient::{Ambient, Clock, Printer};
pub(crate) use budget::{LimitPassed, Limits, Meter, Tripped};
pub(crate) use convert::{Unrepresentable, from_lua, to_lua};
pub(crate) use error::{Frame, LuaError, Origin, Raised, traceback};
pub(crate) use failure::{ErrorObject, error_here, error_object, failure_of, raise};
pub(crate) use module::{Answer, Effect, Module, ModuleDef};
pub(crate) use modules::{PURE, PURE_GLOBALS, REFUSED_IN_WORKFLOWS, time};
pub(crate) use pending::{Pending, awaiting};
pub(crate) use profile::Profile;
pub(crate) use sandbox::{environment, freeze, load, open, protected};
pub(crate) use syntax::{Problem, ProblemKind, problems};

#[cfg(test)]
mod determinism;
#[cfg(test)]
pub(crate) mod testing;

use error::is_memory_error;

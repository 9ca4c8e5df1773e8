//! Runs Lua safely; knows nothing of workflows or YAML.
//!
//! A `Program` is the code of one entry and its libraries. A `Vm` is one Luau state for one program
//! on one lane; a `Realm` is one run's or one call's world inside it: an environment and module
//! instances of its own.

mod budget;
mod convert;
mod failure;
mod module;
mod modules;
mod profile;
mod sandbox;

pub(crate) use budget::{Limits, Meter, Tripped};
pub(crate) use convert::{Unrepresentable, from_lua, to_lua};
pub(crate) use failure::{ErrorObject, error_object, failure_of};
pub(crate) use module::{Effect, Module, ModuleDef};
pub(crate) use profile::Profile;

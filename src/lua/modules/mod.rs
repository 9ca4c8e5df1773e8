//! Modules that are the same in every profile: pure ones, and those that take time and chance from
//! the run's [`Ambient`](crate::lua::Ambient).

mod errors;
mod json;
pub(crate) mod logger;
pub(crate) mod time;

use crate::lua::ModuleDef;

/// What `modules:` may name everywhere.
pub(crate) const PURE: &[ModuleDef] = &[ModuleDef::of::<errors::Errors>(), ModuleDef::of::<json::Json>()];

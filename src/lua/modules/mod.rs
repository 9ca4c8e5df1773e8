//! Modules that are the same in every profile: pure ones, and those that take time and chance from
//! the run's [`Ambient`](crate::lua::Ambient).

mod base64;
mod crypto;
pub(crate) mod ctx;
mod errors;
mod hash;
mod json;
pub(crate) mod logger;
pub(crate) mod metrics;
mod os;
mod payload;
mod schema;
pub(crate) mod time;
mod uuid;
mod yaml;

use crate::lua::ModuleDef;

/// What `modules:` may name everywhere.
pub(crate) const PURE: &[ModuleDef] = &[
    ModuleDef::of::<base64::Base64>(),
    ModuleDef::of::<crypto::Crypto>(),
    ModuleDef::of::<errors::Errors>(),
    ModuleDef::of::<hash::Hash>(),
    ModuleDef::of::<json::Json>(),
    ModuleDef::of::<payload::PayloadModule>(),
    ModuleDef::of::<uuid::UuidModule>(),
    ModuleDef::of::<yaml::Yaml>(),
];

/// What is there everywhere without being asked for.
pub(crate) const PURE_GLOBALS: &[ModuleDef] =
    &[ModuleDef::of::<errors::Errors>(), ModuleDef::of::<os::Os>(), ModuleDef::of::<payload::PayloadModule>()];

/// What workflows may not use, why, and what to do instead.
pub(crate) const REFUSED_IN_WORKFLOWS: &[(&str, &str, &str)] = &[
    ("activity", "it belongs to a running activity", "call a function.lua with `funcs.call` and use it there"),
    (
        "cloudstorage",
        "it reaches the world, and a replay would reach it again",
        "call a function.lua with `funcs.call`",
    ),
    (
        "env",
        "variables can change between a run and its replay",
        "pass the value as an input, or read it in a function.lua",
    ),
    ("eval", "code that is made while running has no history", "write the code into the entry"),
    ("events", "it reaches the world, and a replay would reach it again", "call a function.lua with `funcs.call`"),
    ("excel", "it reaches the world, and a replay would reach it again", "call a function.lua with `funcs.call`"),
    ("exec", "it reaches the world, and a replay would reach it again", "call a function.lua with `funcs.call`"),
    ("fs", "it reaches the world, and a replay would reach it again", "call a function.lua with `funcs.call`"),
    ("http", "it reaches the world, and a replay would reach it again", "call a function.lua with `funcs.call`"),
    ("http_client", "it reaches the world, and a replay would reach it again", "call a function.lua with `funcs.call`"),
    ("io", "a workflow has no terminal", "use `print` or `logger`"),
    ("queue", "it reaches the world, and a replay would reach it again", "call a function.lua with `funcs.call`"),
    ("registry", "entries can change between a run and its replay", "read it in a function.lua"),
    ("security", "policies can change between a run and its replay", "check in a function.lua"),
    ("sql", "it reaches the world, and a replay would reach it again", "call a function.lua with `funcs.call`"),
    ("store", "it reaches the world, and a replay would reach it again", "call a function.lua with `funcs.call`"),
    ("stream", "it reaches the world, and a replay would reach it again", "call a function.lua with `funcs.call`"),
    ("system", "it reaches the world, and a replay would reach it again", "call a function.lua with `funcs.call`"),
    ("temporal", "it asks the server outside the run's history", "use `workflow`, `process` or `funcs`"),
    ("text", "metonic does not have it", "use `string` and `utf8`"),
    ("websocket", "it reaches the world, and a replay would reach it again", "call a function.lua with `funcs.call`"),
];

#[cfg(test)]
mod tests;

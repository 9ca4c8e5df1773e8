//! metonic: durable workflows in Lua, declared in YAML, kept by Temporal, in one process.
//!
//! The modules stand in layers; a module uses the rows above its own and no others
//! (`tests/it/layers.rs` enforces it, `docs/architecture.md` tells why):
//!
//! | Row | Modules | They are about |
//! |---|---|---|
//! | 0 | `source`, `value` | texts and data |
//! | 1 | `diag`, `telemetry`, `entry` | speaking, and the names of what is spoken of |
//! | 2 | `yaml`, `env` | reading |
//! | 3 | `service`, `lua` | contracts |
//! | 4 | `registry`, `workflow`, `function`, `lint` | the model |
//! | 5 | `lifecycle`, `temporal`, `sim` | engines |
//! | 6 | `replay`, `local` | uses of the engines |
//! | 7 | `kinds` | what an entry may be |
//! | 8 | `app` | one program, put together and taken apart |
//! | 9 | `ops` | one question, one typed answer |
//! | 10 | `cli` | showing answers to people |
//!
//! A YAML file becomes a `registry::Registry` (`registry::load`), which becomes a
//! `lifecycle::Supervisor`'s tasks (`app`), of which a `temporal::worker` hands each activation to
//! `workflow::Host` and each activity task to `function::Runner`.

mod app;
mod cli;
mod diag;
mod entry;
mod env;
mod function;
mod kinds;
mod lifecycle;
mod lint;
mod local;
mod lua;
mod ops;
mod registry;
mod replay;
mod service;
mod sim;
mod source;
#[cfg(test)]
mod spec;
mod telemetry;
mod temporal;
mod value;
mod workflow;
mod yaml;

pub use cli::main;

//! Temporal in memory: runs the same workflows and functions as a Temporal worker does, without a
//! server.
//!
//! An [`Engine`] keeps runs, timers, attempts and messages, and hands [`crate::workflow::Workflows`]
//! and [`crate::function::Functions`] the activations and tasks that the core would. It keeps nothing
//! when the process ends, and what it cannot do it refuses by name. It must not know Lua, YAML or
//! protobuf. On a [`Clock::Skipping`] time stands still while something runs, and jumps while somebody
//! waits.

mod activities;
mod activity;
mod answer;
mod attempts;
mod begin;
mod children;
mod commands;
mod ends;
mod engine;
mod launch;
mod look;
mod messages;
mod order;
mod ready;
mod refusal;
mod run;
mod start;
mod tasks;
mod time;
mod told;
mod updates;
mod waits;
mod words;
mod worker;
mod world;

pub(crate) use answer::{ActivityState, Description, End, PendingActivity, PendingChild, Problem, Row, Run, Status};
pub(crate) use engine::{Clock, Engine, Stage};
pub(crate) use start::{IdConflict, Start};
pub(crate) use worker::{Attached, Worker};

#[cfg(test)]
mod tests;

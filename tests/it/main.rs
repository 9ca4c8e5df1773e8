//! The integration tests: the command line, the repository itself, and a real Temporal server.

#![allow(clippy::unwrap_used, reason = "a test may; clippy knows only functions that are tests themselves")]

mod ai_content;
mod call;
mod check;
mod commands;
mod config;
mod conformance;
mod dev;
mod documents;
mod entries;
mod examples;
mod layers;
mod local_engine;
mod metrics;
mod orders;
mod replay;
mod run;
mod services;
mod sizes;
mod start;
mod support;
mod temporal;
mod workflow_commands;

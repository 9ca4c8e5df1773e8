//! The integration tests: the command line, the repository itself, and a real Temporal server.

mod commands;
mod layers;
mod run;
mod sizes;
mod support;

//! The integration tests: the command line, the repository itself, and a real Temporal server.

mod check;
mod commands;
mod documents;
mod entries;
mod layers;
mod run;
mod sizes;
mod support;

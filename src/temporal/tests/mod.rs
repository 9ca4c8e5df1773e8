//! The adapter against a real dev server, with workflows and functions that are Rust closures.

mod connecting;
mod fakes;
mod first_tasks;
mod histories;
mod local_ends;
mod outage;
mod polling;
mod replaying;

//! The adapter against a real dev server, with workflows and functions that are Rust closures.

mod fakes;
mod polling;

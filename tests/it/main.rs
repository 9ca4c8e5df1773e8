//! The integration tests: the command line, the repository itself, and a real Temporal server.

mod layers;
mod sizes;
mod support;

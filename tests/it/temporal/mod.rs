//! Workflows on a real server, from the outside. Each run that ends is replayed from its history.

mod activities;
mod crash;
mod determinism;
mod messages;
mod refused;
mod server_away;
mod tls;
mod unregistered;
mod waiting;

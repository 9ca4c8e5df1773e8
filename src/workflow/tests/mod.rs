//! What no specification can show: lanes, memory, limits, panics, reloads.

mod generated;
mod hosts;
mod limits;
mod long;
mod realms;

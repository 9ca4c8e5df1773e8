//! What no specification can show: lanes, memory, limits, panics, reloads.

mod hosts;
mod limits;
mod realms;

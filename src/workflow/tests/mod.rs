//! What no specification can show: lanes, memory, limits, panics, reloads, the text of an example.

mod cart;
mod generated;
mod hosts;
mod limits;
mod long;
mod looks;
mod names;
mod realms;
mod reports;
mod resets;
mod sent;

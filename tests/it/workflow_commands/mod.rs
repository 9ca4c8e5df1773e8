//! `metonic workflow`: runs by their ids, from outside.

mod asking;
mod connection;
mod exporting;
mod help;
mod pausing;
mod watching;
mod with_start;

//! `metonic workflow`: runs by their ids, from outside.

mod connection;
mod pausing;

//! A project without a server: its clients and workers on the engine of this process, and what one may
//! ask of the runs there.
//!
//! The engine tells how runs stand, not how they came there. So what its workers are given and answer
//! is written down on the way ([`book`]), in the words in which a server's history is told. Questions
//! and answers are plain data, so that another process can ask as well.

mod answer;
mod book;
mod connection;
mod engine;
mod question;
mod recording;
mod run_story;
mod worker;

#[cfg(test)]
mod tests;

pub(crate) use connection::LocalConnection;
pub(crate) use engine::LocalEngine;
pub(crate) use question::{Page, Question, Reply};
pub(crate) use worker::LocalWorker;

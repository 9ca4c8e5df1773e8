//! Temporal's messages and ours, both ways, by exhaustive match.
//!
//! Nothing is rounded, guessed or dropped in silence: what cannot be told in our types is refused
//! with a message that names it, or kept as it came.

mod activation;
mod activity;
mod attributes;
mod chain;
mod child;
mod command;
mod failure;
mod payload;
mod start;
mod time;

#[cfg(test)]
mod command_tests;
#[cfg(test)]
mod tests;

pub(crate) use activation::{Polled, Undecodable, from_activation, from_reasons};
pub(crate) use activity::{PolledActivity, from_activity_task, to_activity_result};
pub(crate) use command::{CommandCx, failed_completion, failed_query, to_completion};
pub(crate) use failure::{from_failure, to_failure};
pub(crate) use payload::{PayloadError, from_payload, to_headers, to_payload, to_payloads};
pub(crate) use start::with_options;
pub(crate) use time::{from_duration, from_timestamp};

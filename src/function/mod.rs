//! A function: run as an activity, as a local activity or by hand.

mod http;
mod task;

pub(crate) use task::{CancelReason, FunctionOutcome, FunctionTask};

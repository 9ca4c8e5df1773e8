//! Boxed, non-generic doors to the Temporal core.
//!
//! Whoever awaits the core's futures compiles them: a second of work here, minutes in a crate that
//! is edited all day. So every asynchronous call is boxed in this package, and metonic only sees
//! plain messages and boxed futures (`docs/adr/0004-bridge.md` has the figures).
//!
//! It decides nothing: settings come in complete, messages go out as they came. The one thing it
//! adds is that no credential shows in any `Debug` output, which the core's own types do not promise.

mod call;
mod connect;
mod history;
mod meter;
mod replay;
mod runtime;
mod shorthand;
mod verifier;
mod worker;

/// What the functions of this package return.
pub type BoxFuture<'a, T> = futures_util::future::BoxFuture<'a, T>;

pub use call::{CallError, Code};
pub use connect::{ClientIdentity, ConnectError, ConnectOptions, Connection, KeepAlive, TlsOptions};
pub use history::{HistoryError, read_history, write_history};
pub use meter::{ConnectionMeter, Meter, Metric, MetricKind, Series};
pub use prost_types::{Duration as ProtoDuration, Timestamp as ProtoTimestamp};
pub use replay::{ReplayError, ReplayFeeder, replay_worker};
pub use runtime::Runtime;
pub use temporalio_common::protos;
pub use worker::{CompletionError, PollError, Pollers, Versioning, Worker, WorkerOptions};

use prost::Message as _;
use protos::{
    coresdk::{workflow_activation::DoUpdate, workflow_completion::WorkflowActivationCompletion},
    temporal::api::{failure::v1::Failure, workflowservice::v1::RespondActivityTaskFailedRequest},
};

/// What this machine calls itself.
pub fn host_name() -> String {
    gethostname::gethostname().to_string_lossy().into_owned()
}

/// How many bytes a completion takes on the wire, about: what the core adds is small.
pub fn completion_size(completion: &WorkflowActivationCompletion) -> usize {
    completion.encoded_len()
}

/// How many bytes the request of an update takes on the wire, about: the core sends it back.
pub fn update_size(update: &DoUpdate) -> usize {
    update.encoded_len()
}

/// How many bytes the failed end of an activity takes on the wire.
pub fn failed_activity_size(request: &RespondActivityTaskFailedRequest) -> usize {
    request.encoded_len()
}

/// A failure as bytes, so that one that is not understood can be kept and sent on.
pub fn encode_failure(failure: &Failure) -> Vec<u8> {
    failure.encode_to_vec()
}

/// A failure from the bytes of [`encode_failure`].
pub fn decode_failure(bytes: &[u8]) -> Option<Failure> {
    Failure::decode(bytes).ok()
}

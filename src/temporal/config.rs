//! The settings of connections and workers: complete, checked, secrets read.

use std::{path::PathBuf, time::Duration};

use crate::value::Secret;

/// One connection.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct ClientConfig {
    /// `host:port`.
    pub(crate) address: String,
    pub(crate) namespace: String,
    /// Put before every queue's name.
    pub(crate) queue_prefix: String,
    pub(crate) connect_timeout: Duration,
    pub(crate) keep_alive_time: Duration,
    pub(crate) keep_alive_timeout: Duration,
    /// Calls and answers are compressed: less to send, more to compute.
    pub(crate) compressed: bool,
    pub(crate) auth: Auth,
    pub(crate) tls: Option<Tls>,
    pub(crate) health_check: Option<HealthCheck>,
}

/// Whether nothing that is sent to a `host:port` leaves the machine.
pub(crate) fn is_loopback(address: &str) -> bool {
    let host = address.rsplit_once(':').map_or(address, |(host, _)| host).trim_matches(['[', ']']);
    host.eq_ignore_ascii_case("localhost") || host == "::1" || host.starts_with("127.")
}

#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Auth {
    None,
    ApiKey(Secret),
    Mtls { certificate: Material, key: Secret },
}

/// A text that came from a file or stood in the entry.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Material {
    pub(crate) text: String,
    pub(crate) file: Option<PathBuf>,
}

#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Tls {
    /// PEM; nothing: the system's roots.
    pub(crate) ca: Option<Material>,
    pub(crate) server_name: Option<String>,
    pub(crate) insecure_skip_verify: bool,
}

#[derive(Clone, Debug, PartialEq)]
pub(crate) struct HealthCheck {
    pub(crate) interval: Duration,
}

/// One worker. Zero and nothing have the meaning that the manual of `temporal.worker` gives them.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct WorkerConfig {
    /// Without the client's prefix.
    pub(crate) task_queue: String,
    /// Nothing: entry, host and process.
    pub(crate) identity: Option<String>,
    pub(crate) max_activities: usize,
    pub(crate) max_workflow_tasks: usize,
    pub(crate) max_local_activities: usize,
    /// Nothing: without limit; 0: none.
    pub(crate) max_eager_activities: Option<usize>,
    pub(crate) activity_pollers: Poller,
    pub(crate) workflow_pollers: Poller,
    /// Nothing: without limit.
    pub(crate) worker_activities_per_second: Option<f64>,
    pub(crate) task_queue_activities_per_second: Option<f64>,
    pub(crate) sticky_schedule_to_start_timeout: Duration,
    /// How long running activities may go on after a stop before they are cancelled.
    pub(crate) worker_stop_timeout: Duration,
    pub(crate) max_heartbeat_throttle_interval: Duration,
    pub(crate) default_heartbeat_throttle_interval: Duration,
    pub(crate) workflows: bool,
    pub(crate) remote_activities: bool,
    pub(crate) versioning: Option<Versioning>,
    /// How many runs stay in memory between their tasks; 0: none, every task replays.
    pub(crate) max_cached_workflows: usize,
    /// The workflow types that fail when their code does not match a history.
    pub(crate) failed_by_non_determinism: Vec<String>,
    /// Every run is made anew from its history after each of its tasks.
    pub(crate) evicts_after_each_task: bool,
    /// A workflow task that computes for longer has failed.
    pub(crate) deadlock_timeout: Duration,
    /// Bytes that one run may hold while it waits.
    pub(crate) largest_state: usize,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Poller {
    Fixed(usize),
    /// The server says how many.
    Auto,
}

#[derive(Clone, Debug, PartialEq)]
#[expect(clippy::struct_field_names, reason = "as the entry spells it")]
pub(crate) struct Versioning {
    pub(crate) deployment_name: String,
    pub(crate) build_id: String,
    pub(crate) use_versioning: bool,
    pub(crate) default_behavior: Option<VersioningBehavior>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum VersioningBehavior {
    Pinned,
    AutoUpgrade,
}

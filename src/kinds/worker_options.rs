//! `worker_options`: how much a worker does at once, and how it polls.

use std::time::Duration;

use serde_json::json;

use super::worker_rules::consistent;
use crate::{
    diag::{Code, Diagnostic},
    registry::VariableName,
    temporal::Poller,
    yaml::{DecodeCx, Field, Given, Node, Plain, Rule, Schema, UnlessEmpty, choices, record},
};

/// What 0 and an absent line mean for the number of tasks at once.
const SLOTS: usize = 1000;

/// What 0 and an absent line mean for the bytes that a run may hold.
const STATE: usize = 64 * 1024 * 1024;

/// What `0s` and an absent line mean, in seconds: for the time of a workflow task, and for the times between two
/// heartbeats, the longest and that of activities without a heartbeat timeout.
pub(super) const DEADLOCK: u64 = 2;
pub(super) const LONGEST_THROTTLE: u64 = 60;
pub(super) const USUAL_THROTTLE: u64 = 30;

/// What 0 and an absent line mean for the number of polls at once.
const POLLERS: usize = 20;

/// More than this of anything is a slip, and more than the core can count.
const MOST: usize = 1_000_000;
#[expect(clippy::cast_precision_loss, reason = "it is far below what a double counts")]
const MOST_SCHEMA: (&str, f64) = ("maximum", MOST as f64);

/// The lowest rate: one in about a quarter of an hour.
const LOWEST_RATE: f64 = 0.001;

const SIZE: Rule<usize> = Rule { test: |number| at_most(*number), schema: &[MOST_SCHEMA] };

const POLLS: Rule<Pollers> = Rule { test: at_most_polls, schema: &[MOST_SCHEMA] };

const RATE: Rule<f64> = Rule {
    test: |number| match *number {
        0.0 => Ok(()),
        number if number < 0.0 => Err("cannot be negative".to_owned()),
        number if number < LOWEST_RATE => Err(format!("is 0, which means without limit, or at least {LOWEST_RATE}")),
        number if number > MOST_SCHEMA.1 => Err(format!("cannot be more than {MOST}")),
        _ => Ok(()),
    },
    schema: &[MOST_SCHEMA, ("zeroOrMinimum", LOWEST_RATE)],
};

fn at_most(number: usize) -> Result<(), String> {
    if number <= MOST { Ok(()) } else { Err(format!("cannot be more than {MOST}")) }
}

fn at_most_polls(pollers: &Pollers) -> Result<(), String> {
    match pollers.0 {
        Poller::Fixed(number) => at_most(number),
        Poller::Auto => Ok(()),
    }
}

choices! {
    /// What happens to runs when a new version is deployed.
    pub(crate) enum Behavior {
        /// A run stays on the version it began with.
        Pinned = "pinned",
        /// A run moves to the new version.
        AutoUpgrade = "auto_upgrade",
    }
}

record! {
    /// How much a worker does at once, and how it polls.
    pub(crate) struct WorkerOptions with defaults checked by consistent {
        /// What the server shows as the worker's name; without it: entry, host and process.
        identity: String = String::new();
        /// How many activities run at once; 0 means the default.
        max_concurrent_activity_execution_size: usize where SIZE = SLOTS;
        /// How many workflow tasks are worked on at once; 0 means the default.
        max_concurrent_workflow_task_execution_size: usize where SIZE = SLOTS;
        /// How many local activities run at once; 0 means the default.
        max_concurrent_local_activity_execution_size: usize where SIZE = SLOTS;
        /// How many sessions there are at once; 0 means the default.
        max_concurrent_session_execution_size: Sessions = Sessions(SLOTS), only "metonic has no sessions";
        /// How many activities one workflow task may start without asking the server; 0: without limit.
        max_concurrent_eager_activity_execution_size: usize where SIZE = 0;
        /// How many polls for activities are open at once, or `auto`; 0 means the default.
        max_concurrent_activity_task_pollers: Pollers where POLLS = Pollers(Poller::Fixed(POLLERS));
        /// How many polls for workflow tasks are open at once, or `auto`; 0 means the default.
        max_concurrent_workflow_task_pollers: Pollers where POLLS = Pollers(Poller::Fixed(POLLERS));
        /// How many activities this worker begins in a second, 0.001 or more; 0: without limit.
        worker_activities_per_second: f64 where RATE = 0.0;
        /// How many local activities this worker begins in a second.
        worker_local_activities_per_second: f64 where RATE = 0.0, only "the Temporal core has no rate for local activities; `max_concurrent_local_activity_execution_size` says how many run at once";
        /// How many activities all workers of the queue begin in a second, 0.001 or more; the server counts. 0: without limit.
        task_queue_activities_per_second: f64 where RATE = 0.0;
        /// How long a task waits for the worker that has its run in memory; `0s` means the default.
        sticky_schedule_to_start_timeout: Duration = Duration::from_secs(5);
        /// How long activities may go on after a stop before they are cancelled; `0s`: not at all. It ends early
        /// enough for `lifecycle.stop_timeout`.
        worker_stop_timeout: Duration = Duration::ZERO;
        /// A workflow task that computes longer has failed; `0s` means two seconds.
        deadlock_detection_timeout: Duration = Duration::ZERO;
        /// The longest time between two heartbeats that are sent; `0s` means 60 seconds.
        max_heartbeat_throttle_interval: Duration = Duration::ZERO;
        /// That time for activities without a heartbeat timeout; `0s` means 30 seconds.
        default_heartbeat_throttle_interval: Duration = Duration::ZERO;
        /// Log what workflows log while they replay, too.
        enable_logging_in_replay: bool = false, only "what workflows log while they replay is always dropped";
        /// Offer sessions.
        enable_session_worker: bool = false, only "metonic has no sessions";
        /// Run no workflows, only activities.
        disable_workflow_worker: bool = false;
        /// Run workflows and local activities, and leave other activities to other workers.
        local_activity_worker_only: bool = false;
        /// Let every activity go through the server's queue.
        disable_eager_activities: bool = false;
        /// Register functions without a second name.
        disable_registration_aliasing: bool = false, only "metonic never gives a function a second name";
        /// The name of the deployment that this worker is a version of.
        deployment_name: String = String::new();
        /// The version.
        build_id: String = String::new();
        /// The variable that holds the version, used if `build_id` is not there.
        build_id_env: UnlessEmpty<VariableName>;
        /// Let the server send each run to workers of its version.
        use_versioning: bool = false;
        /// What happens to runs of workflows that do not say it themselves.
        default_versioning_behavior: UnlessEmpty<Behavior>;
        /// How many runs stay in memory between their tasks; 0: none, every task replays; a run whose local activities are under way stays until its task is over.
        max_cached_workflows: usize where SIZE = 1000;
        /// How many bytes of Lua values one run may hold while it waits; 0 means 64 MiB.
        max_workflow_state_bytes: usize = 0;
        /// Every run leaves memory after each of its tasks and is made anew from its history, as after a crash. Slow; shows in tests whether code replays.
        evict_after_each_task: bool = false;
    }
}

impl WorkerOptions {
    /// Bytes that a run may hold, where 0 means the usual number.
    pub(crate) fn state(bytes: usize) -> usize {
        if bytes == 0 { STATE } else { bytes }
    }

    /// A number of slots, where 0 means the usual one.
    pub(crate) fn slots(number: usize) -> usize {
        if number == 0 { SLOTS } else { number }
    }
}

/// A number of polls, or `auto`: the server says how many.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Pollers(pub(crate) Poller);

impl Field for Pollers {
    fn decode(node: &Node, cx: &mut DecodeCx<'_>) -> Option<Self> {
        let is_auto = node.as_scalar().is_some_and(|scalar| &*scalar.text == "auto");
        if is_auto {
            return Some(Self(Poller::Auto));
        }
        if let Some(Given::Now { plain: Plain::Text, text, .. }) =
            node.as_scalar().and_then(|_| cx.scalar(node, "a number"))
        {
            let headline = format!("`{}` is a number or `auto`, not `{text}`", cx.subject);
            cx.report(Diagnostic::error(Code::WrongType, node.span, headline));
            return None;
        }
        let number = usize::decode(node, cx)?;
        Some(Self(Poller::Fixed(if number == 0 { POLLERS } else { number })))
    }

    fn schema() -> Schema {
        Schema::or_placeholder(json!({"anyOf": [{"type": "integer", "minimum": 0}, {"const": "auto"}]}))
    }

    fn type_name() -> String {
        "integer or `auto`".to_owned()
    }

    fn show(&self) -> serde_json::Value {
        match self.0 {
            Poller::Auto => json!("auto"),
            Poller::Fixed(number) => json!(number),
        }
    }
}

/// A number of sessions, of which 0 means the usual one, and only that is accepted.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Sessions(usize);

impl Field for Sessions {
    fn decode(node: &Node, cx: &mut DecodeCx<'_>) -> Option<Self> {
        usize::decode(node, cx).map(|number| Self(WorkerOptions::slots(number)))
    }

    fn schema() -> Schema {
        Schema::new(json!({"enum": [SLOTS, 0]}))
    }

    fn type_name() -> String {
        usize::type_name()
    }

    fn show(&self) -> serde_json::Value {
        json!(self.0)
    }
}

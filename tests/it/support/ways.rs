//! The same scenario in every way that a run can be kept: in memory, never in memory, and thrown out
//! after each of its tasks. A way is an option of workers: the scenario's own has it by itself, others
//! name it by `THE_WAY`, and a scenario that forgets it for one of them does not start.

use std::{
    panic::resume_unwind,
    thread::{self, ScopedJoinHandle},
};

use super::{Parts, Scenario, Server, server};

/// What each way is called, and the field of `worker_options` that makes it.
const WAYS: [(&str, &str); 3] = [
    ("cached", "evict_after_each_task: false"),
    ("uncached", "max_cached_workflows: 0"),
    ("evicted", "evict_after_each_task: true"),
];

/// Drives the scenario in all ways at once; each has a process, a queue and ids of its own. What a
/// run does must not depend on the way, so `drive` has no means to tell.
pub(crate) fn in_every_way(name: &str, parts: Parts<'_>, drive: impl Fn(&mut Scenario) + Sync) {
    in_every_way_on(server(), name, parts, drive);
}

/// The same on a server of its own.
pub(crate) fn in_every_way_on(
    server: &'static Server,
    name: &str,
    parts: Parts<'_>,
    drive: impl Fn(&mut Scenario) + Sync,
) {
    let others = parts.entries.matches("kind: temporal.worker").count();
    assert_eq!(parts.entries.matches("THE_WAY").count(), others, "a worker of `{name}` does not take the way");
    thread::scope(|scope| {
        let ways = WAYS.map(|(way, options)| {
            let drive = &drive;
            let drives = move || {
                let (worker, entries) =
                    (format!("{options}\n{}", parts.worker), parts.entries.replace("THE_WAY", options));
                let parts = Parts { worker: &worker, entries: &entries, ..parts };
                let mut scenario = Scenario::start_on(server, &format!("{name}-{way}"), parts);
                drive(&mut scenario);
            };
            // A panic names its thread, and so the way.
            thread::Builder::new().name(format!("{name}-{way}")).spawn_scoped(scope, drives).unwrap()
        });
        for ended in ways.map(ScopedJoinHandle::join) {
            ended.unwrap_or_else(|panic| resume_unwind(panic));
        }
    });
}

//! The same scenario in every way that a run can be kept: in memory, never in memory, and thrown out
//! after each of its tasks.

use std::{
    panic::resume_unwind,
    thread::{self, ScopedJoinHandle},
};

use super::{Parts, Scenario, Server, server};

/// What each way is called, and the lines of `worker_options` that make it.
const WAYS: [(&str, &str); 3] =
    [("cached", ""), ("uncached", "max_cached_workflows: 0\n"), ("evicted", "evict_after_each_task: true\n")];

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
    thread::scope(|scope| {
        let ways = WAYS.map(|(way, options)| {
            let drive = &drive;
            let drives = move || {
                let worker = format!("{options}{}", parts.worker);
                let mut scenario =
                    Scenario::start_on(server, &format!("{name}-{way}"), Parts { worker: &worker, ..parts });
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

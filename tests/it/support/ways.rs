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
    each_way(name, |way, option| {
        let (worker, entries) = (format!("{option}\n{}", parts.worker), parts.entries.replace("THE_WAY", option));
        let parts = Parts { worker: &worker, entries: &entries, ..parts };
        drive(&mut Scenario::start_on(server, &format!("{name}-{way}"), parts));
    });
}

/// Tells a story in all ways at once, for what is no scenario: `tell` gets the name of the way and the
/// field of `worker_options`.
pub(crate) fn each_way(name: &str, tell: impl Fn(&str, &str) + Sync) {
    thread::scope(|scope| {
        let ways = WAYS.map(|(way, option)| {
            let tell = &tell;
            // A panic names its thread, and so the way.
            thread::Builder::new().name(format!("{name}-{way}")).spawn_scoped(scope, move || tell(way, option)).unwrap()
        });
        for ended in ways.map(ScopedJoinHandle::join) {
            ended.unwrap_or_else(|panic| resume_unwind(panic));
        }
    });
}

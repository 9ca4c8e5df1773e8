//! Every example runs as its README says; each story that it tells is a test. `make examples` runs
//! these alone.

mod decisions;
mod order_of_steps;
mod over_time;
mod three_databases;

use std::collections::BTreeSet;

use serde_json::Value;

use crate::support::{Project, Running, command, each_way, metonic, repository, server};

#[test]
fn every_example_is_free_of_warnings() {
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR"));
    for example in folders() {
        let checked = metonic(root, ["check", "--deny-warnings", &format!("examples/{example}")]);
        assert_eq!(checked.code, Some(0), "{example}: {checked}");
    }
}

#[test]
fn every_example_has_a_row_in_the_table() {
    let table = repository::read("examples/README.md".as_ref());
    let rows = table.lines().filter_map(|line| line.strip_prefix("| [")?.split(']').next());
    assert_eq!(rows.map(str::to_owned).collect::<BTreeSet<_>>(), folders());
}

/// The names of the examples.
fn folders() -> BTreeSet<String> {
    let entries = repository::files("examples", "yaml").into_iter();
    entries.map(|entries| entries.iter().nth(1).unwrap().to_str().unwrap().to_owned()).collect()
}

/// An example on the shared server.
struct Example {
    name: &'static str,
    project: Project,
    /// Ends with this.
    _running: Running,
}

impl Example {
    /// Copies the example and runs it; the queue is the same for all tests of one example.
    fn start(name: &'static str) -> Self {
        Self::run(name, Project::example(name))
    }

    /// Tells a story of an example in every way that a run can be kept: `tell` gets the example, the queue
    /// of this way, and the story's name.
    fn in_every_way(name: &'static str, story: &str, tell: impl Fn(&Self, &str, &str) + Sync) {
        each_way(story, |way, option| {
            let (queue, story) = (format!("{name}-{story}-{way}"), format!("{story}-{way}"));
            tell(&Self::run(name, Project::example_with(name, option, &queue)), &queue, &story);
        });
    }

    fn run(name: &'static str, project: Project) -> Self {
        let mut command = command(project.path());
        command.args(["run", ".", "--log-format", "text"]).env("TEMPORAL_ADDRESS", server().address());
        let mut running = Running::spawn(command);
        running.wait_for("Started.");
        Self { name, project, _running: running }
    }

    /// Begins a run of a workflow and gives its id.
    fn begin(&self, workflow: &str, queue: &str, story: &str, input: &[Value]) -> String {
        let id = format!("{}-{story}", self.name);
        server().begin(&id, workflow, queue, input);
        id
    }

    /// How the run ended; its history has been replayed, and those of the runs before it and of its children.
    fn end(&self, id: &str) -> Result<Value, Value> {
        let end = server().end(id);
        self.project.replays_histories(&server().histories(id));
        end
    }

    /// The types of the activities of a run, in the order in which they were asked for.
    fn activities(id: &str) -> Vec<String> {
        let scheduled = server().events(id, "EVENT_TYPE_ACTIVITY_TASK_SCHEDULED");
        let name = |event: &Value| event["activityTaskScheduledEventAttributes"]["activityType"]["name"].clone();
        scheduled.iter().map(|event| name(event).as_str().unwrap().to_owned()).collect()
    }
}

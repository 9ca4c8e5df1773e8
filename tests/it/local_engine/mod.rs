//! Projects without a server: the same Lua, the same commands, the same answers.

mod asking;
mod both_engines;
mod developing;
mod elsewhere;
mod outside;
mod refused;
mod starting;
mod telling;

use serde_json::Value;

use crate::support::{Output, Project, Running, metonic, repository, server};

/// What keeps the runs of a project.
#[derive(Clone, Copy, PartialEq)]
enum On {
    Server,
    Local,
}

/// A project that runs, and is asked by commands.
struct Desk {
    on: On,
    /// What its runs are kept by, as a part of their ids.
    place: String,
    project: Project,
    /// Ends with this.
    running: Running,
}

impl Desk {
    /// An example on the local engine.
    fn example(name: &str) -> Self {
        // Where nothing may dial, nobody answers.
        Self::of(addressed(Project::example(name), "127.0.0.1:1"), On::Local)
    }

    /// An example on a server, in one of the ways that its runs can be kept.
    fn example_on_server(name: &str, way: &str, option: &str) -> Self {
        let project = Project::example_with(name, option, &format!("{name}-{way}"));
        Self { place: format!("server-{way}"), ..Self::of(addressed(project, &server().address()), On::Server) }
    }

    /// One workflow `t:flow` on the local engine.
    fn flow(flow: &str) -> Self {
        Self::of(project(flow), On::Local)
    }

    fn of(project: Project, on: On) -> Self {
        let engine = if on == On::Server { "temporal" } else { "local" };
        let mut running = Running::start(project.path(), ["run", ".", "--log-format", "text", "--engine", engine]);
        running.wait_for("Started.");
        Self { on, place: "local".to_owned(), project, running }
    }

    /// An id that no other test has.
    fn id(&self, story: &str) -> String {
        format!("on-{}-{story}", self.place)
    }

    fn metonic(&self, arguments: &[&str]) -> Output {
        metonic(self.project.path(), arguments)
    }

    /// `metonic workflow VERB ID …`
    fn workflow(&self, arguments: &[&str]) -> Output {
        self.metonic(&[&["workflow"], arguments].concat())
    }

    fn start(&self, entry: &str, id: &str, input: &Value) {
        let output = self.metonic(&["start", entry, &input.to_string(), "--id", id]);
        assert_eq!(output.code, Some(0), "{output}");
    }

    /// Replays the history that a server has of a run so far, with those of the run's children.
    fn replays(&self, id: &str) {
        if self.on == On::Server {
            self.project.replays_histories(&server().histories(id));
        }
    }

    /// What a command says that has to be done.
    fn done(&self, arguments: &[&str]) -> Value {
        let output = self.workflow(arguments);
        assert_eq!(output.code, Some(0), "{output}");
        serde_json::from_str(&output.stdout).unwrap()
    }

    /// How a run ended, as `workflow result -o json` says it; it has been replayed.
    fn end(&self, id: &str) -> Value {
        let output = self.workflow(&["result", id, "-o", "json"]);
        self.replays(id);
        serde_json::from_str(&output.stdout).unwrap_or_else(|_| panic!("{output}"))
    }
}

/// An example whose server is here.
fn addressed(project: Project, address: &str) -> Project {
    let entries = repository::read(&project.path().join("_index.yaml"));
    project.write("_index.yaml", &entries.replace("${env:TEMPORAL_ADDRESS}", address));
    project
}

/// The files of a project of one workflow `t:flow` and one activity `t:work`.
fn project(flow: &str) -> Project {
    let entries = "namespace: t\nentries:\n  \
                   - {name: temporal, kind: temporal.client, address: \"127.0.0.1:1\", lifecycle: {auto_start: true}}\n  \
                   - {name: worker, kind: temporal.worker, client: temporal, task_queue: q, \
                   worker_options: {deadlock_detection_timeout: 1m}, lifecycle: {auto_start: true}}\n  \
                   - {name: flow, kind: workflow.lua, source: \"file://flow.lua\", method: main, \
                   modules: [funcs, workflow, time, errors], meta: {temporal: {workflow: {worker: worker}}}}\n  \
                   - {name: work, kind: function.lua, source: \"file://work.lua\", method: main, \
                   meta: {temporal: {activity: {worker: worker}}}}\n";
    let work = "return { main = function(text) return text .. \"!\" end }\n";
    Project::new(&[("_index.yaml", entries), ("flow.lua", flow), ("work.lua", work)])
}

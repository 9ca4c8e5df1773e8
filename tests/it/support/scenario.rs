//! A workflow and its functions, running on the shared server.

use std::{collections::BTreeSet, fmt::Write as _, path::Path, sync::Mutex, thread};

use serde_json::Value;

use super::{Project, Running, Server, metonic, patience::seen, server};

/// One workflow `t:flow` of a project that runs as long as this lives. At its end the histories of its
/// runs are replayed that its test has not replayed.
pub(crate) struct Scenario {
    name: String,
    /// Where it connects to.
    address: String,
    /// Nothing: the shared one.
    server: Option<&'static Server>,
    /// Its YAML as it was first written.
    entries: String,
    project: Project,
    running: Option<Running>,
    runs: usize,
    /// The runs whose histories are no longer to be replayed.
    replayed: Mutex<BTreeSet<String>>,
}

/// What a scenario is made of.
#[derive(Clone, Copy, Default)]
pub(crate) struct Parts<'a> {
    /// The Lua of `t:flow`.
    pub(crate) flow: &'a str,
    /// A Lua module whose functions are the activities `t:NAME`.
    pub(crate) functions: &'a str,
    /// Their names.
    pub(crate) activities: &'a [&'a str],
    /// Lines of YAML below each of the activities' `options`; `start_to_close_timeout` is a minute else.
    pub(crate) options: &'a str,
    /// Lines of YAML below `worker_options`; a task may compute for a minute unless they say otherwise. Here and in `entries`, `QUEUE` is the worker's queue,
    /// `THE_SERVER` the server's address, and, in a scenario of many ways, `THE_WAY` an option of
    /// workers: each other worker is to take it, too.
    pub(crate) worker: &'a str,
    /// Lines of YAML of the client.
    pub(crate) client: &'a str,
    /// More entries, as a list of YAML.
    pub(crate) entries: &'a str,
    /// More files, by path.
    pub(crate) files: &'a [(&'a str, &'a str)],
}

impl Scenario {
    /// Writes the project and waits until its worker polls. `name` has to be unlike any other's.
    pub(crate) fn start(name: &str, parts: Parts<'_>) -> Self {
        Self::at(&server().address(), name, parts)
    }

    /// The same on a server of its own.
    pub(crate) fn start_on(server: &'static Server, name: &str, parts: Parts<'_>) -> Self {
        let mut scenario = Self::at(&server.address(), name, parts);
        scenario.server = Some(server);
        scenario
    }

    /// On a server that only its test knows: that one has to replay what it begins.
    pub(crate) fn at(address: &str, name: &str, parts: Parts<'_>) -> Self {
        let mut scenario = Self::written(address, name, parts);
        scenario.resume();
        scenario
    }

    /// Its worker waits to be started by command.
    pub(crate) fn started_by_command(name: &str, parts: Parts<'_>) -> Self {
        let mut scenario = Self::written(&server().address(), name, parts).without_auto_start();
        scenario.resume();
        scenario
    }

    /// Takes `auto_start` out of the project; before it is started.
    pub(crate) fn without_auto_start(self) -> Self {
        self.project.write("_index.yaml", &self.entries.replace("auto_start: true", "auto_start: false"));
        self
    }

    /// Only writes the project.
    pub(crate) fn written(address: &str, name: &str, parts: Parts<'_>) -> Self {
        let functions = if parts.functions.is_empty() { "return {}" } else { parts.functions };
        let entries = entries(address, name, parts);
        let project =
            Project::new(&[("_index.yaml", &entries), ("flow.lua", parts.flow), ("functions.lua", functions)]);
        for (path, text) in parts.files {
            project.write(path, text);
        }
        let (name, address) = (name.to_owned(), address.to_owned());
        let replayed = Mutex::default();
        Self { name, address, server: None, project, entries, running: None, runs: 0, replayed }
    }

    /// The queue of its worker: its name.
    pub(crate) fn queue(&self) -> &str {
        &self.name
    }

    /// An id for a run that the test starts itself.
    pub(crate) fn next_id(&mut self) -> String {
        self.runs += 1;
        self.id(self.runs)
    }

    fn id(&self, run: usize) -> String {
        format!("{}-{run}", self.name)
    }

    /// Starts the process, after the first time or a [`Scenario::kill`].
    pub(crate) fn resume(&mut self) {
        let mut running = Running::start(self.project.path(), ["run", ".", "--log-format", "text"]);
        running.wait_for("Started.");
        self.running = Some(running);
    }

    /// Starts the process and does not wait for anything.
    pub(crate) fn launch(&mut self) -> &mut Running {
        let running = Running::start(self.project.path(), ["run", ".", "--log-format", "text"]);
        self.running.insert(running)
    }

    /// Ends the process without a word, as a power cut does.
    pub(crate) fn kill(&mut self) {
        let mut running = self.running.take().expect("it runs");
        running.signal("KILL");
        running.end();
    }

    pub(crate) fn process(&mut self) -> &mut Running {
        self.running.as_mut().expect("it runs")
    }

    /// Replaces the workflow's code on disk. The process that runs does not look.
    pub(crate) fn rewrite(&self, flow: &str) {
        self.project.write("flow.lua", flow);
    }

    /// Writes another file of the project.
    pub(crate) fn write(&self, path: &str, text: &str) {
        self.project.write(path, text);
    }

    pub(crate) fn folder(&self) -> &Path {
        self.project.path()
    }

    pub(crate) fn server(&self) -> &'static Server {
        self.server.unwrap_or_else(server)
    }

    /// Begins a run and gives its id.
    pub(crate) fn begin(&mut self, input: &[Value]) -> String {
        let id = self.next_id();
        self.server().begin(&id, "t:flow", &self.name, input);
        id
    }

    /// Runs the workflow to its end and replays its history.
    pub(crate) fn run(&mut self, input: &[Value]) -> Result<Value, Value> {
        let id = self.begin(input);
        self.end(&id)
    }

    /// Waits for the end of a run and replays its history, which has to fit. So has that of the runs that
    /// it took the place of, and of all children, as far as they have come.
    pub(crate) fn end(&self, id: &str) -> Result<Value, Value> {
        let end = self.server().end(id);
        self.project.replays_histories(&self.server().histories(id));
        self.is_replayed(id);
        end
    }

    /// Waits for the end of the last run of a chain, and replays the histories of all.
    pub(crate) fn end_of_chain(&self, id: &str) -> Result<Value, Value> {
        let renewed = Err(Value::from("EVENT_TYPE_WORKFLOW_EXECUTION_CONTINUED_AS_NEW"));
        seen(&format!("`{id}` begins anew for ever"), || Some(self.end(id)).filter(|end| *end != renewed))
    }

    /// Replays runs of any server; all have to fit.
    pub(crate) fn replays(&self, server: &Server, ids: &[impl AsRef<str>]) {
        self.project.replays(server, ids);
        for id in ids {
            self.is_replayed(id.as_ref());
        }
    }

    /// Says that a history cannot fit the code that is on disk in the end, on which its test insists.
    pub(crate) fn never_fits(&self, id: &str) {
        self.is_replayed(id);
    }

    fn is_replayed(&self, id: &str) {
        self.replayed.lock().unwrap().insert(id.to_owned());
    }

    /// Replays what was begun and not yet replayed, as far as it has come.
    fn replay_the_rest(&self) {
        let server = self.server();
        if self.address != server.address() {
            return;
        }
        let mut ids = server.begun_in(&self.name);
        // Not each id has been used.
        ids.extend((1..=self.runs).map(|run| self.id(run)).filter(|id| server.knows(id)));
        let replayed = self.replayed.lock().unwrap();
        let histories: Vec<_> = ids.difference(&replayed).flat_map(|id| server.histories(id)).collect();
        self.project.replays_histories(&histories);
    }

    /// `metonic replay` on the history of a run: its exit code and what it says.
    pub(crate) fn replay(&self, id: &str) -> (Option<i32>, String) {
        self.replay_events(id, &self.server().history(id))
    }

    fn replay_events(&self, id: &str, events: &[Value]) -> (Option<i32>, String) {
        let history = serde_json::json!({ "events": events });
        let file = format!("{id}.json");
        self.project.write(&file, &history.to_string());
        let output = metonic(self.project.path(), ["replay", &file]);
        (output.code, output.stdout + &output.stderr)
    }
}

impl Drop for Scenario {
    fn drop(&mut self) {
        // A test that has failed has said why.
        if !thread::panicking() {
            self.replay_the_rest();
        }
    }
}

fn entries(address: &str, queue: &str, parts: Parts<'_>) -> String {
    let Parts { activities, options, worker, client, entries: more, .. } = parts;
    let mut text = format!(
        "version: \"1.0\"\nnamespace: t\nentries:\n\
         - name: client\n  kind: temporal.client\n  address: {address}\n  connection_timeout: 2m\n  \
         lifecycle: {{auto_start: true, start_timeout: 3m}}\n{}\
         - name: worker\n  kind: temporal.worker\n  client: client\n  task_queue: {queue}\n  worker_options:\n    \
         worker_stop_timeout: 1s\n{}{}  lifecycle: {{auto_start: true, start_timeout: 3m, stop_timeout: 1m}}\n\
         - name: flow\n  kind: workflow.lua\n  source: file://flow.lua\n  method: main\n  \
         modules: [funcs, time, json, uuid, workflow, ctx, logger, errors, saga]\n  meta: {{temporal: {{workflow: {{worker: worker}}}}}}\n",
        indented(client, 2),
        if worker.contains("deadlock_detection_timeout") { "" } else { "    deadlock_detection_timeout: 1m\n" },
        indented(worker, 4)
    );
    let limit =
        if options.contains("start_to_close_timeout") { "" } else { "      activity.start_to_close_timeout: 1m\n" };
    for name in activities {
        // Writing to a text cannot fail.
        let _ = write!(
            text,
            "- name: {name}\n  kind: function.lua\n  source: file://functions.lua\n  method: {name}\n  \
             modules: [http_client, time, ctx, activity]\n  http: {{allow: [127.0.0.1]}}\n  meta:\n    \
             temporal: {{activity: {{worker: worker}}}}\n    options:\n{limit}{}",
            indented(options, 6)
        );
    }
    (text + more).replace("QUEUE", queue).replace("THE_SERVER", address)
}

fn indented(lines: &str, by: usize) -> String {
    lines.lines().flat_map(|line| [" ".repeat(by), line.to_owned(), "\n".to_owned()]).collect()
}

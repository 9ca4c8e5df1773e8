//! A real Temporal server, and what one asks of it: through its HTTP interface, not through metonic.

use std::{
    path::Path,
    process::{Child, Command, Stdio},
    sync::OnceLock,
    thread,
    time::Duration,
};

use serde_json::{Value, json};
use tokio::time::Instant;

use super::{free_port, http::request, temporal_command};

/// A server that is not up by then will not come up.
const START_LIMIT: Duration = Duration::from_mins(1);

/// Ends the server with the process that started it, however that one ends.
const GUARDED: &str = r#"
exec 3<&0
"$@" < /dev/null & server=$!
{ cat <&3; kill -TERM "$server"; sleep 5; kill -KILL "$server"; } > /dev/null 2>&1 & guard=$!
wait "$server"
kill "$guard" 2> /dev/null
"#;

/// A dev server.
pub(crate) struct Server {
    child: Child,
    port: u16,
    http_port: u16,
}

/// The one that most tests share. Each test has queues and ids of its own.
pub(crate) fn server() -> &'static Server {
    static SHARED: OnceLock<Server> = OnceLock::new();
    SHARED.get_or_init(|| {
        let settings = ["system.enableSendTargetVersionChanged=true", "system.enableCrossNamespaceCommands=true"];
        Server::start_with(free_port(), None, &settings)
    })
}

impl Server {
    /// A server in memory, or on a database.
    pub(crate) fn start(port: u16, database: Option<&Path>) -> Self {
        Self::start_with(port, database, &[])
    }

    /// The same, with `KEY=VALUE` of its dynamic configuration.
    pub(crate) fn start_with(port: u16, database: Option<&Path>, settings: &[&str]) -> Self {
        let http_port = free_port();
        let mut command = Command::new("sh");
        command.args(["-c", GUARDED, "temporal-dev-server"]).arg(temporal_command());
        command.args(["server", "start-dev", "--headless", "--log-level", "never"]);
        command.arg("--port").arg(port.to_string()).arg("--http-port").arg(http_port.to_string());
        if let Some(database) = database {
            command.arg("--db-filename").arg(database);
        }
        for setting in settings {
            command.args(["--dynamic-config-value", setting]);
        }
        command.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null());
        let mut server = Self { child: command.spawn().unwrap(), port, http_port };
        let begun = Instant::now();
        while server.call("GET", "/namespaces/default", None).is_none() {
            assert!(begun.elapsed() < START_LIMIT, "the dev server does not answer");
            if server.child.try_wait().unwrap().is_some() {
                // The server of a process that was killed holds the database until it has ended.
                server.child = command.spawn().unwrap();
            }
            thread::sleep(Duration::from_millis(20));
        }
        server
    }

    /// What a `temporal.client` connects to.
    pub(crate) fn address(&self) -> String {
        format!("127.0.0.1:{}", self.port)
    }

    pub(crate) fn port(&self) -> u16 {
        self.port
    }

    /// Starts a run; the type is its entry's id.
    pub(crate) fn begin(&self, id: &str, workflow_type: &str, queue: &str, input: &[Value]) {
        let body = json!({
            "workflowType": {"name": workflow_type}, "taskQueue": {"name": queue}, "input": input,
            "requestId": format!("begin-{id}"),
        });
        self.on(id, "", Some(&body));
    }

    /// Starts a run and gives it a signal before anybody could see it.
    pub(crate) fn signal_with_start(&self, id: &str, queue: &str, input: &[Value], signal: &str, argument: &Value) {
        let body = json!({
            "workflowType": {"name": "t:flow"}, "taskQueue": {"name": queue}, "input": input,
            "requestId": format!("begin-{id}"), "signalInput": [argument],
        });
        self.on(id, &format!("/signal-with-start/{signal}"), Some(&body));
    }

    /// Waits for what became of an update: its result, or its failure.
    pub(crate) fn update(&self, id: &str, name: &str, update_id: &str, arguments: &[Value]) -> Result<Value, Value> {
        let body = json!({
            "waitPolicy": {"lifecycleStage": "UPDATE_WORKFLOW_EXECUTION_LIFECYCLE_STAGE_COMPLETED"},
            "request": {"meta": {"updateId": update_id}, "input": {"args": arguments}},
        });
        let path = format!("/api/v1/namespaces/default/workflows/{id}/update/{name}");
        let begun = Instant::now();
        loop {
            let (status, mut answer) = request(self.http_port, "POST", &path, Some(&body)).unwrap();
            if status != 200 {
                return Err(answer);
            }
            let mut outcome = answer["outcome"].take();
            if outcome["failure"].is_object() {
                return Err(outcome["failure"].take());
            }
            if outcome.is_object() {
                return Ok(outcome["success"][0].take());
            }
            assert!(begun.elapsed() < Duration::from_mins(1), "update `{name}` of `{id}` does not end");
        }
    }

    pub(crate) fn terminate(&self, id: &str) {
        self.on(id, "/terminate", Some(&json!({})));
    }

    /// Asks the run to end, and says why.
    pub(crate) fn cancel_because(&self, id: &str, reason: &str) {
        self.on(id, "/cancel", Some(&json!({"reason": reason})));
    }

    /// What the server knows of a run: status, memo, search attributes, what is pending.
    pub(crate) fn describe(&self, id: &str) -> Value {
        self.get(id, "")
    }

    /// The events of a type.
    pub(crate) fn events(&self, id: &str, event_type: &str) -> Vec<Value> {
        self.history(id).into_iter().filter(|event| event["eventType"] == event_type).collect()
    }

    /// Runs `temporal` with these arguments against this server; what it prints. For what the HTTP
    /// interface has no way to ask.
    pub(crate) fn temporal(&self, arguments: &[&str]) -> String {
        let output =
            Command::new(temporal_command()).args(arguments).arg("--address").arg(self.address()).output().unwrap();
        assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap()
    }

    /// Sends new runs to a version of a deployment, as soon as the server knows that version.
    pub(crate) fn make_current(&self, deployment: &str, build_id: &str) {
        self.deployed("set-current-version", &["--yes"], deployment, build_id);
    }

    /// Waits until a worker of this version has polled.
    pub(crate) fn wait_for_version(&self, deployment: &str, build_id: &str) {
        self.deployed("describe-version", &[], deployment, build_id);
    }

    /// Says something of a version, until the server knows it.
    fn deployed(&self, what: &str, more: &[&str], deployment: &str, build_id: &str) {
        let begun = Instant::now();
        loop {
            let mut command = Command::new(temporal_command());
            command.args(["worker", "deployment", what, "--address", &self.address()]).args(more);
            command.args(["--deployment-name", deployment, "--build-id", build_id]);
            let output = command.output().unwrap();
            if output.status.success() {
                return;
            }
            let said = String::from_utf8_lossy(&output.stderr);
            assert!(begun.elapsed() < START_LIMIT, "{what} of `{build_id}` of `{deployment}`: {said}");
        }
    }

    pub(crate) fn signal(&self, id: &str, name: &str, input: &[Value]) {
        self.on(id, &format!("/signal/{name}"), Some(&json!({"input": input})));
    }

    pub(crate) fn cancel(&self, id: &str) {
        self.on(id, "/cancel", Some(&json!({})));
    }

    /// The answer to a query, or why there is none.
    pub(crate) fn query(&self, id: &str, name: &str, arguments: &[Value]) -> Result<Value, String> {
        let path = format!("/namespaces/default/workflows/{id}/query/{name}");
        let body = json!({"query": {"queryArgs": arguments}});
        let (status, mut answer) = request(self.http_port, "POST", &format!("/api/v1{path}"), Some(&body)).unwrap();
        if status == 200 { Ok(answer["queryResult"][0].take()) } else { Err(answer["message"].to_string()) }
    }

    /// Waits for the end of a run: its result, or its failure.
    pub(crate) fn end(&self, id: &str) -> Result<Value, Value> {
        let begun = Instant::now();
        loop {
            let path = "/history?waitNewEvent=true&historyEventFilterType=HISTORY_EVENT_FILTER_TYPE_CLOSE_EVENT";
            let mut answer = self.get(id, path);
            let Some(event) = answer["history"]["events"].as_array_mut().and_then(Vec::pop) else {
                assert!(begun.elapsed() < Duration::from_mins(3), "`{id}` does not end");
                continue;
            };
            match event["eventType"].as_str() {
                Some("EVENT_TYPE_WORKFLOW_EXECUTION_COMPLETED") => {
                    return Ok(event["workflowExecutionCompletedEventAttributes"]["result"][0].clone());
                }
                Some("EVENT_TYPE_WORKFLOW_EXECUTION_FAILED") => {
                    return Err(event["workflowExecutionFailedEventAttributes"]["failure"].clone());
                }
                _ => return Err(event["eventType"].clone()),
            }
        }
    }

    /// The events of a run so far.
    pub(crate) fn history(&self, id: &str) -> Vec<Value> {
        self.history_of(id, "")
    }

    /// The events of one run of a chain; without a run id, of the last one.
    pub(crate) fn history_of(&self, id: &str, run_id: &str) -> Vec<Value> {
        let (mut events, mut page) = (Vec::new(), String::new());
        loop {
            let mut answer = self.get(id, &format!("/history?execution.runId={run_id}&nextPageToken={page}"));
            if let Some(more) = answer["history"]["events"].as_array_mut() {
                events.append(more);
            }
            match answer["nextPageToken"].as_str() {
                Some(next) if !next.is_empty() => {
                    page = next.replace('+', "%2B").replace('/', "%2F").replace('=', "%3D");
                }
                _ => return events,
            }
        }
    }

    /// Waits until the history has an event of this type.
    pub(crate) fn wait_for(&self, id: &str, event_type: &str) {
        let begun = Instant::now();
        while !self.history(id).iter().any(|event| event["eventType"] == event_type) {
            assert!(begun.elapsed() < Duration::from_mins(1), "`{id}` has no {event_type}");
            thread::sleep(Duration::from_millis(20));
        }
    }

    /// How many look for workflow tasks in a queue, or did a short time ago.
    pub(crate) fn pollers(&self, queue: &str) -> usize {
        let path = format!("/namespaces/default/task-queues/{queue}?taskQueueType=TASK_QUEUE_TYPE_WORKFLOW");
        let answer = self.call("GET", &path, None).unwrap_or_else(|| panic!("{path} is not answered"));
        answer["pollers"].as_array().map_or(0, Vec::len)
    }

    /// Waits until so many tasks lie in a queue that nobody polls.
    pub(crate) fn wait_for_backlog(&self, queue: &str, of: &str, tasks: usize) {
        let path = format!("/namespaces/default/task-queues/{queue}?taskQueueType={of}&reportStats=true");
        let begun = Instant::now();
        loop {
            let answer = self.call("GET", &path, None).unwrap_or_default();
            let count = answer["stats"]["approximateBacklogCount"].as_str().and_then(|count| count.parse().ok());
            if count == Some(tasks) {
                return;
            }
            assert!(begun.elapsed() < Duration::from_mins(1), "`{queue}` has not {tasks} tasks: {answer}");
            thread::sleep(Duration::from_millis(20));
        }
    }

    /// Stops the server and waits until nobody listens any more.
    pub(crate) fn stop(mut self) {
        drop(self.child.stdin.take());
        self.child.wait().unwrap();
    }

    fn on(&self, id: &str, verb: &str, body: Option<&Value>) {
        let path = format!("/api/v1/namespaces/default/workflows/{id}{verb}");
        let begun = Instant::now();
        loop {
            let (status, answer) = request(self.http_port, "POST", &path, body).unwrap();
            // A run that is about to end, or busy: it is to be asked again.
            if status != 429 || begun.elapsed() > START_LIMIT {
                return assert_eq!(status, 200, "{path}: {answer}");
            }
        }
    }

    fn get(&self, id: &str, path: &str) -> Value {
        let path = format!("/namespaces/default/workflows/{id}{path}");
        self.call("GET", &path, None).unwrap_or_else(|| panic!("{path} is not answered"))
    }

    fn call(&self, method: &str, path: &str, body: Option<&Value>) -> Option<Value> {
        let answered = request(self.http_port, method, &format!("/api/v1{path}"), body).ok();
        answered.filter(|(status, _)| *status == 200).map(|(_, answer)| answer)
    }
}

//! A real Temporal server, and what one asks of it: through its HTTP interface, not through metonic.

use std::{
    collections::BTreeSet,
    fs::File,
    io::{Read as _, Seek as _},
    path::Path,
    process::{Child, Command, Output, Stdio},
    sync::{
        Mutex, OnceLock,
        atomic::{AtomicUsize, Ordering},
    },
    thread,
    time::Duration,
};

use serde_json::{Value, json};

use super::{
    end_of, free_port,
    http::request,
    patience::{PATIENCE, seen, seen_within, until},
    temporal_command,
};

/// What is to be asked again: too much to do, not there at the moment, no answer in time.
const AGAIN: [u16; 3] = [429, 503, 504];

/// Ends the server with the process that started it, however that one ends.
const GUARDED: &str = r#"
exec 3<&0
"$@" < /dev/null & server=$!
{ cat <&3; kill -TERM "$server"; sleep 5; kill -KILL "$server"; } > /dev/null 2>&1 & guard=$!
wait "$server"
kill "$guard" 2> /dev/null
"#;

/// How often a server is started, and the first pause after one that ended; each pause is twice the one
/// before. Together they are longer than a server lives on whose process was killed.
const MOST_STARTS: u32 = 7;
const FIRST_PAUSE: Duration = Duration::from_millis(250);

/// A dev server.
pub(crate) struct Server {
    child: Child,
    /// What it complains of.
    complaints: File,
    port: u16,
    http_port: u16,
    /// Queue and id of each run that was begun here.
    begun: Mutex<BTreeSet<[String; 2]>>,
}

/// Why a server is of no use, and what it said.
#[derive(Debug)]
enum Unanswered {
    Ended(String),
    /// It lives, and does not answer.
    Silent(String),
}

/// The one that most tests share. Each test has queues and ids of its own.
pub(crate) fn server() -> &'static Server {
    // If there is none, it is looked for once, and not by each test.
    static SHARED: OnceLock<Result<Server, String>> = OnceLock::new();
    let settings = ["system.enableSendTargetVersionChanged=true", "system.enableCrossNamespaceCommands=true"];
    let shared = SHARED.get_or_init(|| Server::launch(None, None, &settings));
    shared.as_ref().unwrap_or_else(|why| panic!("{why}"))
}

impl Server {
    /// A server in memory, on ports of its own, with `KEY=VALUE` of its dynamic configuration.
    pub(crate) fn start(settings: &[&str]) -> Self {
        Self::launch(None, None, settings).unwrap_or_else(|why| panic!("{why}"))
    }

    /// A server where somebody looks for it, in memory or on a database.
    pub(crate) fn start_at(port: u16, database: Option<&Path>) -> Self {
        Self::launch(Some(port), database, &[]).unwrap_or_else(|why| panic!("{why}"))
    }

    /// Starts a server until one stays: a port may be taken meanwhile, or the server of a process that was
    /// killed still holds the database. The error is what the last one said.
    fn launch(named: Option<u16>, database: Option<&Path>, settings: &[&str]) -> Result<Self, String> {
        let mut said = String::new();
        for start in 0..MOST_STARTS {
            if start > 0 {
                thread::sleep(FIRST_PAUSE * 2_u32.pow(start - 1));
            }
            match Self::spawn(named.unwrap_or_else(free_port), database, settings)?.answering(PATIENCE) {
                Ok(server) => return Ok(server),
                Err(Unanswered::Ended(complaints)) => said = complaints,
                // Patience was had with it; there is none for a second one.
                Err(Unanswered::Silent(complaints)) => {
                    return Err(format!("the dev server goes on and answers nothing; it said:\n{complaints}"));
                }
            }
        }
        Err(format!("no dev server stays, although {MOST_STARTS} were started; the last one said:\n{said}"))
    }

    /// Waits until it answers.
    fn answering(mut self, patience: Duration) -> Result<Self, Unanswered> {
        let answers = seen_within(patience, || {
            let path = "/api/v1/namespaces/default";
            if request(self.http_port, "GET", path, None).is_ok_and(|(status, _)| status == 200) {
                return Some(true);
            }
            self.child.try_wait().unwrap().map(|_| false)
        });
        if answers == Some(true) {
            return Ok(self);
        }
        let mut said = String::new();
        self.complaints.rewind().unwrap();
        self.complaints.read_to_string(&mut said).unwrap();
        Err(if answers.is_some() { Unanswered::Ended(said) } else { Unanswered::Silent(said) })
    }

    fn spawn(port: u16, database: Option<&Path>, settings: &[&str]) -> Result<Self, String> {
        let http_port = free_port();
        let mut command = Command::new("sh");
        command.args(["-c", GUARDED, "temporal-dev-server"]).arg(temporal_command()?);
        command.args(["server", "start-dev", "--headless", "--log-level", "never", "--ip", "127.0.0.1"]);
        command.arg("--port").arg(port.to_string()).arg("--http-port").arg(http_port.to_string());
        if let Some(database) = database {
            command.arg("--db-filename").arg(database);
        }
        for setting in settings {
            command.args(["--dynamic-config-value", setting]);
        }
        // A file: what is not read must not hold it up.
        let complaints = tempfile::tempfile().unwrap();
        command.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(complaints.try_clone().unwrap());
        Ok(Self { child: command.spawn().unwrap(), complaints, port, http_port, begun: Mutex::default() })
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
        self.begin_with(id, workflow_type, queue, input, json!({}));
    }

    /// The same, with more fields of the request.
    pub(crate) fn begin_with(&self, id: &str, workflow_type: &str, queue: &str, input: &[Value], more: Value) {
        let mut body = json!({
            "workflowType": {"name": workflow_type}, "taskQueue": {"name": queue}, "input": input,
            "requestId": format!("begin-{id}"),
        });
        let Value::Object(more) = more else { panic!("fields are an object: {more}") };
        body.as_object_mut().expect("it is one").extend(more);
        self.on(id, "", &body);
        self.has_begun(queue, id);
    }

    /// Starts a run of `t:flow` and gives it a signal before anybody could see it.
    pub(crate) fn signal_with_start(&self, id: &str, queue: &str, input: &[Value], signal: &str, argument: &Value) {
        self.signal_with_start_of("t:flow", id, queue, input, signal, argument);
    }

    /// The same, of another type.
    pub(crate) fn signal_with_start_of(
        &self,
        workflow_type: &str,
        id: &str,
        queue: &str,
        input: &[Value],
        signal: &str,
        argument: &Value,
    ) {
        let body = json!({
            "workflowType": {"name": workflow_type}, "taskQueue": {"name": queue}, "input": input,
            "requestId": format!("begin-{id}"), "signalInput": [argument],
        });
        self.on(id, &format!("/signal-with-start/{signal}"), &body);
        self.has_begun(queue, id);
    }

    fn has_begun(&self, queue: &str, id: &str) {
        self.begun.lock().unwrap().insert([queue, id].map(str::to_owned));
    }

    /// The ids of the runs that tests have begun in a queue.
    pub(crate) fn begun_in(&self, queue: &str) -> BTreeSet<String> {
        let begun = self.begun.lock().unwrap();
        begun.iter().filter(|[of, _]| of == queue).map(|[_, id]| id.clone()).collect()
    }

    /// Whether there is a run of this id, or was.
    pub(crate) fn knows(&self, id: &str) -> bool {
        let (status, answer) = self.ask("GET", &format!("/namespaces/default/workflows/{id}"), None);
        assert!([200, 404].contains(&status), "{id}: {answer}");
        status == 200
    }

    /// Waits for what became of an update: its result, or its failure.
    pub(crate) fn update(&self, id: &str, name: &str, update_id: &str, arguments: &[Value]) -> Result<Value, Value> {
        let body = json!({
            "waitPolicy": {"lifecycleStage": "UPDATE_WORKFLOW_EXECUTION_LIFECYCLE_STAGE_COMPLETED"},
            "request": {"meta": {"updateId": update_id}, "input": {"args": arguments}},
        });
        let path = format!("/namespaces/default/workflows/{id}/update/{name}");
        seen(&format!("update `{name}` of `{id}` does not end"), || {
            let (status, mut answer) = self.ask("POST", &path, Some(&body));
            if status != 200 {
                return Some(Err(answer));
            }
            let mut outcome = answer["outcome"].take();
            if outcome["failure"].is_object() {
                return Some(Err(outcome["failure"].take()));
            }
            outcome.is_object().then(|| Ok(outcome["success"][0].take()))
        })
    }

    /// Whether the server holds an update, which nobody may have seen yet.
    pub(crate) fn has_admitted(&self, id: &str, update_id: &str) -> bool {
        let output = self.command(&["workflow", "update", "describe", "--workflow-id", id, "--update-id", update_id]);
        output.status.success()
    }

    pub(crate) fn terminate(&self, id: &str) {
        self.on(id, "/terminate", &json!({}));
    }

    /// Asks the run to end, and says why.
    pub(crate) fn cancel_because(&self, id: &str, reason: &str) {
        self.on(id, "/cancel", &json!({"reason": reason, "requestId": request_id()}));
    }

    /// Runs `temporal` with these arguments against this server; what it prints. For what the HTTP
    /// interface has no way to ask.
    pub(crate) fn temporal(&self, arguments: &[&str]) -> String {
        let output = self.command(arguments);
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
        until(&format!("{what} of `{build_id}` of `{deployment}` does not come about"), || {
            let version = ["worker", "deployment", what, "--deployment-name", deployment, "--build-id", build_id];
            self.command(&[&version, more].concat()).status.success()
        });
    }

    fn command(&self, arguments: &[&str]) -> Output {
        let mut command = Command::new(temporal_command().unwrap_or_else(|why| panic!("{why}")));
        command.args(arguments).arg("--address").arg(self.address());
        let process = command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        end_of(process, &command)
    }

    pub(crate) fn signal(&self, id: &str, name: &str, input: &[Value]) {
        self.on(id, &format!("/signal/{name}"), &json!({"input": input, "requestId": request_id()}));
    }

    pub(crate) fn cancel(&self, id: &str) {
        self.on(id, "/cancel", &json!({"requestId": request_id()}));
    }

    /// The answer to a query, or why there is none.
    pub(crate) fn query(&self, id: &str, name: &str, arguments: &[Value]) -> Result<Value, String> {
        let path = format!("/namespaces/default/workflows/{id}/query/{name}");
        let body = json!({"query": {"queryArgs": arguments}});
        let (status, mut answer) = self.ask("POST", &path, Some(&body));
        if status == 200 { Ok(answer["queryResult"][0].take()) } else { Err(answer["message"].to_string()) }
    }

    /// Stops the server and waits until nobody listens any more.
    pub(crate) fn stop(mut self) {
        drop(self.child.stdin.take());
        self.child.wait().unwrap();
    }

    /// Asks something of a run that has to be granted. What is asked twice has to be one: it has an id.
    fn on(&self, id: &str, verb: &str, body: &Value) {
        let path = format!("/namespaces/default/workflows/{id}{verb}");
        let (status, answer) = self.ask("POST", &path, Some(body));
        assert_eq!(status, 200, "{path}: {answer}");
    }

    pub(super) fn get(&self, id: &str, path: &str) -> Value {
        self.answer(&format!("/namespaces/default/workflows/{id}{path}"))
    }

    pub(super) fn answer(&self, path: &str) -> Value {
        let (status, answer) = self.ask("GET", path, None);
        assert_eq!(status, 200, "{path}: {answer}");
        answer
    }

    /// Asks until there is an answer that is meant.
    fn ask(&self, method: &str, path: &str, body: Option<&Value>) -> (u16, Value) {
        let path = format!("/api/v1{path}");
        seen(&format!("{method} {path} is not answered"), || {
            let meant = |(status, answer): &(u16, Value)| !AGAIN.contains(status) && !is_forgetful(answer);
            request(self.http_port, method, &path, body).ok().filter(meant)
        })
    }
}

/// Whether the server says for the moment that it has no such namespace, as a busy one does of `default`.
fn is_forgetful(answer: &Value) -> bool {
    let details = answer["details"].as_array().into_iter().flatten();
    details.filter_map(|detail| detail["@type"].as_str()).any(|of_type| of_type.ends_with(".NamespaceNotFoundFailure"))
}

/// A new one for each request that counts once, however often it is sent.
fn request_id() -> String {
    static REQUESTS: AtomicUsize = AtomicUsize::new(0);
    format!("request-{}", REQUESTS.fetch_add(1, Ordering::Relaxed))
}

#[test]
fn a_server_that_never_answers_is_given_up() {
    let mut command = Command::new("cat");
    command.stdin(Stdio::piped()).stdout(Stdio::null());
    let silent = Server {
        child: command.spawn().unwrap(),
        complaints: tempfile::tempfile().unwrap(),
        port: free_port(),
        http_port: free_port(),
        begun: Mutex::default(),
    };
    assert!(matches!(silent.answering(Duration::ZERO), Err(Unanswered::Silent(_))));
}

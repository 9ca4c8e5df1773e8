//! The article example on a real server, with models that are a few lines of this test: what was done
//! is undone in reverse, and a person decides in time, late, or never.

use std::{
    io::{BufRead, BufReader, Read, Write},
    net::{TcpListener, TcpStream},
    path::Path,
    sync::{Arc, Mutex},
    thread,
};

use serde_json::{Value, json};

use crate::support::{Project, Running, command, each_way, repository, server, until};

/// Answers for the models and the payments, and writes down what it was asked for.
#[derive(Clone)]
struct Models {
    port: u16,
    asked: Arc<Mutex<Vec<String>>>,
    troubles: Arc<Mutex<Vec<Trouble>>>,
    /// While a test has this, reminders are not answered.
    reminders: Arc<Mutex<()>>,
}

/// `POST /path`, and the statuses of the first answers to it.
type Trouble = (&'static str, Vec<u16>);

impl Models {
    fn start(troubles: &[(&'static str, &[u16])]) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let troubles = troubles.iter().map(|(request, statuses)| (*request, statuses.to_vec())).collect();
        let models = Self {
            port: listener.local_addr().unwrap().port(),
            asked: Arc::default(),
            troubles: Arc::new(Mutex::new(troubles)),
            reminders: Arc::default(),
        };
        let own = models.clone();
        thread::spawn(move || {
            for stream in listener.incoming().map_while(Result::ok) {
                let models = own.clone();
                thread::spawn(move || models.serve(stream));
            }
        });
        models
    }

    fn asked(&self) -> Vec<String> {
        self.asked.lock().unwrap().clone()
    }

    fn serve(&self, stream: TcpStream) -> Option<()> {
        let mut writer = stream.try_clone().ok()?;
        let mut reader = BufReader::new(stream);
        loop {
            let mut first = String::new();
            if reader.read_line(&mut first).ok()? == 0 {
                return None;
            }
            let mut length = 0;
            loop {
                let mut line = String::new();
                reader.read_line(&mut line).ok()?;
                if let Some(value) = line.to_ascii_lowercase().strip_prefix("content-length:") {
                    length = value.trim().parse().ok()?;
                }
                if line.trim().is_empty() {
                    break;
                }
            }
            reader.read_exact(&mut vec![0; length]).ok()?;
            let request = first.trim_end().trim_end_matches(" HTTP/1.1").to_owned();
            let (status, body) = self.answer(&request);
            let (body, length) = (body.to_string(), body.to_string().len());
            write!(writer, "HTTP/1.1 {status} Said\r\nContent-Length: {length}\r\n\r\n{body}").ok()?;
        }
    }

    fn answer(&self, request: &str) -> (u16, Value) {
        self.asked.lock().unwrap().push(request.to_owned());
        if request == REMINDED {
            drop(self.reminders.lock().unwrap());
        }
        let mut troubles = self.troubles.lock().unwrap();
        let trouble = troubles.iter_mut().find(|(of, left)| *of == request && !left.is_empty());
        match trouble.map(|(_, left)| left.remove(0)) {
            Some(status @ 500..) => (status, json!({ "message": "too busy" })),
            Some(status) => (status, json!({ "kind": "ModelRefused", "message": "not about this" })),
            None => {
                let ids =
                    [("/payments", "pay"), ("/generate", "text"), ("/translate", "texte"), ("/summarise", "summary")];
                let id = ids.iter().find(|(path, _)| request.ends_with(path)).map_or("done", |(_, id)| id);
                (200, json!({ "id": id }))
            }
        }
    }
}

/// The example with a queue of its own, running.
struct Content {
    project: Project,
    queue: String,
    models: Models,
    _running: Running,
}

impl Content {
    fn start(name: &str, option: &str, troubles: &[(&'static str, &[u16])]) -> Self {
        let project = Project::example("ai-content");
        let queue = format!("content-{name}");
        let entries = repository::read(Path::new("examples/ai-content/_index.yaml"));
        let entries = entries.replace("task_queue: content", &format!("task_queue: {queue}"));
        let own = entries.replace("worker_options:\n", &format!("worker_options:\n      {option}\n"));
        assert_ne!(own, entries);
        // An attempt that took too long would be a second request.
        let own = own.replace("start_to_close_timeout: 10s", "start_to_close_timeout: 10m");
        let own = own.replace("start_to_close_timeout: 60s", "start_to_close_timeout: 10m");
        project.write("_index.yaml", &own);
        let models = Models::start(troubles);
        let mut command = command(project.path());
        command.args(["run", "--log-format", "text"]);
        command.env("TEMPORAL_ADDRESS", server().address());
        command.env("MODEL_ADDRESS", format!("http://127.0.0.1:{}", models.port));
        let mut running = Running::spawn(command);
        running.wait_for("Started.");
        Self { project, queue, models, _running: running }
    }

    /// Orders an article; with an approval if there is patience for one.
    fn order(&self, patience: Option<&str>) -> &str {
        let input = json!({
            "customer": "ada", "amount": 1200, "topic": "lamps", "language": "fr",
            "approval": patience.is_some(), "patience": patience,
        });
        server().begin(&self.queue, "content:article", &self.queue, &[input]);
        &self.queue
    }

    /// Waits for the end; the history has to fit the code.
    fn end(&self) -> Result<Value, Value> {
        let end = server().end(&self.queue);
        self.project.replays_histories(&server().histories(&self.queue));
        end
    }
}

/// Tells a story in every way that runs can be kept.
fn story(name: &str, troubles: &[(&'static str, &[u16])], tell: impl Fn(&Content) + Sync) {
    each_way(name, |way, option| tell(&Content::start(&format!("{name}-{way}"), option, troubles)));
}

const MADE: [&str; 4] = ["POST /payments", "POST /generate", "POST /translate", "POST /summarise"];

const REMINDED: &str = "POST /reminders";

/// The last thing that was done first.
const UNDONE: [&str; 4] =
    ["DELETE /texts/summary", "DELETE /texts/texte", "DELETE /texts/text", "POST /payments/pay/refund"];

/// The type of the failure that began it all, and its message.
fn failure(end: Result<Value, Value>) -> (String, String) {
    let mut failure = end.unwrap_err();
    while failure["cause"].is_object() {
        failure = failure["cause"].take();
    }
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    (text(&failure["applicationFailureInfo"]["type"]), text(&failure["message"]))
}

#[test]
fn an_article_is_charged_generated_translated_and_summarised() {
    story("made", &[], |content| {
        content.order(None);
        assert_eq!(
            content.end(),
            Ok(json!({ "payment": "pay", "text": "text", "translation": "texte", "summary": "summary" }))
        );
        assert_eq!(content.models.asked(), MADE);
    });
}

#[test]
fn a_summary_that_fails_undoes_the_texts_and_the_payment_in_reverse() {
    story("refused", &[("POST /summarise", &[422])], |content| {
        content.order(None);
        assert_eq!(failure(content.end()), ("ModelRefused".to_owned(), "not about this".to_owned()));
        assert_eq!(content.models.asked(), [&MADE[..], &UNDONE[1..]].concat());
    });
}

#[test]
fn a_charge_that_is_refused_leaves_nothing_to_undo() {
    story("unpaid", &[("POST /payments", &[402])], |content| {
        content.order(None);
        assert_eq!(failure(content.end()).0, "ModelRefused");
        assert_eq!(content.models.asked(), MADE[..1]);
    });
}

#[test]
fn a_model_that_is_busy_is_asked_again() {
    story("busy", &[("POST /translate", &[503])], |content| {
        content.order(None);
        assert!(content.end().is_ok());
        assert_eq!(content.models.asked(), [MADE[0], MADE[1], MADE[2], MADE[2], MADE[3]]);
    });
}

#[test]
fn a_refund_is_asked_for_until_it_is_made() {
    story("refund", &[("POST /generate", &[422]), ("POST /payments/pay/refund", &[500, 502, 503])], |content| {
        content.order(None);
        assert_eq!(failure(content.end()).0, "ModelRefused");
        assert_eq!(content.models.asked(), [MADE[0], MADE[1], UNDONE[3], UNDONE[3], UNDONE[3], UNDONE[3]]);
    });
}

#[test]
fn an_article_that_is_approved_is_kept() {
    story("approved", &[], |content| {
        let id = content.order(Some("1h"));
        server().signal(id, "decision", &[json!({ "approved": true, "by": "grace" })]);
        assert_eq!(content.end().unwrap()["approved_by"], "grace");
        assert_eq!(content.models.asked(), MADE);
    });
}

#[test]
fn an_article_that_is_rejected_is_undone() {
    story("rejected", &[], |content| {
        let id = content.order(Some("1h"));
        server().signal(id, "decision", &[json!({ "approved": false, "reason": "too long" })]);
        assert_eq!(failure(content.end()), ("NotApproved".to_owned(), "too long".to_owned()));
        assert_eq!(content.models.asked(), [MADE, UNDONE].concat());
    });
}

#[test]
fn an_article_that_nobody_decides_about_is_undone_after_a_reminder() {
    story("late", &[], |content| {
        content.order(Some("100ms"));
        assert_eq!(failure(content.end()), ("NotApproved".to_owned(), "nobody decided in time".to_owned()));
        assert_eq!(content.models.asked(), [&MADE[..], &[REMINDED], &UNDONE[..]].concat());
    });
}

#[test]
fn a_decision_after_the_reminder_counts() {
    // The reminder is not made before the decision is on its way.
    story("reminded", &[], |content| {
        let unanswered = content.models.reminders.lock().unwrap();
        let id = content.order(Some("1s"));
        until("nobody is reminded", || content.models.asked().contains(&REMINDED.to_owned()));
        server().signal(id, "decision", &[json!({ "approved": true, "by": "grace" })]);
        drop(unanswered);
        assert_eq!(content.end().unwrap()["approved_by"], "grace");
    });
}

#[test]
fn an_article_that_is_cancelled_is_undone() {
    story("cancelled", &[], |content| {
        let id = content.order(Some("1h"));
        server().wait_for(id, "EVENT_TYPE_TIMER_STARTED");
        server().cancel(id);
        assert_eq!(content.end(), Err(json!("EVENT_TYPE_WORKFLOW_EXECUTION_CANCELED")));
        assert_eq!(content.models.asked(), [MADE, UNDONE].concat());
    });
}

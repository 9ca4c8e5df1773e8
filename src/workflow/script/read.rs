//! Activations as specifications write them: a list of jobs, one a line.
//!
//! `start 41 {"a":1}` · `start as TYPE 41` · `resolve 2` (a timer fired, or a request was done) · `resolve 2 "x"` ·
//! `fail 2 Invalid: no` · `cancel 2` · `child 3 started run-9` · `backoff 2 5 1m` (attempt 5 after a
//! minute) · `signal name 1` · `update name 1` or `update name#id 1` · `accepted name#id 1` (as a
//! replay gives it) · `unreadable name` (an update) · `query name 1` · `ask to end: reason` · `patch id` · `reseed 5`.
//!
//! Before them may stand `after 5s`, `replaying`, `suggested` (to continue as new), `moved` (the
//! target version), and for a start or a message `context {"k":1}` and `header name {"k":1}`.

use std::time::{Duration, SystemTime};

use super::TYPE;
use crate::{
    value::{Failure, FailureInfo, Map, RetryState, Value, parse_duration},
    workflow::{
        Activation, ContinueReasons, Headers, HistorySize, Job, Outcome, Query, SearchAttributes, Seq, Signal, Start,
        StartInfo, Update,
    },
};

/// 2026-01-01.
const BEGUN: Duration = Duration::from_hours(490_896);

/// Reads activations; each goes on where the one before ended.
#[derive(Default)]
pub(crate) struct Reader {
    passed: Duration,
    count: u32,
}

impl Reader {
    pub(crate) fn read(&mut self, text: &str) -> Activation {
        self.count += 1;
        let (mut jobs, mut replaying, mut suggested, mut moved) = (Vec::new(), false, false, false);
        let mut headers = Headers::default();
        for line in text.lines().map(str::trim).filter(|line| !line.is_empty()) {
            let (word, rest) = line.split_once(' ').unwrap_or((line, ""));
            match word {
                "after" => self.passed += parse_duration(rest).unwrap(),
                "replaying" => replaying = true,
                "suggested" => suggested = true,
                "moved" => moved = true,
                "context" => {
                    headers.insert("wippy-context".to_owned(), values(rest).remove(0));
                }
                "header" => {
                    let (name, value) = rest.split_once(' ').unwrap();
                    headers.insert(name.to_owned(), values(value).remove(0));
                }
                _ => jobs.push(self.job(word, rest, &headers)),
            }
        }
        Activation {
            run_id: "run-1".to_owned(),
            time: SystemTime::UNIX_EPOCH + BEGUN + self.passed,
            replaying,
            history: HistorySize {
                events: self.count * 4,
                bytes: 100,
                continue_as_new_suggested: suggested,
                reasons: ContinueReasons { too_many_events: suggested, ..ContinueReasons::default() },
                target_version_changed: moved,
            },
            deployment: None,
            jobs,
        }
    }

    fn job(&self, word: &str, rest: &str, headers: &Headers) -> Job {
        let (first, others) = rest.split_once(' ').unwrap_or((rest, ""));
        let headers = headers.clone();
        match word {
            "start" => {
                let as_type = rest.strip_prefix("as ").map(|rest| rest.split_once(' ').unwrap_or((rest, "")));
                let (workflow_type, arguments) = as_type.unwrap_or((TYPE, rest));
                Job::Start(Box::new(Start {
                    workflow_type: workflow_type.to_owned(),
                    arguments: values(arguments),
                    seed: 7,
                    headers,
                    info: start_info(),
                }))
            }
            "resolve" => Job::Resolve {
                seq: seq(first),
                outcome: values(others).pop().map_or(Outcome::Fired, Outcome::Completed),
            },
            "fail" => {
                let (kind, message) = others.split_once(": ").unwrap();
                Job::Resolve { seq: seq(first), outcome: Outcome::Failed(Failure::new(kind, message)) }
            }
            "child" => Job::Resolve {
                seq: seq(first),
                outcome: Outcome::ChildStarted { run_id: others.strip_prefix("started ").unwrap().to_owned() },
            },
            "backoff" => {
                let (attempt, wait) = others.split_once(' ').unwrap();
                Job::Resolve {
                    seq: seq(first),
                    outcome: Outcome::Backoff {
                        attempt: attempt.parse().unwrap(),
                        wait: parse_duration(wait).unwrap(),
                        first_scheduled: Some(SystemTime::UNIX_EPOCH + BEGUN),
                    },
                }
            }
            "patch" => Job::Patch(rest.to_owned()),
            "reseed" => Job::Reseed(first.parse().unwrap()),
            "cancel" => Job::Resolve { seq: seq(first), outcome: Outcome::Failed(cancelled_activity()) },
            "signal" => Job::Signal(Signal { name: first.to_owned(), arguments: values(others), headers }),
            "update" => Self::update(first, others, headers, true),
            "accepted" => Self::update(first, others, headers, false),
            "unreadable" => {
                let problem = format!("update `{first}`: unsupported temporal payload encoding: `x`");
                Job::Unreadable { protocol_id: "protocol of update-1".to_owned(), problem, bytes: 0 }
            }
            "ask" => Job::Cancel { reason: rest.strip_prefix("to end").unwrap().trim_start_matches(": ").to_owned() },
            "query" => Job::Query(Query {
                id: "query-1".to_owned(),
                name: first.to_owned(),
                arguments: values(others),
                headers,
            }),
            other => panic!("`{other}` is no job; after {} activations", self.count),
        }
    }

    /// `name#id`; without an id it is `update-1`.
    fn update(name: &str, rest: &str, headers: Headers, validate: bool) -> Job {
        let (name, id) = name.split_once('#').unwrap_or((name, "update-1"));
        Job::Update(Update {
            id: id.to_owned(),
            protocol_id: format!("protocol of {id}"),
            name: name.to_owned(),
            arguments: values(rest),
            headers,
            validate,
            bytes: 0,
        })
    }
}

fn seq(text: &str) -> Seq {
    Seq(text.parse().unwrap())
}

/// JSON values, one after the other.
fn values(text: &str) -> Vec<Value> {
    serde_json::Deserializer::from_str(text).into_iter().map(|value| value.unwrap()).collect()
}

/// How the server tells of an activity that was cancelled.
fn cancelled_activity() -> Failure {
    let info = FailureInfo::Activity {
        activity_id: "1".to_owned(),
        activity_type: "app:work".to_owned(),
        identity: String::new(),
        retry_state: RetryState::CancelRequested,
        scheduled_event: 5,
        started_event: 0,
    };
    Failure { info, ..Failure::new("Canceled", "activity cancelled") }.caused_by(Failure::canceled("canceled"))
}

fn start_info() -> StartInfo {
    StartInfo {
        workflow_id: "order-1".to_owned(),
        namespace: "default".to_owned(),
        task_queue: "orders".to_owned(),
        attempt: 1,
        first_run_id: "run-1".to_owned(),
        continued_run_id: None,
        cron: None,
        cron_schedule_to_schedule_interval: None,
        start_time: SystemTime::UNIX_EPOCH + BEGUN,
        execution_timeout: None,
        execution_expiration_time: None,
        run_timeout: Some(Duration::from_hours(1)),
        task_timeout: Some(Duration::from_secs(10)),
        parent: None,
        root: None,
        memo: Map::from_iter([("team".to_owned(), Value::from("sales"))]),
        search_attributes: SearchAttributes::new(),
        retry_policy: None,
        priority: None,
        last_failure: None,
        last_result: None,
        original_run_id: "run-1".to_owned(),
    }
}

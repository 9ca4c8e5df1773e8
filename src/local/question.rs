//! What is asked of a local engine and what it answers, so that it fits in a line of JSON.

use serde::{Deserialize, Serialize};

use crate::{
    temporal::{Description, RunEnd, RunKey, RunRow, StartRequest, Step},
    value::{Failure, Value},
};

/// What is asked.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "ask", rename_all = "snake_case", deny_unknown_fields)]
pub(crate) enum Question {
    /// Whether there is a local engine at all.
    Presence,
    Start {
        request: Box<StartRequest>,
    },
    /// Whether a worker serves the queue.
    Served {
        task_queue: String,
    },
    /// The steps of a run after the first `seen`; waits until there is one.
    Steps {
        run: RunKey,
        seen: usize,
    },
    /// Waits for the end of a run.
    Result {
        run: RunKey,
    },
    Describe {
        run: RunKey,
    },
    List {
        limit: usize,
    },
    Query {
        run: RunKey,
        name: String,
        arguments: Vec<Value>,
    },
    Update {
        run: RunKey,
        name: String,
        /// One that is sent twice is handled once.
        id: Option<String>,
        arguments: Vec<Value>,
    },
    Signal {
        run: RunKey,
        name: String,
        arguments: Vec<Value>,
    },
    Cancel {
        run: RunKey,
        reason: String,
    },
    Terminate {
        run: RunKey,
        reason: String,
    },
}

/// What is answered.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "answer", rename_all = "snake_case")]
pub(crate) enum Reply {
    /// It was done; or there is a local engine.
    Done,
    /// The process has no local engine.
    NotLocal,
    Started {
        run: RunKey,
    },
    Served {
        served: bool,
    },
    Steps(Page),
    Ended {
        end: RunEnd,
    },
    Description {
        now: Box<Description>,
    },
    Rows {
        rows: Vec<RunRow>,
    },
    Value {
        value: Value,
    },
    /// What the handler of an update gave, or why it failed or was rejected.
    Updated {
        outcome: Result<Value, Box<Failure>>,
    },
    Refused {
        why: String,
    },
}

/// Steps of one run.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Page {
    /// Whose steps they are.
    pub(crate) run: RunKey,
    pub(crate) steps: Vec<Step>,
    /// None comes after these.
    pub(crate) ended: bool,
    /// The run that goes on in the place of this one.
    pub(crate) next_run: Option<String>,
}

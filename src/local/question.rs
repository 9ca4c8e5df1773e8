//! What is asked of a local engine and what it answers, so that it fits in a line of JSON.

use serde::{Deserialize, Serialize};

use crate::{
    temporal::{Description, RejectCondition, RunEnd, RunKey, RunRow, StartRequest, Step, UpdateCall, UpdateStage},
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
        #[serde(default)]
        reject: Option<RejectCondition>,
    },
    /// Waits for what becomes of an update that was sent before.
    UpdateOutcome {
        run: RunKey,
        id: String,
    },
    Update {
        run: RunKey,
        update: UpdateAsked,
    },
    /// Updates the run of an id; without one, the run that this starts.
    UpdateWithStart {
        request: Box<StartRequest>,
        update: UpdateAsked,
    },
    Signal {
        run: RunKey,
        name: String,
        arguments: Vec<Value>,
    },
    /// Signals the run of an id; without one, the run that this starts.
    SignalWithStart {
        request: Box<StartRequest>,
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

/// An update as its sender means it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct UpdateAsked {
    pub(crate) name: String,
    /// What makes two of them one; nothing: it is like no other.
    pub(crate) id: Option<String>,
    pub(crate) arguments: Vec<Value>,
    pub(crate) until: UpdateStage,
}

impl From<&UpdateCall<'_>> for UpdateAsked {
    fn from(update: &UpdateCall<'_>) -> Self {
        Self {
            name: update.name.to_owned(),
            id: update.id.map(str::to_owned),
            arguments: update.arguments.to_vec(),
            until: update.until,
        }
    }
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
    /// What the handler of an update gave, or why it failed or was rejected; nothing: it was accepted.
    Updated {
        id: String,
        outcome: Option<Result<Value, Box<Failure>>>,
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

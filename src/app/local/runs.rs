//! The runs of a local engine, asked for as those of a server are.

use std::{io, path::Path, sync::Arc, time::Duration};

use tokio::time::timeout;

use crate::{
    app::control::{AboutRuns, AskProcess, exchange},
    local::{LocalEngine, Page, Question, Reply},
    temporal::{Description, RejectCondition, RunEnd, RunKey, RunRow, StartRequest, UpdateCall, Updated},
    value::{Failure, Value},
};

/// A process says at once whether it has a local engine; what is left is for a busy machine.
const ANSWERS_WITHIN: Duration = Duration::from_secs(30);

/// The way to a local engine.
#[derive(Clone, Debug)]
pub(crate) enum LocalDoor {
    /// It is in this process.
    Here(LocalEngine),
    /// It is in the process that runs the project in this folder.
    There(Arc<Path>),
}

/// The runs of one namespace of a local engine.
#[derive(Clone, Debug)]
pub(crate) struct LocalRuns {
    door: LocalDoor,
    pub(crate) namespace: String,
    queue_prefix: String,
}

/// Why a local engine did not do what it was asked.
#[derive(Debug, thiserror::Error)]
pub(crate) enum LocalError {
    #[error("{0}")]
    Refused(String),
    #[error(transparent)]
    Process(#[from] AskProcess),
}

impl LocalDoor {
    /// The engine of the process that runs the project in `folder`, if it has one.
    pub(crate) async fn find(folder: &Path) -> Result<Option<Self>, AskProcess> {
        let presence = AboutRuns { namespace: String::new(), question: Question::Presence };
        match timeout(ANSWERS_WITHIN, exchange(folder, &presence)).await {
            Ok(Ok(Reply::Done)) => Ok(Some(Self::There(folder.into()))),
            // A process without a local engine, of whatever version, answers something else.
            Ok(Ok(_) | Err(AskProcess::NobodyRuns(_))) => Ok(None),
            Ok(Err(error)) => Err(error),
            Err(_) => Err(AskProcess::Io(io::ErrorKind::TimedOut.into())),
        }
    }

    pub(crate) fn runs(&self, namespace: &str, queue_prefix: &str) -> LocalRuns {
        LocalRuns { door: self.clone(), namespace: namespace.to_owned(), queue_prefix: queue_prefix.to_owned() }
    }
}

impl LocalRuns {
    /// A queue's name as the engine knows it.
    pub(crate) fn queue(&self, name: &str) -> String {
        format!("{}{name}", self.queue_prefix)
    }

    pub(crate) async fn start(&self, request: StartRequest) -> Result<RunKey, LocalError> {
        let request = self.with_full_queue(request);
        match self.ask(Question::Start { request }).await? {
            Reply::Started { run } => Ok(run),
            other => Err(unexpected(&other)),
        }
    }

    pub(crate) async fn is_served(&self, task_queue: &str) -> Result<bool, LocalError> {
        match self.ask(Question::Served { task_queue: task_queue.to_owned() }).await? {
            Reply::Served { served } => Ok(served),
            other => Err(unexpected(&other)),
        }
    }

    /// The steps after the first `seen`; waits until there is one.
    pub(super) async fn steps(&self, run: &RunKey, seen: usize) -> Result<Page, LocalError> {
        match self.ask(Question::Steps { run: run.clone(), seen }).await? {
            Reply::Steps(page) => Ok(page),
            other => Err(unexpected(&other)),
        }
    }

    pub(crate) async fn result(&self, run: &RunKey) -> Result<RunEnd, LocalError> {
        match self.ask(Question::Result { run: run.clone() }).await? {
            Reply::Ended { end } => Ok(end),
            other => Err(unexpected(&other)),
        }
    }

    pub(crate) async fn describe(&self, run: &RunKey) -> Result<Description, LocalError> {
        match self.ask(Question::Describe { run: run.clone() }).await? {
            Reply::Description { now } => Ok(*now),
            other => Err(unexpected(&other)),
        }
    }

    pub(crate) async fn list(&self, limit: usize) -> Result<Vec<RunRow>, LocalError> {
        match self.ask(Question::List { limit }).await? {
            Reply::Rows { rows } => Ok(rows),
            other => Err(unexpected(&other)),
        }
    }

    pub(crate) async fn query(
        &self,
        run: &RunKey,
        name: &str,
        arguments: &[Value],
        reject: Option<RejectCondition>,
    ) -> Result<Value, LocalError> {
        let (run, name, arguments) = (run.clone(), name.to_owned(), arguments.to_vec());
        match self.ask(Question::Query { run, name, arguments, reject }).await? {
            Reply::Value { value } => Ok(value),
            other => Err(unexpected(&other)),
        }
    }

    pub(crate) async fn update(&self, run: &RunKey, update: &UpdateCall<'_>) -> Result<Updated, LocalError> {
        self.updated(Question::Update { run: run.clone(), update: update.into() }).await
    }

    /// Updates the run of an id; without one, the run that this starts.
    pub(crate) async fn update_with_start(
        &self,
        start: StartRequest,
        update: &UpdateCall<'_>,
    ) -> Result<Updated, LocalError> {
        let request = self.with_full_queue(StartRequest { attach: true, ..start });
        self.updated(Question::UpdateWithStart { request, update: update.into() }).await
    }

    /// What becomes of an update that was sent before.
    pub(crate) async fn update_outcome(
        &self,
        run: &RunKey,
        id: &str,
    ) -> Result<Result<Value, Box<Failure>>, LocalError> {
        let question = Question::UpdateOutcome { run: run.clone(), id: id.to_owned() };
        match self.ask(question).await? {
            Reply::Updated { outcome: Some(outcome), .. } => Ok(outcome),
            other => Err(unexpected(&other)),
        }
    }

    async fn updated(&self, question: Question) -> Result<Updated, LocalError> {
        match self.ask(question).await? {
            Reply::Updated { id, outcome } => Ok(Updated { id, outcome }),
            other => Err(unexpected(&other)),
        }
    }

    /// Signals the run of an id; without one, the run that this starts.
    pub(crate) async fn signal_with_start(
        &self,
        start: StartRequest,
        name: &str,
        arguments: &[Value],
    ) -> Result<(), LocalError> {
        let request = self.with_full_queue(StartRequest { attach: true, ..start });
        let (name, arguments) = (name.to_owned(), arguments.to_vec());
        self.tell(Question::SignalWithStart { request, name, arguments }).await
    }

    pub(crate) async fn signal(&self, run: &RunKey, name: &str, arguments: &[Value]) -> Result<(), LocalError> {
        let (run, name, arguments) = (run.clone(), name.to_owned(), arguments.to_vec());
        self.tell(Question::Signal { run, name, arguments }).await
    }

    pub(crate) async fn cancel(&self, run: &RunKey, reason: &str) -> Result<(), LocalError> {
        self.tell(Question::Cancel { run: run.clone(), reason: reason.to_owned() }).await
    }

    pub(crate) async fn terminate(&self, run: &RunKey, reason: &str) -> Result<(), LocalError> {
        self.tell(Question::Terminate { run: run.clone(), reason: reason.to_owned() }).await
    }

    fn with_full_queue(&self, request: StartRequest) -> Box<StartRequest> {
        Box::new(StartRequest { task_queue: self.queue(&request.task_queue), ..request })
    }

    async fn tell(&self, question: Question) -> Result<(), LocalError> {
        match self.ask(question).await? {
            Reply::Done => Ok(()),
            other => Err(unexpected(&other)),
        }
    }

    async fn ask(&self, question: Question) -> Result<Reply, LocalError> {
        let reply = match &self.door {
            LocalDoor::Here(engine) => engine.answer(&self.namespace, question).await,
            LocalDoor::There(folder) => {
                exchange(folder, &AboutRuns { namespace: self.namespace.clone(), question }).await?
            }
        };
        match reply {
            Reply::Refused { why } => Err(LocalError::Refused(why)),
            reply => Ok(reply),
        }
    }
}

/// The process is of another version, or was started anew without a local engine.
fn unexpected(reply: &Reply) -> LocalError {
    LocalError::Refused(match reply {
        Reply::NotLocal => "the process that runs the project has no local engine any more".to_owned(),
        _ => "the process that runs the project is of another version of metonic".to_owned(),
    })
}

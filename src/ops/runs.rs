//! Whom commands about runs ask, whoever keeps the runs.

use super::{AskError, Follow};
use crate::{
    app::{LocalFollow, LocalRuns, web_interface},
    temporal::{
        Client, Count, Description, Follow as ServerFollow, History, METADATA, Metadata, Polled, RejectCondition,
        RunEnd, RunKey, RunRow, StartRequest, UpdateCall, Updated,
    },
    value::{Failure, Value},
};

/// What the local engine does not offer, and what to use instead.
const NO_HISTORY: &str =
    "writes no histories: look at its steps with `metonic workflow watch`, or run the project on a server";
const NO_PAUSE: &str = "does not pause runs: a workflow that waits for a signal can be held without it";
const NO_QUERY: &str = "knows no list filters: leave `-q` out and it tells of all its runs";

/// Where runs are kept, and the way there.
#[derive(Clone, Debug)]
pub(crate) enum Runs {
    Server(Client),
    Local(LocalRuns),
}

impl Runs {
    pub(crate) fn namespace(&self) -> &str {
        match self {
            Self::Server(client) => &client.namespace,
            Self::Local(runs) => &runs.namespace,
        }
    }

    /// A queue's name as whoever keeps the runs knows it.
    pub(crate) fn queue(&self, name: &str) -> String {
        match self {
            Self::Server(client) => client.queue(name),
            Self::Local(runs) => runs.queue(name),
        }
    }

    /// Where the runs can be looked at with a browser.
    pub(crate) async fn web_interface(&self) -> Option<String> {
        match self {
            Self::Server(client) => web_interface(&client.address).await,
            Self::Local(_) => None,
        }
    }

    pub(crate) async fn start(&self, request: StartRequest) -> Result<RunKey, AskError> {
        match self {
            Self::Server(client) => Ok(client.start(request).await?),
            Self::Local(runs) => Ok(runs.start(request).await?),
        }
    }

    /// The steps of a run, from its beginning.
    pub(crate) fn follow(&self, run: RunKey) -> Follow {
        match self {
            Self::Server(client) => Follow::Server(ServerFollow::new(client.clone(), run)),
            Self::Local(runs) => Follow::Local(LocalFollow::new(runs.clone(), run)),
        }
    }

    /// Who looks for work in a queue.
    pub(crate) async fn polled(&self, task_queue: &str) -> Result<Polled, AskError> {
        match self {
            Self::Server(client) => Ok(client.polled(task_queue).await?),
            Self::Local(runs) => Ok(if runs.is_served(task_queue).await? { Polled::Now } else { Polled::Nobody }),
        }
    }

    /// Whether a task of the run lies in its queue and waits for a worker; the local engine keeps none there.
    pub(crate) async fn has_untaken_task(&self, run: &RunKey) -> Result<bool, AskError> {
        match self {
            Self::Server(client) => Ok(client.has_untaken_task(run).await?),
            Self::Local(_) => Ok(false),
        }
    }

    /// Waits until a run has ended, or the last of those that go on in its place, and says how.
    pub(crate) async fn result(&self, run: &RunKey) -> Result<RunEnd, AskError> {
        match self {
            Self::Server(client) => Ok(client.result(run).await?),
            Self::Local(runs) => Ok(runs.result(run).await?),
        }
    }

    /// All events of a run so far.
    pub(crate) async fn history(&self, run: &RunKey) -> Result<History, AskError> {
        match self {
            Self::Server(client) => Ok(client.history(run).await?),
            Self::Local(_) => Err(not_offered(NO_HISTORY)),
        }
    }

    pub(crate) async fn describe(&self, run: &RunKey) -> Result<Description, AskError> {
        match self {
            Self::Server(client) => Ok(client.describe(run).await?),
            Self::Local(runs) => Ok(runs.describe(run).await?),
        }
    }

    /// Runs that fit the query, the newest first, and no more than `limit`.
    pub(crate) async fn list(&self, query: &str, limit: usize) -> Result<Vec<RunRow>, AskError> {
        match self {
            Self::Server(client) => Ok(client.list(query, limit).await?),
            Self::Local(runs) if query.is_empty() => Ok(runs.list(limit).await?),
            Self::Local(_) => Err(not_offered(NO_QUERY)),
        }
    }

    pub(crate) async fn count(&self, query: &str) -> Result<Count, AskError> {
        match self {
            Self::Server(client) => Ok(client.count(query).await?),
            Self::Local(runs) if query.is_empty() => Ok(Count {
                all: i64::try_from(runs.list(usize::MAX).await?.len()).unwrap_or(i64::MAX),
                groups: Vec::new(),
            }),
            Self::Local(_) => Err(not_offered(NO_QUERY)),
        }
    }

    /// The answer of a run's code.
    pub(crate) async fn query(
        &self,
        run: &RunKey,
        name: &str,
        arguments: &[Value],
        reject: Option<RejectCondition>,
    ) -> Result<Value, AskError> {
        match self {
            Self::Server(client) => Ok(client.query(run, name, arguments, reject).await?),
            Self::Local(runs) => Ok(runs.query(run, name, arguments, reject).await?),
        }
    }

    /// What a run's code says about itself.
    pub(crate) async fn metadata(&self, run: &RunKey) -> Result<Metadata, AskError> {
        match self {
            Self::Server(client) => Ok(client.metadata(run).await?),
            Self::Local(runs) => Ok(Metadata::of(&runs.query(run, METADATA, &[], None).await?)),
        }
    }

    /// Sends an update and waits as long as it says.
    pub(crate) async fn update(&self, run: &RunKey, update: &UpdateCall<'_>) -> Result<Updated, AskError> {
        match self {
            Self::Server(client) => Ok(client.update(run, update).await?),
            Self::Local(runs) => Ok(runs.update(run, update).await?),
        }
    }

    /// Waits for what becomes of an update that was sent before: what its handler gives, or why it failed.
    pub(crate) async fn update_outcome(&self, run: &RunKey, id: &str) -> Result<Result<Value, Box<Failure>>, AskError> {
        match self {
            Self::Server(client) => Ok(client.update_outcome(run, id).await?),
            Self::Local(runs) => Ok(runs.update_outcome(run, id).await?),
        }
    }

    /// Updates the run of an id; without one, the run that this starts.
    pub(crate) async fn update_with_start(
        &self,
        start: StartRequest,
        update: &UpdateCall<'_>,
    ) -> Result<Updated, AskError> {
        match self {
            Self::Server(client) => Ok(client.update_with_start(start, update).await?),
            Self::Local(runs) => Ok(runs.update_with_start(start, update).await?),
        }
    }

    pub(crate) async fn signal(&self, run: &RunKey, name: &str, arguments: &[Value]) -> Result<(), AskError> {
        match self {
            Self::Server(client) => Ok(client.signal(run, name, arguments).await?),
            Self::Local(runs) => Ok(runs.signal(run, name, arguments).await?),
        }
    }

    /// Signals the run of an id; without one, the run that this starts.
    pub(crate) async fn signal_with_start(
        &self,
        start: StartRequest,
        name: &str,
        arguments: &[Value],
    ) -> Result<(), AskError> {
        match self {
            Self::Server(client) => {
                client.signal_with_start(start, name, arguments).await?;
            }
            Self::Local(runs) => runs.signal_with_start(start, name, arguments).await?,
        }
        Ok(())
    }

    /// Asks a run to end; its code decides how.
    pub(crate) async fn cancel(&self, run: &RunKey, reason: &str) -> Result<(), AskError> {
        match self {
            Self::Server(client) => Ok(client.cancel(run, reason).await?),
            Self::Local(runs) => Ok(runs.cancel(run, reason).await?),
        }
    }

    /// Ends a run; its code is not told.
    pub(crate) async fn terminate(&self, run: &RunKey, reason: &str) -> Result<(), AskError> {
        match self {
            Self::Server(client) => Ok(client.terminate(run, reason).await?),
            Self::Local(runs) => Ok(runs.terminate(run, reason).await?),
        }
    }

    /// Holds a run: none of its code and no attempt of an activity begins until it is let go.
    pub(crate) async fn pause(&self, run: &RunKey, reason: &str) -> Result<(), AskError> {
        match self {
            Self::Server(client) => Ok(client.pause(run, reason).await?),
            Self::Local(_) => Err(not_offered(NO_PAUSE)),
        }
    }

    /// Lets a run go on that was held.
    pub(crate) async fn unpause(&self, run: &RunKey, reason: &str) -> Result<(), AskError> {
        match self {
            Self::Server(client) => Ok(client.unpause(run, reason).await?),
            Self::Local(_) => Err(not_offered(NO_PAUSE)),
        }
    }
}

fn not_offered(what: &str) -> AskError {
    AskError::NotOffered(format!("the local engine {what}"))
}

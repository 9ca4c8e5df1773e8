//! What one asks of runs from outside: to begin, what happens, how it ends.

use std::time::SystemTime;

use metonic_bridge::{
    CallError, Code,
    protos::temporal::api::{
        common::v1::{Header, WorkflowExecution, WorkflowType},
        enums::v1::{HistoryEventFilterType, TaskQueueType, WorkflowIdConflictPolicy},
        history::v1::{History as ProtoHistory, HistoryEvent},
        taskqueue::v1::TaskQueue,
        workflowservice::v1::{
            DescribeTaskQueueRequest, GetWorkflowExecutionHistoryRequest, StartWorkflowExecutionRequest,
        },
    },
};
use serde::{Deserialize, Serialize};

use crate::{
    temporal::{
        connect::Client,
        replay::History,
        story::{RunEnd, next_run, run_end},
        wire::{PayloadError, from_timestamp, to_headers, to_payloads, with_options},
    },
    value::Value,
    workflow::{Headers, RunOptions},
};

/// A run, as the server knows it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct RunKey {
    pub(crate) workflow_id: String,
    /// Empty: the latest.
    pub(crate) run_id: String,
}

/// How a run is to begin.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct StartRequest {
    pub(crate) workflow_id: String,
    pub(crate) workflow_type: String,
    /// Without the client's prefix.
    pub(crate) task_queue: String,
    pub(crate) arguments: Vec<Value>,
    pub(crate) headers: Headers,
    pub(crate) options: RunOptions,
    /// An id that runs already is taken as it is, instead of refused.
    pub(crate) attach: bool,
}

/// Who looks for work in a queue.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Polled {
    Nobody,
    Now,
    /// Somebody did last at this time of the server's, which forgets it minutes later. Each poll begins and ends
    /// with a new time.
    Last(SystemTime),
}

/// Why a question to the server has no answer.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub(crate) enum AskError {
    #[error("{0}")]
    Call(#[from] CallError),
    #[error("{0}")]
    Payload(#[from] PayloadError),
    /// The run is in a state in which it was not to be asked.
    #[error("the run is {0}, and in that state it was not to be asked")]
    Rejected(String),
}

impl AskError {
    /// The server did not answer, rather than refuse.
    pub(crate) fn is_silence(&self) -> bool {
        matches!(self, Self::Call(error) if matches!(error.code, Code::Unavailable | Code::DeadlineExceeded))
    }
}

impl Client {
    /// Starts a run.
    pub(crate) async fn start(&self, start: StartRequest) -> Result<RunKey, AskError> {
        let workflow_id = start.workflow_id.clone();
        let started = self.connection.start_workflow_execution(self.start_request(start)?).await?;
        Ok(RunKey { workflow_id, run_id: started.run_id })
    }

    /// What starts a run.
    pub(super) fn start_request(&self, start: StartRequest) -> Result<StartWorkflowExecutionRequest, AskError> {
        let conflict =
            if start.attach { WorkflowIdConflictPolicy::UseExisting } else { WorkflowIdConflictPolicy::Fail };
        let request = StartWorkflowExecutionRequest {
            namespace: self.namespace.clone(),
            workflow_id: start.workflow_id,
            workflow_type: Some(WorkflowType { name: start.workflow_type }),
            task_queue: Some(TaskQueue { name: self.queue(&start.task_queue), ..TaskQueue::default() }),
            input: Some(to_payloads(&start.arguments)?),
            header: Some(Header { fields: to_headers(&start.headers)? }),
            identity: self.connection.identity().to_owned(),
            request_id: uuid::Uuid::new_v4().to_string(),
            workflow_id_conflict_policy: conflict.into(),
            ..StartWorkflowExecutionRequest::default()
        };
        Ok(with_options(request, &start.options)?)
    }

    /// The next events of a run that is followed, and where to go on; waits for one if `wait`.
    pub(super) async fn history_page(
        &self,
        run: &RunKey,
        page: Vec<u8>,
        wait: bool,
        filter: HistoryEventFilterType,
    ) -> Result<(Vec<HistoryEvent>, Vec<u8>), AskError> {
        let request = GetWorkflowExecutionHistoryRequest {
            namespace: self.namespace.clone(),
            execution: Some(run.execution()),
            next_page_token: page,
            wait_new_event: wait,
            history_event_filter_type: filter.into(),
            ..GetWorkflowExecutionHistoryRequest::default()
        };
        let answer = self.connection.get_workflow_execution_history(request).await?;
        Ok((answer.history.unwrap_or_default().events, answer.next_page_token))
    }

    /// All events of a run so far.
    pub(crate) async fn history(&self, run: &RunKey) -> Result<History, AskError> {
        let mut events = Vec::new();
        let mut page = Vec::new();
        loop {
            let (more, next) = self.history_page(run, page, false, HistoryEventFilterType::AllEvent).await?;
            events.extend(more);
            if next.is_empty() {
                return Ok(History::of(ProtoHistory { events }));
            }
            page = next;
        }
    }

    /// Waits until a run has ended, and says how. If another one goes on in its place, be it renewed,
    /// tried again or the next of a schedule, that one's end is meant.
    pub(crate) async fn result(&self, run: &RunKey) -> Result<RunEnd, AskError> {
        let mut run = run.clone();
        let mut page = Vec::new();
        loop {
            let (events, next) = self.history_page(&run, page, true, HistoryEventFilterType::CloseEvent).await?;
            if let Some(run_id) = events.last().and_then(next_run) {
                run.run_id = run_id;
                page = Vec::new();
                continue;
            }
            if let Some(end) = events.last().and_then(run_end) {
                return Ok(end);
            }
            page = next;
        }
    }

    /// Who polls the queue, by its name on the server, for workflow tasks.
    pub(crate) async fn polled(&self, task_queue: &str) -> Result<Polled, AskError> {
        let request = DescribeTaskQueueRequest {
            namespace: self.namespace.clone(),
            task_queue: Some(TaskQueue { name: task_queue.to_owned(), ..TaskQueue::default() }),
            task_queue_type: TaskQueueType::Workflow.into(),
            ..DescribeTaskQueueRequest::default()
        };
        let pollers = self.connection.describe_task_queue(request).await?.pollers;
        let last = pollers.iter().filter_map(|poller| poller.last_access_time.as_ref().map(from_timestamp)).max();
        Ok(match last {
            Some(last) => Polled::Last(last),
            None if pollers.is_empty() => Polled::Nobody,
            None => Polled::Now,
        })
    }
}

impl RunKey {
    pub(super) fn execution(&self) -> WorkflowExecution {
        WorkflowExecution { workflow_id: self.workflow_id.clone(), run_id: self.run_id.clone() }
    }
}

//! What one asks of runs from outside: to begin, what happens, how it ends.

use std::time::Duration;

use metonic_bridge::{
    CallError, Code,
    protos::temporal::api::{
        common::v1::{Header, WorkflowExecution, WorkflowType},
        enums::v1::{HistoryEventFilterType, TaskQueueType, WorkflowIdConflictPolicy},
        history::v1::{HistoryEvent, history_event::Attributes},
        taskqueue::v1::TaskQueue,
        workflowservice::v1::{
            DescribeTaskQueueRequest, GetWorkflowExecutionHistoryRequest, StartWorkflowExecutionRequest,
        },
    },
};

use crate::{
    temporal::{
        connect::Client,
        wire::{PayloadError, from_failure, from_payloads, to_duration, to_headers, to_payloads},
    },
    value::{Failure, Value, failure_kind},
    workflow::Headers,
};

/// A run, as the server knows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct RunKey {
    pub(crate) workflow_id: String,
    /// Empty: the latest.
    pub(crate) run_id: String,
}

/// How a run is to begin.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct StartRequest {
    pub(crate) workflow_id: String,
    pub(crate) workflow_type: String,
    /// Without the client's prefix.
    pub(crate) task_queue: String,
    pub(crate) arguments: Vec<Value>,
    pub(crate) headers: Headers,
    pub(crate) execution_timeout: Option<Duration>,
    pub(crate) task_timeout: Option<Duration>,
    /// An id that runs already is taken as it is, instead of refused.
    pub(crate) attach: bool,
}

/// Why a question to the server has no answer.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub(crate) enum AskError {
    #[error("{0}")]
    Call(#[from] CallError),
    #[error("{0}")]
    Payload(#[from] PayloadError),
}

impl AskError {
    /// The server did not answer, rather than refuse.
    pub(crate) fn is_silence(&self) -> bool {
        matches!(self, Self::Call(error) if matches!(error.code, Code::Unavailable | Code::DeadlineExceeded))
    }
}

/// How a run ended.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum RunEnd {
    Completed(Value),
    Failed(Box<Failure>),
    Canceled,
    Terminated(String),
    TimedOut,
    ContinuedAsNew(String),
}

impl Client {
    /// Starts a run.
    pub(crate) async fn start(&self, start: StartRequest) -> Result<RunKey, AskError> {
        let conflict =
            if start.attach { WorkflowIdConflictPolicy::UseExisting } else { WorkflowIdConflictPolicy::Fail };
        let request = StartWorkflowExecutionRequest {
            namespace: self.namespace.clone(),
            workflow_id: start.workflow_id.clone(),
            workflow_type: Some(WorkflowType { name: start.workflow_type }),
            task_queue: Some(TaskQueue { name: self.queue(&start.task_queue), ..TaskQueue::default() }),
            input: Some(to_payloads(&start.arguments)?),
            header: Some(Header { fields: to_headers(&start.headers)? }),
            workflow_execution_timeout: start.execution_timeout.map(to_duration),
            workflow_task_timeout: start.task_timeout.map(to_duration),
            identity: self.connection.identity().to_owned(),
            request_id: uuid::Uuid::new_v4().to_string(),
            workflow_id_conflict_policy: conflict.into(),
            ..StartWorkflowExecutionRequest::default()
        };
        let started = self.connection.start_workflow_execution(request).await?;
        Ok(RunKey { workflow_id: start.workflow_id, run_id: started.run_id })
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

    /// Whether anybody polls the queue, by its name on the server, for workflow tasks.
    pub(crate) async fn is_polled(&self, task_queue: &str) -> Result<bool, AskError> {
        let request = DescribeTaskQueueRequest {
            namespace: self.namespace.clone(),
            task_queue: Some(TaskQueue { name: task_queue.to_owned(), ..TaskQueue::default() }),
            task_queue_type: TaskQueueType::Workflow.into(),
            ..DescribeTaskQueueRequest::default()
        };
        Ok(!self.connection.describe_task_queue(request).await?.pollers.is_empty())
    }
}

impl RunKey {
    fn execution(&self) -> WorkflowExecution {
        WorkflowExecution { workflow_id: self.workflow_id.clone(), run_id: self.run_id.clone() }
    }
}

/// How a run ended, if this event is its end.
pub(super) fn run_end(event: &HistoryEvent) -> Option<Result<RunEnd, AskError>> {
    Some(match event.attributes.as_ref()? {
        Attributes::WorkflowExecutionCompletedEventAttributes(completed) => {
            let payloads = completed.result.clone().unwrap_or_default().payloads;
            let values = from_payloads(&payloads).map_err(AskError::from);
            values.map(|values| RunEnd::Completed(values.into_iter().next().unwrap_or_default()))
        }
        Attributes::WorkflowExecutionFailedEventAttributes(failed) => {
            let unknown = || Failure::new(failure_kind::UNKNOWN, "failed without a reason");
            Ok(RunEnd::Failed(Box::new(failed.failure.as_ref().map_or_else(unknown, from_failure))))
        }
        Attributes::WorkflowExecutionCanceledEventAttributes(_) => Ok(RunEnd::Canceled),
        Attributes::WorkflowExecutionTerminatedEventAttributes(ended) => Ok(RunEnd::Terminated(ended.reason.clone())),
        Attributes::WorkflowExecutionTimedOutEventAttributes(_) => Ok(RunEnd::TimedOut),
        Attributes::WorkflowExecutionContinuedAsNewEventAttributes(next) => {
            Ok(RunEnd::ContinuedAsNew(next.new_execution_run_id.clone()))
        }
        _ => return None,
    })
}

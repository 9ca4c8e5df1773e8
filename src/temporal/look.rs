//! What the server knows of runs: one in full, many in a line each, how many there are.

use std::time::SystemTime;

use metonic_bridge::protos::temporal::api::{
    common::v1::Payloads,
    enums::v1::{PendingActivityState, PendingWorkflowTaskState, WorkflowExecutionStatus},
    workflow::v1::{PendingActivityInfo, WorkflowExecutionInfo},
    workflowservice::v1::{
        CountWorkflowExecutionsRequest, DescribeWorkflowExecutionRequest, DescribeWorkflowExecutionResponse,
        ListWorkflowExecutionsRequest,
    },
};
use serde::{Deserialize, Serialize};

use crate::{
    temporal::{
        calls::{AskError, RunKey},
        connect::Client,
        story::{fields, some_values},
        wire::{from_failure, from_timestamp},
    },
    value::{Failure, Map, Value},
};

/// A run, as lists show it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct RunRow {
    pub(crate) run: RunKey,
    pub(crate) workflow_type: String,
    pub(crate) task_queue: String,
    /// In the words of the server: `RUNNING`, `CONTINUED_AS_NEW`.
    pub(crate) status: String,
    pub(crate) started: Option<SystemTime>,
    pub(crate) closed: Option<SystemTime>,
    /// How many events and bytes the history has.
    pub(crate) history_length: i64,
    pub(crate) history_size: i64,
    pub(crate) parent: Option<String>,
    pub(crate) memo: Map,
    pub(crate) search_attributes: Map,
}

/// A run, and what it waits for.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Description {
    pub(crate) row: RunRow,
    pub(crate) activities: Vec<PendingActivity>,
    pub(crate) children: Vec<PendingChild>,
    /// Which attempt of a workflow task waits or runs.
    pub(crate) task_attempt: Option<i32>,
    pub(crate) cancel_requested: bool,
    /// Who holds it, and why.
    pub(crate) paused: Option<(String, String)>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct PendingActivity {
    pub(crate) id: String,
    pub(crate) activity_type: String,
    pub(crate) state: ActivityState,
    pub(crate) attempt: i32,
    /// What the attempt said last.
    pub(crate) heartbeat: Vec<Value>,
    pub(crate) last_failure: Option<Box<Failure>>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum ActivityState {
    Scheduled,
    Running,
    CancelRequested,
    Paused,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct PendingChild {
    pub(crate) workflow_type: String,
    pub(crate) workflow_id: String,
}

/// How many runs there are.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Count {
    pub(crate) all: i64,
    /// The values that make a group, and how many it has.
    pub(crate) groups: Vec<(Vec<Value>, i64)>,
}

/// The server gives no more at once.
const LARGEST_PAGE: i32 = 1000;

impl Client {
    pub(crate) async fn describe(&self, run: &RunKey) -> Result<Description, AskError> {
        let answer = self.described(run).await?;
        let extended = answer.workflow_extended_info.unwrap_or_default();
        let children = answer
            .pending_children
            .into_iter()
            .map(|child| PendingChild { workflow_type: child.workflow_type_name, workflow_id: child.workflow_id });
        Ok(Description {
            row: row(answer.workflow_execution_info.unwrap_or_default()),
            activities: answer.pending_activities.into_iter().map(pending).collect(),
            children: children.collect(),
            task_attempt: answer.pending_workflow_task.map(|task| task.attempt),
            cancel_requested: extended.cancel_requested,
            paused: extended.pause_info.map(|paused| (paused.identity, paused.reason)),
        })
    }

    /// Whether a workflow task of the run lies in its queue, and no worker has taken it.
    pub(crate) async fn has_untaken_task(&self, run: &RunKey) -> Result<bool, AskError> {
        let task = self.described(run).await?.pending_workflow_task;
        Ok(task.is_some_and(|task| task.state() == PendingWorkflowTaskState::Scheduled && task.attempt <= 1))
    }

    async fn described(&self, run: &RunKey) -> Result<DescribeWorkflowExecutionResponse, AskError> {
        let request =
            DescribeWorkflowExecutionRequest { namespace: self.namespace.clone(), execution: Some(run.execution()) };
        Ok(self.connection.describe_workflow_execution(request).await?)
    }

    /// Runs that fit the query, the newest first, and no more than `limit`.
    pub(crate) async fn list(&self, query: &str, limit: usize) -> Result<Vec<RunRow>, AskError> {
        let mut rows = Vec::new();
        let mut page = Vec::new();
        while rows.len() < limit {
            let request = ListWorkflowExecutionsRequest {
                namespace: self.namespace.clone(),
                page_size: i32::try_from(limit - rows.len()).unwrap_or(i32::MAX).min(LARGEST_PAGE),
                next_page_token: page,
                query: query.to_owned(),
            };
            let answer = self.connection.list_workflow_executions(request).await?;
            rows.extend(answer.executions.into_iter().map(row));
            if answer.next_page_token.is_empty() {
                break;
            }
            page = answer.next_page_token;
        }
        rows.truncate(limit);
        Ok(rows)
    }

    /// How many runs fit the query; and how many of each group, if it makes groups.
    pub(crate) async fn count(&self, query: &str) -> Result<Count, AskError> {
        let request = CountWorkflowExecutionsRequest { namespace: self.namespace.clone(), query: query.to_owned() };
        let answer = self.connection.count_workflow_executions(request).await?;
        let groups = answer
            .groups
            .into_iter()
            .map(|group| (some_values(Some(&Payloads { payloads: group.group_values })), group.count));
        Ok(Count { all: answer.count, groups: groups.collect() })
    }
}

fn row(info: WorkflowExecutionInfo) -> RunRow {
    let execution = info.execution.clone().unwrap_or_default();
    RunRow {
        status: status_name(info.status()),
        run: RunKey { workflow_id: execution.workflow_id, run_id: execution.run_id },
        workflow_type: info.r#type.unwrap_or_default().name,
        task_queue: info.task_queue,
        started: info.start_time.as_ref().map(from_timestamp),
        closed: info.close_time.as_ref().map(from_timestamp),
        history_length: info.history_length,
        history_size: info.history_size_bytes,
        parent: info.parent_execution.map(|parent| parent.workflow_id).filter(|id| !id.is_empty()),
        memo: fields(&info.memo.unwrap_or_default().fields),
        search_attributes: fields(&info.search_attributes.unwrap_or_default().indexed_fields),
    }
}

fn pending(activity: PendingActivityInfo) -> PendingActivity {
    let state = match activity.state() {
        PendingActivityState::Unspecified | PendingActivityState::Scheduled => ActivityState::Scheduled,
        PendingActivityState::Started => ActivityState::Running,
        PendingActivityState::CancelRequested => ActivityState::CancelRequested,
        PendingActivityState::Paused | PendingActivityState::PauseRequested => ActivityState::Paused,
    };
    PendingActivity {
        id: activity.activity_id,
        activity_type: activity.activity_type.unwrap_or_default().name,
        state,
        attempt: activity.attempt,
        heartbeat: some_values(activity.heartbeat_details.as_ref()),
        last_failure: activity.last_failure.as_ref().map(|failure| Box::new(from_failure(failure))),
    }
}

pub(super) fn status_name(status: WorkflowExecutionStatus) -> String {
    status.as_str_name().trim_start_matches("WORKFLOW_EXECUTION_STATUS_").to_owned()
}

impl ActivityState {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Scheduled => "waits for a worker",
            Self::Running => "running",
            Self::CancelRequested => "asked to end",
            Self::Paused => "paused",
        }
    }
}

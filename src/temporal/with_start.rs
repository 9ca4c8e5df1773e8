//! A message to a run that is started if it is not there, in one request: nobody can come between.
//!
//! Temporal calls it signal with start, and update with start.

use metonic_bridge::{
    CallError, Code,
    protos::temporal::api::{
        enums::v1::UpdateWorkflowExecutionLifecycleStage as Stage,
        workflowservice::v1::{
            ExecuteMultiOperationRequest, SignalWithStartWorkflowExecutionRequest, StartWorkflowExecutionRequest,
            UpdateWorkflowExecutionResponse,
            execute_multi_operation_request::{Operation, operation::Operation as Request},
            execute_multi_operation_response::response::Response,
        },
    },
};

use crate::{
    temporal::{
        calls::{AskError, RunKey, StartRequest},
        connect::Client,
        update::{UpdateCall, Updated, id_of},
        wire::to_payloads,
    },
    value::Value,
};

impl Client {
    /// Signals the run of an id; without one, the run that this starts.
    pub(crate) async fn signal_with_start(
        &self,
        start: StartRequest,
        name: &str,
        arguments: &[Value],
    ) -> Result<RunKey, AskError> {
        let workflow_id = start.workflow_id.clone();
        let signal_input = Some(to_payloads(arguments)?);
        let start = self.start_request(StartRequest { attach: true, ..start })?;
        let request = SignalWithStartWorkflowExecutionRequest {
            signal_name: name.to_owned(),
            signal_input,
            ..as_signal_with_start(start)
        };
        let started = self.connection.signal_with_start_workflow_execution(request).await?;
        Ok(RunKey { workflow_id, run_id: started.run_id })
    }

    /// Updates the run of an id; without one, the run that this starts. Waits as long as the update
    /// says: a run that was started goes on, whatever its handler says.
    pub(crate) async fn update_with_start(
        &self,
        start: StartRequest,
        update: &UpdateCall<'_>,
    ) -> Result<Updated, AskError> {
        let run = RunKey { workflow_id: start.workflow_id.clone(), run_id: String::new() };
        let start = self.start_request(StartRequest { attach: true, ..start })?;
        let until = update.until;
        let update = self.update_request(&run, update)?;
        let id = id_of(&update);
        let request = ExecuteMultiOperationRequest {
            namespace: self.namespace.clone(),
            operations: vec![operation(Request::StartWorkflow(start)), operation(Request::UpdateWorkflow(update))],
            resource_id: run.workflow_id,
        };
        loop {
            let answer = self.connection.execute_multi_operation(request.clone()).await?;
            let answers = answer.responses.into_iter().filter_map(|answer| answer.response);
            let updated = answers.rev().find_map(|answer| match answer {
                Response::UpdateWorkflow(updated) => Some(updated),
                Response::StartWorkflow(_) => None,
            });
            let updated = updated.ok_or_else(|| CallError {
                code: Code::Internal,
                message: "the server says nothing of the update".to_owned(),
            })?;
            // No worker has looked at it: it is kept nowhere but in the request.
            if is_known(&updated) {
                return self.updated(id, updated, until).await;
            }
        }
    }
}

/// Whether the run has accepted or rejected it.
fn is_known(updated: &UpdateWorkflowExecutionResponse) -> bool {
    updated.outcome.is_some() || matches!(updated.stage(), Stage::Accepted | Stage::Completed)
}

fn operation(request: Request) -> Operation {
    Operation { operation: Some(request) }
}

fn as_signal_with_start(start: StartWorkflowExecutionRequest) -> SignalWithStartWorkflowExecutionRequest {
    SignalWithStartWorkflowExecutionRequest {
        namespace: start.namespace,
        workflow_id: start.workflow_id,
        workflow_type: start.workflow_type,
        task_queue: start.task_queue,
        input: start.input,
        header: start.header,
        workflow_execution_timeout: start.workflow_execution_timeout,
        workflow_run_timeout: start.workflow_run_timeout,
        workflow_task_timeout: start.workflow_task_timeout,
        identity: start.identity,
        request_id: start.request_id,
        workflow_id_reuse_policy: start.workflow_id_reuse_policy,
        workflow_id_conflict_policy: start.workflow_id_conflict_policy,
        retry_policy: start.retry_policy,
        cron_schedule: start.cron_schedule,
        memo: start.memo,
        search_attributes: start.search_attributes,
        workflow_start_delay: start.workflow_start_delay,
        user_metadata: start.user_metadata,
        versioning_override: start.versioning_override,
        priority: start.priority,
        ..SignalWithStartWorkflowExecutionRequest::default()
    }
}

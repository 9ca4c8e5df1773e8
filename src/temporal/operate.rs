//! What one does to a run from outside: hold it, let it go on, ask it to end, end it, tell it
//! something.

use metonic_bridge::{
    CallError, Code,
    protos::temporal::api::workflowservice::v1::{
        DescribeNamespaceRequest, GetSystemInfoRequest, PauseWorkflowExecutionRequest,
        RequestCancelWorkflowExecutionRequest, SignalWorkflowExecutionRequest, TerminateWorkflowExecutionRequest,
        UnpauseWorkflowExecutionRequest,
    },
};

use crate::{
    temporal::{
        calls::{AskError, RunKey},
        connect::Client,
        wire::to_payloads,
    },
    value::Value,
};

/// Why nothing was done to a run.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub(crate) enum OperateError {
    #[error(
        "the server ({version}) does not pause workflows in namespace `{namespace}`: that needs Temporal 1.30 or later \
         with `frontend.WorkflowPauseEnabled: true`; a workflow that waits for a signal can be held without it"
    )]
    NoPause { version: String, namespace: String },
    #[error(transparent)]
    Ask(#[from] AskError),
}

impl From<CallError> for OperateError {
    fn from(error: CallError) -> Self {
        Self::Ask(error.into())
    }
}

impl Client {
    /// Holds a run: none of its code and no attempt of an activity begins until it is let go.
    pub(crate) async fn pause(&self, run: &RunKey, reason: &str) -> Result<(), OperateError> {
        let request = PauseWorkflowExecutionRequest {
            namespace: self.namespace.clone(),
            workflow_id: run.workflow_id.clone(),
            run_id: run.run_id.clone(),
            identity: self.connection.identity().to_owned(),
            reason: reason.to_owned(),
            request_id: request_id(),
        };
        match self.connection.pause_workflow_execution(request).await {
            Ok(_) => Ok(()),
            Err(error) => Err(self.unless_it_cannot_pause(error).await),
        }
    }

    /// Lets a run go on that was held.
    pub(crate) async fn unpause(&self, run: &RunKey, reason: &str) -> Result<(), OperateError> {
        let request = UnpauseWorkflowExecutionRequest {
            namespace: self.namespace.clone(),
            workflow_id: run.workflow_id.clone(),
            run_id: run.run_id.clone(),
            identity: self.connection.identity().to_owned(),
            reason: reason.to_owned(),
            request_id: request_id(),
        };
        match self.connection.unpause_workflow_execution(request).await {
            Ok(_) => Ok(()),
            Err(error) => Err(self.unless_it_cannot_pause(error).await),
        }
    }

    /// Sends a signal.
    pub(crate) async fn signal(&self, run: &RunKey, name: &str, arguments: &[Value]) -> Result<(), OperateError> {
        let request = SignalWorkflowExecutionRequest {
            namespace: self.namespace.clone(),
            workflow_execution: Some(run.execution()),
            signal_name: name.to_owned(),
            input: Some(to_payloads(arguments).map_err(AskError::from)?),
            identity: self.connection.identity().to_owned(),
            request_id: request_id(),
            ..SignalWorkflowExecutionRequest::default()
        };
        self.connection.signal_workflow_execution(request).await?;
        Ok(())
    }

    /// Asks a run to end; its code decides how.
    pub(crate) async fn cancel(&self, run: &RunKey, reason: &str) -> Result<(), OperateError> {
        let request = RequestCancelWorkflowExecutionRequest {
            namespace: self.namespace.clone(),
            workflow_execution: Some(run.execution()),
            identity: self.connection.identity().to_owned(),
            request_id: request_id(),
            reason: reason.to_owned(),
            ..RequestCancelWorkflowExecutionRequest::default()
        };
        self.connection.request_cancel_workflow_execution(request).await?;
        Ok(())
    }

    /// Ends a run; its code is not told.
    pub(crate) async fn terminate(&self, run: &RunKey, reason: &str) -> Result<(), OperateError> {
        let request = TerminateWorkflowExecutionRequest {
            namespace: self.namespace.clone(),
            workflow_execution: Some(run.execution()),
            reason: reason.to_owned(),
            identity: self.connection.identity().to_owned(),
            ..TerminateWorkflowExecutionRequest::default()
        };
        self.connection.terminate_workflow_execution(request).await?;
        Ok(())
    }

    /// The refusal; or, if the server refuses every such request, that.
    async fn unless_it_cannot_pause(&self, error: CallError) -> OperateError {
        let request =
            DescribeNamespaceRequest { namespace: self.namespace.clone(), ..DescribeNamespaceRequest::default() };
        let pauses = match self.connection.describe_namespace(request).await {
            Ok(answer) => answer
                .namespace_info
                .and_then(|info| info.capabilities)
                .is_some_and(|capabilities| capabilities.workflow_pause),
            Err(_) => error.code != Code::Unimplemented,
        };
        if pauses {
            return error.into();
        }
        let version = match self.connection.get_system_info(GetSystemInfoRequest::default()).await {
            Ok(info) => info.server_version,
            Err(_) => "of an unknown version".to_owned(),
        };
        OperateError::NoPause { version, namespace: self.namespace.clone() }
    }
}

/// A request that is sent twice is obeyed once.
fn request_id() -> String {
    uuid::Uuid::new_v4().to_string()
}

//! What one does to a run from outside: hold it, let it go on, ask it to end, end it, tell it
//! something.

use metonic_bridge::{
    CallError, Code,
    protos::temporal::api::workflowservice::v1::{
        DescribeNamespaceRequest, GetSystemInfoRequest, PauseWorkflowExecutionRequest, UnpauseWorkflowExecutionRequest,
    },
};

use crate::temporal::{
    calls::{AskError, RunKey},
    connect::Client,
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

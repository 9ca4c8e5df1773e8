//! Single calls to the server. A call that fails in a way that may pass is tried again by the
//! client for about ten seconds.

use std::fmt;

use temporalio_client::{
    grpc::{HealthService, WorkflowService},
    tonic::{Request, Status},
};
use temporalio_common::protos::{
    grpc::health::v1::{HealthCheckRequest, HealthCheckResponse},
    temporal::api::workflowservice::v1::{
        CountWorkflowExecutionsRequest, CountWorkflowExecutionsResponse, DescribeNamespaceRequest,
        DescribeNamespaceResponse, DescribeTaskQueueRequest, DescribeTaskQueueResponse,
        DescribeWorkflowExecutionRequest, DescribeWorkflowExecutionResponse, GetSystemInfoRequest,
        GetSystemInfoResponse, GetWorkflowExecutionHistoryRequest, GetWorkflowExecutionHistoryResponse,
        ListWorkflowExecutionsRequest, ListWorkflowExecutionsResponse, PauseWorkflowExecutionRequest,
        PauseWorkflowExecutionResponse, PollWorkflowExecutionUpdateRequest, PollWorkflowExecutionUpdateResponse,
        QueryWorkflowRequest, QueryWorkflowResponse, RegisterNamespaceRequest, RegisterNamespaceResponse,
        RequestCancelWorkflowExecutionRequest, RequestCancelWorkflowExecutionResponse,
        RespondActivityTaskCanceledRequest, RespondActivityTaskCanceledResponse, RespondActivityTaskCompletedRequest,
        RespondActivityTaskCompletedResponse, RespondActivityTaskFailedRequest, RespondActivityTaskFailedResponse,
        SignalWorkflowExecutionRequest, SignalWorkflowExecutionResponse, StartWorkflowExecutionRequest,
        StartWorkflowExecutionResponse, TerminateWorkflowExecutionRequest, TerminateWorkflowExecutionResponse,
        UnpauseWorkflowExecutionRequest, UnpauseWorkflowExecutionResponse, UpdateWorkflowExecutionRequest,
        UpdateWorkflowExecutionResponse,
    },
};

use crate::{BoxFuture, Connection};

pub use temporalio_client::tonic::Code;

/// Why a call did not work.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CallError {
    pub code: Code,
    pub message: String,
}

impl fmt::Display for CallError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.message.is_empty() { write!(f, "{}", self.code.description()) } else { f.write_str(&self.message) }
    }
}

impl std::error::Error for CallError {}

impl From<Status> for CallError {
    fn from(status: Status) -> Self {
        Self { code: status.code(), message: status.message().to_owned() }
    }
}

macro_rules! calls {
    ($($trait:ident::$name:ident($request:ty) -> $response:ty;)*) => {
        impl Connection {
            $(
                pub fn $name(&self, request: $request) -> BoxFuture<'static, Result<$response, CallError>> {
                    let mut connection = self.0.clone();
                    Box::pin(async move {
                        let response = $trait::$name(&mut connection, Request::new(request)).await;
                        response.map(|response| response.into_inner()).map_err(CallError::from)
                    })
                }
            )*
        }
    };
}

calls! {
    WorkflowService::count_workflow_executions(CountWorkflowExecutionsRequest) -> CountWorkflowExecutionsResponse;
    WorkflowService::describe_namespace(DescribeNamespaceRequest) -> DescribeNamespaceResponse;
    WorkflowService::describe_task_queue(DescribeTaskQueueRequest) -> DescribeTaskQueueResponse;
    WorkflowService::describe_workflow_execution(DescribeWorkflowExecutionRequest) -> DescribeWorkflowExecutionResponse;
    WorkflowService::get_system_info(GetSystemInfoRequest) -> GetSystemInfoResponse;
    WorkflowService::get_workflow_execution_history(GetWorkflowExecutionHistoryRequest)
        -> GetWorkflowExecutionHistoryResponse;
    WorkflowService::list_workflow_executions(ListWorkflowExecutionsRequest) -> ListWorkflowExecutionsResponse;
    WorkflowService::pause_workflow_execution(PauseWorkflowExecutionRequest) -> PauseWorkflowExecutionResponse;
    WorkflowService::poll_workflow_execution_update(PollWorkflowExecutionUpdateRequest)
        -> PollWorkflowExecutionUpdateResponse;
    WorkflowService::query_workflow(QueryWorkflowRequest) -> QueryWorkflowResponse;
    WorkflowService::register_namespace(RegisterNamespaceRequest) -> RegisterNamespaceResponse;
    WorkflowService::request_cancel_workflow_execution(RequestCancelWorkflowExecutionRequest)
        -> RequestCancelWorkflowExecutionResponse;
    WorkflowService::respond_activity_task_canceled(RespondActivityTaskCanceledRequest)
        -> RespondActivityTaskCanceledResponse;
    WorkflowService::respond_activity_task_completed(RespondActivityTaskCompletedRequest)
        -> RespondActivityTaskCompletedResponse;
    WorkflowService::respond_activity_task_failed(RespondActivityTaskFailedRequest)
        -> RespondActivityTaskFailedResponse;
    WorkflowService::signal_workflow_execution(SignalWorkflowExecutionRequest) -> SignalWorkflowExecutionResponse;
    WorkflowService::start_workflow_execution(StartWorkflowExecutionRequest) -> StartWorkflowExecutionResponse;
    WorkflowService::terminate_workflow_execution(TerminateWorkflowExecutionRequest)
        -> TerminateWorkflowExecutionResponse;
    WorkflowService::unpause_workflow_execution(UnpauseWorkflowExecutionRequest) -> UnpauseWorkflowExecutionResponse;
    WorkflowService::update_workflow_execution(UpdateWorkflowExecutionRequest) -> UpdateWorkflowExecutionResponse;
    HealthService::check(HealthCheckRequest) -> HealthCheckResponse;
}

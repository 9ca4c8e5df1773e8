//! Single calls to the server. A call that fails in a way that may pass is tried again by the
//! client for about ten seconds.

use std::fmt;

use prost::Message as _;
use temporalio_client::{
    grpc::{HealthService, WorkflowService},
    tonic::{Request, Status},
};
use temporalio_common::protos::{
    google::rpc::Status as RpcStatus,
    grpc::health::v1::{HealthCheckRequest, HealthCheckResponse},
    temporal::api::errordetails::v1::{
        MultiOperationExecutionFailure, multi_operation_execution_failure::OperationStatus,
    },
    temporal::api::workflowservice::v1::{
        CountWorkflowExecutionsRequest, CountWorkflowExecutionsResponse, DescribeNamespaceRequest,
        DescribeNamespaceResponse, DescribeTaskQueueRequest, DescribeTaskQueueResponse,
        DescribeWorkflowExecutionRequest, DescribeWorkflowExecutionResponse, ExecuteMultiOperationRequest,
        ExecuteMultiOperationResponse, GetSystemInfoRequest, GetSystemInfoResponse, GetWorkflowExecutionHistoryRequest,
        GetWorkflowExecutionHistoryResponse, GetWorkflowExecutionHistoryReverseRequest,
        GetWorkflowExecutionHistoryReverseResponse, ListWorkflowExecutionsRequest, ListWorkflowExecutionsResponse,
        PauseWorkflowExecutionRequest, PauseWorkflowExecutionResponse, PollWorkflowExecutionUpdateRequest,
        PollWorkflowExecutionUpdateResponse, QueryWorkflowRequest, QueryWorkflowResponse, RegisterNamespaceRequest,
        RegisterNamespaceResponse, RequestCancelWorkflowExecutionRequest, RequestCancelWorkflowExecutionResponse,
        RespondActivityTaskCanceledRequest, RespondActivityTaskCanceledResponse, RespondActivityTaskCompletedRequest,
        RespondActivityTaskCompletedResponse, RespondActivityTaskFailedRequest, RespondActivityTaskFailedResponse,
        SignalWithStartWorkflowExecutionRequest, SignalWithStartWorkflowExecutionResponse,
        SignalWorkflowExecutionRequest, SignalWorkflowExecutionResponse, StartWorkflowExecutionRequest,
        StartWorkflowExecutionResponse, TerminateWorkflowExecutionRequest, TerminateWorkflowExecutionResponse,
        UnpauseWorkflowExecutionRequest, UnpauseWorkflowExecutionResponse, UpdateWorkflowExecutionRequest,
        UpdateWorkflowExecutionResponse,
    },
};

use crate::{BoxFuture, Connection};

pub use temporalio_client::tonic::Code;

/// The type of what the server says about a call that makes several requests.
const SEVERAL: &str = "errordetails.v1.MultiOperationExecutionFailure";

/// The type of what it says about a request that was called off because of another one.
const CALLED_OFF: &str = "failure.v1.MultiOperationExecutionAborted";

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
        // Of several requests in one, it is the one that was refused that says why.
        match refused_of_several(status.details()) {
            Some(refused) => Self { code: Code::from_i32(refused.code), message: refused.message },
            None => Self { code: status.code(), message: status.message().to_owned() },
        }
    }
}

/// The request that made the server refuse all of them; the others are called off.
fn refused_of_several(details: &[u8]) -> Option<OperationStatus> {
    let status = RpcStatus::decode(details).ok()?;
    let failure = status.details.iter().find(|detail| detail.type_url.ends_with(SEVERAL))?;
    let statuses = MultiOperationExecutionFailure::decode(failure.value.as_slice()).ok()?.statuses;
    let is_called_off =
        |status: &OperationStatus| status.details.iter().any(|detail| detail.type_url.ends_with(CALLED_OFF));
    statuses.into_iter().find(|status| status.code != 0 && !is_called_off(status))
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
    WorkflowService::execute_multi_operation(ExecuteMultiOperationRequest) -> ExecuteMultiOperationResponse;
    WorkflowService::get_system_info(GetSystemInfoRequest) -> GetSystemInfoResponse;
    WorkflowService::get_workflow_execution_history(GetWorkflowExecutionHistoryRequest)
        -> GetWorkflowExecutionHistoryResponse;
    WorkflowService::get_workflow_execution_history_reverse(GetWorkflowExecutionHistoryReverseRequest)
        -> GetWorkflowExecutionHistoryReverseResponse;
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
    WorkflowService::signal_with_start_workflow_execution(SignalWithStartWorkflowExecutionRequest)
        -> SignalWithStartWorkflowExecutionResponse;
    WorkflowService::signal_workflow_execution(SignalWorkflowExecutionRequest) -> SignalWorkflowExecutionResponse;
    WorkflowService::start_workflow_execution(StartWorkflowExecutionRequest) -> StartWorkflowExecutionResponse;
    WorkflowService::terminate_workflow_execution(TerminateWorkflowExecutionRequest)
        -> TerminateWorkflowExecutionResponse;
    WorkflowService::unpause_workflow_execution(UnpauseWorkflowExecutionRequest) -> UnpauseWorkflowExecutionResponse;
    WorkflowService::update_workflow_execution(UpdateWorkflowExecutionRequest) -> UpdateWorkflowExecutionResponse;
    HealthService::check(HealthCheckRequest) -> HealthCheckResponse;
}

#[cfg(test)]
mod tests {
    use prost::bytes::Bytes;
    use temporalio_common::protos::google::rpc::Status as RpcStatus;

    use super::*;

    #[test]
    fn the_request_that_was_refused_says_why_all_were() {
        let of = |code: Code, message: &str, details| OperationStatus {
            code: code as i32,
            message: message.to_owned(),
            details,
        };
        let called_off = prost_types::Any { type_url: format!("x/temporal.api.{CALLED_OFF}"), value: Vec::new() };
        let statuses = vec![
            of(Code::Aborted, "called off", vec![called_off]),
            of(Code::ResourceExhausted, "too many updates", Vec::new()),
        ];
        let failure = MultiOperationExecutionFailure { statuses }.encode_to_vec();
        let detail = prost_types::Any { type_url: format!("x/temporal.api.{SEVERAL}"), value: failure };
        let status = RpcStatus { details: vec![detail], ..RpcStatus::default() };
        let details = Bytes::from(status.encode_to_vec());
        let error = CallError::from(Status::with_details(Code::Aborted, "one of two was not done", details));
        assert_eq!(error, CallError { code: Code::ResourceExhausted, message: "too many updates".to_owned() });
    }
}

//! How a run is to begin, as an entry's options say it.

use metonic_bridge::protos::temporal::api::{
    common::v1::Memo, enums::v1::WorkflowIdConflictPolicy, sdk::v1::UserMetadata,
    workflowservice::v1::StartWorkflowExecutionRequest,
};

use crate::{
    temporal::wire::{
        attributes::to_attributes,
        child::{to_fields, to_id_reuse, to_override},
        command::{to_priority, to_retry_policy},
        payload::{PayloadError, to_payload},
        time::to_duration,
    },
    workflow::{IdConflictPolicy, IdReusePolicy, RunOptions},
};

/// The request with what `options` say, where it says nothing. What they say of a child and its
/// parent means nothing here.
pub(crate) fn with_options(
    request: StartWorkflowExecutionRequest,
    options: &RunOptions,
) -> Result<StartWorkflowExecutionRequest, PayloadError> {
    let mut request = StartWorkflowExecutionRequest {
        workflow_execution_timeout: options.timeouts.execution.map(to_duration),
        workflow_run_timeout: options.timeouts.run.map(to_duration),
        workflow_task_timeout: options.timeouts.task.map(to_duration),
        retry_policy: options.retry.as_ref().map(to_retry_policy),
        cron_schedule: options.cron.clone().unwrap_or_default(),
        priority: options.priority.as_ref().map(to_priority),
        memo: options.memo.as_ref().map(to_fields).transpose()?.map(|fields| Memo { fields }),
        search_attributes: options.search_attributes.as_ref().map(to_attributes).transpose()?,
        workflow_start_delay: options.delay.map(to_duration),
        versioning_override: options.versioning.as_ref().map(to_override),
        user_metadata: to_metadata(options.summary.as_deref(), options.details.as_deref())?,
        ..request
    };
    let attaches = request.workflow_id_conflict_policy() == WorkflowIdConflictPolicy::UseExisting;
    if let Some(policy) = options.id_conflict.filter(|_| !attaches) {
        request.set_workflow_id_conflict_policy(match policy {
            IdConflictPolicy::Fail => WorkflowIdConflictPolicy::Fail,
            IdConflictPolicy::UseExisting => WorkflowIdConflictPolicy::UseExisting,
            IdConflictPolicy::TerminateExisting => WorkflowIdConflictPolicy::TerminateExisting,
        });
    }
    let is_refused = request.workflow_id_conflict_policy() == WorkflowIdConflictPolicy::Fail;
    match options.id_reuse {
        // The server takes this word for two things, and wants the second said by itself.
        Some(IdReusePolicy::TerminateIfRunning) if is_refused => {
            request.set_workflow_id_conflict_policy(WorkflowIdConflictPolicy::TerminateExisting);
        }
        None | Some(IdReusePolicy::TerminateIfRunning) => {}
        Some(policy) => request.set_workflow_id_reuse_policy(to_id_reuse(policy)),
    }
    Ok(request)
}

/// What the Web UI shows beside it.
pub(super) fn to_metadata(summary: Option<&str>, details: Option<&str>) -> Result<Option<UserMetadata>, PayloadError> {
    let text = |text: Option<&str>| text.map(|text| to_payload(&text.into())).transpose();
    Ok(match (text(summary)?, text(details)?) {
        (None, None) => None,
        (summary, details) => Some(UserMetadata { summary, details }),
    })
}

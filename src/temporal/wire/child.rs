//! Requests about other runs: children, signals, and the run that takes a run's place.

use std::collections::HashMap;

use metonic_bridge::protos::{
    coresdk::{
        child_workflow::{ChildWorkflowCancellationType, ParentClosePolicy as ProtoParentClose},
        common::{NamespacedWorkflowExecution, VersioningIntent as ProtoIntent},
        workflow_commands::{
            ContinueAsNewWorkflowExecution, SignalExternalWorkflowExecution, StartChildWorkflowExecution,
            signal_external_workflow_execution::Target, workflow_command::Variant,
        },
    },
    temporal::api::{
        common::v1::Payload,
        deployment::v1::WorkerDeploymentVersion,
        enums::v1::{ContinueAsNewVersioningBehavior, WorkflowIdReusePolicy},
        workflow::v1::{
            VersioningOverride as ProtoOverride,
            versioning_override::{Override, PinnedOverride, PinnedOverrideBehavior},
        },
    },
};

use crate::{
    temporal::wire::{
        attributes::to_attributes,
        command::{CommandCx, to_priority, to_retry_policy},
        payload::{PayloadError, to_headers, to_payload, to_payloads},
        time::to_duration,
    },
    value::Map,
    workflow::{
        ChildCancellation, ContinueAsNew, IdReusePolicy, ParentClosePolicy, Queue, Relative, SearchAttributes,
        SignalTarget, SignalWorkflow, StartChild, VersioningIntent, VersioningOverride,
    },
};

pub(super) fn to_child(child: &StartChild, cx: &CommandCx) -> Result<Variant, PayloadError> {
    Ok(Variant::StartChildWorkflowExecution(StartChildWorkflowExecution {
        seq: child.seq.0,
        namespace: child.namespace.clone().unwrap_or_else(|| cx.namespace.clone()),
        workflow_id: child.workflow_id.clone(),
        workflow_type: child.workflow_type.clone(),
        task_queue: to_queue(&child.queue, cx),
        input: to_payloads(&child.arguments)?.payloads,
        workflow_execution_timeout: child.timeouts.execution.map(to_duration),
        workflow_run_timeout: child.timeouts.run.map(to_duration),
        workflow_task_timeout: child.timeouts.task.map(to_duration),
        parent_close_policy: to_parent_close(child.parent_close).into(),
        workflow_id_reuse_policy: child.id_reuse.map_or(WorkflowIdReusePolicy::Unspecified, to_id_reuse).into(),
        retry_policy: child.retry.as_ref().map(to_retry_policy),
        cron_schedule: child.cron.clone().unwrap_or_default(),
        headers: to_headers(&child.headers)?,
        memo: to_fields(&child.memo)?,
        search_attributes: to_some_attributes(&child.search_attributes)?,
        cancellation_type: to_cancellation(child.cancellation).into(),
        priority: child.priority.as_ref().map(to_priority),
        versioning_override: child.versioning.as_ref().map(to_override),
        versioning_intent: to_intent(child.intent).into(),
    }))
}

pub(super) fn to_signal(signal: &SignalWorkflow, cx: &CommandCx) -> Result<Variant, PayloadError> {
    let target = match &signal.target {
        SignalTarget::Workflow(relative) => Target::WorkflowExecution(to_execution(relative, cx)),
        SignalTarget::Child(workflow_id) => Target::ChildWorkflowId(workflow_id.clone()),
    };
    Ok(Variant::SignalExternalWorkflowExecution(SignalExternalWorkflowExecution {
        seq: signal.seq.0,
        target: Some(target),
        signal_name: signal.name.clone(),
        args: to_payloads(&signal.arguments)?.payloads,
        headers: to_headers(&signal.headers)?,
    }))
}

pub(super) fn to_continue(next: &ContinueAsNew, cx: &CommandCx) -> Result<Variant, PayloadError> {
    let behavior = if next.upgrades {
        ContinueAsNewVersioningBehavior::AutoUpgrade
    } else {
        ContinueAsNewVersioningBehavior::Unspecified
    };
    Ok(Variant::ContinueAsNewWorkflowExecution(ContinueAsNewWorkflowExecution {
        // The core takes the run's own for an empty one.
        workflow_type: next.workflow_type.clone().unwrap_or_default(),
        task_queue: match &next.queue {
            Queue::Own => String::new(),
            other => to_queue(other, cx),
        },
        arguments: to_payloads(&next.arguments)?.payloads,
        workflow_run_timeout: next.timeouts.run.map(to_duration),
        workflow_task_timeout: next.timeouts.task.map(to_duration),
        memo: next.memo.as_ref().map(to_fields).transpose()?.unwrap_or_default(),
        headers: to_headers(&next.headers)?,
        search_attributes: next.search_attributes.as_ref().map(to_attributes).transpose()?,
        retry_policy: next.retry.as_ref().map(to_retry_policy),
        versioning_intent: to_intent(next.intent).into(),
        initial_versioning_behavior: behavior.into(),
        backoff_start_interval: next.delay.map(to_duration),
    }))
}

/// An empty namespace means the worker's own.
pub(super) fn to_execution(relative: &Relative, cx: &CommandCx) -> NamespacedWorkflowExecution {
    let own = relative.namespace.is_empty();
    NamespacedWorkflowExecution {
        namespace: if own { cx.namespace.clone() } else { relative.namespace.clone() },
        workflow_id: relative.workflow_id.clone(),
        run_id: relative.run_id.clone(),
    }
}

pub(super) fn to_fields(map: &Map) -> Result<HashMap<String, Payload>, PayloadError> {
    map.iter().map(|(name, value)| Ok((name.clone(), to_payload(value)?))).collect()
}

fn to_some_attributes(
    attributes: &SearchAttributes,
) -> Result<Option<metonic_bridge::protos::temporal::api::common::v1::SearchAttributes>, PayloadError> {
    if attributes.is_empty() { Ok(None) } else { to_attributes(attributes).map(Some) }
}

pub(super) fn to_queue(queue: &Queue, cx: &CommandCx) -> String {
    match queue {
        Queue::Own => cx.task_queue.clone(),
        Queue::Named(name) => format!("{}{name}", cx.queue_prefix),
        Queue::Full(name) => name.clone(),
    }
}

fn to_parent_close(policy: ParentClosePolicy) -> ProtoParentClose {
    match policy {
        ParentClosePolicy::Terminate => ProtoParentClose::Terminate,
        ParentClosePolicy::Abandon => ProtoParentClose::Abandon,
        ParentClosePolicy::RequestCancel => ProtoParentClose::RequestCancel,
    }
}

#[expect(deprecated, reason = "the server still takes it, and Wippy's option has it")]
pub(super) fn to_id_reuse(policy: IdReusePolicy) -> WorkflowIdReusePolicy {
    match policy {
        IdReusePolicy::AllowDuplicate => WorkflowIdReusePolicy::AllowDuplicate,
        IdReusePolicy::AllowDuplicateFailedOnly => WorkflowIdReusePolicy::AllowDuplicateFailedOnly,
        IdReusePolicy::RejectDuplicate => WorkflowIdReusePolicy::RejectDuplicate,
        IdReusePolicy::TerminateIfRunning => WorkflowIdReusePolicy::TerminateIfRunning,
    }
}

fn to_cancellation(cancellation: ChildCancellation) -> ChildWorkflowCancellationType {
    match cancellation {
        ChildCancellation::Abandon => ChildWorkflowCancellationType::Abandon,
        ChildCancellation::TryCancel => ChildWorkflowCancellationType::TryCancel,
        ChildCancellation::WaitCompleted => ChildWorkflowCancellationType::WaitCancellationCompleted,
        ChildCancellation::WaitRequested => ChildWorkflowCancellationType::WaitCancellationRequested,
    }
}

pub(super) fn to_intent(intent: Option<VersioningIntent>) -> ProtoIntent {
    match intent {
        None => ProtoIntent::Unspecified,
        Some(VersioningIntent::Compatible) => ProtoIntent::Compatible,
        Some(VersioningIntent::Default) => ProtoIntent::Default,
    }
}

pub(super) fn to_override(versioning: &VersioningOverride) -> ProtoOverride {
    let chosen = match versioning {
        VersioningOverride::AutoUpgrade => Override::AutoUpgrade(true),
        VersioningOverride::Pinned { deployment, build_id } => Override::Pinned(PinnedOverride {
            behavior: PinnedOverrideBehavior::Pinned.into(),
            version: Some(WorkerDeploymentVersion { deployment_name: deployment.clone(), build_id: build_id.clone() }),
        }),
    };
    ProtoOverride { r#override: Some(chosen), ..ProtoOverride::default() }
}

//! Updates of a run: sent, waited for, and asked for again by their ids.

use metonic_bridge::protos::temporal::api::{
    enums::v1::UpdateWorkflowExecutionLifecycleStage as Lifecycle,
    update::v1::{Input, Meta, Request as UpdateRequest, UpdateRef, WaitPolicy},
    workflowservice::v1::{
        PollWorkflowExecutionUpdateRequest, UpdateWorkflowExecutionRequest, UpdateWorkflowExecutionResponse,
    },
};
use serde::{Deserialize, Serialize};

use crate::{
    temporal::{
        calls::{AskError, RunKey},
        connect::Client,
        story::update_outcome,
        wire::to_payloads,
    },
    value::{Failure, Value},
};

/// An update as its sender means it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct UpdateCall<'a> {
    pub(crate) name: &'a str,
    /// What makes two of them one; nothing: it is like no other.
    pub(crate) id: Option<&'a str>,
    pub(crate) arguments: &'a [Value],
    pub(crate) until: UpdateStage,
}

/// How far one waits.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum UpdateStage {
    /// Until it was accepted or rejected.
    Accepted,
    /// Until its handler has answered.
    #[default]
    Completed,
}

/// What became of an update so far.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Updated {
    pub(crate) id: String,
    /// What its handler gave, or why it failed or was rejected; nothing: it was accepted, and is not done.
    pub(crate) outcome: Option<Result<Value, Box<Failure>>>,
}

impl Client {
    /// Sends an update and waits as long as it says.
    pub(crate) async fn update(&self, run: &RunKey, update: &UpdateCall<'_>) -> Result<Updated, AskError> {
        let request = self.update_request(run, update)?;
        let id = id_of(&request);
        let answer = self.connection.update_workflow_execution(request).await?;
        self.updated(id, answer, update.until).await
    }

    /// Waits for what becomes of an update that somebody sent before.
    pub(crate) async fn update_outcome(&self, run: &RunKey, id: &str) -> Result<Result<Value, Box<Failure>>, AskError> {
        let sent = UpdateRef { workflow_execution: Some(run.execution()), update_id: id.to_owned() };
        let answer = UpdateWorkflowExecutionResponse { update_ref: Some(sent), ..<_>::default() };
        let updated = self.updated(id.to_owned(), answer, UpdateStage::Completed).await?;
        Ok(updated.outcome.unwrap_or_else(|| update_outcome(None)))
    }

    /// What updates a run, and waits.
    pub(super) fn update_request(
        &self,
        run: &RunKey,
        update: &UpdateCall<'_>,
    ) -> Result<UpdateWorkflowExecutionRequest, AskError> {
        let update_id = update.id.map_or_else(|| uuid::Uuid::new_v4().to_string(), str::to_owned);
        let meta = Meta { update_id, identity: self.connection.identity().to_owned() };
        let input = Input { header: None, name: update.name.to_owned(), args: Some(to_payloads(update.arguments)?) };
        Ok(UpdateWorkflowExecutionRequest {
            namespace: self.namespace.clone(),
            workflow_execution: Some(run.execution()),
            wait_policy: Some(policy(update.until)),
            request: Some(UpdateRequest { meta: Some(meta), input: Some(input), ..UpdateRequest::default() }),
            ..UpdateWorkflowExecutionRequest::default()
        })
    }

    /// What becomes of an update that was sent: the server lets go of who waits for long.
    pub(super) async fn updated(
        &self,
        id: String,
        answer: UpdateWorkflowExecutionResponse,
        until: UpdateStage,
    ) -> Result<Updated, AskError> {
        let (mut stage, mut outcome) = (answer.stage(), answer.outcome);
        loop {
            if outcome.is_some() {
                return Ok(Updated { id, outcome: Some(update_outcome(outcome)) });
            }
            if until == UpdateStage::Accepted && stage == Lifecycle::Accepted {
                return Ok(Updated { id, outcome: None });
            }
            let request = PollWorkflowExecutionUpdateRequest {
                namespace: self.namespace.clone(),
                update_ref: answer.update_ref.clone(),
                identity: self.connection.identity().to_owned(),
                wait_policy: Some(policy(until)),
            };
            let polled = self.connection.poll_workflow_execution_update(request).await?;
            (stage, outcome) = (polled.stage(), polled.outcome);
        }
    }
}

fn policy(until: UpdateStage) -> WaitPolicy {
    let stage = match until {
        UpdateStage::Accepted => Lifecycle::Accepted,
        UpdateStage::Completed => Lifecycle::Completed,
    };
    WaitPolicy { lifecycle_stage: stage.into() }
}

/// The id that was given to an update that is sent.
pub(super) fn id_of(request: &UpdateWorkflowExecutionRequest) -> String {
    let meta = request.request.as_ref().and_then(|request| request.meta.as_ref());
    meta.map(|meta| meta.update_id.clone()).unwrap_or_default()
}

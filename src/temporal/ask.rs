//! What the code of a run answers: queries, updates, and what it says about itself.

use metonic_bridge::protos::temporal::api::{
    common::v1::Payloads,
    enums::v1::{QueryRejectCondition, UpdateWorkflowExecutionLifecycleStage},
    query::v1::WorkflowQuery,
    update::v1::{Input, Meta, Request as UpdateRequest, WaitPolicy},
    workflowservice::v1::{
        PollWorkflowExecutionUpdateRequest, QueryWorkflowRequest, UpdateWorkflowExecutionRequest,
        UpdateWorkflowExecutionResponse,
    },
};

use crate::{
    temporal::{
        calls::{AskError, RunKey},
        connect::Client,
        story::{some_value, update_outcome},
        wire::to_payloads,
    },
    value::{Failure, Map, Value},
};

/// The query that every SDK answers about handlers and details.
pub(crate) const METADATA: &str = "__temporal_workflow_metadata";

/// Until the handler of an update has answered.
const UNTIL_DONE: WaitPolicy = WaitPolicy { lifecycle_stage: UpdateWorkflowExecutionLifecycleStage::Completed as i32 };

/// An update as its sender means it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct UpdateCall<'a> {
    pub(crate) name: &'a str,
    /// What makes two of them one; nothing: it is like no other.
    pub(crate) id: Option<&'a str>,
    pub(crate) arguments: &'a [Value],
}

/// What a run says about itself.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Metadata {
    /// What its code says of where it stands.
    pub(crate) details: String,
    /// The names of the queries it answers.
    pub(crate) queries: Vec<String>,
}

impl Client {
    /// The answer of a run's code.
    pub(crate) async fn query(&self, run: &RunKey, name: &str, arguments: &[Value]) -> Result<Value, AskError> {
        Ok(some_value(self.answers(run, name, arguments).await?.as_ref()))
    }

    pub(crate) async fn metadata(&self, run: &RunKey) -> Result<Metadata, AskError> {
        let answer = self.answers(run, METADATA, &[]).await?;
        // It is JSON in every encoding that SDKs give it.
        let payload = answer.and_then(|answer| answer.payloads.into_iter().next()).unwrap_or_default();
        let answer = Value::from_json(&payload.data).unwrap_or_default();
        Ok(Metadata::of(&answer))
    }

    /// Waits for what becomes of an update: what its handler gives, or why it failed or was rejected.
    pub(crate) async fn update(
        &self,
        run: &RunKey,
        update: &UpdateCall<'_>,
    ) -> Result<Result<Value, Box<Failure>>, AskError> {
        let answer = self.connection.update_workflow_execution(self.update_request(run, update)?).await?;
        self.outcome(answer).await
    }

    /// What updates a run, and waits for its handler.
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
            wait_policy: Some(UNTIL_DONE),
            request: Some(UpdateRequest { meta: Some(meta), input: Some(input), ..UpdateRequest::default() }),
            ..UpdateWorkflowExecutionRequest::default()
        })
    }

    /// The outcome of an update that was sent: the server lets go of who waits for long.
    pub(super) async fn outcome(
        &self,
        answer: UpdateWorkflowExecutionResponse,
    ) -> Result<Result<Value, Box<Failure>>, AskError> {
        let (mut outcome, update_ref) = (answer.outcome, answer.update_ref);
        while outcome.is_none() {
            let request = PollWorkflowExecutionUpdateRequest {
                namespace: self.namespace.clone(),
                update_ref: update_ref.clone(),
                identity: self.connection.identity().to_owned(),
                wait_policy: Some(UNTIL_DONE),
            };
            outcome = self.connection.poll_workflow_execution_update(request).await?.outcome;
        }
        Ok(update_outcome(outcome))
    }

    async fn answers(&self, run: &RunKey, name: &str, arguments: &[Value]) -> Result<Option<Payloads>, AskError> {
        let request = QueryWorkflowRequest {
            namespace: self.namespace.clone(),
            execution: Some(run.execution()),
            query: Some(WorkflowQuery {
                query_type: name.to_owned(),
                query_args: Some(to_payloads(arguments)?),
                header: None,
            }),
            query_reject_condition: QueryRejectCondition::None.into(),
        };
        Ok(self.connection.query_workflow(request).await?.query_result)
    }
}

impl Metadata {
    /// Reads the answer to [`METADATA`].
    pub(crate) fn of(answer: &Value) -> Self {
        answer.as_map().map(metadata).unwrap_or_default()
    }
}

/// SDKs write the names of fields in one of two ways.
fn metadata(answer: &Map) -> Metadata {
    let field = |map: &Map, one: &str, other: &str| map.get(one).or_else(|| map.get(other)).cloned();
    let details = field(answer, "currentDetails", "current_details");
    let definition = answer.get("definition").and_then(Value::as_map);
    let queries = definition.and_then(|definition| field(definition, "queryDefinitions", "query_definitions"));
    let queries = match queries {
        Some(Value::List(queries)) => queries,
        _ => Vec::new(),
    };
    let name = |query: &Value| Some(query.as_map()?.get("name")?.as_text()?.to_owned());
    Metadata {
        details: details.as_ref().and_then(Value::as_text).unwrap_or_default().to_owned(),
        queries: queries.iter().filter_map(name).collect(),
    }
}

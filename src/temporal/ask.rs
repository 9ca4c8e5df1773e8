//! What the code of a run answers: queries, and what it says about itself.

use metonic_bridge::protos::temporal::api::{
    common::v1::Payloads, enums::v1::QueryRejectCondition, query::v1::WorkflowQuery,
    workflowservice::v1::QueryWorkflowRequest,
};
use serde::{Deserialize, Serialize};

use crate::{
    temporal::{
        calls::{AskError, RunKey},
        connect::Client,
        look::status_name,
        story::some_value,
        wire::to_payloads,
    },
    value::{Map, Value},
};

/// The query that every SDK answers about handlers and details.
pub(crate) const METADATA: &str = "__temporal_workflow_metadata";

/// When a run is not to be asked at all.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum RejectCondition {
    NotOpen,
    /// It ended, and not by completing.
    NotCompletedCleanly,
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
    pub(crate) async fn query(
        &self,
        run: &RunKey,
        name: &str,
        arguments: &[Value],
        reject: Option<RejectCondition>,
    ) -> Result<Value, AskError> {
        Ok(some_value(self.answers(run, name, arguments, reject).await?.as_ref()))
    }

    pub(crate) async fn metadata(&self, run: &RunKey) -> Result<Metadata, AskError> {
        let answer = self.answers(run, METADATA, &[], None).await?;
        // It is JSON in every encoding that SDKs give it.
        let payload = answer.and_then(|answer| answer.payloads.into_iter().next()).unwrap_or_default();
        let answer = Value::from_json(&payload.data).unwrap_or_default();
        Ok(Metadata::of(&answer))
    }

    async fn answers(
        &self,
        run: &RunKey,
        name: &str,
        arguments: &[Value],
        reject: Option<RejectCondition>,
    ) -> Result<Option<Payloads>, AskError> {
        let condition = match reject {
            None => QueryRejectCondition::None,
            Some(RejectCondition::NotOpen) => QueryRejectCondition::NotOpen,
            Some(RejectCondition::NotCompletedCleanly) => QueryRejectCondition::NotCompletedCleanly,
        };
        let request = QueryWorkflowRequest {
            namespace: self.namespace.clone(),
            execution: Some(run.execution()),
            query: Some(WorkflowQuery {
                query_type: name.to_owned(),
                query_args: Some(to_payloads(arguments)?),
                header: None,
            }),
            query_reject_condition: condition.into(),
        };
        let answer = self.connection.query_workflow(request).await?;
        match answer.query_rejected {
            Some(rejected) => Err(AskError::Rejected(status_name(rejected.status()))),
            None => Ok(answer.query_result),
        }
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

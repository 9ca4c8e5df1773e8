//! What a Temporal server tells of runs: how they stand, how they ended, what happened in them, and who
//! waits for their tasks.

use serde_json::Value;

use super::{
    Server,
    patience::{seen, until},
};

impl Server {
    /// What the server knows of a run: status, memo, search attributes, what is pending.
    pub(crate) fn describe(&self, id: &str) -> Value {
        self.get(id, "")
    }

    /// The events of a type.
    pub(crate) fn events(&self, id: &str, event_type: &str) -> Vec<Value> {
        self.history(id).into_iter().filter(|event| event["eventType"] == event_type).collect()
    }

    /// Waits for the end of a run: its result, or its failure.
    pub(crate) fn end(&self, id: &str) -> Result<Value, Value> {
        let path = "/history?waitNewEvent=true&historyEventFilterType=HISTORY_EVENT_FILTER_TYPE_CLOSE_EVENT";
        let event = seen(&format!("`{id}` does not end"), || {
            self.get(id, path)["history"]["events"].as_array_mut().and_then(Vec::pop)
        });
        match event["eventType"].as_str() {
            Some("EVENT_TYPE_WORKFLOW_EXECUTION_COMPLETED") => {
                Ok(event["workflowExecutionCompletedEventAttributes"]["result"][0].clone())
            }
            Some("EVENT_TYPE_WORKFLOW_EXECUTION_FAILED") => {
                Err(event["workflowExecutionFailedEventAttributes"]["failure"].clone())
            }
            _ => Err(event["eventType"].clone()),
        }
    }

    /// The events of a run so far.
    pub(crate) fn history(&self, id: &str) -> Vec<Value> {
        self.history_of("default", id, "")
    }

    /// The events of one run of a chain; without a run id, of the last one.
    pub(crate) fn history_of(&self, namespace: &str, id: &str, run_id: &str) -> Vec<Value> {
        let (mut events, mut page) = (Vec::new(), String::new());
        loop {
            let query = format!("execution.runId={run_id}&nextPageToken={page}");
            let mut answer = self.answer(&format!("/namespaces/{namespace}/workflows/{id}/history?{query}"));
            if let Some(more) = answer["history"]["events"].as_array_mut() {
                events.append(more);
            }
            match answer["nextPageToken"].as_str() {
                Some(next) if !next.is_empty() => {
                    page = next.replace('+', "%2B").replace('/', "%2F").replace('=', "%3D");
                }
                _ => return events,
            }
        }
    }

    /// Waits until the history has an event of this type.
    pub(crate) fn wait_for(&self, id: &str, event_type: &str) {
        until(&format!("`{id}` has no {event_type}"), || !self.events(id, event_type).is_empty());
    }

    /// How many look for workflow tasks in a queue, or did a short time ago.
    pub(crate) fn pollers(&self, queue: &str) -> usize {
        let path = format!("/namespaces/default/task-queues/{queue}?taskQueueType=TASK_QUEUE_TYPE_WORKFLOW");
        self.answer(&path)["pollers"].as_array().map_or(0, Vec::len)
    }

    /// Waits until at least so many tasks lie in a queue that nobody polls.
    pub(crate) fn wait_for_backlog(&self, queue: &str, of: &str, tasks: usize) {
        let path = format!("/namespaces/default/task-queues/{queue}?taskQueueType={of}&reportStats=true");
        until(&format!("`{queue}` has not {tasks} tasks"), || {
            let answer = self.answer(&path);
            let count = answer["stats"]["approximateBacklogCount"].as_str().and_then(|count| count.parse().ok());
            count.is_some_and(|count: usize| count >= tasks)
        });
    }
}

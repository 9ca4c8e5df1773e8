//! The histories of a run and of all that it has to do with: the runs before it, its children and theirs.

use serde_json::Value;

use super::Server;

/// Where a run is found: namespace, id, run id.
type Place = [String; 3];

impl Server {
    /// The histories of the last run of this id, of the runs that it took the place of, and of the children
    /// of all, as far as they have come. A run that has answered no task yet has nothing to replay.
    pub(crate) fn histories(&self, id: &str) -> Vec<Vec<Value>> {
        let execution = &self.describe(id)["workflowExecutionInfo"]["execution"];
        let run_id = execution["runId"].as_str().expect("the server names it");
        let mut places = vec![["default", id, run_id].map(str::to_owned)];
        let mut histories = Vec::new();
        while let Some(place) = places.get(histories.len()) {
            let [namespace, id, run_id] = place;
            let events = self.history_of(namespace, id, run_id);
            for found in relatives(place, &events) {
                if !places.contains(&found) {
                    places.push(found);
                }
            }
            histories.push(events);
        }
        let began =
            |events: &Vec<Value>| events.iter().any(|event| event["eventType"] == "EVENT_TYPE_WORKFLOW_TASK_COMPLETED");
        histories.into_iter().filter(began).collect()
    }
}

/// The runs that a history names as its own: before it, after it, and below it.
fn relatives([namespace, id, _]: &Place, events: &[Value]) -> Vec<Place> {
    let mut found = Vec::new();
    for attributes in events.iter().filter_map(Value::as_object).flat_map(|event| event.values()) {
        for other in [&attributes["continuedExecutionRunId"], &attributes["newExecutionRunId"]] {
            if let Some(other) = other.as_str().filter(|other| !other.is_empty()) {
                found.push([namespace.clone(), id.clone(), other.to_owned()]);
            }
        }
    }
    let children = events.iter().map(|event| &event["childWorkflowExecutionStartedEventAttributes"]);
    for child in children.filter(|child| child.is_object()) {
        let execution = &child["workflowExecution"];
        let place = [&child["namespace"], &execution["workflowId"], &execution["runId"]];
        found.push(place.map(|part| part.as_str().expect("the server names it").to_owned()));
    }
    found
}

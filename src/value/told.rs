//! What Temporal tells of a failure, in the fields that authors read.
//!
//! A timeout is of kind `Timeout`; what wraps the failure of an activity or child speaks with the
//! words of what it wraps, and adds what it knows as details that begin with `_`.

use crate::value::{Failure, FailureInfo, Map, Value, failure_kind};

impl Failure {
    /// A failure that Temporal made.
    pub(crate) fn told(message: impl Into<String>, info: FailureInfo, cause: Option<Failure>) -> Self {
        let mut failure = Self { message: message.into(), ..Self::default() };
        failure.tell(info, cause.as_ref());
        failure.cause = cause.map(Box::new);
        failure
    }

    /// Fills in what `info` means to an author. The cause stays where it is.
    pub(crate) fn tell(&mut self, info: FailureInfo, cause: Option<&Self>) {
        match &info {
            FailureInfo::None | FailureInfo::Application { .. } => {}
            FailureInfo::Timeout { kind, .. } => {
                self.fill(failure_kind::TIMEOUT, Some(false));
                self.details = with_facts(None, [("timeout_type", kind.name().into())]);
            }
            FailureInfo::Canceled { .. } => self.fill(failure_kind::CANCELED, Some(false)),
            FailureInfo::Terminated => self.fill(failure_kind::TERMINATED, Some(false)),
            FailureInfo::Server { non_retryable } => self.fill(failure_kind::INTERNAL, Some(!non_retryable)),
            FailureInfo::Activity { activity_id, retry_state, .. } => {
                let facts = [
                    ("_wrapper", "activity".into()),
                    ("_activity_id", activity_id.as_str().into()),
                    ("_retry_state", retry_state.name().into()),
                ];
                self.speak_like(cause, facts);
            }
            FailureInfo::Child { workflow_id, run_id, workflow_type, retry_state, .. } => {
                let facts = [
                    ("_wrapper", "child_workflow".into()),
                    ("_workflow_id", workflow_id.as_str().into()),
                    ("_workflow_type", workflow_type.as_str().into()),
                    ("_run_id", run_id.as_str().into()),
                    ("_retry_state", retry_state.name().into()),
                ];
                self.speak_like(cause, facts);
            }
            FailureInfo::Other(_) => self.speak_like(cause, []),
        }
        self.info = info;
    }

    fn fill(&mut self, kind: &str, retryable: Option<bool>) {
        kind.clone_into(&mut self.kind);
        self.retryable = retryable;
    }

    /// A wrapper says what the failure inside says: that is what its author wrote. What the wrapper
    /// knows stands beside the details.
    fn speak_like<const N: usize>(&mut self, cause: Option<&Self>, facts: [(&str, Value); N]) {
        if let Some(cause) = cause {
            self.fill(&cause.kind, cause.retryable);
            self.foreign_type.clone_from(&cause.foreign_type);
            // The core gives the cause of a cancellation no words.
            if !cause.message.is_empty() {
                self.message.clone_from(&cause.message);
            }
        }
        self.details = with_facts(cause.and_then(|cause| cause.details.as_ref()), facts);
    }
}

/// Details that are no map have no room for facts.
fn with_facts<const N: usize>(details: Option<&Value>, facts: [(&str, Value); N]) -> Option<Value> {
    let mut map = match details {
        None if N == 0 => return None,
        None => Map::new(),
        Some(Value::Map(map)) => map.clone(),
        Some(other) => return Some(other.clone()),
    };
    map.extend(facts.map(|(name, fact)| (name.to_owned(), fact)));
    Some(Value::Map(map))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::value::RetryState;

    fn child() -> FailureInfo {
        FailureInfo::Child {
            namespace: String::new(),
            workflow_id: "c".to_owned(),
            run_id: String::new(),
            workflow_type: "app:c".to_owned(),
            retry_state: RetryState::Unspecified,
            initiated_event: 0,
            started_event: 0,
        }
    }

    #[test]
    fn a_wrapper_says_what_the_failure_inside_says() {
        let failure = Failure::told("Child failed", child(), Some(Failure::new("Busy", "come back later")));
        assert_eq!((failure.kind.as_str(), failure.message.as_str()), ("Busy", "come back later"));
    }

    #[test]
    fn a_wrapper_keeps_its_words_if_the_failure_inside_has_none() {
        let inside = Failure::told("", FailureInfo::Canceled { details: Vec::new() }, None);
        let failure = Failure::told("Child cancelled", child(), Some(inside));
        assert_eq!((failure.kind.as_str(), failure.message.as_str()), ("Canceled", "Child cancelled"));
    }
}

//! The names of log fields. One name per thing, so that a search finds all of it.

macro_rules! fields {
    ($($name:ident = $text:literal,)*) => {
        $(pub(crate) const $name: &str = $text;)*
    };
}

fields! {
    ACTIVITY_ID = "activity_id",
    ATTEMPT = "attempt",
    CODE = "code",
    ENTRY = "entry",
    ERROR = "error",
    FUNCTION = "function",
    GENERATION = "generation",
    KIND = "kind",
    NAMESPACE = "namespace",
    RUN_ID = "run_id",
    SERVICE = "service",
    TASK_QUEUE = "task_queue",
    WORKFLOW_ID = "workflow_id",
    WORKFLOW_TYPE = "workflow_type",
}

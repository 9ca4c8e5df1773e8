//! What workflows say, and where it goes. While a run replays it says nothing.

use std::sync::Arc;

use crate::value::{Map, Value};

/// Takes what `logger` and `print` say.
#[derive(Clone)]
pub(crate) struct LogSink(Arc<dyn Fn(&LogLine<'_>) + Send + Sync>);

/// How much something matters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Level {
    Debug,
    Info,
    Warn,
    Error,
}

/// One thing that a workflow says.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct LogLine<'a> {
    pub(crate) level: Level,
    pub(crate) message: &'a str,
    /// As `logger:named` gave it.
    pub(crate) logger: &'a str,
    pub(crate) fields: &'a Map,
    pub(crate) workflow_id: &'a str,
    pub(crate) run_id: &'a str,
    pub(crate) workflow_type: &'a str,
    /// The line of Lua that says it.
    pub(crate) place: &'a str,
}

impl LogSink {
    pub(crate) fn new(take: impl Fn(&LogLine<'_>) + Send + Sync + 'static) -> Self {
        Self(Arc::new(take))
    }

    /// The process's log.
    pub(crate) fn tracing() -> Self {
        Self::new(trace)
    }

    pub(crate) fn take(&self, line: &LogLine<'_>) {
        (self.0)(line);
    }
}

impl std::fmt::Debug for LogSink {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("LogSink")
    }
}

fn trace(line: &LogLine<'_>) {
    let LogLine { message, logger, workflow_id, run_id, workflow_type, place, .. } = line;
    let fields = (!line.fields.is_empty()).then(|| Value::Map(line.fields.clone()).to_json());
    let logger = (!logger.is_empty()).then_some(logger);
    macro_rules! say {
        ($level:ident) => {
            tracing::$level!(target: "workflow", workflow_id, run_id, workflow_type, place, logger, fields, "{message}")
        };
    }
    match line.level {
        Level::Debug => say!(debug),
        Level::Info => say!(info),
        Level::Warn => say!(warn),
        Level::Error => say!(error),
    }
}

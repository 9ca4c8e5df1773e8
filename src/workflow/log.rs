//! What workflows say, and where it goes. While a run replays it says nothing.

use std::sync::Arc;

use crate::{
    lua::logger::{LogLevel, LogLine},
    value::Value,
};

/// Takes what `logger` and `print` say.
#[derive(Clone)]
pub(crate) struct LogSink(Arc<dyn Fn(&Said<'_>) + Send + Sync>);

/// One thing that a workflow says.
pub(crate) struct Said<'a> {
    pub(crate) line: &'a LogLine<'a>,
    pub(crate) workflow_id: &'a str,
    pub(crate) run_id: &'a str,
    pub(crate) workflow_type: &'a str,
    /// The line of Lua that says it.
    pub(crate) place: &'a str,
}

impl LogSink {
    pub(crate) fn new(take: impl Fn(&Said<'_>) + Send + Sync + 'static) -> Self {
        Self(Arc::new(take))
    }

    /// The process's log.
    pub(crate) fn tracing() -> Self {
        Self::new(trace)
    }

    pub(crate) fn take(&self, said: &Said<'_>) {
        (self.0)(said);
    }
}

impl std::fmt::Debug for LogSink {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("LogSink")
    }
}

fn trace(said: &Said<'_>) {
    let Said { line, workflow_id, run_id, workflow_type, place } = said;
    let fields = (!line.fields.is_empty()).then(|| Value::Map(line.fields.clone()).to_json());
    let (logger, message) = (line.name, line.message);
    // A macro, because the level of an event is fixed where it stands.
    macro_rules! event {
        ($level:ident) => {
            tracing::$level!(target: "lua", workflow_id, run_id, workflow_type, place, logger, fields, "{message}")
        };
    }
    match line.level {
        LogLevel::Debug => event!(debug),
        LogLevel::Info => event!(info),
        LogLevel::Warn => event!(warn),
        LogLevel::Error => event!(error),
    }
}

//! What `metonic start` says of a run beside its input, in the words of Temporal's command line.

use clap::Args;

use super::shown::Trouble;
use crate::{
    value::{Map, Value},
    workflow::{RunOptions, start_options},
};

#[derive(Args, Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct StartOptions {
    /// A field of the memo, with its value as JSON; several for several.
    #[arg(long, value_name = "KEY=JSON")]
    memo: Vec<String>,
    /// A search attribute, with its value as JSON; several for several.
    #[arg(long, value_name = "KEY=JSON")]
    search_attribute: Vec<String>,
    /// How long the run waits before it begins, as in `90s`. A signal or update ends the wait.
    #[arg(long, value_name = "DURATION")]
    start_delay: Option<String>,
    /// If a run has the id that goes on: `Fail`, `UseExisting` or `TerminateExisting`.
    #[arg(long, value_name = "POLICY")]
    id_conflict_policy: Option<String>,
    /// If a run had the id: `AllowDuplicate`, `AllowDuplicateFailedOnly`, `RejectDuplicate` or
    /// `TerminateIfRunning`.
    #[arg(long, value_name = "POLICY")]
    id_reuse_policy: Option<String>,
    /// How long all runs of it may take together.
    #[arg(long, value_name = "DURATION")]
    execution_timeout: Option<String>,
    /// How long one run may take.
    #[arg(long, value_name = "DURATION")]
    run_timeout: Option<String>,
    /// How long one workflow task may take.
    #[arg(long, value_name = "DURATION")]
    task_timeout: Option<String>,
}

impl StartOptions {
    pub(super) fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    pub(super) fn read(&self) -> Result<RunOptions, Trouble> {
        let texts = [
            ("start_delay", &self.start_delay),
            ("id_conflict_policy", &self.id_conflict_policy),
            ("id_reuse_policy", &self.id_reuse_policy),
            ("execution_timeout", &self.execution_timeout),
            ("run_timeout", &self.run_timeout),
            ("task_timeout", &self.task_timeout),
        ];
        let mut given = Map::new();
        for (key, text) in texts {
            given.extend(text.as_deref().map(|text| (key.to_owned(), Value::from(text))));
        }
        for (key, pairs) in [("memo", &self.memo), ("search_attributes", &self.search_attribute)] {
            if !pairs.is_empty() {
                let fields = pairs.iter().map(|pair| field(pair)).collect::<Result<Map, _>>()?;
                given.insert(key.to_owned(), Value::Map(fields));
            }
        }
        start_options(&given).map_err(Trouble::Options)
    }
}

/// `total=42`
fn field(pair: &str) -> Result<(String, Value), Trouble> {
    let wrong =
        |what: &str| Trouble::Options(format!("`{pair}` has no {what}: write it as in `total=42` or `team=\"sales\"`"));
    let (key, json) = pair.split_once('=').ok_or_else(|| wrong("`=`"))?;
    if key.is_empty() {
        return Err(wrong("name before its `=`"));
    }
    let value = Value::from_json(json.as_bytes()).map_err(|error| {
        Trouble::Options(format!("the value of `{key}` is no JSON: {error}; a text is in quotes: `{key}=\"sales\"`"))
    })?;
    Ok((key.to_owned(), value))
}

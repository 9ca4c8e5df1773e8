//! `cron_schedule` in YAML: read before anything is started.

use serde_json::json;

use crate::{
    diag::{Code, Diagnostic},
    workflow::{SCHEDULE_HINT, wrong_schedule},
    yaml::{DecodeCx, Field, Node, Schema},
};

/// A schedule; nothing: an empty text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Cron(pub(crate) Option<String>);

impl Field for Cron {
    fn decode(node: &Node, cx: &mut DecodeCx<'_>) -> Option<Self> {
        let text = String::decode(node, cx)?;
        if text.is_empty() || cx.later {
            return Some(Self(None));
        }
        match wrong_schedule(&text) {
            None => Some(Self(Some(text))),
            Some(why) => {
                let headline = format!("`{text}` is no schedule: {why}");
                let diagnostic = Diagnostic::error(Code::BadValue, node.span, headline);
                cx.report(diagnostic.help(SCHEDULE_HINT));
                None
            }
        }
    }

    fn schema() -> Schema {
        Schema::new(json!({"type": "string"}))
    }

    fn type_name() -> String {
        "schedule".to_owned()
    }

    fn show(&self) -> serde_json::Value {
        json!(self.0)
    }
}

//! Names that go to Temporal: queues and types.

use serde_json::json;

use crate::{
    diag::{Code, Diagnostic},
    source::Span,
    workflow::LONGEST_NAME,
    yaml::{DecodeCx, Field, Node, Schema},
};

/// What Temporal keeps for itself.
const RESERVED: [&str; 3] = ["__temporal_", "__stack_trace", "__enhanced_stack_trace"];

/// What metonic keeps for itself.
const OWN: &str = "metonic.";

/// A name that Temporal shows: of a queue, a workflow type, an activity type.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct TemporalName {
    pub(crate) text: String,
    pub(crate) span: Span,
}

impl Field for TemporalName {
    fn decode(node: &Node, cx: &mut DecodeCx<'_>) -> Option<Self> {
        let text = String::decode(node, cx)?;
        if cx.later {
            return Some(Self { text, span: node.span });
        }
        let diagnostic = if text.is_empty() {
            Diagnostic::error(Code::BadValue, node.span, format!("`{}` cannot be empty", cx.subject))
        } else if let Some(reserved) = RESERVED.iter().find(|reserved| text.starts_with(**reserved)) {
            Diagnostic::error(
                Code::ReservedName,
                node.span,
                format!("names that begin with `{reserved}` belong to Temporal"),
            )
            .help("choose another name")
        } else if text.starts_with(OWN) {
            let headline = format!("names that begin with `{OWN}` belong to metonic");
            Diagnostic::error(Code::ReservedName, node.span, headline).help("choose another name")
        } else if text.len() > LONGEST_NAME {
            Diagnostic::error(
                Code::BadValue,
                node.span,
                format!("`{}` is longer than {LONGEST_NAME} bytes", cx.subject),
            )
        } else {
            return Some(Self { text, span: node.span });
        };
        cx.report(diagnostic);
        None
    }

    fn schema() -> Schema {
        let reserved: Vec<String> = RESERVED.iter().chain(&[OWN]).map(|name| name.replace('.', r"\.")).collect();
        // Longer ones of few letters that are many bytes are for the loader to find.
        Schema::new(json!({
            "type": "string",
            "minLength": 1,
            "maxLength": LONGEST_NAME,
            "not": {"pattern": format!("^({})", reserved.join("|"))},
        }))
    }

    fn type_name() -> String {
        "text".to_owned()
    }

    fn show(&self) -> serde_json::Value {
        json!(self.text)
    }
}

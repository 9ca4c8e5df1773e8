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

/// What no queue of an author's begins with.
const SYSTEM: &str = "/_sys/";

/// What metonic keeps for itself.
const OWN: &str = "metonic.";

/// A name that Temporal shows: of a queue, a workflow type, an activity type.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct TemporalName {
    pub(crate) text: String,
    pub(crate) span: Span,
}

/// Why no queue is called so, or begins so; nothing if one may. Goes on after the field's name.
pub(super) fn queue_refusal(queue: &str) -> Option<String> {
    if queue.starts_with(SYSTEM) {
        return Some(format!("begins with `{SYSTEM}`, as only queues of Temporal itself do"));
    }
    if let Some(reserved) = RESERVED.iter().find(|reserved| queue.starts_with(**reserved)) {
        return Some(format!("begins with `{reserved}`, as only names of Temporal itself do"));
    }
    if let Some(sign) = control(queue) {
        return Some(format!("has `{sign}`, which is no letter"));
    }
    (queue.len() > LONGEST_NAME).then(|| format!("is longer than {LONGEST_NAME} bytes"))
}

/// The first character that nobody sees, as Rust and JSON write it.
fn control(text: &str) -> Option<String> {
    text.chars().find(|letter| letter.is_control()).map(|letter| letter.escape_default().to_string())
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
        } else if let Some(sign) = control(&text) {
            let headline = format!("`{}` has `{sign}`, which is no letter", cx.subject);
            Diagnostic::error(Code::BadValue, node.span, headline)
        } else if cx.subject == "task_queue" && text.starts_with(SYSTEM) {
            let headline = format!("queues that begin with `{SYSTEM}` belong to Temporal");
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
        // Longer ones of few letters that are many bytes, and signs that nobody sees, are for the loader to find.
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

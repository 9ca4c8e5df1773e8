//! Fields that are one scalar: booleans, numbers, texts, credentials, durations.

use std::time::Duration;

use serde_json::json;

use super::{DecodeCx, Field, Given, Node, Plain, Schema, Style};
use crate::{
    diag::{Code, Diagnostic},
    value::{DurationError, Secret, format_duration, parse_duration},
};

impl Field for bool {
    fn decode(node: &Node, cx: &mut DecodeCx<'_>) -> Option<Self> {
        match cx.scalar(node, "a boolean")? {
            Given::Later => Some(false),
            Given::Now { plain: Plain::Bool(value), .. } => Some(value),
            Given::Now { text, style, .. } => {
                let quoted = matches!(style, Style::Single | Style::Double) && matches!(&*text, "true" | "false");
                if quoted {
                    let headline = "a boolean is wanted, and this is a string";
                    let diagnostic = Diagnostic::error(Code::WrongType, node.span, headline).label("not a boolean");
                    cx.report(diagnostic.help("remove the quotes").patch_value(node.span, &*text));
                    return None;
                }
                let meant = match text.to_lowercase().as_str() {
                    "yes" | "on" | "y" | "true" | "1" => Some("true"),
                    "no" | "off" | "n" | "false" | "0" => Some("false"),
                    _ => None,
                };
                let diagnostic = Diagnostic::error(Code::WrongType, node.span, format!("`{text}` is no boolean"));
                cx.report(match meant {
                    Some(meant) => diagnostic.help(format!("write `{meant}`")).patch_value(node.span, meant),
                    None => diagnostic.help("write `true` or `false`"),
                });
                None
            }
        }
    }

    fn schema() -> Schema {
        Schema::or_placeholder(json!({"type": "boolean"}))
    }

    fn type_name() -> String {
        "boolean".to_owned()
    }

    fn show(&self) -> serde_json::Value {
        json!(self)
    }
}

/// A field that is a whole number between two bounds.
macro_rules! whole_numbers {
    ($($type:ty),*) => {$(
        impl Field for $type {
            fn decode(node: &Node, cx: &mut DecodeCx<'_>) -> Option<Self> {
                let given = cx.scalar(node, "an integer")?;
                let (plain, text, style) = match given {
                    Given::Later => return Some(1),
                    Given::Now { plain, text, style } => (plain, text, style),
                };
                let Some(number) = plain.whole() else {
                    let headline = format!("an integer is wanted, and this is `{text}`");
                    let diagnostic = Diagnostic::error(Code::WrongType, node.span, headline).label("not an integer");
                    let meant = text.parse::<i64>().ok().filter(|_| matches!(style, Style::Single | Style::Double));
                    cx.report(match meant {
                        // As JSON has it, too: without a plus, or a zero at its beginning.
                        Some(number) => diagnostic.help("remove the quotes").patch_value(node.span, number.to_string()),
                        None => diagnostic,
                    });
                    return None;
                };
                let value = <$type>::try_from(number).ok();
                if value.is_none() {
                    let (low, high) = (<$type>::MIN, <$type>::MAX);
                    let headline = if number < 0 { "the number cannot be negative".to_owned() } else { format!("the number is not between {low} and {high}") };
                    cx.bad_value(node.span, headline);
                }
                value
            }

            fn schema() -> Schema {
                Schema::or_placeholder(json!({"type": "integer", "minimum": 0, "maximum": <$type>::MAX}))
            }

            fn type_name() -> String {
                "integer".to_owned()
            }

            fn show(&self) -> serde_json::Value {
                json!(self)
            }
        }
    )*};
}

whole_numbers!(u32, usize);

impl Field for f64 {
    fn decode(node: &Node, cx: &mut DecodeCx<'_>) -> Option<Self> {
        match cx.scalar(node, "a number")? {
            Given::Later => Some(1.0),
            Given::Now { plain: Plain::Float(number), .. } => Some(number),
            #[expect(clippy::cast_precision_loss, reason = "no field that is a number counts so far")]
            Given::Now { plain: Plain::Int(number), .. } => Some(number as Self),
            #[expect(clippy::cast_precision_loss, reason = "no field that is a number counts so far")]
            Given::Now { plain: Plain::UInt(number), .. } => Some(number as Self),
            Given::Now { plain: Plain::TooLarge, .. } => {
                cx.bad_value(node.span, "the number is larger than any that is allowed");
                None
            }
            Given::Now { plain: Plain::TooSmall, .. } => {
                cx.bad_value(node.span, "the number is smaller than any that is allowed");
                None
            }
            Given::Now { .. } => {
                cx.wrong_type(node, "a number");
                None
            }
        }
    }

    fn schema() -> Schema {
        Schema::or_placeholder(json!({"type": "number"}))
    }

    fn type_name() -> String {
        "number".to_owned()
    }

    fn show(&self) -> serde_json::Value {
        json!(self)
    }
}

impl Field for String {
    fn decode(node: &Node, cx: &mut DecodeCx<'_>) -> Option<Self> {
        match cx.scalar(node, "a string")? {
            Given::Later => Some(Self::new()),
            Given::Now { text, plain, style } if plain == Plain::Text || style == Style::Variable => {
                Some((*text).to_owned())
            }
            Given::Now { .. } => {
                cx.wrong_type(node, "a string");
                None
            }
        }
    }

    fn schema() -> Schema {
        Schema::new(json!({"type": "string"}))
    }

    fn type_name() -> String {
        "text".to_owned()
    }

    fn show(&self) -> serde_json::Value {
        json!(self)
    }
}

impl Field for Secret {
    fn decode(node: &Node, cx: &mut DecodeCx<'_>) -> Option<Self> {
        if let Some(scalar) = node.as_scalar().filter(|scalar| !scalar.text.contains("${")) {
            // Before anything can go wrong: the diagnostic would show it.
            let _ = DecodeCx::secret(&scalar.text);
        }
        String::decode(node, cx).map(|text| DecodeCx::secret(&text))
    }

    fn schema() -> Schema {
        String::schema()
    }

    fn type_name() -> String {
        "secret text".to_owned()
    }

    fn show(&self) -> serde_json::Value {
        serde_json::Value::Null
    }
}

impl Field for Duration {
    fn decode(node: &Node, cx: &mut DecodeCx<'_>) -> Option<Self> {
        const WANTED: &str = "a duration";
        let (text, plain, style) = match cx.scalar(node, WANTED)? {
            Given::Later => return Some(Self::from_secs(1)),
            Given::Now { text, plain, style } => (text, plain, style),
        };
        if style == Style::Plain && plain != Plain::Text {
            let seconds = format!("{text}s");
            let diagnostic =
                Diagnostic::error(Code::WrongType, node.span, "a duration is wanted, and this is only a number")
                    .label("no unit");
            let diagnostic = diagnostic.help(format!("write `{seconds}` for seconds or `{text}ms` for milliseconds"));
            cx.report(if *text == *"0" { diagnostic.patch_text(node.span, seconds) } else { diagnostic });
            return None;
        }
        match parse_duration(&text) {
            Ok(duration) => Some(duration),
            Err(error) => {
                let known = matches!(error, DurationError::Negative | DurationError::TooLong);
                let diagnostic = Diagnostic::error(Code::BadValue, node.span, error.to_string());
                cx.report(if known { diagnostic } else { diagnostic.help("write one as `30s`, `1h30m` or `500ms`") });
                None
            }
        }
    }

    fn schema() -> Schema {
        Schema::or_placeholder(json!({
            "type": "string",
            "pattern": r"^[ \t\r\n]*(\+?(([0-9]+(\.[0-9]*)?|\.[0-9]+)(ns|us|µs|μs|ms|s|m|h|d))+|0)[ \t\r\n]*$",
        }))
    }

    fn type_name() -> String {
        "duration".to_owned()
    }

    fn show(&self) -> serde_json::Value {
        json!(format_duration(*self))
    }
}

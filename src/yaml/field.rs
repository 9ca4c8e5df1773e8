//! What a field of an entry can hold, and how it is read.

use std::{fmt, time::Duration};

use indexmap::IndexMap;
use serde_json::json;

use super::{DecodeCx, Given, Node, Pair, Plain, Schema, Style};
use crate::{
    diag::{Code, Diagnostic},
    source::Spanned,
    value::{DurationError, Secret, format_duration, parse_duration},
};

/// A type that a field can have.
pub(crate) trait Field: Sized {
    /// Reads it; what is wrong goes to `cx`, and nothing comes back. A value that only a start can
    /// read is taken as some value that is right.
    fn decode(node: &Node, cx: &mut DecodeCx<'_>) -> Option<Self>;

    /// What a missing field means; nothing: it may not be missing.
    fn absent() -> Option<Self> {
        None
    }

    fn schema() -> Schema;

    /// What the manual calls the type.
    fn type_name() -> String;

    /// The fields of what it holds.
    fn nested() -> Vec<FieldInfo> {
        Vec::new()
    }

    /// How the manual and the schema write a default.
    fn show(&self) -> serde_json::Value;
}

/// A struct of fields, as `record!` defines it.
pub(crate) trait Record: Field {
    /// The first sentence says what it is.
    const DOC: &'static str;

    fn fields() -> Vec<FieldInfo>;
}

/// One field of a record, for the manual and the schema.
#[derive(Clone, Debug)]
pub(crate) struct FieldInfo {
    pub(crate) key: &'static str,
    pub(crate) doc: String,
    pub(crate) required: bool,
    /// Nothing: the field has none, or an empty one.
    pub(crate) default: Option<serde_json::Value>,
    /// Why only the default is accepted, if so.
    pub(crate) only_default: Option<&'static str>,
    pub(crate) schema: Schema,
    pub(crate) type_name: String,
    /// The fields inside it.
    pub(crate) nested: Vec<FieldInfo>,
}

impl FieldInfo {
    /// A field that may be missing, outside any record: a key of `meta`.
    pub(crate) fn optional<T: Field>(key: &'static str, doc: &str) -> Self {
        Self {
            key,
            doc: doc.to_owned(),
            required: false,
            default: None,
            only_default: None,
            schema: T::schema().describe(doc),
            type_name: T::type_name(),
            nested: T::nested(),
        }
    }
}

/// A condition on a field, for the decoder and the schema alike.
pub(crate) struct Rule<T: 'static> {
    pub(crate) test: fn(&T) -> Result<(), String>,
    /// Keys of a JSON Schema: numbers, as `minimum`.
    pub(crate) schema: &'static [(&'static str, f64)],
}

/// How `record!` describes one field.
pub(crate) struct Description<T: 'static> {
    pub(crate) key: &'static str,
    pub(crate) doc: &'static [&'static str],
    pub(crate) default: Option<fn() -> T>,
    pub(crate) rule: Option<&'static Rule<T>>,
    pub(crate) only_default: Option<&'static str>,
}

impl<T: Field + PartialEq + fmt::Debug> Description<T> {
    pub(crate) fn info(&self) -> FieldInfo {
        let default = self.default.map(|default| default().show()).filter(|shown| !shown.is_null());
        let mut schema = T::schema().describe(&self.text());
        for (key, number) in self.rule.map_or(&[][..], |rule| rule.schema) {
            schema = schema.limit(key, *number);
        }
        if let Some(default) = &default {
            schema = schema.with_default(default.clone());
        }
        if let (Some(_), Some(default)) = (self.only_default, self.default) {
            schema = schema.only(default().show());
        }
        FieldInfo {
            key: self.key,
            doc: self.text(),
            required: self.default.is_none() && T::absent().is_none(),
            default,
            only_default: self.only_default,
            schema,
            type_name: T::type_name(),
            nested: T::nested(),
        }
    }

    fn text(&self) -> String {
        self.doc.iter().map(|line| line.trim()).collect::<Vec<_>>().join(" ")
    }

    /// Reads the field out of its record's pairs.
    pub(crate) fn decode(&self, pairs: &[Pair], cx: &mut DecodeCx<'_>) -> Option<T> {
        let default = || self.default.map(|default| default()).or_else(T::absent);
        let Some(pair) = pairs.iter().find(|pair| pair.name() == self.key) else {
            let value = default();
            if value.is_none() {
                cx.missing_field(self.key, &self.text());
            }
            return value;
        };
        let outer = std::mem::replace(&mut cx.later, false);
        let value = cx.inside(self.key, pair.key.span, |cx| T::decode(&pair.value, cx));
        let later = std::mem::replace(&mut cx.later, outer);
        if later && pair.value.as_scalar().is_some() {
            // Checked when the start reads it.
            return self.default.map(|default| default()).or(value);
        }
        let value = value?;
        if let Some(reason) = self.only_default
            && default().as_ref() != Some(&value)
        {
            let headline = format!("`{}` cannot be set: {reason}", self.key);
            cx.report(
                Diagnostic::error(Code::UnsupportedOption, pair.key.span, headline)
                    .label("not supported")
                    .help("remove the line"),
            );
            return None;
        }
        if let Some(rule) = self.rule
            && let Err(reason) = (rule.test)(&value)
        {
            cx.bad_value(pair.value.span, format!("`{}` {reason}", self.key));
            return None;
        }
        Some(value)
    }
}

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
                    cx.report(diagnostic.help("remove the quotes").patch(node.span, &*text));
                    return None;
                }
                let meant = match text.to_lowercase().as_str() {
                    "yes" | "on" | "y" | "true" | "1" => Some("true"),
                    "no" | "off" | "n" | "false" | "0" => Some("false"),
                    _ => None,
                };
                let diagnostic = Diagnostic::error(Code::WrongType, node.span, format!("`{text}` is no boolean"));
                cx.report(match meant {
                    Some(meant) => diagnostic.help(format!("write `{meant}`")).patch(node.span, meant),
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
                let number = match &given {
                    Given::Later => return Some(1),
                    Given::Now { plain: Plain::Int(number), .. } => i128::from(*number),
                    Given::Now { plain: Plain::UInt(number), .. } => i128::from(*number),
                    Given::Now { plain: Plain::TooLarge, .. } => i128::MAX,
                    Given::Now { text, style, .. } => {
                        let headline = format!("an integer is wanted, and this is `{text}`");
                        let diagnostic = Diagnostic::error(Code::WrongType, node.span, headline).label("not an integer");
                        let quoted = matches!(style, Style::Single | Style::Double) && text.parse::<i64>().is_ok();
                        cx.report(if quoted { diagnostic.help("remove the quotes").patch(node.span, &**text) } else { diagnostic });
                        return None;
                    }
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
                Schema::or_placeholder(json!({"type": "integer", "minimum": 0}))
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
            Given::Now { plain: Plain::Int(_) | Plain::UInt(_), text, .. } => text.parse().ok(),
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
            cx.report(if *text == *"0" { diagnostic.patch(node.span, seconds) } else { diagnostic });
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
            "pattern": r"^\+?(([0-9]+(\.[0-9]*)?|\.[0-9]+)(ns|us|µs|μs|ms|s|m|h|d))+$|^0$",
        }))
    }

    fn type_name() -> String {
        "duration".to_owned()
    }

    fn show(&self) -> serde_json::Value {
        json!(format_duration(*self))
    }
}

impl<T: Field> Field for Option<T> {
    fn decode(node: &Node, cx: &mut DecodeCx<'_>) -> Option<Self> {
        T::decode(node, cx).map(Some)
    }

    fn absent() -> Option<Self> {
        Some(None)
    }

    fn schema() -> Schema {
        T::schema()
    }

    fn type_name() -> String {
        T::type_name()
    }

    fn nested() -> Vec<FieldInfo> {
        T::nested()
    }

    fn show(&self) -> serde_json::Value {
        self.as_ref().map_or(serde_json::Value::Null, T::show)
    }
}

impl<T: Field> Field for Spanned<T> {
    fn decode(node: &Node, cx: &mut DecodeCx<'_>) -> Option<Self> {
        T::decode(node, cx).map(|value| Self::new(value, node.span))
    }

    fn schema() -> Schema {
        T::schema()
    }

    fn type_name() -> String {
        T::type_name()
    }

    fn nested() -> Vec<FieldInfo> {
        T::nested()
    }

    fn show(&self) -> serde_json::Value {
        self.value.show()
    }
}

impl<T: Field> Field for Vec<T> {
    fn decode(node: &Node, cx: &mut DecodeCx<'_>) -> Option<Self> {
        let Some(items) = node.as_list() else {
            cx.wrong_type(node, "a list");
            return None;
        };
        let decoded: Vec<Option<T>> = items.iter().map(|item| T::decode(item, cx)).collect();
        decoded.into_iter().collect()
    }

    fn absent() -> Option<Self> {
        Some(Self::new())
    }

    fn schema() -> Schema {
        Schema::list(T::schema())
    }

    fn type_name() -> String {
        format!("list of {}", T::type_name())
    }

    fn nested() -> Vec<FieldInfo> {
        T::nested()
    }

    fn show(&self) -> serde_json::Value {
        if self.is_empty() { serde_json::Value::Null } else { self.iter().map(T::show).collect() }
    }
}

impl<T: Field> Field for IndexMap<String, T> {
    fn decode(node: &Node, cx: &mut DecodeCx<'_>) -> Option<Self> {
        let Some(pairs) = node.as_map() else {
            cx.wrong_type(node, "a map");
            return None;
        };
        let decoded: Vec<Option<(String, T)>> = pairs
            .iter()
            .map(|pair| {
                let value = cx.inside(&pair.key.value, pair.key.span, |cx| T::decode(&pair.value, cx))?;
                Some((pair.key.value.to_string(), value))
            })
            .collect();
        decoded.into_iter().collect()
    }

    fn absent() -> Option<Self> {
        Some(Self::new())
    }

    fn schema() -> Schema {
        Schema::map(T::schema())
    }

    fn type_name() -> String {
        format!("map to {}", T::type_name())
    }

    fn nested() -> Vec<FieldInfo> {
        T::nested()
    }

    fn show(&self) -> serde_json::Value {
        serde_json::Value::Null
    }
}

//! What a field of an entry can hold, and how it is read.

use std::fmt;

use super::{DecodeCx, Node, Pair, Schema, unread::FieldRead};
use crate::diag::{Code, Diagnostic};

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
    #[cfg_attr(not(test), expect(dead_code, reason = "the tests write the manual pages from it"))]
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
    /// Whether it stands for something if it is missing.
    pub(crate) has_default: bool,
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
            has_default: false,
        }
    }
}

/// A condition on a field, for the decoder and the schema alike.
pub(crate) struct Rule<T: 'static> {
    pub(crate) test: fn(&T) -> Result<(), String>,
    /// Keys of a JSON Schema: numbers, as `minimum`; see `Schema::limit`.
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
            required: self.default.is_none() && (T::absent().is_none() || self.is_never_empty()),
            default,
            only_default: self.only_default,
            schema,
            type_name: T::type_name(),
            nested: T::nested(),
            has_default: self.default.is_some(),
        }
    }

    /// Whether it is a list that has to have an item, and so has to be there.
    fn is_never_empty(&self) -> bool {
        self.rule.is_some_and(|rule| rule.schema.iter().any(|(key, _)| *key == "minItems"))
    }

    /// What a missing field means; nothing: it may not be missing.
    pub(crate) fn fallback(&self) -> Option<T> {
        self.default.map(|default| default()).or_else(T::absent)
    }

    /// What a missing field of a record with defaults means.
    pub(crate) fn usual(&self) -> T {
        self.fallback().expect("a record with defaults has no field that is required")
    }

    fn text(&self) -> String {
        self.doc.iter().map(|line| line.trim()).collect::<Vec<_>>().join(" ")
    }

    /// Reads the field out of its record's pairs. What was not read, or is only read at a start, is
    /// added to `unread`: no check of the record may look at it.
    pub(crate) fn decode(&self, pairs: &[Pair], cx: &mut DecodeCx<'_>, unread: &mut Vec<String>) -> Option<T> {
        let default = || self.default.map(|default| default()).or_else(T::absent);
        let Some(pair) = pairs.iter().find(|pair| pair.name() == self.key) else {
            let value = default();
            if value.is_none() {
                cx.missing_field(self.key, &self.text());
                unread.push(self.key.to_owned());
            }
            return value;
        };
        let FieldRead { value, later, unread: inside } =
            cx.reading(|cx| cx.inside(self.key, pair.key.span, |cx| T::decode(&pair.value, cx)));
        let is_later = later && inside.is_empty();
        unread.extend(inside.iter().map(|key| format!("{}.{key}", self.key)));
        let value = if later && pair.value.as_scalar().is_some() {
            // Checked when the start reads it.
            self.default.map(|default| default()).or(value)
        } else {
            value.filter(|value| self.is_right(value, pair, cx))
        };
        if is_later || value.is_none() {
            unread.push(self.key.to_owned());
        }
        value
    }

    fn is_right(&self, value: &T, pair: &Pair, cx: &mut DecodeCx<'_>) -> bool {
        if let Some(reason) = self.only_default
            && self.fallback().as_ref() != Some(value)
        {
            let headline = format!("`{}` cannot be set: {reason}", self.key);
            cx.report(
                Diagnostic::error(Code::UnsupportedOption, pair.key.span, headline)
                    .label("not supported")
                    .help("remove the line"),
            );
            return false;
        }
        if let Some(rule) = self.rule
            && let Err(reason) = (rule.test)(value)
        {
            cx.bad_value(pair.value.span, format!("`{}` {reason}", self.key));
            return false;
        }
        true
    }
}

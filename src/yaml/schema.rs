//! Pieces of a JSON Schema.

use serde_json::{Map, Value, json};

/// What an editor is told about one place of a file.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Schema(Value);

impl Schema {
    pub(crate) fn new(schema: Value) -> Self {
        Self(schema)
    }

    /// Anything at all.
    pub(crate) fn any() -> Self {
        Self(json!({}))
    }

    /// A value that may also be left to a variable or a file.
    pub(crate) fn or_placeholder(schema: Value) -> Self {
        Self(json!({"anyOf": [schema, {"type": "string", "pattern": r"\$\{|^file://"}]}))
    }

    pub(crate) fn list(items: Schema) -> Self {
        Self(json!({"type": "array", "items": items.0}))
    }

    pub(crate) fn map(values: Schema) -> Self {
        Self(json!({"type": "object", "additionalProperties": values.0}))
    }

    /// A map with known keys only.
    pub(crate) fn record(fields: &[super::FieldInfo]) -> Self {
        let properties: Map<String, Value> =
            fields.iter().map(|field| (field.key.to_owned(), field.schema.0.clone())).collect();
        let required: Vec<&str> = fields.iter().filter(|field| field.required).map(|field| field.key).collect();
        let mut schema = json!({"type": "object", "properties": properties, "additionalProperties": false});
        if !required.is_empty() {
            schema["required"] = json!(required);
        }
        Self(schema)
    }

    /// A map that is free-form but for these keys.
    pub(crate) fn open(known: &[super::FieldInfo]) -> Self {
        let properties: Map<String, Value> =
            known.iter().map(|field| (field.key.to_owned(), field.schema.0.clone())).collect();
        Self(json!({"type": "object", "properties": properties}))
    }

    pub(crate) fn describe(self, text: &str) -> Self {
        if text.is_empty() { self } else { self.set("description", json!(text)) }
    }

    pub(crate) fn with_default(self, default: Value) -> Self {
        self.set("default", default)
    }

    /// Only this one value is accepted, unless the schema says itself which are.
    pub(crate) fn only(self, value: Value) -> Self {
        if self.0["enum"].is_array() {
            return self;
        }
        if value.is_null() { self.set("not", json!({})) } else { self.set("const", value) }
    }

    /// A bound of the number itself, not of the placeholder that may stand for it. Beside the keys of
    /// a schema: `not`, a number that it is not; `zeroOrMinimum`; and, whatever the number, `printable`, a text
    /// of ASCII that is not only spaces, and `word`, one of ASCII letters, digits and `_`.
    pub(crate) fn limit(mut self, key: &str, number: f64) -> Self {
        #[expect(clippy::cast_possible_truncation, reason = "bounds are small; whole ones are written without a dot")]
        let number = if number.fract() == 0.0 { json!(number as i64) } else { json!(number) };
        let place = if self.0["anyOf"].is_array() { &mut self.0["anyOf"][0] } else { &mut self.0 };
        match key {
            "not" => place["not"] = json!({"const": number}),
            "zeroOrMinimum" => place["anyOf"] = json!([{"const": 0}, {"minimum": number}]),
            "printable" => place["pattern"] = json!("^ *[!-~][ -~]*$"),
            "word" => place["pattern"] = json!("^[A-Za-z0-9_]+$"),
            _ => place[key] = number,
        }
        self
    }

    pub(crate) fn set(mut self, key: &str, value: Value) -> Self {
        self.0[key] = value;
        self
    }

    pub(crate) fn into_json(self) -> Value {
        self.0
    }
}

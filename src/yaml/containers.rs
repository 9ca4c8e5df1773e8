//! Fields that hold others: one that may be missing, one with its place, lists and maps.

use indexmap::IndexMap;
use serde_json::json;

use super::{DecodeCx, Field, FieldInfo, Node, Schema};
use crate::source::Spanned;

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

/// A field that may be missing, and for which an empty text is as if it was.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct UnlessEmpty<T>(pub(crate) Option<T>);

impl<T: Field> Field for UnlessEmpty<T> {
    fn decode(node: &Node, cx: &mut DecodeCx<'_>) -> Option<Self> {
        if node.is_empty_text() { Some(Self(None)) } else { Option::decode(node, cx).map(Self) }
    }

    fn absent() -> Option<Self> {
        Some(Self(None))
    }

    fn schema() -> Schema {
        let schema = T::schema().into_json();
        let takes_it = schema["type"] == "string" && schema["minLength"].is_null();
        Schema::new(if takes_it { schema } else { json!({"anyOf": [schema, {"const": ""}]}) })
    }

    fn type_name() -> String {
        T::type_name()
    }

    fn nested() -> Vec<FieldInfo> {
        T::nested()
    }

    fn show(&self) -> serde_json::Value {
        self.0.show()
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

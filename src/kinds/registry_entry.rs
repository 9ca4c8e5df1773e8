//! `registry.entry`: data of the project's own; metonic only keeps it.

use crate::{
    registry::Kind,
    value::Value,
    yaml::{DecodeCx, Field, FieldInfo, Node, Record, Schema},
};

/// The kind.
pub(crate) struct RegistryEntry;

/// Whatever is written, a map or not; placeholders left as they are.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct FreeForm(pub(crate) Value);

impl Field for FreeForm {
    fn decode(node: &Node, cx: &mut DecodeCx<'_>) -> Option<Self> {
        cx.check_free_form(node);
        Some(Self(node.to_value()))
    }

    fn schema() -> Schema {
        Schema::any()
    }

    fn type_name() -> String {
        "anything".to_owned()
    }

    fn show(&self) -> serde_json::Value {
        serde_json::Value::Null
    }
}

impl Record for FreeForm {
    const DOC: &'static str = "Data of the project's own; metonic only keeps it.";

    fn fields() -> Vec<FieldInfo> {
        Vec::new()
    }
}

impl Kind for RegistryEntry {
    const NAME: &'static str = "registry.entry";
    const MANUAL: &'static str = include_str!("../../registry/kinds/registry.entry.md");
    type Fields = FreeForm;
    type Spec = FreeForm;

    fn build(fields: Option<FreeForm>, _: &Node, _: &mut DecodeCx<'_>) -> Option<FreeForm> {
        fields
    }
}

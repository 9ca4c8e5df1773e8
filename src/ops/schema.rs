//! `metonic schema`: the JSON Schema of entry files, for editors.

use crate::{kinds, registry};

/// The schema as a text, with a line break at its end.
pub(crate) fn schema() -> String {
    let schema = registry::schema(kinds::ALL);
    serde_json::to_string_pretty(&schema).expect("a schema has text keys only") + "\n"
}

#[cfg(test)]
mod tests {
    use super::*;

    const CHECKED_IN: &str = "registry/schema/entries.schema.json";

    /// `UPDATE_SPECS=1` writes it.
    #[test]
    fn the_checked_in_schema_is_fresh() {
        let schema = schema();
        let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join(CHECKED_IN);
        if crate::spec::updating() {
            std::fs::write(&path, &schema).unwrap();
        }
        assert_eq!(crate::spec::read(&path), schema, "{CHECKED_IN} is stale");
    }
}

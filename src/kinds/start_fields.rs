//! Fields of `meta.options` that are more than a word or a number: search attributes, and the version
//! that a run is bound to.

use serde_json::json;

use super::policy::Policy;
use crate::{
    diag::{Code, Diagnostic},
    value::Value,
    workflow::{SearchAttributes, VersioningMode, VersioningOverride, search_attributes},
    yaml::{DecodeCx, Field, Node, Record as _, Rule, Schema, record},
};

const NOT_EMPTY: Rule<String> = Rule {
    test: |text| if text.is_empty() { Err("cannot be empty".to_owned()) } else { Ok(()) },
    schema: &[("minLength", 1.0)],
};

/// Search attributes, read as workflow code writes them.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Attributes(pub(crate) SearchAttributes);

impl Field for Attributes {
    fn decode(node: &Node, cx: &mut DecodeCx<'_>) -> Option<Self> {
        let value = Value::decode(node, cx)?;
        match search_attributes(&value) {
            Ok(attributes) => {
                let unset = attributes.iter().find(|(_, attribute)| attribute.value == Value::Null && !cx.later);
                let Some((name, _)) = unset else { return Some(Self(attributes)) };
                let place = node.get(name).filter(|node| node.span.start < node.span.end).unwrap_or(node).span;
                cx.bad_value(place, format!("search attribute `{name}`: a run that begins has nothing to unset"));
                None
            }
            Err(problem) => {
                cx.bad_value(node.span, problem);
                None
            }
        }
    }

    fn schema() -> Schema {
        Schema::new(json!({"type": "object"}))
    }

    fn type_name() -> String {
        "map".to_owned()
    }

    fn show(&self) -> serde_json::Value {
        serde_json::Value::Null
    }
}

record! {
    /// A version of a worker.
    pub(crate) struct VersionFields {
        /// The deployment.
        deployment_name: String where NOT_EMPTY;
        /// The build in it.
        build_id: String where NOT_EMPTY;
    }
}

record! {
    /// The version that a run is bound to.
    pub(crate) struct VersioningFields checked by fits_the_mode {
        /// Whether it stays on one version.
        mode: Policy<VersioningMode>;
        /// Which, if it does.
        version: Option<VersionFields>;
    }
}

fn fits_the_mode(fields: &VersioningFields, node: &Node, cx: &mut DecodeCx<'_>) -> Option<()> {
    if cx.is_unread(&["mode", "version"]) {
        return Some(());
    }
    let (place, headline) = match (fields.mode.0, node.pair("version")) {
        (VersioningMode::Pinned, None) => (node.span, "`version` is missing, which `pinned` needs"),
        (VersioningMode::AutoUpgrade, Some(version)) => {
            (version.key.span, "`version` has no effect: a run with the mode `auto_upgrade` is bound to none")
        }
        _ => return Some(()),
    };
    cx.bad_value(place, headline);
    None
}

/// `auto_upgrade`, or a map that says more.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Versioning(VersioningFields);

impl Versioning {
    pub(super) fn over(&self) -> VersioningOverride {
        match (self.0.mode.0, &self.0.version) {
            (VersioningMode::Pinned, Some(version)) => VersioningOverride::Pinned {
                deployment: version.deployment_name.clone(),
                build_id: version.build_id.clone(),
            },
            _ => VersioningOverride::AutoUpgrade,
        }
    }
}

impl Field for Versioning {
    fn decode(node: &Node, cx: &mut DecodeCx<'_>) -> Option<Self> {
        if node.as_map().is_some() {
            return VersioningFields::decode(node, cx).map(Self);
        }
        let mode = Policy::decode(node, cx)?;
        if mode == Policy(VersioningMode::Pinned) && !cx.later {
            let headline = "`version` is missing, which `pinned` needs";
            let diagnostic = Diagnostic::error(Code::BadValue, node.span, headline);
            cx.report(diagnostic.help("write `{mode: pinned, version: {deployment_name: …, build_id: …}}`"));
            return None;
        }
        Some(Self(VersioningFields { mode, version: None }))
    }

    fn schema() -> Schema {
        let (plain, map) = (Policy::<VersioningMode>::schema().into_json(), VersioningFields::schema().into_json());
        Schema::new(json!({"anyOf": [plain, map]}))
    }

    fn type_name() -> String {
        "`auto_upgrade` or map".to_owned()
    }

    fn nested() -> Vec<crate::yaml::FieldInfo> {
        VersioningFields::fields()
    }

    fn show(&self) -> serde_json::Value {
        serde_json::Value::Null
    }
}

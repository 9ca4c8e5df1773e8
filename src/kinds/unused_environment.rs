//! Temporal's own variables, where a client does not use them: whoever sets them expects that it does.

use crate::{
    diag::{Blame, Code, Diagnostic},
    registry::{CheckCx, Entry},
};

/// The variable of each field, as Temporal's tools and controllers name it.
const NAMES: [(&str, &str); 2] = [("address", "TEMPORAL_ADDRESS"), ("namespace", "TEMPORAL_NAMESPACE")];

/// Warns of each that says something else than the entry. A field with a placeholder is left alone: its
/// author has thought of it.
pub(super) fn check(entry: &Entry, namespace: &str, cx: &mut CheckCx<'_>) {
    for (field, name) in NAMES {
        let written = entry.body.get(field).and_then(|node| Some((node.span, &*node.as_scalar()?.text)));
        let (span, used) = match written {
            Some((_, text)) if text.contains("${") => continue,
            Some(written) => written,
            None if field == "namespace" => (entry.span, namespace),
            None => continue,
        };
        let Some(set) = cx.system.get(name).filter(|set| !set.is_empty() && *set != used) else { continue };
        cx.diagnostics.push(
            Diagnostic::warning(
                Code::UnusedEnvironment,
                span,
                format!("`{}` has the {field} `{used}`; `{name}={set}` of the environment is not used", entry.id),
            )
            .help(format!("declare the variable and write `${{env:{name}|{used}}}` to use it, or unset it"))
            .blame(Blame::Environment),
        );
    }
}

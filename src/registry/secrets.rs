//! Values in files that may be secrets, whoever reads them: no snippet shows them.
//!
//! What a kind takes for a secret is known once it is decoded, and is then taken out of all that is
//! printed. That does not help where a key is misspelt or a kind unknown, nor where a value is only
//! perhaps a secret: to take each `production` out of a log would help nobody.

use crate::{
    source::SourceMap,
    yaml::{Data, Node},
};

/// Fields whose values nobody can tell to be no secrets: the kind and the key.
pub(super) const PERHAPS_SECRET: [(&str, &str); 2] = [("env.storage.static", "values"), ("env.variable", "default")];

/// What a client proves itself with.
const CREDENTIALS: &str = "auth";

/// Hides the values of a file that may be secrets.
pub(super) fn conceal(node: &Node, sources: &mut SourceMap) {
    match &node.data {
        Data::Scalar(_) => {}
        Data::List(items) => items.iter().for_each(|item| conceal(item, sources)),
        Data::Map(pairs) => {
            let kind = node.get("kind").and_then(Node::as_scalar).map(|scalar| &*scalar.text);
            for pair in pairs {
                match (pair.name(), kind) {
                    (key, Some(kind)) if PERHAPS_SECRET.contains(&(kind, key)) => hide(&pair.value, sources),
                    (CREDENTIALS, _) => credentials(&pair.value, sources),
                    _ => conceal(&pair.value, sources),
                }
            }
        }
    }
}

/// Hides everything but the names of things, and certificates, which are public.
fn credentials(node: &Node, sources: &mut SourceMap) {
    let is_public =
        |key: &str| key == "type" || key.starts_with("cert_") || key.ends_with("_env") || key.ends_with("_file");
    for pair in node.as_map().unwrap_or_default() {
        if !is_public(pair.name()) {
            hide(&pair.value, sources);
        }
    }
}

fn hide(node: &Node, sources: &mut SourceMap) {
    match &node.data {
        // What only names a variable tells nothing.
        Data::Scalar(scalar) if scalar.text.contains("${") => {}
        Data::Scalar(_) => sources.conceal(node.span),
        Data::List(items) => items.iter().for_each(|item| hide(item, sources)),
        Data::Map(pairs) => pairs.iter().for_each(|pair| hide(&pair.value, sources)),
    }
}

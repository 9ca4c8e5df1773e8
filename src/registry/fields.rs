//! Fields that point at other entries or at variables.

use std::marker::PhantomData;

use serde_json::json;

use super::schema::reference;
use crate::{
    diag::{Code, Diagnostic},
    entry::{EntryId, IdError, Reference, Relation},
    source::{Span, Spanned},
    yaml::{DecodeCx, Field, Node, Plain, Schema},
};

/// What a reference may point at.
pub(crate) trait Target: Clone + std::fmt::Debug + PartialEq + 'static {
    /// The kinds; one that ends in `.*` allows every kind below it. Empty: any kind.
    const KINDS: &'static [&'static str];
    const RELATION: Relation;
}

/// A pointer to another entry. A bare name means an entry of the same namespace.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Ref<T: Target> {
    pub(crate) id: EntryId,
    pub(crate) span: Span,
    target: PhantomData<T>,
}

impl<T: Target> Field for Ref<T> {
    fn decode(node: &Node, cx: &mut DecodeCx<'_>) -> Option<Self> {
        if node.is_not_included() {
            return None;
        }
        let id = match (node.as_scalar(), node.as_map()) {
            (Some(scalar), _) if scalar.plain() == Plain::Text => {
                if scalar.text.contains("${") {
                    let headline = "a reference cannot be left to a variable";
                    cx.report(
                        Diagnostic::error(Code::BadPlaceholder, node.span, headline).help("write the entry's id"),
                    );
                    return None;
                }
                EntryId::parse(&scalar.text, Some(cx.namespace))
            }
            (None, Some(_)) => {
                let pairs = cx.pairs(node, &["ns", "name"])?;
                let value = |key: &str| pairs.iter().find(|pair| pair.name() == key).map(|pair| &pair.value);
                let is_text = |node: &&Node| node.as_scalar().is_some_and(|scalar| scalar.plain() == Plain::Text);
                if let Some(other) = [value("ns"), value("name")].into_iter().flatten().find(|node| !is_text(node)) {
                    cx.wrong_type(other, "a string");
                    return None;
                }
                let text = |key: &str| value(key).and_then(Node::as_scalar);
                let name = text("name").map_or("", |scalar| &scalar.text);
                text("ns").map_or_else(|| EntryId::beside(cx.namespace, name), |ns| EntryId::new(&ns.text, name))
            }
            _ => {
                cx.wrong_type(node, "an entry's id");
                return None;
            }
        };
        match id {
            Ok(id) => {
                let target = Spanned::new(id.clone(), node.span);
                cx.references.push(Reference { target, kinds: T::KINDS, relation: T::RELATION });
                Some(Self { id, span: node.span, target: PhantomData })
            }
            Err(error) => {
                cx.report(bad_id(node.span, &error));
                None
            }
        }
    }

    fn schema() -> Schema {
        Schema::new(reference())
    }

    fn type_name() -> String {
        T::KINDS.first().map_or_else(|| "id".to_owned(), |kind| format!("id of `{kind}`"))
    }

    fn show(&self) -> serde_json::Value {
        json!(self.id.to_string())
    }
}

/// Reports a text that is no id.
pub(crate) fn bad_id(span: Span, error: &IdError) -> Diagnostic {
    Diagnostic::error(Code::BadId, span, error.to_string())
        .help("write `namespace:name`, or a bare name of the same file")
}

/// The name of a variable, in a field that ends in `_env`.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct VariableName(pub(crate) Spanned<String>);

impl Field for VariableName {
    fn decode(node: &Node, cx: &mut DecodeCx<'_>) -> Option<Self> {
        let name = String::decode(node, cx)?;
        cx.use_variable(&Spanned::new(&name, node.span))?;
        Some(Self(Spanned::new(name, node.span)))
    }

    fn schema() -> Schema {
        String::schema()
    }

    fn type_name() -> String {
        "name of a variable".to_owned()
    }

    fn show(&self) -> serde_json::Value {
        json!(self.0.value)
    }
}

//! `env.variable`: a name for a value that lives outside the files.

use super::AnyStorage;
use crate::{
    entry::EntryId,
    env::{Env, Variable},
    registry::{Kind, Ref},
    yaml::{AnyText, DecodeCx, Node, Rule, record},
};

/// The kind.
pub(crate) struct EnvVariable;

const NAME: Rule<Option<String>> = Rule {
    test: |name| match name {
        Some(name) if name.is_empty() || !name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_') => {
            Err("has letters, digits and `_` only".to_owned())
        }
        _ => Ok(()),
    },
    schema: &[("word", 1.0)],
};

record! {
    /// A name for a value that lives outside the files.
    pub(crate) struct VariableFields {
        /// The public name, unique in the project; without it, the entry's id is the name.
        variable: Option<String> where NAME;
        /// The storage that keeps the value.
        storage: Ref<AnyStorage>;
        /// The value where the storage has none; an empty value counts as none.
        default: Option<AnyText>;
        /// Refuse to write it.
        readonly: bool = false;
    }
}

impl Kind for EnvVariable {
    const NAME: &'static str = "env.variable";
    const MANUAL: &'static str = include_str!("../../../registry/kinds/env.variable.md");
    const FEEDS_ENV: bool = true;
    type Fields = VariableFields;
    type Spec = VariableFields;

    fn build(fields: Option<VariableFields>, _: &Node, _: &mut DecodeCx<'_>) -> Option<VariableFields> {
        fields
    }

    fn feed(id: &EntryId, spec: &VariableFields, env: &mut Env) -> Result<(), EntryId> {
        env.add_variable(Variable {
            id: id.clone(),
            name: spec.variable.clone(),
            storage: spec.storage.id.clone(),
            default: spec.default.as_ref().map(|text| text.0.clone()),
            readonly: spec.readonly,
        })
    }
}

//! `env.storage.router`: several storages, asked one after the other.

use super::AnyStorage;
use crate::{
    diag::{Code, Diagnostic},
    entry::EntryId,
    env::{Env, Storage},
    registry::{Kind, Ref},
    yaml::{DecodeCx, Node, Rule, record},
};

/// The kind.
pub(crate) struct EnvStorageRouter;

/// `has_one` reports it, for a list that is not there, too.
const SOME: Rule<Vec<Ref<AnyStorage>>> = Rule { test: |_| Ok(()), schema: &[("minItems", 1.0)] };

record! {
    /// Several storages, asked one after the other.
    pub(crate) struct RouterFields checked by has_one {
        /// The storages, in the order they are asked; the first is written to.
        storages: Vec<Ref<AnyStorage>> where SOME;
    }
}

fn has_one(fields: &RouterFields, node: &Node, cx: &mut DecodeCx<'_>) -> Option<()> {
    if cx.is_unread(&["storages"]) || !fields.storages.is_empty() {
        return Some(());
    }
    let place = node.pair("storages").map_or(cx.anchor, |pair| pair.key.span);
    cx.report(
        Diagnostic::error(Code::MissingField, place, "a router needs at least one storage")
            .help("write `storages: [a, b]`; the first that has a value gives it"),
    );
    None
}

impl Kind for EnvStorageRouter {
    const NAME: &'static str = "env.storage.router";
    const MANUAL: &'static str = include_str!("../../../registry/kinds/env.storage.router.md");
    const FEEDS_ENV: bool = true;
    type Fields = RouterFields;
    type Spec = RouterFields;

    fn build(fields: Option<RouterFields>, _: &Node, _: &mut DecodeCx<'_>) -> Option<RouterFields> {
        fields
    }

    fn feed(id: &EntryId, spec: &RouterFields, env: &mut Env) -> Result<(), EntryId> {
        let storages = spec.storages.iter().map(|storage| storage.id.clone()).collect();
        env.add_storage(id.clone(), Storage::Router(storages));
        Ok(())
    }
}

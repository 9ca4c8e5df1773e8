//! What replays histories: the workflows of the project, on a lane of their own.

use std::{io, sync::Arc};

use arc_swap::ArcSwap;

use super::{
    temporal_worker::check_types,
    worker_workflows::{Unreadable, client_of, options, workflows_of},
    workflow_lua::WorkflowLua,
};
use crate::{
    diag::Diagnostics,
    entry::EntryId,
    lua::Lanes,
    registry::BuildCx,
    workflow::{self, Host, LaneRuns, Workflows},
};

/// Why there is nothing to replay with.
#[derive(Debug)]
pub(crate) enum NoReplayer {
    /// No workflow has this type; these are there.
    UnknownType(Vec<String>),
    /// The code does not compile, or a name has no value.
    Broken(Diagnostics),
    NoThread(io::Error),
}

/// What runs the workflow type, as its worker does.
pub(crate) fn replayer(workflow_type: &str, cx: &BuildCx) -> Result<Arc<dyn Workflows>, NoReplayer> {
    let bound = bound(cx).map_err(NoReplayer::Broken)?;
    let named = |wanted: &str| bound.iter().find(|(name, _)| name == wanted);
    let Some((_, worker)) = named(workflow_type).or_else(|| named(workflow::EVERY_TYPE)) else {
        return Err(NoReplayer::UnknownType(bound.into_iter().map(|(name, _)| name).collect()));
    };
    check_types(worker, cx).map_err(NoReplayer::Broken)?;
    let catalog = workflows_of(worker, cx, Unreadable::IsReplaced).map_err(NoReplayer::Broken)?;
    let lanes = Lanes::start("replay", 1, LaneRuns::default).map_err(NoReplayer::NoThread)?;
    let options = options(worker, &client_of(worker, cx), workflow::PROFILE.limits.wall);
    Ok(Arc::new(Host::new(Arc::new(lanes), Arc::new(ArcSwap::from_pointee(catalog)), options)))
}

/// The types that workers of the project run, each with its worker. A type whose name has no value now may be
/// any, so it is an error.
fn bound(cx: &BuildCx) -> Result<Vec<(String, EntryId)>, Diagnostics> {
    let mut types = Vec::new();
    let mut broken = Diagnostics::default();
    for (entry, _) in cx.registry.of_kind::<WorkflowLua>() {
        match Unreadable::IsReplaced.read::<WorkflowLua>(entry, cx) {
            Ok(spec) => {
                let name = spec.type_name(&entry.id);
                types.extend(spec.binding.map(|binding| (name, binding.worker.id)));
            }
            Err(wrong) => broken.extend(wrong),
        }
    }
    if broken.has_errors() { Err(broken) } else { Ok(types) }
}

//! What replays histories: the workflows of the project, on a lane of their own.

use std::{io, sync::Arc};

use arc_swap::ArcSwap;

use super::{
    worker_workflows::{Unreadable, client_of, options, workflows_of},
    workflow_lua::WorkflowLua,
};
use crate::{
    diag::Diagnostics,
    lua::Lanes,
    registry::BuildCx,
    workflow::{self, Host, LaneRuns, Workflows},
};

/// Why there is nothing to replay with.
#[derive(Debug)]
pub(crate) enum NoReplayer {
    /// No workflow has this type; these are there.
    UnknownType(Vec<String>),
    /// The code does not compile.
    Broken(Diagnostics),
    NoThread(io::Error),
}

/// What runs the workflow type, as its worker does.
pub(crate) fn replayer(workflow_type: &str, cx: &BuildCx) -> Result<Arc<dyn Workflows>, NoReplayer> {
    let known = cx.registry.of_kind::<WorkflowLua>();
    let bound = known.filter_map(|(entry, spec)| Some((spec.type_name(&entry.id), &spec.binding.as_ref()?.worker.id)));
    let bound: Vec<_> = bound.collect();
    let named = |wanted: &str| bound.iter().find(|(name, _)| name == wanted);
    let Some((_, worker)) = named(workflow_type).or_else(|| named(workflow::EVERY_TYPE)) else {
        return Err(NoReplayer::UnknownType(bound.into_iter().map(|(name, _)| name).collect()));
    };
    let catalog = workflows_of(worker, cx, Unreadable::IsReplaced).map_err(NoReplayer::Broken)?;
    let lanes = Lanes::start("replay", 1, LaneRuns::default).map_err(NoReplayer::NoThread)?;
    let options = options(worker, &client_of(worker, cx), workflow::PROFILE.limits.wall);
    Ok(Arc::new(Host::new(Arc::new(lanes), Arc::new(ArcSwap::from_pointee(catalog)), options)))
}

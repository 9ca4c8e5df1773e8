//! Shows what is wrong with a project on stderr, for the commands whose answer is another.

use std::path::Path;

use super::{Exit, output};
use crate::{
    app::{Environment, Project},
    diag::{Diagnostic, Diagnostics, render_all, summary},
    registry::{BuildCx, Loaded},
    service::Exports,
    source::SourceMap,
};

/// The project of a command that asks something of it once and runs none of its services. If it
/// cannot be loaded, all that is wrong is said.
pub(super) fn load(folder: &Path, environment: Environment) -> Result<BuildCx, Exit> {
    let project = Project::open(folder, environment).map_err(|wrong| no_project(&wrong, Exit::Problems))?;
    let loaded = project.load(1);
    talk(&loaded);
    let registry = loaded.registry.ok_or(Exit::Problems)?;
    Ok(BuildCx { registry, env: loaded.env, process: Exports::default() })
}

/// Everything that is wrong, and how much that is; nothing if nothing is.
pub(super) fn talk(loaded: &Loaded) {
    if loaded.diagnostics.is_empty() {
        return;
    }
    let look = output::talk_look();
    output::talk(render_all(&loaded.diagnostics, &loaded.sources, look));
    output::talk(summary(&loaded.diagnostics, loaded.files, loaded.entries, look));
}

/// One problem, as it arises.
pub(super) fn show(diagnostic: &Diagnostic, sources: &SourceMap) {
    output::talk(render_all(&diagnostic.clone().into(), sources, output::talk_look()));
}

/// There is no project to look at.
pub(super) fn no_project(wrong: &Diagnostics, exit: Exit) -> Exit {
    output::talk(render_all(wrong, &SourceMap::default(), output::talk_look()));
    exit
}

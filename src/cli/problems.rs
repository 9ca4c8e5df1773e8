//! Shows what is wrong with a project on stderr, for the commands whose answer is another.

use std::path::Path;

use super::{Exit, output};
use crate::{
    app::{Environment, Project},
    diag::{Diagnostics, Reporter, more, render_all, summary},
    registry::{BuildCx, Loaded},
    service::Exports,
    source::SourceMap,
};

/// The project of a command that asks something of it once and runs none of its services. If it
/// cannot be loaded, all that is wrong is said.
pub(super) fn load(folder: &Path, environment: Environment) -> Result<BuildCx, Exit> {
    let project = Project::open(folder, environment).map_err(|wrong| no_project(&wrong, Exit::Problems))?;
    let loaded = project.load(1);
    talk(&loaded, folder);
    let registry = loaded.registry.ok_or(Exit::Problems)?;
    Ok(BuildCx { registry, env: loaded.env, process: Exports::default() })
}

/// Everything that is wrong with the project in `folder`, and how much that is; nothing if nothing is. Files are
/// named as they are from where the command runs, as `metonic check` names them.
pub(super) fn talk(loaded: &Loaded, folder: &Path) {
    if loaded.diagnostics.is_empty() {
        return;
    }
    let look = output::talk_look();
    output::talk(render_all(&loaded.diagnostics, &loaded.sources.seen_from_outside(folder), look));
    let summary = summary(&loaded.diagnostics, loaded.files, loaded.entries, look);
    output::talk(format_args!("{summary}{}", more(&loaded.diagnostics, folder)));
}

/// Shows each problem of the project in `folder` as it arises.
pub(super) fn reporter(folder: &Path) -> Reporter {
    let folder = folder.to_owned();
    Reporter::new(move |diagnostic, sources| {
        show(&diagnostic.clone().into(), sources, &folder);
    })
}

/// Shows what is wrong with the project in `folder`.
pub(super) fn show(wrong: &Diagnostics, sources: &SourceMap, folder: &Path) {
    output::talk(render_all(wrong, &sources.seen_from_outside(folder), output::talk_look()));
}

/// There is no project to look at.
pub(super) fn no_project(wrong: &Diagnostics, exit: Exit) -> Exit {
    output::talk(render_all(wrong, &SourceMap::default(), output::talk_look()));
    exit
}

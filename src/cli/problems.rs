//! Shows what is wrong with a project on stderr, for the commands whose answer is another.

use super::{Exit, output};
use crate::{
    diag::{Diagnostic, Diagnostics, render_all, summary},
    registry::Loaded,
    source::SourceMap,
};

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

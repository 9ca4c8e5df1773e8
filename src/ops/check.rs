//! `metonic check`: is a project right? Nothing is started and nothing is connected to.

use std::{
    path::{Path, PathBuf},
    sync::Arc,
};

use crate::{
    app::{Environment, Project},
    diag::{Diagnostics, Look, github, json_lines, more, render_all, summary},
    source::SourceMap,
};

/// What is wrong with a project.
#[derive(Debug)]
pub(crate) struct CheckReport {
    pub(crate) diagnostics: Diagnostics,
    pub(crate) sources: Arc<SourceMap>,
    pub(crate) files: usize,
    pub(crate) entries: usize,
    folder: PathBuf,
}

/// Checks the project in `folder`, whose name stands before each path in what is found.
pub(crate) fn check(folder: &Path, environment: Environment) -> CheckReport {
    let given = folder.to_owned();
    match Project::open(folder, environment) {
        Ok(project) => {
            let loaded = project.load(1);
            CheckReport {
                diagnostics: loaded.diagnostics,
                sources: Arc::new(loaded.sources.seen_from_outside(folder)),
                files: loaded.files,
                entries: loaded.entries,
                folder: given,
            }
        }
        Err(diagnostics) => CheckReport { diagnostics, sources: Arc::default(), files: 0, entries: 0, folder: given },
    }
}

impl CheckReport {
    pub(crate) fn has_errors(&self) -> bool {
        self.diagnostics.has_errors()
    }

    /// Errors or warnings.
    pub(crate) fn has_problems(&self) -> bool {
        !self.diagnostics.is_empty()
    }

    /// For people: every diagnostic with its text, and a last line that counts.
    pub(crate) fn human(&self, look: Look) -> String {
        let summary = summary(&self.diagnostics, self.files, self.entries, look);
        let all = render_all(&self.diagnostics, &self.sources, look);
        format!("{all}{summary}{}\n", more(&self.diagnostics, &self.folder))
    }

    /// One JSON object a line.
    pub(crate) fn json(&self) -> String {
        json_lines(&self.diagnostics, &self.sources)
    }

    /// For GitHub: one annotation a line.
    pub(crate) fn github(&self) -> String {
        github(&self.diagnostics, &self.sources)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_that_is_not_there_is_a_diagnostic() {
        let report = check(Path::new("/no/such/folder"), Environment::default());
        assert!(report.has_errors());
        assert!(report.human(Look::ASCII).contains("no-project"));
    }
}

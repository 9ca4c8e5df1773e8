//! Finds a project and loads it.

use std::path::{Path, PathBuf};

use super::Environment;
use crate::{
    diag::{Blame, Code, Diagnostic, Diagnostics, Severity},
    kinds,
    registry::{self, Loaded},
    source::{FileError, Files, Modes},
};

/// Why a file of a project was not replaced.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ReplaceError {
    #[error("it has changed meanwhile")]
    Changed,
    #[error(transparent)]
    File(FileError),
}

/// Files that are replaced are there, and keep their permissions.
const MODES: Modes = Modes { file: 0o666, folder: 0o777 };

/// A folder of entry files.
#[derive(Clone, Debug)]
pub(crate) struct Project {
    /// As it was given, for messages.
    given: PathBuf,
    files: Files,
    environment: Environment,
}

impl Project {
    /// The project in `folder`, which has to be there.
    pub(crate) fn open(folder: &Path, environment: Environment) -> Result<Self, Diagnostics> {
        let given = folder.display();
        let not_one = |headline: String, help: &str| -> Diagnostics {
            Diagnostic::without_place(Code::NoProject, Severity::Error, Blame::Project, headline).help(help).into()
        };
        let help = "name the folder that holds your entry files, as in `metonic dev examples/orders`";
        if folder.is_file() {
            return Err(not_one(format!("`{given}` is a file, not the folder of a project"), help));
        }
        let files = Files::disk(folder).map_err(|error| match error.kind() {
            std::io::ErrorKind::NotFound => not_one(format!("there is no folder `{given}`"), help),
            _ => not_one(format!("the folder `{given}` cannot be read: {error}"), help),
        })?;
        Ok(Self { given: folder.to_owned(), files, environment })
    }

    /// Reads every file. Nothing is started, nothing is connected to.
    pub(crate) fn load(&self, generation: u64) -> Loaded {
        registry::load(&registry::Project {
            files: &self.files,
            kinds: kinds::ALL,
            system: self.environment.all(),
            generation,
        })
    }

    /// Writes another text into a file that held `old` when it was loaded.
    pub(crate) fn replace(&self, path: &str, old: &str, new: &str) -> Result<(), ReplaceError> {
        let now = self.files.read_named(path).map_err(ReplaceError::File)?;
        if now != old {
            return Err(ReplaceError::Changed);
        }
        self.files.write_named(path, new, MODES).map_err(ReplaceError::File)
    }

    /// The folder as it was given.
    pub(crate) fn given(&self) -> &Path {
        &self.given
    }

    /// Its files.
    pub(super) fn files(&self) -> &Files {
        &self.files
    }

    /// The folder itself, without links.
    pub(crate) fn root(&self) -> &Path {
        self.files.root().unwrap_or(&self.given)
    }
}

//! A project in a folder of its own.

use std::path::Path;

use tempfile::TempDir;

use super::repository::{files, read};

/// A folder with a project in it; gone when it is dropped.
pub(crate) struct Project {
    folder: TempDir,
}

impl Project {
    /// A project of `(path, text)`.
    pub(crate) fn new(files: &[(&str, &str)]) -> Self {
        let project = Self { folder: TempDir::new().unwrap() };
        for (path, text) in files {
            project.write(path, text);
        }
        project
    }

    /// A copy of `examples/{name}`.
    pub(crate) fn example(name: &str) -> Self {
        let project = Self::new(&[]);
        let folder = format!("examples/{name}");
        for path in ["yaml", "lua", "json"].iter().flat_map(|extension| files(&folder, extension)) {
            let below = path.strip_prefix(&folder).expect("it lies in the example").to_string_lossy().into_owned();
            project.write(&below, &read(&path));
        }
        project
    }

    pub(crate) fn write(&self, path: &str, text: &str) {
        let path = self.path().join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }

    pub(crate) fn path(&self) -> &Path {
        self.folder.path()
    }
}

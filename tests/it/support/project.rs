//! A project in a folder of its own.

use std::path::Path;

use serde_json::{Value, json};
use tempfile::TempDir;

use super::{
    Server, metonic,
    repository::{files, read},
};

/// A folder with a project in it; gone when it is dropped.
pub(crate) struct Project {
    folder: TempDir,
    /// Where files are written, on the same disk.
    drafts: TempDir,
}

impl Project {
    /// A project of `(path, text)`.
    pub(crate) fn new(files: &[(&str, &str)]) -> Self {
        let project = Self { folder: TempDir::new().unwrap(), drafts: TempDir::new().unwrap() };
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

    /// Writes a file of the project in one step: who watches it must not read the half of it.
    pub(crate) fn write(&self, path: &str, text: &str) {
        let path = self.path().join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        let draft = self.drafts.path().join("draft");
        std::fs::write(&draft, text).unwrap();
        std::fs::rename(draft, path).unwrap();
    }

    /// Replays the histories that these runs have on `server`, from their beginnings: all have to fit.
    pub(crate) fn replays(&self, server: &Server, ids: &[impl AsRef<str>]) {
        self.part_replays(".", server, ids);
    }

    /// The same with the project that is in a folder of this one.
    pub(crate) fn part_replays(&self, folder: &str, server: &Server, ids: &[impl AsRef<str>]) {
        let histories: Vec<_> = ids.iter().map(|id| server.history(id.as_ref())).collect();
        self.part_replays_histories(folder, &histories);
    }

    /// The same, for histories that were read before.
    pub(crate) fn replays_histories(&self, histories: &[Vec<Value>]) {
        self.part_replays_histories(".", histories);
    }

    fn part_replays_histories(&self, folder: &str, histories: &[Vec<Value>]) {
        // Not all at once: a process of many histories takes longer than a command may.
        for some in histories.chunks(20) {
            self.replays_together(folder, some);
        }
    }

    fn replays_together(&self, folder: &str, histories: &[Vec<Value>]) {
        let names: Vec<String> = (1..=histories.len()).map(|number| format!("history-{number}.json")).collect();
        for (name, events) in names.iter().zip(histories) {
            self.write(&format!("{folder}/{name}"), &json!({ "events": events }).to_string());
        }
        let output = metonic(&self.path().join(folder), ["replay"].into_iter().chain(names.iter().map(String::as_str)));
        assert_eq!(output.code, Some(0), "{output}");
    }

    pub(crate) fn path(&self) -> &Path {
        self.folder.path()
    }
}

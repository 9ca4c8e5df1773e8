//! Tells when files of a project may have changed.
//!
//! Folders are watched, not files: editors and secret mounts replace files, and a watch on a file
//! ends with it. Reading raises events too, so those are dropped; whether anything *is* different
//! is for the reload to find out.

use std::{
    ffi::OsStr,
    path::{Component, Path},
    time::Duration,
};

use notify::{EventKind, RecommendedWatcher, RecursiveMode};
use notify_debouncer_full::{DebounceEventResult, Debouncer, RecommendedCache, new_debouncer};
use tokio::sync::mpsc;

/// After so much quiet the change is over.
const QUIET: Duration = Duration::from_millis(100);

/// The net under watchers that miss an event, as on network file systems.
const LOOK_ANYWAY: Duration = Duration::from_mins(1);

/// A watch on all folders of a project.
pub(crate) struct Watch {
    changes: mpsc::Receiver<()>,
    _debouncer: Debouncer<RecommendedWatcher, RecommendedCache>,
}

impl Watch {
    pub(crate) fn new(root: &Path) -> Result<Self, notify::Error> {
        let (tx, changes) = mpsc::channel(1);
        let below = root.to_owned();
        let mut debouncer = new_debouncer(QUIET, None, move |result: DebounceEventResult| {
            if may_matter(&below, &result) {
                // Full: a change that nobody has looked at yet is waiting already.
                let _ = tx.try_send(());
            }
        })?;
        debouncer.watch(root, RecursiveMode::Recursive)?;
        Ok(Self { changes, _debouncer: debouncer })
    }

    /// Returns once something may have changed. Cancel-safe.
    pub(crate) async fn changed(&mut self) {
        // The sender lives as long as the watch; the timeout is the net.
        let _ = tokio::time::timeout(LOOK_ANYWAY, self.changes.recv()).await;
    }
}

/// Errors matter: the watcher has lost something.
fn may_matter(root: &Path, result: &DebounceEventResult) -> bool {
    let Ok(events) = result else { return true };
    events.iter().any(|event| {
        !matches!(event.kind, EventKind::Access(_)) && event.paths.iter().any(|path| is_of_project(root, path))
    })
}

/// The folders that `source::Files` passes over are passed over here.
fn is_of_project(root: &Path, path: &Path) -> bool {
    let Ok(relative) = path.strip_prefix(root) else { return true };
    if is_database(path) {
        return false;
    }
    let mut folders = relative.parent().into_iter().flat_map(Path::components);
    !folders.any(|folder| match folder {
        Component::Normal(name) => is_passed_over(name),
        _ => false,
    })
}

/// A file that SQLite writes with each transaction, and from which no entry is made.
fn is_database(path: &Path) -> bool {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let name = name.trim_end_matches("-wal").trim_end_matches("-shm").trim_end_matches("-journal");
    [".db", ".sqlite", ".sqlite3"].iter().any(|end| name.ends_with(end))
}

fn is_passed_over(folder: &OsStr) -> bool {
    let name = folder.to_string_lossy();
    // Mounted secrets are swapped in folders called `..2026_11_21`.
    (name.starts_with('.') && !name.starts_with("..")) || name == "node_modules" || name == "target"
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_in_hidden_folders_and_databases_are_not_of_the_project() {
        let root = Path::new("/p");
        assert!(is_of_project(root, Path::new("/p/flow.lua")));
        assert!(is_of_project(root, Path::new("/p/secrets/..2026_11/key")));
        assert!(is_of_project(root, Path::new("/p/.env")));
        assert!(!is_of_project(root, Path::new("/p/data/shop.db")));
        assert!(!is_of_project(root, Path::new("/p/data/shop.db-wal")));
        assert!(!is_of_project(root, Path::new("/p/.git/index")));
        assert!(!is_of_project(root, Path::new("/p/a/node_modules/x/index.js")));
    }

    #[tokio::test]
    async fn a_file_that_is_replaced_is_seen() {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path().canonicalize().unwrap();
        std::fs::write(root.join("flow.lua"), "1").unwrap();
        let mut watch = Watch::new(&root).unwrap();
        std::fs::write(root.join("flow.lua.new"), "2").unwrap();
        std::fs::rename(root.join("flow.lua.new"), root.join("flow.lua")).unwrap();
        watch.changes.recv().await.unwrap();
    }
}

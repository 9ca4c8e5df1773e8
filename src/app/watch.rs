//! Tells when files of a project may have changed.
//!
//! Folders are watched, not files: editors and secret mounts replace files, and a watch on a file
//! ends with it. Which changes can matter the one knows who reads the files. Reading raises events
//! too, so those are dropped; whether anything *is* different is for the reload to find out.

use std::{
    path::{Path, PathBuf},
    time::Duration,
};

use notify::{EventKind, RecommendedWatcher, RecursiveMode};
use notify_debouncer_full::{DebounceEventResult, Debouncer, RecommendedCache, new_debouncer};
use tokio::sync::mpsc;

use super::Project;
use crate::source::Files;

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
    pub(crate) fn new(project: &Project) -> Result<Self, notify::Error> {
        Self::of(project.root(), project.files().clone())
    }

    fn of(root: &Path, files: Files) -> Result<Self, notify::Error> {
        let (tx, changes) = mpsc::channel(1);
        let mut debouncer = new_debouncer(QUIET, None, move |result: DebounceEventResult| {
            if may_matter(&files, &result) {
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

/// Errors matter, and so does an event that says so: the watcher has lost something.
fn may_matter(files: &Files, result: &DebounceEventResult) -> bool {
    let Ok(events) = result else { return true };
    if events.iter().any(|event| event.need_rescan()) {
        return true;
    }
    let changes = events.iter().filter(|event| !matches!(event.kind, EventKind::Access(_)));
    let paths = changes.flat_map(|event| &event.paths).map(PathBuf::as_path);
    files.concerns(paths.filter(|path| !is_database(path)))
}

/// A file that SQLite writes with each transaction, and from which no entry is made.
fn is_database(path: &Path) -> bool {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let name = name.trim_end_matches("-wal").trim_end_matches("-shm").trim_end_matches("-journal");
    [".db", ".sqlite", ".sqlite3"].iter().any(|end| name.ends_with(end))
}

#[cfg(test)]
mod tests {
    use notify::{Event, event::Flag};
    use notify_debouncer_full::DebouncedEvent;

    use super::*;

    #[test]
    fn databases_are_not_watched() {
        for path in ["/p/data/shop.db", "/p/data/shop.db-wal", "/p/shop.sqlite3-journal"] {
            assert!(is_database(Path::new(path)), "{path}");
        }
        assert!(!is_database(Path::new("/p/shop.lua")));
    }

    #[test]
    #[expect(clippy::disallowed_methods, reason = "the event of a watcher has a time")]
    fn what_the_watcher_has_lost_may_have_been_of_the_project() {
        let folder = tempfile::tempdir().unwrap();
        let files = Files::disk(folder.path()).unwrap();
        let told = |event: Event| Ok(vec![DebouncedEvent::new(event, std::time::Instant::now())]);
        assert!(may_matter(&files, &told(Event::new(EventKind::Other).set_flag(Flag::Rescan))));
        assert!(!may_matter(&files, &told(Event::new(EventKind::Other))));
    }

    #[cfg(unix)]
    #[tokio::test]
    async fn a_file_in_a_folder_that_a_link_leads_to_is_seen() {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path().canonicalize().unwrap();
        std::fs::create_dir(root.join(".shared")).unwrap();
        std::os::unix::fs::symlink(".shared", root.join("shared")).unwrap();
        let mut watch = Watch::of(&root, Files::disk(&root).unwrap()).unwrap();
        std::fs::write(root.join(".shared/flow.lua"), "1").unwrap();
        watch.changes.recv().await.unwrap();
    }

    #[tokio::test]
    async fn a_file_that_is_replaced_is_seen() {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path().canonicalize().unwrap();
        std::fs::write(root.join("flow.lua"), "1").unwrap();
        let mut watch = Watch::of(&root, Files::disk(&root).unwrap()).unwrap();
        std::fs::write(root.join("flow.lua.new"), "2").unwrap();
        std::fs::rename(root.join("flow.lua.new"), root.join("flow.lua")).unwrap();
        watch.changes.recv().await.unwrap();
    }
}

//! Projects on a disk, for tests.

use super::Files;

/// A folder with these files in it, each with some text; it is gone with the first value.
pub(super) fn project(files: &[&str]) -> (tempfile::TempDir, Files) {
    let folder = tempfile::tempdir().unwrap();
    for file in files {
        let path = folder.path().join(file);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, "x").unwrap();
    }
    let files = Files::disk(folder.path()).unwrap();
    (folder, files)
}

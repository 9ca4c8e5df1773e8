//! The files of this repository.

use std::path::{Path, PathBuf};

/// All files below the folder `below` with the extension, sorted, relative to the repository.
pub(crate) fn files(below: &str, extension: &str) -> Vec<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut found = Vec::new();
    collect(&root.join(below), extension, &mut found);
    let mut found: Vec<PathBuf> =
        found.iter().map(|path| path.strip_prefix(root).expect("it lies below the root").to_owned()).collect();
    found.sort();
    found
}

/// The text of a file of the repository.
#[expect(clippy::disallowed_methods, reason = "no project's file")]
pub(crate) fn read(path: &Path) -> String {
    std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(path)).unwrap()
}

fn collect(folder: &Path, extension: &str, found: &mut Vec<PathBuf>) {
    for item in std::fs::read_dir(folder).unwrap() {
        let path = item.unwrap().path();
        if path.is_dir() {
            collect(&path, extension, found);
        } else if path.extension().is_some_and(|own| own == extension) {
            found.push(path);
        }
    }
}

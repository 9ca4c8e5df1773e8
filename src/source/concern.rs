//! Whether a change of a file can matter to who reads a project: the counterpart of [`Files::walk`], by the
//! same rules.
//!
//! A file matters that lies in a folder which is read, and one that was asked for by its name, wherever it
//! lies and whether it was there or not. Nothing is remembered but those names: what is passed over is
//! looked up anew, since a change may be of just that.

use std::{
    cell::LazyCell,
    collections::BTreeSet,
    path::{Component, Path, PathBuf},
    sync::PoisonError,
};

use super::{
    Files,
    walk::{CACHE_MARK, is_passed_over, walked},
};

impl Files {
    /// Whether something at one of these paths on the disk is read, or would be if it were there.
    pub(crate) fn concerns<'a>(&self, paths: impl IntoIterator<Item = &'a Path>) -> bool {
        let Self::Disk { root, .. } = self else { return false };
        // Of many changes in a folder that is passed over, as a compiler makes them, only the first walks.
        let read = LazyCell::new(|| walked(root).ok().map(|walk| walk.read));
        let is_read = |folder: &Path| read.as_ref().is_none_or(|read| read.contains(folder));
        paths.into_iter().any(|path| self.concerned(root, path, is_read))
    }

    fn concerned(&self, root: &Path, path: &Path, is_read: impl Fn(&Path) -> bool) -> bool {
        let Some(real) = real(path) else { return true };
        if self.asked_for(path) || self.asked_for(&real) {
            return true;
        }
        let Some(folder) = real.parent() else { return false };
        // The mark of a cache says whether its folder is read.
        let is_mark = real.file_name().is_some_and(|name| name == CACHE_MARK);
        let folder = if is_mark && folder != root { folder.parent().unwrap_or(folder) } else { folder };
        let Ok(below) = folder.strip_prefix(root) else { return false };
        is_passed_through(root, below) || is_read(folder)
    }

    /// Notes that a file was asked for, under its name and as what that leads to.
    pub(super) fn note(&self, path: &Path) {
        self.with_names(|names| {
            names.extend(path.canonicalize());
            names.extend(real(path));
        });
    }

    fn asked_for(&self, path: &Path) -> bool {
        self.with_names(|names| names.contains(path)).unwrap_or_default()
    }

    fn with_names<T>(&self, see: impl FnOnce(&mut BTreeSet<PathBuf>) -> T) -> Option<T> {
        let Self::Disk { read, .. } = self else { return None };
        Some(see(&mut read.lock().unwrap_or_else(PoisonError::into_inner)))
    }
}

/// The path without links, its last part aside: that may be gone. Nothing: it has no name.
fn real(path: &Path) -> Option<PathBuf> {
    let (folder, name) = (path.parent()?, path.file_name()?);
    Some(folder.canonicalize().unwrap_or_else(|_| folder.to_owned()).join(name))
}

/// Whether none of the folders on the way is passed over.
fn is_passed_through(root: &Path, below: &Path) -> bool {
    let mut folder = root.to_owned();
    below.components().all(|part| {
        let Component::Normal(name) = part else { return true };
        folder.push(name);
        !is_passed_over(&name.to_string_lossy(), &folder)
    })
}

#[cfg(test)]
#[cfg(unix)]
mod tests {
    use std::os::unix::fs::symlink;

    use crate::source::testing::project;

    #[test]
    fn what_is_read_concerns_and_what_is_passed_over_does_not() {
        let (folder, files) = project(&["target/a.yaml", "out/CACHEDIR.TAG", ".git/c", "a/node_modules/d"]);
        let concerns = |path: &str| files.concerns([folder.path().join(path).as_path()]);
        for path in ["flow.lua", ".env", "new/flow.lua", "target/a.yaml", "out", "out/CACHEDIR.TAG"] {
            assert!(concerns(path), "{path}");
        }
        for path in ["out/b.yaml", "out/deep/b.yaml", ".git/index", "a/node_modules/x/i.lua"] {
            assert!(!concerns(path), "{path}");
        }
    }

    #[test]
    fn a_folder_that_a_link_leads_to_concerns_under_both_names() {
        let (folder, files) = project(&[".shared/deep/a.yaml", ".other/b.yaml"]);
        symlink(folder.path().join(".shared"), folder.path().join("shared")).unwrap();
        let concerns = |path: &str| files.concerns([folder.path().join(path).as_path()]);
        assert!(concerns(".shared/deep/a.yaml") && concerns("shared/deep/a.yaml"));
        assert!(!concerns(".other/b.yaml"));
    }

    #[test]
    fn a_folder_that_a_link_leads_out_to_does_not_concern() {
        let (elsewhere, _) = project(&["a.yaml"]);
        let (folder, files) = project(&["b.yaml"]);
        symlink(elsewhere.path(), folder.path().join("link")).unwrap();
        assert!(!files.concerns([folder.path().join("link/a.yaml").as_path()]));
    }

    #[test]
    fn a_file_that_was_asked_for_concerns_wherever_it_lies() {
        let (folder, files) = project(&[".hidden/a.lua", ".hidden/other.lua", "..2026/key"]);
        symlink(folder.path().join("..2026/key"), folder.path().join("key")).unwrap();
        for path in [".hidden/a.lua", ".hidden/missing.lua", "key"] {
            let _ = files.read(path, 10);
        }
        let concerns = |path: &str| files.concerns([folder.path().join(path).as_path()]);
        for path in [".hidden/a.lua", ".hidden/missing.lua", "key", "..2026/key"] {
            assert!(concerns(path), "{path}");
        }
        assert!(!concerns(".hidden/other.lua"));
    }
}

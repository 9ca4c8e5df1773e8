//! All files of a project, each once.
//!
//! A link to a folder is followed where it leads to what is not read otherwise; so a loop of links
//! ends, and no file is read under two names. One that leaves the project is not followed, and told.

use std::{
    collections::BTreeSet,
    fs::FileType,
    io,
    path::{Path, PathBuf},
};

use super::Files;

/// What stands in a folder that a tool filled for itself, as Cargo's `target`.
pub(super) const CACHE_MARK: &str = "CACHEDIR.TAG";

/// What lies below the root, as sorted relative paths with `/`.
#[derive(Debug, Default)]
pub(crate) struct Found {
    pub(crate) files: Vec<String>,
    /// Links to folders that lie outside the project.
    pub(crate) outside: Vec<String>,
}

impl Files {
    /// All files below the root. Folders whose name begins with a dot, `node_modules` and caches are
    /// passed over.
    pub(crate) fn walk(&self) -> io::Result<Found> {
        match self {
            Self::Memory(files) => Ok(Found { files: files.keys().cloned().collect(), outside: Vec::new() }),
            Self::Disk { root, .. } => {
                let mut walk = walked(root)?;
                walk.found.files.sort();
                walk.found.outside.sort();
                Ok(walk.found)
            }
        }
    }
}

pub(super) fn walked(root: &Path) -> io::Result<Walk> {
    let mut walk = Walk { found: Found::default(), read: BTreeSet::new(), links: Vec::new() };
    walk.folder(root, "")?;
    walk.follow(root)?;
    Ok(walk)
}

pub(super) struct Walk {
    found: Found,
    /// Folders, without links in their paths.
    pub(super) read: BTreeSet<PathBuf>,
    /// Links to folders that are still to be looked at, and what they are called in the project.
    links: Vec<(PathBuf, String)>,
}

impl Walk {
    /// Reads a folder whose path has no links, and all below it.
    fn folder(&mut self, folder: &Path, prefix: &str) -> io::Result<()> {
        if !self.read.insert(folder.to_owned()) {
            return Ok(());
        }
        for item in std::fs::read_dir(folder)? {
            let item = item?;
            let Ok(name) = item.file_name().into_string() else { continue };
            let path = if prefix.is_empty() { name.clone() } else { format!("{prefix}/{name}") };
            let (kind, full): (FileType, PathBuf) = (item.file_type()?, item.path());
            let is_folder = full.is_dir();
            if is_folder && is_passed_over(&name, &full) {
                continue;
            }
            if is_folder && kind.is_symlink() {
                self.links.push((full, path));
            } else if is_folder {
                self.folder(&full, &path)?;
            } else {
                // A pipe or a socket, too: who reads it is told what it is.
                self.found.files.push(path);
            }
        }
        Ok(())
    }

    /// Reads the folders that links lead to, once all others are read.
    fn follow(&mut self, root: &Path) -> io::Result<()> {
        while !self.links.is_empty() {
            let mut links = std::mem::take(&mut self.links);
            links.sort();
            for (link, path) in links {
                let folder = link.canonicalize()?;
                if folder.starts_with(root) {
                    self.folder(&folder, &path)?;
                } else {
                    self.found.outside.push(path);
                }
            }
        }
        Ok(())
    }
}

/// Whether a folder is not read, unless a link leads to it.
pub(super) fn is_passed_over(name: &str, folder: &Path) -> bool {
    name.starts_with('.') || name == "node_modules" || folder.join(CACHE_MARK).is_file()
}

#[cfg(test)]
#[cfg(unix)]
mod tests {
    use std::os::unix::fs::symlink;

    use crate::source::testing::project;

    #[test]
    fn a_folder_called_target_is_read_and_a_cache_is_not() {
        let (_folder, files) =
            project(&["target/a.yaml", "out/CACHEDIR.TAG", "out/b.yaml", ".git/c", "node_modules/d"]);
        assert_eq!(files.walk().unwrap().files, ["target/a.yaml"]);
    }

    #[test]
    fn a_link_to_a_folder_outside_is_told_and_not_followed() {
        let (elsewhere, _) = project(&["a.yaml"]);
        let (folder, files) = project(&["b.yaml"]);
        symlink(elsewhere.path(), folder.path().join("link")).unwrap();
        let found = files.walk().unwrap();
        assert_eq!((found.files, found.outside), (vec!["b.yaml".to_owned()], vec!["link".to_owned()]));
    }

    #[test]
    fn a_folder_is_read_once_however_many_links_lead_to_it() {
        let (folder, files) = project(&["app/a.yaml"]);
        symlink(folder.path().join("app"), folder.path().join("again")).unwrap();
        symlink(folder.path(), folder.path().join("app/loop")).unwrap();
        assert_eq!(files.walk().unwrap().files, ["app/a.yaml"]);
    }

    #[test]
    fn a_link_to_a_folder_that_is_passed_over_is_followed() {
        let (folder, files) = project(&[".shared/a.yaml"]);
        symlink(folder.path().join(".shared"), folder.path().join("shared")).unwrap();
        assert_eq!(files.walk().unwrap().files, ["shared/a.yaml"]);
    }
}

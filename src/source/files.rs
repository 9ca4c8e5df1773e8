//! The one door to the disk for everything a project consists of.
//!
//! What it must not do: follow a path out of the project. Symbolic links are resolved and the
//! result has to lie below the root. A test gives the same files from memory.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs::FileType,
    io::{self, Read as _},
    path::{Component, Path, PathBuf},
    sync::{Arc, Mutex},
};

/// Files below one root.
#[derive(Clone)]
pub(crate) enum Files {
    Disk {
        root: PathBuf,
        /// What was asked for so far, whether it was there or not.
        read: Arc<Mutex<BTreeSet<PathBuf>>>,
    },
    #[cfg_attr(not(test), expect(dead_code, reason = "tests give a project from memory"))]
    Memory(BTreeMap<String, Vec<u8>>),
}

/// Why a file of a project cannot be read.
#[derive(Debug, thiserror::Error)]
pub(crate) enum FileError {
    #[error("there is no such file")]
    Missing,
    #[error("it is {0}, and a file is wanted")]
    NoFile(&'static str),
    #[error("the path leaves the project")]
    Outside,
    #[error("the file is larger than {limit} bytes")]
    TooLarge { limit: u64 },
    #[error("the file is not UTF-8: byte {at} is the first that is not")]
    NotText { at: usize },
    #[error("the file cannot be read: {0}")]
    Io(io::Error),
}

impl std::fmt::Debug for Files {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Disk { root, .. } => write!(f, "Files({})", root.display()),
            Self::Memory(files) => write!(f, "Files({} in memory)", files.len()),
        }
    }
}

impl Files {
    /// The files below `root`, which exists.
    pub(crate) fn disk(root: &Path) -> io::Result<Self> {
        Ok(Self::Disk { root: root.canonicalize()?, read: Arc::default() })
    }

    #[cfg(test)]
    pub(crate) fn memory<'a>(files: impl IntoIterator<Item = (&'a str, &'a str)>) -> Self {
        Self::Memory(files.into_iter().map(|(path, text)| (path.to_owned(), text.as_bytes().to_vec())).collect())
    }

    /// The root on the disk; nothing for files in memory.
    pub(crate) fn root(&self) -> Option<&Path> {
        match self {
            Self::Disk { root, .. } => Some(root),
            Self::Memory(_) => None,
        }
    }

    /// Reads a text. `path` is relative to the root and uses `/`.
    pub(crate) fn read(&self, path: &str, limit: u64) -> Result<String, FileError> {
        let path = clean(path).ok_or(FileError::Outside)?;
        let bytes = match self {
            Self::Memory(files) => files.get(&path).cloned().ok_or(FileError::Missing)?,
            Self::Disk { root, .. } => {
                self.note(&root.join(&path));
                let (full, length) = inside(root, &path)?;
                if length > limit {
                    return Err(FileError::TooLarge { limit });
                }
                read_bytes(&full, limit + 1).map_err(FileError::from_io)?
            }
        };
        if bytes.len() as u64 > limit {
            return Err(FileError::TooLarge { limit });
        }
        String::from_utf8(bytes).map_err(|error| FileError::NotText { at: error.utf8_error().valid_up_to() })
    }

    /// The first bytes of a file that cannot be read whole, with a sign in the place of what is not
    /// UTF-8: up to the first such byte, places are those of the file.
    pub(crate) fn head(&self, path: &str, most: u64) -> Result<String, FileError> {
        let path = clean(path).ok_or(FileError::Outside)?;
        let bytes = match self {
            Self::Memory(files) => files.get(&path).cloned().ok_or(FileError::Missing)?,
            Self::Disk { root, .. } => read_bytes(&inside(root, &path)?.0, most).map_err(FileError::from_io)?,
        };
        let most = usize::try_from(most).map_or(bytes.len(), |most| most.min(bytes.len()));
        Ok(String::from_utf8_lossy(&bytes[..most]).into_owned())
    }

    /// Where a file below the root is, or will be: its folder is made. Links are followed as far as
    /// they stay below the root.
    pub(crate) fn place(&self, path: &str) -> Result<PathBuf, FileError> {
        let path = clean(path).filter(|path| !path.is_empty()).ok_or(FileError::Outside)?;
        let Self::Disk { root, .. } = self else {
            return Err(FileError::Io(io::Error::other("files in memory have no place")));
        };
        let full = root.join(&path);
        // A folder that is there may be a link; what is made below it must not lie elsewhere.
        let inside = |path: &Path| match path.canonicalize() {
            Ok(real) if real.starts_with(root) => Ok(Some(real)),
            Ok(_) => Err(FileError::Outside),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(FileError::Io(error)),
        };
        let (folder, name) = (full.parent().unwrap_or(root), full.file_name().unwrap_or_default());
        for above in folder.ancestors().take_while(|above| above.starts_with(root)) {
            if inside(above)?.is_some() {
                break;
            }
        }
        std::fs::create_dir_all(folder).map_err(FileError::Io)?;
        match inside(&full)? {
            Some(real) => Ok(real),
            None => Ok(inside(folder)?.ok_or(FileError::Missing)?.join(name)),
        }
    }
}

/// Joins `path` to the folder `base`, both relative to the root; nothing if it leaves the root.
pub(crate) fn clean(path: &str) -> Option<String> {
    let mut parts: Vec<&str> = Vec::new();
    for component in Path::new(path).components() {
        match component {
            Component::Normal(part) => parts.push(part.to_str()?),
            Component::CurDir => {}
            Component::ParentDir => {
                parts.pop()?;
            }
            Component::RootDir | Component::Prefix(_) => return None,
        }
    }
    Some(parts.join("/"))
}

/// A file below the root, and how many bytes it has.
fn inside(root: &Path, path: &str) -> Result<(PathBuf, u64), FileError> {
    let full = root.join(path).canonicalize().map_err(FileError::from_io)?;
    if !full.starts_with(root) {
        return Err(FileError::Outside);
    }
    let about = full.metadata().map_err(FileError::from_io)?;
    // A device has no end, and a pipe waits for who writes into it.
    if about.is_file() { Ok((full, about.len())) } else { Err(FileError::NoFile(kind_of(about.file_type()))) }
}

/// What something is that is no file.
pub(super) fn kind_of(kind: FileType) -> &'static str {
    #[cfg(unix)]
    {
        use std::os::unix::fs::FileTypeExt as _;
        if kind.is_fifo() {
            return "a pipe";
        }
        if kind.is_socket() {
            return "a socket";
        }
    }
    if kind.is_dir() { "a folder" } else { "a device" }
}

/// At most `most` bytes: a file may grow while it is read.
pub(super) fn read_bytes(path: &Path, most: u64) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    std::fs::File::open(path)?.take(most).read_to_end(&mut bytes)?;
    Ok(bytes)
}

impl FileError {
    pub(super) fn from_io(error: io::Error) -> Self {
        if error.kind() == io::ErrorKind::NotFound { Self::Missing } else { Self::Io(error) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_is_cleaned_and_may_not_leave() {
        assert_eq!(clean("a/./b/../c.lua").as_deref(), Some("a/c.lua"));
        assert_eq!(clean("../c.lua"), None);
        assert_eq!(clean("a/../../c.lua"), None);
        assert_eq!(clean("/etc/passwd"), None);
    }

    #[cfg(unix)]
    #[test]
    fn a_place_lies_below_the_root_and_its_folder_is_made() {
        let outside = tempfile::tempdir().unwrap();
        let project = tempfile::tempdir().unwrap();
        std::os::unix::fs::symlink(outside.path(), project.path().join("link")).unwrap();
        let files = Files::disk(project.path()).unwrap();
        let place = files.place("data/new/shop.db").unwrap();
        assert_eq!(place, project.path().canonicalize().unwrap().join("data/new/shop.db"));
        assert!(place.parent().unwrap().is_dir());
        for path in ["../shop.db", "/tmp/shop.db", "link/shop.db", "link/new/shop.db", "."] {
            assert!(matches!(files.place(path), Err(FileError::Outside)), "{path}");
        }
        assert_eq!(std::fs::read_dir(outside.path()).unwrap().count(), 0);
    }

    #[cfg(unix)]
    #[test]
    fn a_link_out_of_the_project_is_refused() {
        let outside = tempfile::tempdir().unwrap();
        let project = tempfile::tempdir().unwrap();
        std::fs::write(outside.path().join("secret"), "x").unwrap();
        std::os::unix::fs::symlink(outside.path().join("secret"), project.path().join("link")).unwrap();
        let files = Files::disk(project.path()).unwrap();
        assert!(matches!(files.read("link", 10), Err(FileError::Outside)));
    }
}

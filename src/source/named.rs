//! Files that a setting or a command names: a key, a certificate, a `.env`, a history. Unlike what
//! `file://` includes, they may lie outside the project, where an operator or a secret store puts them.

use std::{
    fs::Permissions,
    io::{self, Read as _, Write as _},
    path::{Path, PathBuf},
    sync::atomic::{AtomicU64, Ordering},
};

use super::{
    FileError, Files,
    files::{kind_of, read_bytes},
};

/// The most bytes of a key, a certificate or a `.env`.
const LIMIT: u64 = 1024 * 1024;

/// How a new file is made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Modes {
    pub(crate) file: u32,
    pub(crate) folder: u32,
}

impl Files {
    /// Reads a file that a setting names: an absolute path, or one relative to the project.
    pub(crate) fn read_named(&self, path: &str) -> Result<String, FileError> {
        self.read_large(path, LIMIT)
    }

    /// The same with a limit of the caller's: a history is larger than a setting.
    pub(crate) fn read_large(&self, path: &str, limit: u64) -> Result<String, FileError> {
        match self {
            Self::Memory(files) => {
                let bytes = files.get(path.trim_start_matches("./")).ok_or(FileError::Missing)?;
                text(bytes.clone())
            }
            Self::Disk { root, .. } => {
                let full = root.join(path);
                self.note(&full);
                let about = full.metadata().map_err(FileError::from_io)?;
                // A device has no end, and a pipe waits for who writes into it.
                if !about.is_file() {
                    return Err(FileError::NoFile(kind_of(about.file_type())));
                }
                if about.len() > limit {
                    return Err(FileError::TooLarge { limit });
                }
                within(read_bytes(&full, limit + 1), limit)
            }
        }
    }

    /// What comes in on standard input, to its end.
    pub(crate) fn read_input(limit: u64) -> Result<String, FileError> {
        let mut bytes = Vec::new();
        within(io::stdin().take(limit + 1).read_to_end(&mut bytes).map(|_| bytes), limit)
    }

    /// Replaces a file that a setting names, in one step: a reader sees the old text or the new. A file
    /// that is there keeps its permissions, and stays where a symbolic link to it leads.
    pub(crate) fn write_named(&self, path: &str, text: &str, modes: Modes) -> Result<(), FileError> {
        let Self::Disk { root, .. } = self else {
            return Err(FileError::Io(io::Error::other("files in memory are not written")));
        };
        let full = root.join(path);
        let folder = full.parent().unwrap_or(root);
        make_folder(folder, modes.folder).map_err(FileError::from_io)?;
        let (target, kept) = target(full).map_err(FileError::from_io)?;
        let beside = beside(&target);
        let written = write_new(&beside, text, modes.file, kept).and_then(|()| std::fs::rename(&beside, &target));
        if written.is_err() {
            let _ = std::fs::remove_file(&beside);
        }
        written.map_err(FileError::from_io)
    }
}

/// The text of what was read, one byte more than the limit at most.
fn within(read: io::Result<Vec<u8>>, limit: u64) -> Result<String, FileError> {
    let bytes = read.map_err(FileError::from_io)?;
    if bytes.len() as u64 > limit { Err(FileError::TooLarge { limit }) } else { text(bytes) }
}

fn text(bytes: Vec<u8>) -> Result<String, FileError> {
    String::from_utf8(bytes).map_err(|error| FileError::NotText { at: error.utf8_error().valid_up_to() })
}

/// The file that is meant by a path, and its permissions if it is there.
fn target(path: PathBuf) -> io::Result<(PathBuf, Option<Permissions>)> {
    match path.canonicalize() {
        Ok(target) => {
            let kept = target.metadata()?.permissions();
            Ok((target, Some(kept)))
        }
        Err(error) if error.kind() == io::ErrorKind::NotFound && path.is_symlink() => {
            Err(io::Error::other("it is a symbolic link that leads nowhere"))
        }
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok((path, None)),
        Err(error) => Err(error),
    }
}

/// A name that no other write has, in this process or another.
fn beside(path: &Path) -> PathBuf {
    static WRITES: AtomicU64 = AtomicU64::new(0);
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(format!(".{}.{}.new", std::process::id(), WRITES.fetch_add(1, Ordering::Relaxed)));
    path.with_file_name(name)
}

fn make_folder(folder: &Path, mode: u32) -> io::Result<()> {
    if folder.is_dir() {
        return Ok(());
    }
    let mut builder = std::fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, mode);
    #[cfg(not(unix))]
    let _ = mode;
    builder.create(folder)
}

fn write_new(path: &Path, text: &str, mode: u32, kept: Option<Permissions>) -> io::Result<()> {
    // Nobody else may look before it has the permissions that it is to have.
    #[cfg(unix)]
    let mode = if kept.is_some() { 0o600 } else { mode };
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, mode);
    #[cfg(not(unix))]
    let _ = mode;
    // What a process of the same number left when it was killed.
    let _ = std::fs::remove_file(path);
    let mut file = options.open(path)?;
    file.write_all(text.as_bytes())?;
    if let Some(kept) = kept {
        file.set_permissions(kept)?;
    }
    file.sync_all()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_replaced_in_one_step() {
        let project = tempfile::tempdir().unwrap();
        let files = Files::disk(project.path()).unwrap();
        let modes = Modes { file: 0o600, folder: 0o700 };
        files.write_named("a/b.env", "X=1\n", modes).unwrap();
        files.write_named("a/b.env", "X=2\n", modes).unwrap();
        assert_eq!(files.read_named("a/b.env").unwrap(), "X=2\n");
        assert_eq!(files.walk().unwrap().files, ["a/b.env"]);
    }

    #[cfg(unix)]
    #[test]
    fn what_is_no_file_is_refused() {
        let project = tempfile::tempdir().unwrap();
        let files = Files::disk(project.path()).unwrap();
        assert!(matches!(files.read_named("/dev/zero"), Err(FileError::NoFile("a device"))));
        let _socket = std::os::unix::net::UnixListener::bind(project.path().join("pipe")).unwrap();
        assert!(matches!(files.read_named("pipe"), Err(FileError::NoFile("a socket"))));
        assert!(matches!(files.read_named("."), Err(FileError::NoFile("a folder"))));
    }

    #[cfg(unix)]
    #[test]
    fn a_file_that_is_there_keeps_its_permissions() {
        use std::os::unix::fs::PermissionsExt as _;

        let project = tempfile::tempdir().unwrap();
        let files = Files::disk(project.path()).unwrap();
        let mode = || project.path().join(".env").metadata().unwrap().permissions().mode() & 0o777;
        files.write_named(".env", "X=1\n", Modes { file: 0o600, folder: 0o700 }).unwrap();
        assert_eq!(mode(), 0o600);
        files.write_named(".env", "X=2\n", Modes { file: 0o644, folder: 0o755 }).unwrap();
        assert_eq!(mode(), 0o600);
    }

    #[cfg(unix)]
    #[test]
    fn a_symbolic_link_stays_and_leads_to_what_was_written() {
        let elsewhere = tempfile::tempdir().unwrap();
        std::fs::write(elsewhere.path().join("real.env"), "X=1\n").unwrap();
        let project = tempfile::tempdir().unwrap();
        let link = project.path().join(".env");
        std::os::unix::fs::symlink(elsewhere.path().join("real.env"), &link).unwrap();
        let files = Files::disk(project.path()).unwrap();
        files.write_named(".env", "X=2\n", Modes { file: 0o600, folder: 0o700 }).unwrap();
        assert!(link.is_symlink());
        assert_eq!(files.read_named(".env").unwrap(), "X=2\n");
        assert_eq!(std::fs::read_dir(elsewhere.path()).unwrap().count(), 1);
    }

    #[cfg(unix)]
    #[test]
    fn a_symbolic_link_that_leads_nowhere_is_not_replaced() {
        let project = tempfile::tempdir().unwrap();
        let link = project.path().join(".env");
        std::os::unix::fs::symlink(project.path().join("none"), &link).unwrap();
        let files = Files::disk(project.path()).unwrap();
        assert!(files.write_named(".env", "X=2\n", Modes { file: 0o600, folder: 0o700 }).is_err());
        assert!(link.is_symlink());
    }

    #[test]
    fn a_named_file_may_lie_outside_the_project() {
        let outside = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(outside.path(), "key").unwrap();
        let project = tempfile::tempdir().unwrap();
        let files = Files::disk(project.path()).unwrap();
        assert_eq!(files.read_named(outside.path().to_str().unwrap()).unwrap(), "key");
        assert!(matches!(files.read_named("none"), Err(FileError::Missing)));
    }
}

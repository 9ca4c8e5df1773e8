//! Files that a setting names: a key, a certificate, a `.env`. Unlike what `file://` includes, they
//! may lie outside the project, where an operator or a secret store puts them.

use std::{
    io::{self, Read as _, Write as _},
    path::{Path, PathBuf},
};

use super::{FileError, Files};

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
            Self::Disk { root } => {
                let full = root.join(path);
                let about = full.metadata().map_err(FileError::from_io)?;
                if about.is_dir() {
                    return Err(FileError::Missing);
                }
                // A device has no end, and a pipe waits for who writes into it.
                if !about.is_file() {
                    return Err(FileError::NoFile);
                }
                if about.len() > limit {
                    return Err(FileError::TooLarge { limit });
                }
                let bytes = read_bytes(&full, limit + 1).map_err(FileError::from_io)?;
                if bytes.len() as u64 > limit {
                    return Err(FileError::TooLarge { limit });
                }
                text(bytes)
            }
        }
    }

    /// Replaces a file that a setting names, in one step: a reader sees the old text or the new.
    pub(crate) fn write_named(&self, path: &str, text: &str, modes: Modes) -> Result<(), FileError> {
        let Self::Disk { root } = self else {
            return Err(FileError::Io(io::Error::other("files in memory are not written")));
        };
        let full = root.join(path);
        let folder = full.parent().unwrap_or(root);
        make_folder(folder, modes.folder).map_err(FileError::from_io)?;
        let beside = beside(&full);
        let written = write_new(&beside, text, modes.file).and_then(|()| std::fs::rename(&beside, &full));
        if written.is_err() {
            let _ = std::fs::remove_file(&beside);
        }
        written.map_err(FileError::from_io)
    }
}

fn text(bytes: Vec<u8>) -> Result<String, FileError> {
    String::from_utf8(bytes).map_err(|error| FileError::NotText { at: error.utf8_error().valid_up_to() })
}

fn beside(path: &Path) -> PathBuf {
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(format!(".{}.new", std::process::id()));
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

fn write_new(path: &Path, text: &str, mode: u32) -> io::Result<()> {
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, mode);
    #[cfg(not(unix))]
    let _ = mode;
    let mut file = options.open(path)?;
    file.write_all(text.as_bytes())?;
    file.sync_all()
}

/// At most `most` bytes: a file may grow while it is read.
fn read_bytes(path: &Path, most: u64) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    std::fs::File::open(path)?.take(most).read_to_end(&mut bytes)?;
    Ok(bytes)
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
        assert_eq!(files.walk().unwrap(), ["a/b.env"]);
    }

    #[cfg(unix)]
    #[test]
    fn what_is_no_file_is_refused() {
        let project = tempfile::tempdir().unwrap();
        let files = Files::disk(project.path()).unwrap();
        assert!(matches!(files.read_named("/dev/zero"), Err(FileError::NoFile)));
        let _socket = std::os::unix::net::UnixListener::bind(project.path().join("pipe")).unwrap();
        assert!(matches!(files.read_named("pipe"), Err(FileError::NoFile)));
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

//! The folder `.metonic` of a project: what its processes keep between and during their runs.
//!
//! Its name keeps it out of the project. Only its owner may look inside.

use std::{
    fs::{DirBuilder, symlink_metadata},
    io,
    path::{Path, PathBuf},
};

/// The folder's name.
const NAME: &str = ".metonic";

/// The folder below a project's root; it is made if it is not there.
pub(super) fn folder(root: &Path) -> io::Result<PathBuf> {
    let folder = root.join(NAME);
    let mut builder = DirBuilder::new();
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    match builder.create(&folder) {
        Ok(()) => {
            // Nothing of it belongs into a repository. Without the file it only shows there.
            let _ = std::fs::write(folder.join(".gitignore"), "*\n");
            return Ok(folder);
        }
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
        Err(error) => return Err(error),
    }
    // A link could lead anywhere.
    if !symlink_metadata(&folder)?.is_dir() {
        return Err(io::Error::new(io::ErrorKind::NotADirectory, format!("`{NAME}` is no folder")));
    }
    #[cfg(unix)]
    std::fs::set_permissions(&folder, std::os::unix::fs::PermissionsExt::from_mode(0o700))?;
    Ok(folder)
}

/// Where the folder is, or would be.
pub(super) fn place(root: &Path) -> PathBuf {
    root.join(NAME)
}

#[cfg(all(test, unix))]
mod tests {
    use std::os::unix::fs::{PermissionsExt, symlink};

    use super::*;

    #[test]
    fn only_its_owner_may_look_inside() {
        let root = tempfile::tempdir().unwrap();
        std::fs::create_dir(root.path().join(NAME)).unwrap();
        let folder = folder(root.path()).unwrap();
        assert_eq!(folder.metadata().unwrap().permissions().mode() & 0o777, 0o700);
    }

    #[test]
    fn no_repository_sees_what_is_inside() {
        let root = tempfile::tempdir().unwrap();
        folder(root.path()).unwrap();
        assert!(root.path().join(NAME).join(".gitignore").exists());
    }

    #[test]
    fn a_link_to_another_folder_is_refused() {
        let (root, other) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        symlink(other.path(), root.path().join(NAME)).unwrap();
        assert_eq!(folder(root.path()).unwrap_err().kind(), io::ErrorKind::NotADirectory);
    }
}

//! The socket of a project, and the lock that says whose it is.

use std::{
    fs::{File, OpenOptions, TryLockError},
    io,
    os::unix::fs::{OpenOptionsExt, PermissionsExt},
    path::{Path, PathBuf},
};

use tokio::net::UnixListener;

use super::NoControl;
use crate::app::data;

/// Both in the folder that `data` makes.
const SOCKET: &str = "control.sock";
const LOCK: &str = "control.lock";

/// A socket that is listened at; gone when it is dropped.
pub(super) struct Socket {
    pub(super) listener: UnixListener,
    path: PathBuf,
    /// Held as long as the socket is ours.
    _lock: File,
}

/// Where the process that runs the project at `root` listens.
pub(super) fn path(root: &Path) -> PathBuf {
    data::place(root).join(SOCKET)
}

impl Socket {
    pub(super) fn bind(root: &Path) -> Result<Self, NoControl> {
        let folder = data::folder(root)?;
        let lock = OpenOptions::new().write(true).create(true).truncate(false).mode(0o600).open(folder.join(LOCK))?;
        match lock.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Err(NoControl::Taken),
            Err(TryLockError::Error(error)) => return Err(error.into()),
        }
        let path = folder.join(SOCKET);
        // Whoever made it is gone: it would hold the lock.
        match std::fs::remove_file(&path) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error.into()),
            _ => {}
        }
        let listener = UnixListener::bind(&path)?;
        std::fs::set_permissions(&path, PermissionsExt::from_mode(0o600))?;
        Ok(Self { listener, path, _lock: lock })
    }
}

impl Drop for Socket {
    fn drop(&mut self) {
        // If it stays, the next process replaces it.
        let _ = std::fs::remove_file(&self.path);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_socket_is_its_owners_and_goes_with_the_process() {
        let root = tempfile::tempdir().unwrap();
        let socket = Socket::bind(root.path()).unwrap();
        let path = path(root.path());
        assert_eq!(path.metadata().unwrap().permissions().mode() & 0o777, 0o600);
        drop(socket);
        assert!(!path.exists());
    }

    #[tokio::test]
    async fn a_socket_that_a_killed_process_left_is_replaced() {
        let root = tempfile::tempdir().unwrap();
        data::folder(root.path()).unwrap();
        drop(std::os::unix::net::UnixListener::bind(path(root.path())).unwrap());
        Socket::bind(root.path()).unwrap();
    }

    #[tokio::test]
    async fn a_socket_in_use_is_left_alone() {
        let root = tempfile::tempdir().unwrap();
        let _first = Socket::bind(root.path()).unwrap();
        assert!(matches!(Socket::bind(root.path()), Err(NoControl::Taken)));
        tokio::net::UnixStream::connect(path(root.path())).await.unwrap();
    }
}

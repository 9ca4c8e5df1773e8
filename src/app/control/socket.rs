//! The socket of a project, and the lock that says whose it is.

use std::{
    fs::{File, OpenOptions, TryLockError},
    io,
    os::{
        fd::AsRawFd,
        unix::fs::{OpenOptionsExt, PermissionsExt},
    },
    path::{Path, PathBuf},
    time::Duration,
};

use tokio::net::{UnixListener, UnixStream};

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

/// The path of a socket may be so long, in bytes, and on no system much longer.
const LONGEST: usize = 100;

/// Who looks whether a project has an owner is done in so much time, and after so many nobody is waited for.
const A_LOOK: Duration = Duration::from_millis(1);
const MOST_LOOKS: u32 = 1_000;

/// Connects to the process that runs the project at `root`.
pub(super) async fn connect(root: &Path) -> io::Result<UnixStream> {
    let name = Name::of(&data::place(root))?;
    UnixStream::connect(&name.path).await
}

/// Whether a process holds the project at `root`, be there a socket or not.
pub(super) fn is_owned(root: &Path) -> bool {
    // The lock that is tried here is not the owner's kind: many may look at once.
    let lock = OpenOptions::new().read(true).open(data::place(root).join(LOCK));
    lock.is_ok_and(|lock| matches!(lock.try_lock_shared(), Err(TryLockError::WouldBlock)))
}

/// Makes the lock ours. Who looks whether there is an owner has it for a moment, and does not count.
fn own(lock: &File) -> Result<(), NoControl> {
    for _ in 0..MOST_LOOKS {
        match lock.try_lock() {
            Ok(()) => return Ok(()),
            Err(TryLockError::WouldBlock) => {}
            Err(TryLockError::Error(error)) => return Err(error.into()),
        }
        match lock.try_lock_shared() {
            Ok(()) => lock.unlock()?,
            Err(TryLockError::WouldBlock) => break,
            Err(TryLockError::Error(error)) => return Err(error.into()),
        }
        std::thread::sleep(A_LOOK);
    }
    Err(NoControl::Taken)
}

/// What the socket in a folder is called by, as long as this lives.
struct Name {
    path: PathBuf,
    /// Open as long as the name goes through it.
    _folder: Option<File>,
}

impl Name {
    fn of(folder: &Path) -> io::Result<Self> {
        let path = folder.join(SOCKET);
        if path.as_os_str().len() <= LONGEST || !cfg!(target_os = "linux") {
            return Ok(Self { path, _folder: None });
        }
        // An open folder has a short name here, wherever it is.
        let folder = OpenOptions::new().read(true).open(folder)?;
        let path = PathBuf::from(format!("/proc/self/fd/{}", folder.as_raw_fd())).join(SOCKET);
        Ok(Self { path, _folder: Some(folder) })
    }
}

impl Socket {
    pub(super) fn bind(root: &Path) -> Result<Self, NoControl> {
        let folder = data::folder(root)?;
        let lock = OpenOptions::new().write(true).create(true).truncate(false).mode(0o600).open(folder.join(LOCK))?;
        own(&lock)?;
        let path = folder.join(SOCKET);
        // Whoever made it is gone: it would hold the lock.
        match std::fs::remove_file(&path) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error.into()),
            _ => {}
        }
        let name = Name::of(&folder)?;
        let listener = UnixListener::bind(&name.path)?;
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
        let path = data::place(root.path()).join(SOCKET);
        assert_eq!(path.metadata().unwrap().permissions().mode() & 0o777, 0o600);
        drop(socket);
        assert!(!path.exists());
    }

    #[tokio::test]
    async fn an_owner_without_a_socket_is_known() {
        let root = tempfile::tempdir().unwrap();
        assert!(!is_owned(root.path()));
        let socket = Socket::bind(root.path()).unwrap();
        std::fs::remove_file(data::place(root.path()).join(SOCKET)).unwrap();
        assert!(is_owned(root.path()));
        drop(socket);
        assert!(!is_owned(root.path()));
    }

    #[tokio::test]
    async fn a_socket_that_a_killed_process_left_is_replaced() {
        let root = tempfile::tempdir().unwrap();
        data::folder(root.path()).unwrap();
        drop(std::os::unix::net::UnixListener::bind(data::place(root.path()).join(SOCKET)).unwrap());
        Socket::bind(root.path()).unwrap();
    }

    #[tokio::test]
    async fn a_socket_in_use_is_left_alone() {
        let root = tempfile::tempdir().unwrap();
        let _first = Socket::bind(root.path()).unwrap();
        assert!(matches!(Socket::bind(root.path()), Err(NoControl::Taken)));
        connect(root.path()).await.unwrap();
    }

    #[cfg(target_os = "linux")]
    #[tokio::test]
    async fn a_project_may_be_in_a_folder_with_a_long_path() {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path().join("long".repeat(40));
        std::fs::create_dir(&root).unwrap();
        let socket = Socket::bind(&root).unwrap();
        connect(&root).await.unwrap();
        drop(socket);
        assert!(!data::place(&root).join(SOCKET).exists());
    }
}

//! Where the Temporal command is that the tests start servers with.

use std::{
    collections::BTreeSet,
    iter::repeat_with,
    net::TcpListener,
    path::{Path, PathBuf},
    process::Command,
    sync::{Mutex, OnceLock},
};

/// What `tests/temporal-server.sh` finds or installs: `METONIC_TEMPORAL` if that is set. A test that needs
/// a server fails without one, and the error says how to get one.
pub(crate) fn temporal_command() -> Result<&'static Path, String> {
    static FOUND: OnceLock<Result<PathBuf, String>> = OnceLock::new();
    FOUND.get_or_init(found).as_deref().map_err(Clone::clone)
}

/// A port that nobody uses at the moment, and that no other test was given.
pub(crate) fn free_port() -> u16 {
    static GIVEN: Mutex<BTreeSet<u16>> = Mutex::new(BTreeSet::new());
    let free = || TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    repeat_with(free).find(|port| GIVEN.lock().unwrap().insert(*port)).expect("it repeats")
}

fn found() -> Result<PathBuf, String> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let output = Command::new("sh").arg("tests/temporal-server.sh").current_dir(root).output().unwrap();
    if !output.status.success() {
        return Err(String::from_utf8_lossy(&output.stderr).into_owned());
    }
    Ok(String::from_utf8(output.stdout).unwrap().trim().into())
}

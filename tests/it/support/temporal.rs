//! Where the Temporal command is that the tests start servers with.

use std::{
    iter::Cycle,
    net::TcpListener,
    ops::Range,
    path::{Path, PathBuf},
    process::{self, Command},
    sync::{Mutex, OnceLock},
};

/// What `tests/temporal-server.sh` finds or installs: `METONIC_TEMPORAL` if that is set. A test that needs
/// a server fails without one, and the error says how to get one.
pub(crate) fn temporal_command() -> Result<&'static Path, String> {
    static FOUND: OnceLock<Result<PathBuf, String>> = OnceLock::new();
    FOUND.get_or_init(found).as_deref().map_err(Clone::clone)
}

/// The ports that [`free_port`] gives: below those that a machine gives by itself, to connections and to
/// who asks for any, so that none of these takes one away before it is listened at.
const PORTS: Range<u16> = 15_000..32_000;

/// A port that nobody uses at the moment, and that no other test was given.
pub(crate) fn free_port() -> u16 {
    static NEXT: OnceLock<Mutex<Cycle<Range<u16>>>> = OnceLock::new();
    // Two processes begin at different places.
    let begin = usize::try_from(process::id() * 61).unwrap_or_default() % PORTS.len();
    let next = NEXT.get_or_init(|| {
        let mut all = PORTS.cycle();
        all.nth(begin);
        Mutex::new(all)
    });
    let is_free = |port: &u16| TcpListener::bind(("127.0.0.1", *port)).is_ok();
    next.lock().unwrap().by_ref().take(PORTS.len()).find(is_free).expect("some port is free")
}

fn found() -> Result<PathBuf, String> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let output = Command::new("sh").arg("tests/temporal-server.sh").current_dir(root).output().unwrap();
    if !output.status.success() {
        return Err(String::from_utf8_lossy(&output.stderr).into_owned());
    }
    Ok(String::from_utf8(output.stdout).unwrap().trim().into())
}

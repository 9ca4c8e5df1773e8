//! Runs the binary with an environment that holds nothing of the machine's.

use std::{
    ffi::OsStr,
    path::Path,
    process::{Command, Stdio},
    sync::mpsc,
    thread,
    time::Duration,
};

/// A command that answers and ends does so within this time.
const PATIENCE: Duration = Duration::from_mins(1);

/// What a command said, and how it ended.
#[derive(Debug, PartialEq)]
pub(crate) struct Output {
    pub(crate) code: Option<i32>,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

/// `metonic ARGUMENTS` in the folder `at`, to its end.
pub(crate) fn metonic(at: &Path, arguments: impl IntoIterator<Item = impl AsRef<OsStr>>) -> Output {
    let mut command = command(at);
    command.args(arguments).stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let child = command.spawn().unwrap();
    let id = child.id().to_string();
    let (tx, ended) = mpsc::channel();
    thread::spawn(move || tx.send(child.wait_with_output()));
    let Ok(output) = ended.recv_timeout(PATIENCE) else {
        let _ = Command::new("kill").args(["-KILL", &id]).status();
        panic!("{command:?} does not end");
    };
    let output = output.unwrap();
    Output {
        code: output.status.code(),
        stdout: String::from_utf8(output.stdout).unwrap(),
        stderr: String::from_utf8(output.stderr).unwrap(),
    }
}

/// The command without arguments, for tests that keep it running.
pub(crate) fn command(at: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_metonic"));
    command.current_dir(at).env_clear();
    for name in ["PATH", "HOME"] {
        if let Some(value) = std::env::var_os(name) {
            command.env(name, value);
        }
    }
    command
}

impl std::fmt::Display for Output {
    /// One text to pin: both outputs and the exit code.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let code = self.code.map_or("none".to_owned(), |code| code.to_string());
        write!(f, "{}", self.stdout)?;
        if !self.stderr.is_empty() {
            write!(f, "--- stderr\n{}", self.stderr)?;
        }
        write!(f, "--- exit {code}")
    }
}

//! Runs the binary with an environment that holds nothing of the machine's.

use std::{
    ffi::OsStr,
    fmt::Debug,
    path::Path,
    process::{Child, Command, Output as Ended, Stdio},
    sync::mpsc,
    thread,
};

use super::patience::{LAST_WORDS, PATIENCE};

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
    command.args(arguments);
    output_of(command)
}

/// A command to its end.
pub(crate) fn output_of(mut command: Command) -> Output {
    let process = command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let output = end_of(process, &command);
    Output {
        code: output.status.code(),
        stdout: String::from_utf8(output.stdout).unwrap(),
        stderr: String::from_utf8(output.stderr).unwrap(),
    }
}

/// What a process says until it ends. One that does not end is killed, and fails its test as `what`.
pub(crate) fn end_of(process: Child, what: impl Debug) -> Ended {
    let id = process.id();
    let (tx, ended) = mpsc::channel();
    thread::spawn(move || tx.send(process.wait_with_output()));
    if let Ok(output) = ended.recv_timeout(PATIENCE) {
        return output.unwrap();
    }
    signal(id, "KILL");
    panic!("{what:?} does not end; it said {:?}", ended.recv_timeout(LAST_WORDS));
}

/// Sends a signal to a process: `INT`, `TERM`, `KILL`; whether there is such a process. A shell has this
/// in it, and not every machine has a program for it.
pub(crate) fn signal(process: u32, name: &str) -> bool {
    let mut command = Command::new("sh");
    command.args(["-c", "kill -s \"$0\" \"$1\"", name, &process.to_string()]);
    command.stderr(Stdio::null()).status().is_ok_and(|status| status.success())
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

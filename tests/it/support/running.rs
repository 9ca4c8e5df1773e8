//! A command that goes on until it is told to stop.

use std::{
    ffi::OsStr,
    io::{BufRead, BufReader, Read},
    path::Path,
    process::{Child, Command, Stdio},
    sync::mpsc::{self, Receiver, RecvTimeoutError},
    thread,
    time::Duration,
};

use tokio::time::Instant;

use super::{command::command, patience::PATIENCE};

/// After so much silence a process that was asked to end is killed.
const LAST_WORDS: Duration = Duration::from_secs(10);

/// A running `metonic`; ended when it is dropped.
pub(crate) struct Running {
    child: Child,
    lines: Receiver<String>,
    /// What it has said so far on both streams, in the order it was read.
    pub(crate) said: String,
}

impl Running {
    pub(crate) fn start(at: &Path, arguments: impl IntoIterator<Item = impl AsRef<OsStr>>) -> Self {
        let mut command = command(at);
        command.args(arguments);
        Self::spawn(command)
    }

    pub(crate) fn spawn(mut command: Command) -> Self {
        let mut child = command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let (tx, lines) = mpsc::channel();
        let streams: [Box<dyn Read + Send>; 2] =
            [Box::new(child.stdout.take().unwrap()), Box::new(child.stderr.take().unwrap())];
        for stream in streams {
            let tx = tx.clone();
            thread::spawn(move || {
                BufReader::new(stream).lines().map_while(Result::ok).try_for_each(|line| tx.send(line))
            });
        }
        Self { child, lines, said: String::new() }
    }

    /// Waits for a line that holds `text`, and gives it back.
    pub(crate) fn wait_for(&mut self, text: &str) -> String {
        let until = Instant::now() + PATIENCE;
        // One limit for all: a process that goes on to talk of other things must not hold a test for ever.
        while let Ok(line) = self.lines.recv_timeout(until.saturating_duration_since(Instant::now())) {
            self.said += &line;
            self.said.push('\n');
            if line.contains(text) {
                return line;
            }
        }
        panic!("`{text}` was never said, but:\n{}", self.said);
    }

    /// Sends a signal: `INT`, `TERM`, `KILL`.
    pub(crate) fn signal(&self, name: &str) {
        let sent = Command::new("kill").arg(format!("-{name}")).arg(self.child.id().to_string()).status().unwrap();
        assert!(sent.success(), "the process has ended: {}", self.said);
    }

    /// Waits for the end, and gives the exit code.
    pub(crate) fn end(&mut self) -> Option<i32> {
        // Both streams end with the process.
        loop {
            match self.lines.recv_timeout(PATIENCE) {
                Ok(line) => {
                    self.said += &line;
                    self.said.push('\n');
                }
                Err(RecvTimeoutError::Disconnected) => return self.child.wait().unwrap().code(),
                Err(RecvTimeoutError::Timeout) => panic!("it does not end, but said:\n{}", self.said),
            }
        }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // The number of a process that has ended may be another one's by now.
        if matches!(self.child.try_wait(), Ok(Some(_))) {
            return;
        }
        // Asked first, so that it stops the server it may have started.
        let asked = Command::new("kill").arg("-TERM").arg(self.child.id().to_string()).stderr(Stdio::null()).status();
        let goes = asked.is_ok_and(|status| status.success());
        while goes && self.lines.recv_timeout(LAST_WORDS).is_ok() {}
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

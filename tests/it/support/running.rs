//! A command that goes on until it is told to stop.

use std::{
    ffi::OsStr,
    io::{BufRead, BufReader, Read},
    path::Path,
    process::{Child, Command, Stdio},
    sync::mpsc::{self, Receiver, RecvTimeoutError},
    thread,
};

use tokio::time::Instant;

use super::{
    command::{command, signal},
    patience::{LAST_WORDS, PATIENCE},
};

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
        while let Ok(line) = self.hear(until) {
            if line.contains(text) {
                return line;
            }
        }
        panic!("`{text}` was never said, but:\n{}", self.said);
    }

    /// Sends a signal: `INT`, `TERM`, `KILL`.
    pub(crate) fn signal(&self, name: &str) {
        assert!(signal(self.child.id(), name), "the process has ended: {}", self.said);
    }

    /// Waits for the end, and gives the exit code.
    pub(crate) fn end(&mut self) -> Option<i32> {
        let until = Instant::now() + PATIENCE;
        // Both streams end with the process.
        while !matches!(self.hear(until), Err(RecvTimeoutError::Disconnected)) {
            assert!(Instant::now() < until, "it does not end, but said:\n{}", self.said);
        }
        self.child.wait().unwrap().code()
    }

    /// The next line. One limit for all: a process that goes on to talk must not hold a test for ever.
    fn hear(&mut self, until: Instant) -> Result<String, RecvTimeoutError> {
        let line = self.lines.recv_timeout(until.saturating_duration_since(Instant::now()))?;
        self.said += &line;
        self.said.push('\n');
        Ok(line)
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // The number of a process that has ended may be another one's by now.
        if matches!(self.child.try_wait(), Ok(Some(_))) {
            return;
        }
        // Asked first, so that it stops the server it may have started.
        let goes = signal(self.child.id(), "TERM");
        let until = Instant::now() + LAST_WORDS;
        while goes && Instant::now() < until && self.hear(until).is_ok() {}
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

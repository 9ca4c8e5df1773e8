//! What is asked and answered, and how it is written.

use std::{io, time::Duration};

use serde::{Deserialize, Serialize, de::DeserializeOwned};
use tokio::{
    io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader},
    time::timeout,
};

use crate::local::Question;

/// No request is longer: what a run is given, at most.
const LONGEST: u64 = 8 * 1024 * 1024;

/// Who connects has something to say at once; what is left is for a busy machine.
const SPEAK_WITHIN: Duration = Duration::from_mins(1);

/// What a process is told to do.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "do", rename_all = "snake_case", deny_unknown_fields)]
pub(crate) enum Request {
    /// Start a service, and what it needs.
    Start {
        entry: String,
    },
    Stop {
        entry: String,
    },
}

/// A question about the runs of the local engine.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::app) struct AboutRuns {
    pub(in crate::app) namespace: String,
    pub(in crate::app) question: Question,
}

/// What one connection brings.
#[derive(Debug, Deserialize)]
#[serde(untagged)]
pub(super) enum Message {
    Service(Request),
    Runs(Box<AboutRuns>),
}

/// What became of it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "outcome", rename_all = "snake_case")]
pub(crate) enum Answer {
    Running {
        /// It did before.
        already: bool,
    },
    Stopped {
        already: bool,
    },
    /// It does not run yet, and goes on trying.
    Trying {
        state: String,
    },
    /// It will not be started again by itself.
    Failed {
        error: String,
    },
    /// Nothing was done.
    Refused {
        why: String,
    },
}

/// Reads the answer, however long: it comes from a process of one's own.
pub(super) async fn read_answer<T: DeserializeOwned>(from: impl AsyncReadExt + Unpin) -> io::Result<T> {
    read(from).await
}

/// Reads one line.
async fn read<T: DeserializeOwned>(from: impl AsyncReadExt + Unpin) -> io::Result<T> {
    let mut line = Vec::new();
    BufReader::new(from).read_until(b'\n', &mut line).await?;
    if line.is_empty() {
        return Err(io::ErrorKind::UnexpectedEof.into());
    }
    serde_json::from_slice(&line).map_err(io::Error::from)
}

/// Reads a request, which has to come at once and be no longer than requests are.
pub(super) async fn read_request(from: impl AsyncReadExt + Unpin) -> io::Result<Message> {
    timeout(SPEAK_WITHIN, read(from.take(LONGEST))).await.unwrap_or_else(|_| Err(io::ErrorKind::TimedOut.into()))
}

/// Writes one line.
pub(super) async fn write(mut to: impl AsyncWriteExt + Unpin, message: &impl Serialize) -> io::Result<()> {
    let mut line = serde_json::to_vec(message)?;
    line.push(b'\n');
    to.write_all(&line).await?;
    to.flush().await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_is_one_flat_object() {
        let request = Request::Start { entry: "app:worker".to_owned() };
        assert_eq!(serde_json::to_string(&request).unwrap(), r#"{"do":"start","entry":"app:worker"}"#);
        let answer = Answer::Running { already: true };
        assert_eq!(serde_json::to_string(&answer).unwrap(), r#"{"outcome":"running","already":true}"#);
    }

    #[tokio::test]
    async fn a_line_without_end_is_cut_off() {
        let error = read_request(tokio::io::repeat(b'x')).await.unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::InvalidData);
    }
}

//! One run that is started and shown to its end.

use std::{fmt, io, path::PathBuf};

use super::{Exit, output, steps};
use crate::{
    diag::render_all,
    ops::{self, AskError, Follow, ReachError, StartError, StartInput, Started},
    registry::BuildCx,
    source::FileError,
    temporal::{RunEnd, Step, What},
    value::Value,
};

/// A run that was started, and as much of it as was shown.
pub(super) struct Shown {
    follow: Follow,
}

impl Shown {
    /// Starts a workflow and shows its heading.
    pub(super) async fn start(cx: &BuildCx, input: StartInput) -> Result<Self, Trouble> {
        let started = ops::start(cx, input).await?;
        output::data(heading(&started).await)?;
        Ok(Self { follow: started.follow() })
    }

    /// Shows steps until the end. Cancel-safe: it goes on where it was.
    pub(super) async fn end(&mut self) -> Result<Exit, Trouble> {
        let mut exit = Exit::Problems;
        while let Some(step) = self.follow.next().await? {
            output::data(steps::line(&step))?;
            exit = exit_of(&step);
        }
        Ok(exit)
    }
}

/// The run's line, with its page in the web interface where there is one.
pub(super) async fn heading(started: &Started) -> String {
    let ui = started.runs.web_interface().await;
    steps::heading(started, ui.as_deref())
}

/// What the last step of a run means to the process.
pub(super) fn exit_of(step: &Step) -> Exit {
    if matches!(step.what, What::Ended(RunEnd::Completed(_))) { Exit::Done } else { Exit::Problems }
}

/// Reads inputs that are JSON.
pub(super) fn values(texts: &[String]) -> Result<Vec<Value>, Trouble> {
    let read = |text: &String| {
        Value::from_json(text.as_bytes())
            .map_err(|error| Trouble::Input { text: text.clone(), error: error.to_string() })
    };
    texts.iter().map(read).collect()
}

/// Why a run cannot be started or shown.
#[derive(Debug)]
pub(super) enum Trouble {
    Input { text: String, error: String },
    InputFile { path: PathBuf, error: FileError },
    Start(StartError),
    Follow(AskError),
    Output(io::Error),
}

impl Trouble {
    /// Says what it is; gives the exit code that it means. What cannot be written to stdout is the
    /// caller's to say.
    pub(super) fn tell(self, cx: &BuildCx) -> io::Result<Exit> {
        let exit = match &self {
            Self::Output(_) => Exit::Problems,
            Self::Input { .. } | Self::InputFile { .. } => Exit::Usage,
            Self::Start(error) => match error {
                StartError::Reach(ReachError::Connect(_)) => Exit::Unavailable,
                StartError::Reach(ReachError::Settings(_)) | StartError::Refused { .. } => Exit::Problems,
                _ => Exit::Usage,
            },
            Self::Follow(_) => Exit::Unavailable,
        };
        match self {
            Self::Output(error) => return Err(error),
            Self::Start(StartError::Reach(ReachError::Settings(wrong))) => {
                output::talk(render_all(&wrong, &cx.registry.sources, output::talk_look()));
            }
            other => output::talk(format_args!("error: {other}")),
        }
        Ok(exit)
    }
}

impl fmt::Display for Trouble {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Input { text, error } => write!(f, "the input `{text}` is no JSON: {error}"),
            Self::InputFile { path, error } => {
                write!(f, "the input file `{}` cannot be read: {error}", path.display())
            }
            Self::Start(error) => error.fmt(f),
            Self::Follow(error) => write!(f, "the run cannot be followed: {error}"),
            Self::Output(error) => error.fmt(f),
        }
    }
}

impl From<StartError> for Trouble {
    fn from(error: StartError) -> Self {
        Self::Start(error)
    }
}

impl From<AskError> for Trouble {
    fn from(error: AskError) -> Self {
        Self::Follow(error)
    }
}

impl From<io::Error> for Trouble {
    fn from(error: io::Error) -> Self {
        Self::Output(error)
    }
}

//! Why a command about a run has no answer, and the exit code that this means.

use std::{
    fmt, io,
    path::{Path, PathBuf},
};

use crate::{
    cli::{Exit, output, problems, shown::Trouble as CommonTrouble},
    ops::{AskError, ReachError, StartError},
    registry::BuildCx,
};

#[derive(Debug)]
pub(super) enum Trouble {
    Reach(ReachError),
    /// The run that was to be there could not even be asked for.
    Start(StartError),
    /// The id of the run, and what was not done to it.
    Refused {
        id: String,
        what: &'static str,
        error: AskError,
    },
    /// Whoever keeps the runs has nothing of the kind.
    NotOffered(AskError),
    /// What was not done to many runs.
    OfMany {
        what: &'static str,
        error: AskError,
    },
    Input(CommonTrouble),
    /// A history that cannot be written as JSON.
    Unwritable(String),
    File {
        path: PathBuf,
        error: io::Error,
    },
    Output(io::Error),
}

impl Trouble {
    /// Why something was not done to a run: `paused`.
    pub(super) fn refused(what: &'static str, id: &str, error: AskError) -> Self {
        match error {
            error @ AskError::NotOffered(_) => Self::NotOffered(error),
            error => Self::Refused { id: id.to_owned(), what, error },
        }
    }

    /// Why runs were not listed or counted.
    pub(super) fn of_many(what: &'static str, error: AskError) -> Self {
        match error {
            error @ AskError::NotOffered(_) => Self::NotOffered(error),
            error => Self::OfMany { what, error },
        }
    }

    /// Says what it is, of the project in `folder`. What cannot be written to stdout is the caller's to say.
    pub(super) fn tell(self, cx: &BuildCx, folder: &Path) -> io::Result<Exit> {
        let exit = match &self {
            Self::Output(_) | Self::NotOffered(_) | Self::Unwritable(_) | Self::File { .. } => Exit::Problems,
            Self::Reach(ReachError::Connect(_)) | Self::Start(StartError::Reach(ReachError::Connect(_))) => {
                Exit::Unavailable
            }
            Self::Reach(ReachError::Settings(_)) | Self::Start(StartError::Reach(ReachError::Settings(_))) => {
                Exit::Problems
            }
            Self::Reach(_) | Self::Start(_) => Exit::Usage,
            Self::Refused { error, .. } | Self::OfMany { error, .. } if error.is_silence() => Exit::Unavailable,
            Self::Input(_) => Exit::Usage,
            Self::Refused { .. } | Self::OfMany { .. } => Exit::Problems,
        };
        match self {
            Self::Output(error) => return Err(error),
            Self::Reach(ReachError::Settings(wrong)) | Self::Start(StartError::Reach(ReachError::Settings(wrong))) => {
                problems::show(&wrong, &cx.registry.sources, folder);
            }
            other => output::talk(format_args!("error: {other}")),
        }
        Ok(exit)
    }
}

impl fmt::Display for Trouble {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Reach(error) => error.fmt(f),
            Self::Start(error) => error.fmt(f),
            Self::Refused { id, what, error } => write!(f, "`{id}` was not {what}: {error}"),
            Self::NotOffered(error) => error.fmt(f),
            Self::OfMany { what, error } => write!(f, "the runs were not {what}: {error}"),
            Self::Input(trouble) => trouble.fmt(f),
            Self::Unwritable(error) => write!(f, "the history cannot be written: {error}"),
            Self::File { path, error } => write!(f, "the file `{}` cannot be written: {error}", path.display()),
            Self::Output(error) => error.fmt(f),
        }
    }
}

impl From<StartError> for Trouble {
    fn from(error: StartError) -> Self {
        Self::Start(error)
    }
}

impl From<ReachError> for Trouble {
    fn from(error: ReachError) -> Self {
        Self::Reach(error)
    }
}

/// Of inputs that are no JSON.
impl From<CommonTrouble> for Trouble {
    fn from(trouble: CommonTrouble) -> Self {
        Self::Input(trouble)
    }
}

impl From<io::Error> for Trouble {
    fn from(error: io::Error) -> Self {
        Self::Output(error)
    }
}

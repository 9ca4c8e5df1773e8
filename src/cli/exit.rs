//! How the process ends. `--help` and `docs` list the same codes.

use std::process::ExitCode;

/// How the process ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Exit {
    Done,
    /// The project has problems; the workflow failed; a history does not fit.
    Problems,
    /// The command line is wrong.
    Usage,
    /// No Temporal server answers, no process runs the project, or an address is taken.
    Unavailable,
    /// A bug in metonic.
    Bug,
    /// `run` or `dev` was given a project that cannot be run.
    BadProject,
}

/// For `--help`. The last line is `app::Signal`'s.
pub(super) const CODES: &str = "\
Exit codes:
  0    done
  1    the project has problems, the workflow failed, a history does not fit
  2    the command line is wrong
  69   no Temporal server answers, no process runs the project, an address is taken
  70   a bug in metonic
  78   `run` or `dev` was given a project that cannot be run
  130  ended by a second SIGINT; 143 by a second SIGTERM";

impl Exit {
    pub(super) fn code(self) -> u8 {
        match self {
            Self::Done => 0,
            Self::Problems => 1,
            Self::Usage => 2,
            Self::Unavailable => 69,
            Self::Bug => 70,
            Self::BadProject => 78,
        }
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit.code())
    }
}

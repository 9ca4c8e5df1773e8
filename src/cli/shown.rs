//! One run that is started and shown to its end.

use std::{
    fmt, io,
    path::{Path, PathBuf},
    pin::Pin,
    time::Duration,
};

use tokio::time::{Instant, Interval, MissedTickBehavior, Sleep, interval_at};

use super::{
    Exit,
    failing::Failing,
    output,
    polls::{Known, Polls},
    problems, steps,
};
use crate::{
    ops::{AskError, FetchError, Follow, ReachError, StartError, Started},
    registry::BuildCx,
    source::FileError,
    temporal::{Polled, RunEnd, Step, What},
    value::Value,
};

/// When nothing has polled a run's queue for so long, it is worth a word.
const NOBODY_POLLS: Duration = Duration::from_secs(2);

/// How long after a look the next one is, while it is not known whether somebody polls.
const LOOK_AGAIN: Duration = Duration::from_secs(10);

/// How often to look whether something of the run fails.
const LOOK_FOR_FAILURES: Duration = Duration::from_secs(3);

/// A run that was started, and as much of it as was shown.
pub(super) struct Shown {
    started: Started,
    follow: Follow,
    /// When to look whether somebody works on the run; nothing: it was looked.
    look: Option<Pin<Box<Sleep>>>,
    polls: Polls,
    /// What to do if nobody does.
    remedy: String,
    /// What of the run fails, if nobody else tells that here.
    failing: Option<(Interval, Failing)>,
}

impl Shown {
    pub(super) fn of(started: Started, remedy: String) -> Self {
        let look = Some(Box::pin(tokio::time::sleep(NOBODY_POLLS)));
        Self { follow: started.follow(), started, look, polls: Polls::default(), remedy, failing: None }
    }

    /// Says as well what of the run fails and is tried again: its worker is another process, with another terminal.
    pub(super) fn with_failures(self) -> Self {
        let mut looks = interval_at(Instant::now() + LOOK_FOR_FAILURES, LOOK_FOR_FAILURES);
        looks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        Self { failing: Some((looks, Failing::default())), ..self }
    }

    /// Hands on each step until the end; says once if nobody works on the run. Cancel-safe: it goes on
    /// where it was.
    pub(super) async fn end(&mut self, mut show: impl FnMut(&Step) -> io::Result<()>) -> Result<Exit, Trouble> {
        let mut exit = Exit::Problems;
        loop {
            let time_to_look = async {
                match &mut self.look {
                    Some(sleep) => sleep.await,
                    None => std::future::pending().await,
                }
            };
            let time_to_look_for_failures = async {
                match &mut self.failing {
                    Some((looks, _)) => drop(looks.tick().await),
                    None => std::future::pending().await,
                }
            };
            // All are cancel-safe: the steps go on where they were.
            tokio::select! {
                step = self.follow.next() => match step? {
                    Some(step) => {
                        show(&step)?;
                        exit = exit_of(&step);
                    }
                    None => return Ok(exit),
                },
                () = time_to_look => {
                    // If nobody waits for the answer, there is another look.
                    self.look = Some(Box::pin(tokio::time::sleep(LOOK_AGAIN)));
                    if self.tell_if_nobody_works().await {
                        self.look = None;
                    }
                }
                () = time_to_look_for_failures => self.tell_failures().await,
            }
        }
    }

    /// What cannot be asked now is asked again.
    async fn tell_failures(&mut self) {
        let Some((_, failing)) = &mut self.failing else { return };
        if let Ok(now) = self.started.runs.describe(self.follow.run()).await {
            for line in failing.news(&now) {
                output::talk(line);
            }
        }
    }

    /// Whether it is known who works on the run, or cannot be.
    async fn tell_if_nobody_works(&mut self) -> bool {
        let Ok(polled) = self.started.polled().await else { return true };
        // What a worker has taken is worked on, whoever polls now.
        if matches!(polled, Polled::Last(_)) && !matches!(self.started.has_untaken_task().await, Ok(true)) {
            return true;
        }
        let known = self.polls.hear(polled, Instant::now());
        if known == Known::Nobody {
            let (queue, namespace) = (&self.started.task_queue, self.started.runs.namespace());
            let remedy = &self.remedy;
            output::talk(format_args!("nothing is polling task queue {queue} in namespace {namespace}; {remedy}"));
        }
        known != Known::Nothing
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
    Options(String),
    Start(StartError),
    Follow(AskError),
    History(FetchError),
    Output(io::Error),
}

impl Trouble {
    /// Says what it is, of the project in `folder`; gives the exit code that it means. What cannot be written to stdout is the
    /// caller's to say.
    pub(super) fn tell(self, cx: &BuildCx, folder: &Path) -> io::Result<Exit> {
        let exit = match &self {
            Self::Output(_) => Exit::Problems,
            Self::Input { .. } | Self::InputFile { .. } | Self::Options(_) => Exit::Usage,
            Self::Start(error) => match error {
                StartError::Reach(ReachError::Connect(_)) => Exit::Unavailable,
                StartError::Refused { error, .. } if error.is_silence() => Exit::Unavailable,
                StartError::Reach(ReachError::Settings(_)) | StartError::Refused { .. } => Exit::Problems,
                _ => Exit::Usage,
            },
            Self::History(FetchError::Reach(ReachError::Connect(_))) => Exit::Unavailable,
            Self::History(FetchError::Reach(ReachError::Settings(_))) => Exit::Problems,
            Self::History(FetchError::Reach(_)) => Exit::Usage,
            Self::Follow(error) | Self::History(FetchError::Ask { error, .. }) if error.is_silence() => {
                Exit::Unavailable
            }
            Self::Follow(_) | Self::History(_) => Exit::Problems,
        };
        match self {
            Self::Output(error) => return Err(error),
            Self::Start(StartError::Reach(ReachError::Settings(wrong)))
            | Self::History(FetchError::Reach(ReachError::Settings(wrong))) => {
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
            Self::Input { text, error } => {
                write!(f, "the input `{text}` is no JSON: {error}")?;
                // Who writes a bare word means a text.
                let is_word = text.starts_with(|first: char| first.is_alphabetic());
                if is_word { write!(f, "; a text has quotes of its own: '\"{text}\"'") } else { Ok(()) }
            }
            Self::InputFile { path, error } => {
                write!(f, "the input file `{}` cannot be read: {error}", path.display())
            }
            Self::Options(problem) => f.write_str(problem),
            Self::Start(error) => error.fmt(f),
            Self::Follow(error) => write!(f, "the run cannot be followed: {error}"),
            Self::History(error) => error.fmt(f),
            Self::Output(error) => error.fmt(f),
        }
    }
}

impl From<StartError> for Trouble {
    fn from(error: StartError) -> Self {
        Self::Start(error)
    }
}

impl From<FetchError> for Trouble {
    fn from(error: FetchError) -> Self {
        Self::History(error)
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

//! What people and tools are shown of the services.

use std::{collections::BTreeMap, fmt, time::Duration};

use crate::{entry::EntryId, registry::Startup, value::format_duration};

/// Where a service is in its life.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum State {
    /// It needs others that are not running.
    Waiting {
        on: Vec<EntryId>,
    },
    Starting,
    Running,
    /// It failed and will be started again.
    Backoff {
        attempt: u32,
        retry_in: Duration,
        error: String,
    },
    /// It will not be started again by itself.
    Failed {
        error: String,
        /// Starting it again could not help: its settings are wrong.
        fatal: bool,
    },
    Stopping,
    Stopped,
}

/// One service.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct ServiceStatus {
    pub(crate) kind: &'static str,
    pub(crate) startup: Startup,
    pub(crate) state: State,
    /// What the service says that it is doing.
    pub(crate) note: Option<String>,
}

/// All services that were ever started, by id.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Status(pub(super) BTreeMap<EntryId, ServiceStatus>);

impl Status {
    pub(crate) fn get(&self, id: &EntryId) -> Option<&ServiceStatus> {
        self.0.get(id)
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = (&EntryId, &ServiceStatus)> {
        self.0.iter()
    }

    /// Whether everything that the process cannot do without is running.
    pub(crate) fn is_started(&self) -> bool {
        self.required().all(|(_, service)| service.state == State::Running)
    }

    /// A service that will not be started again, with its error and whether that is fatal: a required one, or
    /// one that a required one waits for.
    pub(crate) fn given_up(&self) -> Option<(&EntryId, &str, bool)> {
        let mut needed: Vec<&EntryId> = self.required().map(|(id, _)| id).collect();
        let mut at = 0;
        while let Some(&id) = needed.get(at) {
            at += 1;
            match self.0.get(id).map(|service| &service.state) {
                Some(State::Failed { error, fatal }) => return Some((id, error.as_str(), *fatal)),
                Some(State::Waiting { on }) => {
                    let more: Vec<&EntryId> = on.iter().filter(|id| !needed.contains(id)).collect();
                    needed.extend(more);
                }
                _ => {}
            }
        }
        None
    }

    fn required(&self) -> impl Iterator<Item = (&EntryId, &ServiceStatus)> {
        self.iter().filter(|(_, service)| service.startup == Startup::Required)
    }
}

impl fmt::Display for State {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Waiting { on } => {
                f.write_str("waiting: ")?;
                for (at, id) in on.iter().enumerate() {
                    let separator = if at == 0 { "" } else { ", " };
                    write!(f, "{separator}{id}")?;
                }
                Ok(())
            }
            Self::Starting => f.write_str("starting"),
            Self::Running => f.write_str("running"),
            Self::Backoff { attempt, retry_in, error } => {
                // A jittered wait has nine digits; people want one.
                let tenths = u64::try_from(retry_in.as_millis() / 100).unwrap_or(u64::MAX);
                let retry_in = format_duration(Duration::from_millis(tenths * 100));
                write!(f, "retry {attempt} in {retry_in}: {error}")
            }
            Self::Failed { error, .. } => write!(f, "failed: {error}"),
            Self::Stopping => f.write_str("stopping"),
            Self::Stopped => f.write_str("stopped"),
        }
    }
}

//! Timeouts of an activity that do not fit together, wherever they were written.

use std::time::Duration;

use crate::diag::Code;

/// What one attempt may take if nobody says otherwise. An attempt that may take longer is long: the
/// server should hear from it meanwhile.
const USUAL: Duration = Duration::from_mins(10);

/// A timeout, and where it was written.
#[derive(Clone, Debug)]
pub(crate) struct Timeout<P> {
    pub(crate) value: Duration,
    pub(crate) place: P,
}

/// The timeouts of one call, as far as they were written.
#[derive(Clone, Debug)]
pub(crate) struct Timeouts<P> {
    pub(crate) start_to_close: Option<Timeout<P>>,
    pub(crate) schedule_to_close: Option<Timeout<P>>,
    pub(crate) heartbeat: Option<Timeout<P>>,
}

/// What is wrong with one of them.
#[derive(Clone, Debug)]
pub(crate) struct Wrong<P> {
    pub(crate) code: Code,
    pub(crate) place: P,
    pub(crate) headline: String,
    pub(crate) label: &'static str,
    pub(crate) help: &'static str,
    pub(crate) note: &'static str,
}

impl<P: Clone> Timeouts<P> {
    /// What is wrong. A text may leave a heartbeat timeout to another: then `has_heartbeat` is true.
    pub(crate) fn wrong(&self, has_heartbeat: bool) -> Option<Wrong<P>> {
        self.too_long_in_silence(has_heartbeat).or_else(|| self.never_reached())
    }

    fn too_long_in_silence(&self, has_heartbeat: bool) -> Option<Wrong<P>> {
        let attempt = self.start_to_close.as_ref().filter(|attempt| attempt.value > USUAL)?;
        if has_heartbeat || self.heartbeat.is_some() {
            return None;
        }
        Some(Wrong {
            code: Code::MissingHeartbeat,
            place: attempt.place.clone(),
            headline: format!("an attempt may take {} without a sign of life", shown(attempt.value)),
            label: "longer than the usual 10m",
            help: "add `heartbeat_timeout`, as `30s`, and call `activity.heartbeat` in the function more often",
            note: "if the worker dies, the server waits for all of this time before it tries again",
        })
    }

    fn never_reached(&self) -> Option<Wrong<P>> {
        let useless = |timeout: &Timeout<P>, headline: String, help: &'static str, note: &'static str| Wrong {
            code: Code::UselessTimeout,
            place: timeout.place.clone(),
            headline,
            label: "never reached",
            help,
            note,
        };
        let all = self.schedule_to_close.as_ref();
        let attempt = self.start_to_close.as_ref();
        if let (Some(attempt), Some(all)) = (attempt, all)
            && attempt.value > all.value
        {
            let headline =
                format!("one attempt has {}, and all attempts together {}", shown(attempt.value), shown(all.value));
            let help = "make `start_to_close_timeout` shorter, or `schedule_to_close_timeout` longer";
            return Some(useless(attempt, headline, help, "the server uses the shorter one for both"));
        }
        let heartbeat = self.heartbeat.as_ref()?;
        let attempt = attempt.map_or(USUAL, |attempt| attempt.value);
        if heartbeat.value < attempt {
            return None;
        }
        let headline = format!(
            "an attempt has {}, and as long between two signs of life: {}",
            shown(attempt),
            shown(heartbeat.value)
        );
        let help = "make `heartbeat_timeout` shorter than `start_to_close_timeout`, or remove it";
        Some(useless(heartbeat, headline, help, "the attempt times out first, heartbeats or not"))
    }
}

/// `90m`: the largest unit that fits.
fn shown(duration: Duration) -> String {
    let millis = duration.as_millis();
    let units = [(86_400_000, "d"), (3_600_000, "h"), (60_000, "m"), (1000, "s")];
    match units.into_iter().find(|(unit, _)| millis > 0 && millis.is_multiple_of(*unit)) {
        Some((unit, name)) => format!("{}{name}", millis / unit),
        None => format!("{millis}ms"),
    }
}

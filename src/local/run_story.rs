//! One run as the steps its author wrote, from what it was given and what it asked for.

use std::{
    collections::BTreeMap,
    time::{Duration, SystemTime},
};

use crate::{
    local::book::Written,
    temporal::{RunEnd, Step, What},
    value::{Failure, FailureInfo, Map, Value},
    workflow::{
        Command, Completion, Job, Outcome, SIDE_EFFECT, ScheduleActivity, SearchAttributes, Seq, SignalTarget, Update,
        UpdateAnswer,
    },
};

/// What is known of one run.
#[derive(Debug, Default)]
pub(super) struct RunStory {
    steps: Vec<Step>,
    begun: Option<SystemTime>,
    /// What is under way, by the number that its answer carries.
    open: BTreeMap<Seq, Open>,
    /// Updates that were not answered for good, by what answers name.
    updates: BTreeMap<String, OpenUpdate>,
    /// What came with the last task and what came of it: no news if the task is given again.
    told: Vec<Job>,
    written: Vec<What>,
    /// The last task failed, or its code ended the run, which the engine does not let happen before all
    /// was told.
    is_again: bool,
    /// How its code has ended it.
    end: Option<RunEnd>,
}

#[derive(Debug)]
enum Open {
    Activity { asked: Box<ScheduleActivity>, since: SystemTime, attempt: u32 },
    Timer { after: Duration },
    Child { workflow_type: String, workflow_id: String, arguments: Vec<Value>, since: SystemTime },
    SignalSent { name: String, workflow_id: String },
    CancelSent { workflow_id: String },
}

#[derive(Debug)]
struct OpenUpdate {
    update: Update,
    accepted: Option<SystemTime>,
}

impl RunStory {
    /// What the run is given. What it was given before, with a task that failed, is no news.
    pub(super) fn take(&mut self, time: SystemTime, jobs: &[Job]) {
        if is_question(jobs) {
            return;
        }
        // The engine may refuse what the code asked for.
        if !self.is_again && !self.told.iter().any(|job| happens_once(job) && jobs.contains(job)) {
            self.told.clear();
            self.written.clear();
        }
        for job in jobs {
            if let Some(at) = self.told.iter().position(|told| told == job) {
                self.told.swap_remove(at);
            } else if let Some(what) = self.job(time, job) {
                self.push(time, what);
            }
        }
    }

    /// What the run answered.
    pub(super) fn answer(&mut self, time: SystemTime, jobs: Vec<Job>, completion: &Completion) {
        if is_question(&jobs) {
            return;
        }
        self.told = jobs;
        self.end = None;
        match completion {
            Completion::Commands(commands) => {
                let before = std::mem::take(&mut self.written);
                for emitted in commands {
                    if let Some(what) = self.command(time, &emitted.command) {
                        self.written.push(what.clone());
                        if !before.contains(&what) {
                            self.push(time, what);
                        }
                    }
                }
                self.is_again = self.end.is_some();
            }
            Completion::TaskFailed(failed) => {
                self.is_again = true;
                let what = What::TaskFailed { message: failed.failure.message.clone() };
                // It fails again until somebody mends it.
                if self.steps.last().is_none_or(|last| last.what != what) {
                    self.push(time, what);
                }
            }
        }
    }

    pub(super) fn attempt(&mut self, activity_id: &str, number: u32) {
        for open in &mut self.open {
            if let (seq, Open::Activity { asked, attempt, .. }) = open
                && self::activity_id(*seq, asked) == activity_id
            {
                *attempt = number;
            }
        }
    }

    pub(super) fn after(&self, seen: usize) -> Written {
        Written {
            steps: self.steps.get(seen..).unwrap_or_default().to_vec(),
            end: self.end.clone(),
            begun: self.begun,
            count: self.steps.len(),
        }
    }

    fn push(&mut self, time: SystemTime, what: What) {
        let begun = *self.begun.get_or_insert(time);
        let event = i64::try_from(self.steps.len() + 1).unwrap_or(i64::MAX);
        let at = time.duration_since(begun).unwrap_or_default();
        self.steps.push(Step { event, time, at, by: None, what });
    }

    fn job(&mut self, time: SystemTime, job: &Job) -> Option<What> {
        Some(match job {
            Job::Start(start) => What::Started {
                workflow_type: start.workflow_type.clone(),
                arguments: start.arguments.clone(),
                parent: start.info.parent.as_ref().map(|parent| parent.workflow_id.clone()),
            },
            Job::Signal(signal) => What::Signal { name: signal.name.clone(), arguments: signal.arguments.clone() },
            Job::Cancel { reason } => What::CancelRequested { reason: reason.clone() },
            Job::Update(update) => {
                let open = OpenUpdate { update: update.clone(), accepted: None };
                self.updates.insert(update.protocol_id.clone(), open);
                return None;
            }
            Job::Resolve { seq, outcome } => return self.resolved(time, *seq, outcome),
            Job::Patch(_) | Job::Reseed(_) | Job::Unreadable { .. } | Job::Query(_) => return None,
        })
    }

    fn resolved(&mut self, time: SystemTime, seq: Seq, outcome: &Outcome) -> Option<What> {
        if let Outcome::ChildStarted { .. } = outcome {
            let Open::Child { workflow_type, workflow_id, arguments, .. } = self.open.get_mut(&seq)? else {
                return None;
            };
            return Some(What::ChildStarted {
                workflow_type: workflow_type.clone(),
                workflow_id: workflow_id.clone(),
                arguments: std::mem::take(arguments),
            });
        }
        let open = self.open.remove(&seq)?;
        let ended = match outcome {
            Outcome::Completed(value) => Ok(value.clone()),
            Outcome::Failed(failure) => Err(Box::new(own(failure).clone())),
            Outcome::Fired => Ok(Value::Null),
            // A timer waits, and then the activity is asked for anew.
            Outcome::Backoff { .. } | Outcome::ChildStarted { .. } => return None,
        };
        let took = |since: SystemTime| time.duration_since(since).unwrap_or_default();
        let refused = || ended.as_ref().err().map(|failure| failure.message.clone());
        Some(match open {
            Open::Activity { asked, .. } if asked.activity_type == SIDE_EFFECT => What::SideEffect { outcome: ended },
            Open::Activity { asked, attempt, .. } if asked.local.is_some() => {
                What::LocalActivity { activity_type: asked.activity_type, attempt, outcome: ended }
            }
            Open::Activity { asked, since, attempt } => What::Activity {
                activity_type: asked.activity_type,
                arguments: asked.arguments,
                took: took(since),
                attempt: i32::try_from(attempt).unwrap_or(i32::MAX),
                outcome: ended,
            },
            Open::Timer { after } => match ended {
                Ok(_) => What::Timer { after },
                Err(_) => return None,
            },
            Open::Child { workflow_type, workflow_id, since, .. } => {
                What::Child { workflow_type, workflow_id, took: took(since), outcome: ended }
            }
            Open::SignalSent { name, workflow_id } => What::SignalSent { name, workflow_id, refused: refused() },
            Open::CancelSent { workflow_id } => What::CancelSent { workflow_id, refused: refused() },
        })
    }

    fn command(&mut self, since: SystemTime, command: &Command) -> Option<What> {
        match command {
            Command::ScheduleActivity(asked) => {
                self.open.insert(asked.seq, Open::Activity { asked: asked.clone(), since, attempt: 1 });
            }
            Command::StartTimer { seq, after, .. } => {
                self.open.insert(*seq, Open::Timer { after: *after });
            }
            Command::CancelTimer(seq) => {
                self.open.remove(seq);
            }
            Command::StartChild(child) => {
                let (workflow_type, workflow_id) = (child.workflow_type.clone(), child.workflow_id.clone());
                let arguments = child.arguments.clone();
                self.open.insert(child.seq, Open::Child { workflow_type, workflow_id, arguments, since });
            }
            Command::SignalWorkflow(signal) => {
                let workflow_id = match &signal.target {
                    SignalTarget::Workflow(run) => run.workflow_id.clone(),
                    SignalTarget::Child(workflow_id) => workflow_id.clone(),
                };
                self.open.insert(signal.seq, Open::SignalSent { name: signal.name.clone(), workflow_id });
            }
            Command::CancelSignal(seq) => {
                self.open.remove(seq);
            }
            Command::CancelWorkflow { seq, target, .. } => {
                self.open.insert(*seq, Open::CancelSent { workflow_id: target.workflow_id.clone() });
            }
            Command::CancelActivity { .. } | Command::CancelChild { .. } | Command::AnswerQuery { .. } => {}
            Command::SetPatch { id, deprecated } => {
                return Some(What::Patch { id: id.clone(), deprecated: *deprecated });
            }
            Command::UpsertSearchAttributes(changed) => return Some(What::Attributes(values(changed))),
            Command::UpsertMemo(changed) => return Some(What::Memo(changed.clone())),
            Command::AnswerUpdate { protocol_id, answer } => return self.update(since, protocol_id, answer),
            Command::Complete(value) => self.end = Some(RunEnd::Completed(value.clone())),
            Command::Fail(failure) => self.end = Some(RunEnd::Failed(Box::new(failure.clone()))),
            Command::Cancelled => self.end = Some(RunEnd::Canceled),
            Command::ContinueAsNew(next) => {
                let arguments = next.arguments.clone();
                self.end = Some(RunEnd::ContinuedAsNew { run_id: String::new(), arguments });
            }
        }
        None
    }

    fn update(&mut self, time: SystemTime, protocol_id: &str, answer: &UpdateAnswer) -> Option<What> {
        if *answer == UpdateAnswer::Accept {
            let open = self.updates.get_mut(protocol_id)?;
            open.accepted = Some(time);
            let Update { name, id, arguments, .. } = open.update.clone();
            return Some(What::UpdateAccepted { name, id, arguments });
        }
        let OpenUpdate { update, accepted } = self.updates.remove(protocol_id)?;
        // One that was rejected leaves no trace.
        let took = time.duration_since(accepted?).unwrap_or_default();
        let outcome = match answer {
            UpdateAnswer::Accept => return None,
            UpdateAnswer::Complete(value) => Ok(value.clone()),
            UpdateAnswer::Reject(failure) => Err(Box::new(failure.clone())),
        };
        Some(What::Update { name: update.name, id: update.id, took, outcome })
    }
}

/// Queries may come after the end, and leave no trace.
fn is_question(jobs: &[Job]) -> bool {
    jobs.iter().all(|job| matches!(job, Job::Query(_)))
}

/// What comes a second time only with its task.
fn happens_once(job: &Job) -> bool {
    matches!(job, Job::Start(_) | Job::Resolve { .. })
}

/// How activities are named to who runs them.
fn activity_id(seq: Seq, asked: &ScheduleActivity) -> String {
    asked.activity_id.clone().unwrap_or_else(|| seq.0.to_string())
}

/// What went wrong in an activity or child, without what the caller is told around it, unless nothing
/// else has words.
fn own(failure: &Failure) -> &Failure {
    match (&failure.info, &failure.cause) {
        (FailureInfo::Activity { .. } | FailureInfo::Child { .. }, Some(cause)) if !cause.message.is_empty() => cause,
        _ => failure,
    }
}

pub(super) fn values(attributes: &SearchAttributes) -> Map {
    let mut values: Map = attributes.iter().map(|(name, attribute)| (name.clone(), attribute.value.clone())).collect();
    values.sort_keys();
    values
}

//! What a run was told and what it asked for: enough to make it again, and to see whether other code
//! asks for the same.

use std::time::SystemTime;

use crate::workflow::{Activation, Command, Completion, EmittedAt, HistorySize, Job, UpdateAnswer, asked_at};

/// One step of a run, as a history would keep it.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Told {
    time: SystemTime,
    history: HistorySize,
    jobs: Vec<Job>,
    patches: Vec<(String, bool)>,
    asked: Vec<EmittedAt>,
}

/// Where code asks for something else than it did.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Differs {
    pub(super) message: String,
    /// What it asks for now; nothing if it asks for less.
    pub(super) site: Option<EmittedAt>,
}

impl Told {
    /// What is kept of a step; nothing if nothing of it is. Queries leave no trace, and neither do
    /// updates that were rejected.
    pub(super) fn of(activation: &Activation, completion: &Completion) -> Option<Self> {
        let Completion::Commands(emitted) = completion else { return None };
        let accepted = |id: &str| {
            emitted.iter().any(|emitted| {
                matches!(&emitted.command, Command::AnswerUpdate { protocol_id, answer: UpdateAnswer::Accept } if protocol_id == id)
            })
        };
        let mut jobs = Vec::new();
        for job in &activation.jobs {
            match job {
                Job::Query(_) | Job::Unreadable { .. } => {}
                Job::Update(update) if !accepted(&update.protocol_id) => {}
                Job::Update(update) => {
                    let mut update = update.clone();
                    update.validate = false;
                    jobs.push(Job::Update(update));
                }
                job => jobs.push(job.clone()),
            }
        }
        let patches = patches(completion);
        // The run is told of its patches before the step in which it asks for them.
        let begin = usize::from(matches!(jobs.first(), Some(Job::Start(_))));
        let told_again = patches.iter().map(|(id, _)| Job::Patch(id.clone()));
        jobs.splice(begin..begin, told_again);
        let asked = asked(completion);
        let keep = !jobs.is_empty() || !asked.is_empty();
        keep.then(|| Self { time: activation.time, history: activation.history, jobs, patches, asked })
    }

    /// The step, told again.
    pub(super) fn again(&self, run_id: &str) -> Activation {
        Activation {
            run_id: run_id.to_owned(),
            time: self.time,
            replaying: true,
            history: self.history,
            deployment: None,
            jobs: self.jobs.clone(),
        }
    }

    /// Whether `completion` asks for something else than the step did.
    pub(super) fn differs(&self, completion: &Completion) -> Option<Differs> {
        let now = asked(completion);
        let at = (0..self.asked.len().max(now.len()))
            .find(|at| self.asked.get(*at).map(|asked| &asked.what) != now.get(*at).map(|asked| &asked.what));
        if let Some(at) = at {
            let message = match (self.asked.get(at), now.get(at)) {
                (Some(before), Some(_)) => format!("here the run asked for {} before", before.what),
                (Some(before), None) => format!("the run asked for {} before, and now does not", before.what),
                (None, _) => "here the run asked for nothing more before".to_owned(),
            };
            return Some(Differs { message, site: now.get(at).cloned() });
        }
        let now = patches(completion);
        let lost =
            self.patches.iter().find(|(id, deprecated)| !deprecated && !now.iter().any(|(other, _)| other == id));
        lost.map(|(id, _)| Differs {
            message: format!("the run asked for patch `{id}` before, and now does not"),
            site: None,
        })
    }
}

/// The patches of a step, and whether each is on its way out: such a one may be there or not.
fn patches(completion: &Completion) -> Vec<(String, bool)> {
    let Completion::Commands(emitted) = completion else { return Vec::new() };
    let patch = |command: &Command| match command {
        Command::SetPatch { id, deprecated } => Some((id.clone(), *deprecated)),
        _ => None,
    };
    emitted.iter().filter_map(|emitted| patch(&emitted.command)).collect()
}

fn asked(completion: &Completion) -> Vec<EmittedAt> {
    let Completion::Commands(emitted) = completion else { return Vec::new() };
    let others: Vec<_> =
        emitted.iter().filter(|emitted| !matches!(emitted.command, Command::SetPatch { .. })).cloned().collect();
    asked_at(&others)
}

//! `metonic workflow watch`: what moves about a run, as it moves.
//!
//! Steps come from the history, as they happen. What the history does not tell is looked up once in
//! a while: the server knows what activities say of themselves; what the run says of itself its code
//! has to be asked, and is asked only after something has happened to it.

use std::{
    collections::{BTreeMap, BTreeSet, VecDeque},
    time::Duration,
};

use futures_util::future::BoxFuture;
use tokio::time::{Interval, MissedTickBehavior, interval, timeout};

use super::{AskError, Follow, Runs};
use crate::{
    temporal::{Description, PendingActivity, RunEnd, RunKey, Step, What},
    value::Value,
};

/// A run whose worker does not answer within this time is not waited for.
const ANSWER_LIMIT: Duration = Duration::from_secs(3);

/// The same for the last words of a run that has ended: nobody asks again, and its code may have to be
/// replayed from the start to say them.
const LAST_ANSWER_LIMIT: Duration = Duration::from_secs(30);

/// The query that tells how far a run is, by custom.
const PROGRESS: &str = "progress";

/// Something that moved.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Change {
    Step(Box<Step>),
    /// The status, in the words of the server.
    Status(String),
    /// What the run says of where it stands.
    Details(String),
    /// What it answers to the query `progress`.
    Progress(Value),
    /// An activity that is under way.
    Activity(Box<PendingActivity>),
    /// One that is so no more, by its id.
    ActivityGone(String),
}

/// Looks at one run until it ends, and on through those that continue it.
pub(crate) struct Watch {
    runs: Runs,
    run: RunKey,
    /// Waits for the next step; nothing after the end.
    next_step: Option<BoxFuture<'static, NextStep>>,
    looks: Interval,
    seen: Seen,
    ready: VecDeque<Change>,
}

type NextStep = (Follow, Result<Option<Step>, AskError>);

/// What was said already.
#[derive(Default)]
struct Seen {
    status: String,
    details: String,
    progress: Option<Value>,
    activities: BTreeMap<String, PendingActivity>,
    /// Whether its code has answered anything.
    answers: bool,
    /// How long the history was when its code last answered all that it was asked.
    answered_at: Option<i64>,
}

impl Watch {
    /// The first look; what it shows are the first changes.
    pub(crate) async fn begin(runs: Runs, run: &RunKey, every: Duration) -> Result<(Self, Description), AskError> {
        let now = runs.describe(run).await?;
        let mut looks = interval(every);
        looks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let follow = runs.follow(now.row.run.clone());
        let mut watch = Self {
            runs,
            run: now.row.run.clone(),
            next_step: Some(next_step(follow)),
            looks,
            seen: Seen::default(),
            ready: VecDeque::new(),
        };
        watch.status(&now.row.status);
        Ok((watch, now))
    }

    /// The next change; nothing after the end.
    pub(crate) async fn next(&mut self) -> Result<Option<Change>, AskError> {
        loop {
            if let Some(change) = self.ready.pop_front() {
                return Ok(Some(change));
            }
            let Some(step) = &mut self.next_step else { return Ok(None) };
            // Both are cancel-safe: the step is waited for again, and a tick that was not taken comes
            // at once.
            tokio::select! {
                (follow, step) = step => match step? {
                    Some(step) => self.take(follow, step).await,
                    None => self.next_step = None,
                },
                _ = self.looks.tick() => self.look().await?,
            }
        }
    }

    async fn take(&mut self, follow: Follow, step: Step) {
        if let What::Ended(end) = &step.what {
            // The last words come before the end.
            if self.seen.answers {
                self.ask(LAST_ANSWER_LIMIT).await;
            }
            let status = match end {
                RunEnd::Completed(_) => "COMPLETED",
                RunEnd::Failed(_) => "FAILED",
                RunEnd::Canceled => "CANCELED",
                RunEnd::Terminated(_) => "TERMINATED",
                RunEnd::TimedOut => "TIMED_OUT",
                RunEnd::ContinuedAsNew { .. } => "CONTINUED_AS_NEW",
            };
            self.activities(Vec::new());
            self.status(status);
        }
        if follow.run() != &self.run {
            self.run = follow.run().clone();
            self.seen.answers = false;
            self.seen.answered_at = None;
        }
        self.ready.push_back(Change::Step(Box::new(step)));
        self.next_step = Some(next_step(follow));
    }

    async fn look(&mut self) -> Result<(), AskError> {
        let now = self.runs.describe(&self.run).await?;
        // The end is the history's to tell.
        if now.row.closed.is_some() {
            return Ok(());
        }
        self.status(&now.row.status);
        self.activities(now.activities);
        let held = now.paused.is_some();
        if !held && self.seen.answered_at != Some(now.row.history_length) && self.ask(ANSWER_LIMIT).await {
            self.seen.answered_at = Some(now.row.history_length);
        }
        Ok(())
    }

    fn status(&mut self, status: &str) {
        if self.seen.status != status {
            status.clone_into(&mut self.seen.status);
            self.ready.push_back(Change::Status(status.to_owned()));
        }
    }

    fn activities(&mut self, now: Vec<PendingActivity>) {
        let ids: BTreeSet<String> = now.iter().map(|activity| activity.id.clone()).collect();
        let gone: Vec<String> = self.seen.activities.keys().filter(|id| !ids.contains(*id)).cloned().collect();
        for id in gone {
            self.seen.activities.remove(&id);
            self.ready.push_back(Change::ActivityGone(id));
        }
        for activity in now {
            if self.seen.activities.get(&activity.id) != Some(&activity) {
                self.seen.activities.insert(activity.id.clone(), activity.clone());
                self.ready.push_back(Change::Activity(Box::new(activity)));
            }
        }
    }

    /// Asks the run's code; false if it leaves something unanswered, which is to be asked again.
    async fn ask(&mut self, limit: Duration) -> bool {
        let Ok(Ok(metadata)) = timeout(limit, self.runs.metadata(&self.run)).await else { return false };
        self.seen.answers = true;
        if self.seen.details != metadata.details {
            self.seen.details.clone_from(&metadata.details);
            self.ready.push_back(Change::Details(metadata.details));
        }
        if !metadata.queries.iter().any(|name| name == PROGRESS) {
            return true;
        }
        let asked = timeout(limit, self.runs.query(&self.run, PROGRESS, &[], None)).await;
        let Ok(Ok(progress)) = asked else { return false };
        if self.seen.progress.as_ref() != Some(&progress) {
            self.seen.progress = Some(progress.clone());
            self.ready.push_back(Change::Progress(progress));
        }
        true
    }
}

fn next_step(mut follow: Follow) -> BoxFuture<'static, NextStep> {
    Box::pin(async move {
        let step = follow.next().await;
        (follow, step)
    })
}

//! Answers questions about the runs of the local engine.

use crate::{
    local::{LocalEngine, Page, Question, Reply, book::Written, question::UpdateAsked, run_story::values},
    sim::{self, End, IdConflict, Problem, Run, Stage, Start, Status},
    temporal::{
        ActivityState, Description, PendingActivity, PendingChild, RejectCondition, RunEnd, RunKey, RunRow,
        StartRequest, Step, UpdateStage, What,
    },
    workflow::{IdConflictPolicy, IdReusePolicy, Signal, Update},
};

impl LocalEngine {
    /// The answer, however long it takes. Who does not wait for it takes nothing back.
    pub(crate) async fn answer(&self, namespace: &str, question: Question) -> Reply {
        let answer = Box::pin(self.try_answer(namespace, question)).await;
        answer.unwrap_or_else(|problem| Reply::Refused { why: problem.to_string() })
    }

    async fn try_answer(&self, namespace: &str, question: Question) -> Result<Reply, Problem> {
        let engine = &self.engine;
        let of =
            |run: RunKey| Run { namespace: namespace.to_owned(), workflow_id: run.workflow_id, run_id: run.run_id };
        Ok(match question {
            Question::Presence => Reply::Done,
            Question::Start { request } => Reply::Started { run: key(engine.start(start(namespace, *request)?)?) },
            Question::Served { task_queue } => Reply::Served { served: engine.is_polled(namespace, &task_queue) },
            Question::Steps { run, seen } => Reply::Steps(self.steps(&of(run), seen).await?),
            Question::Result { run } => Reply::Ended { end: end(engine.result(&of(run)).await?) },
            Question::Describe { run } => Reply::Description { now: Box::new(description(engine.describe(&of(run))?)) },
            Question::List { limit } => {
                let rows = engine.list().into_iter().filter(|row| row.run.namespace == namespace);
                Reply::Rows { rows: rows.take(limit).map(row).collect() }
            }
            Question::Query { run, name, arguments, reject } => {
                if let Some(reject) = reject {
                    check_state(engine.describe(&of(run.clone()))?.row.status, reject)?;
                }
                Reply::Value { value: engine.query(&of(run), &name, arguments).await? }
            }
            Question::UpdateOutcome { run, id } => {
                let outcome = engine.update_outcome(&of(run), &id).await?;
                Reply::Updated { id, outcome }
            }
            Question::Update { run, update } => {
                let (update, until) = self::update(update);
                let id = update.id.clone();
                Reply::Updated { id, outcome: engine.update(&of(run), update, until).await? }
            }
            Question::UpdateWithStart { request, update } => {
                let start = start(namespace, *request)?;
                let (update, until) = self::update(update);
                let id = update.id.clone();
                Reply::Updated { id, outcome: engine.update_with_start(start, update, until).await? }
            }
            Question::SignalWithStart { request, name, arguments } => {
                let signal = Some(Signal { name, arguments, headers: <_>::default() });
                engine.start(Start { signal, ..start(namespace, *request)? })?;
                Reply::Done
            }
            Question::Signal { run, name, arguments } => {
                engine.signal(&of(run), Signal { name, arguments, headers: <_>::default() })?;
                Reply::Done
            }
            Question::Cancel { run, reason } => {
                engine.cancel(&of(run), &reason)?;
                Reply::Done
            }
            Question::Terminate { run, reason } => {
                engine.terminate(&of(run), &reason)?;
                Reply::Done
            }
        })
    }

    /// The steps of a run after the first `seen`; waits until there is one.
    async fn steps(&self, run: &Run, seen: usize) -> Result<Page, Problem> {
        let run = self.engine.describe(run)?.row.run;
        let mut changes = self.book.changes();
        let ended = self.engine.result(&run);
        tokio::pin!(ended);
        let mut has_ended = false;
        loop {
            changes.mark_unchanged();
            // Asked before the book is read: a run that has ended adds nothing more.
            let now = self.engine.describe(&run)?;
            let written = self.book.read(&run.run_id, seen);
            if now.row.status != Status::Running {
                return self.last_page(&run, now, written).await;
            }
            if !written.steps.is_empty() {
                return Ok(Page { run: key(run.clone()), steps: written.steps, ended: false, next_run: None });
            }
            if has_ended {
                return Err(Problem::Stopped);
            }
            // Both are cancel-safe: they only wake, and the end is waited for once.
            tokio::select! {
                _ = changes.changed() => {}
                end = &mut ended => {
                    end?;
                    has_ended = true;
                }
            }
        }
    }

    async fn last_page(&self, run: &Run, now: sim::Description, written: Written) -> Result<Page, Problem> {
        let sim::Description { row, next_run, .. } = now;
        let how = match (row.status, written.end) {
            (Status::Completed, Some(end @ RunEnd::Completed(_))) | (Status::Failed, Some(end @ RunEnd::Failed(_))) => {
                end
            }
            (Status::ContinuedAsNew, Some(RunEnd::ContinuedAsNew { arguments, .. })) => {
                RunEnd::ContinuedAsNew { run_id: next_run.clone().unwrap_or_default(), arguments }
            }
            (Status::Canceled, _) => RunEnd::Canceled,
            (Status::TimedOut, _) => RunEnd::TimedOut,
            // It was not its code that ended it.
            _ => end(self.engine.result(run).await?),
        };
        let time = row.closed.unwrap_or_else(|| self.engine.now());
        let at = time.duration_since(written.begun.unwrap_or(time)).unwrap_or_default();
        let event = i64::try_from(written.count + 1).unwrap_or(i64::MAX);
        let mut steps = written.steps;
        steps.push(Step { event, time, at, by: None, what: What::Ended(how) });
        Ok(Page { run: key(run.clone()), steps, ended: true, next_run })
    }
}

/// As a server decides it.
fn check_state(status: Status, reject: RejectCondition) -> Result<(), Problem> {
    let is_asked = match reject {
        RejectCondition::NotOpen => status == Status::Running,
        RejectCondition::NotCompletedCleanly => matches!(status, Status::Running | Status::Completed),
    };
    if is_asked { Ok(()) } else { Err(Problem::Rejected(status.name())) }
}

fn update(asked: UpdateAsked) -> (Update, Stage) {
    let UpdateAsked { name, id, arguments, until } = asked;
    let id = id.unwrap_or_else(|| uuid::Uuid::new_v4().to_string());
    let until = match until {
        UpdateStage::Accepted => Stage::Accepted,
        UpdateStage::Completed => Stage::Completed,
    };
    (Update { protocol_id: id.clone(), id, name, arguments, headers: <_>::default(), validate: true, bytes: 0 }, until)
}

fn key(run: Run) -> RunKey {
    RunKey { workflow_id: run.workflow_id, run_id: run.run_id }
}

/// What the options of an entry ask for that the engine does not know is refused by its name.
fn start(namespace: &str, request: StartRequest) -> Result<Start, Problem> {
    let options = request.options;
    let unknown =
        [("`cron_schedule`", options.cron.is_some()), ("`versioning_override`", options.versioning.is_some())];
    if let Some((name, _)) = unknown.into_iter().find(|(_, asked)| *asked) {
        return Err(Problem::Unsupported(name.to_owned()));
    }
    Ok(Start {
        namespace: namespace.to_owned(),
        workflow_id: request.workflow_id,
        workflow_type: request.workflow_type,
        task_queue: request.task_queue,
        arguments: request.arguments,
        headers: request.headers,
        memo: options.memo.unwrap_or_default(),
        search_attributes: options.search_attributes.unwrap_or_default(),
        timeouts: options.timeouts,
        retry: options.retry,
        priority: options.priority,
        delay: options.delay,
        // As on a server: one that is taken as it is, is not ended first.
        id_reuse: options.id_reuse.filter(|policy| !(request.attach && *policy == IdReusePolicy::TerminateIfRunning)),
        id_conflict: match options.id_conflict {
            _ if request.attach => IdConflict::UseExisting,
            Some(IdConflictPolicy::UseExisting) => IdConflict::UseExisting,
            Some(IdConflictPolicy::TerminateExisting) => IdConflict::TerminateExisting,
            None | Some(IdConflictPolicy::Fail) => IdConflict::Fail,
        },
        signal: None,
    })
}

fn end(end: End) -> RunEnd {
    match end {
        End::Completed(value) => RunEnd::Completed(value),
        End::Failed(failure) => RunEnd::Failed(failure),
        End::Canceled => RunEnd::Canceled,
        End::Terminated(reason) => RunEnd::Terminated(reason),
        End::TimedOut => RunEnd::TimedOut,
    }
}

fn row(row: sim::Row) -> RunRow {
    RunRow {
        run: key(row.run),
        workflow_type: row.workflow_type,
        task_queue: row.task_queue,
        status: row.status.name().to_owned(),
        started: Some(row.started),
        closed: row.closed,
        history_length: row.history.events.into(),
        history_size: i64::try_from(row.history.bytes).unwrap_or(i64::MAX),
        parent: row.parent,
        memo: row.memo,
        search_attributes: values(&row.search_attributes),
    }
}

fn description(now: sim::Description) -> Description {
    let child =
        |child: sim::PendingChild| PendingChild { workflow_type: child.workflow_type, workflow_id: child.workflow_id };
    Description {
        row: row(now.row),
        activities: now.activities.into_iter().map(pending).collect(),
        children: now.children.into_iter().map(child).collect(),
        task_attempt: now.task_attempt.map(|attempt| i32::try_from(attempt).unwrap_or(i32::MAX)),
        cancel_requested: now.cancel_requested,
        paused: None,
    }
}

fn pending(activity: sim::PendingActivity) -> PendingActivity {
    PendingActivity {
        id: activity.id,
        activity_type: activity.activity_type,
        state: match activity.state {
            sim::ActivityState::Scheduled => ActivityState::Scheduled,
            sim::ActivityState::Running => ActivityState::Running,
            sim::ActivityState::CancelRequested => ActivityState::CancelRequested,
        },
        attempt: i32::try_from(activity.attempt).unwrap_or(i32::MAX),
        heartbeat: activity.heartbeat,
        last_failure: activity.last_failure,
    }
}

//! Workflow tasks: from what has happened to a run to what it asks for.
//!
//! A run has one task at a time; what happens meanwhile comes with the next. A task that fails leaves
//! no trace but its failure: what it was told is told again, to a run that is made anew.

use std::{sync::Arc, time::Duration};

use crate::{
    sim::{
        Problem,
        launch::{Launch, TaskEnd, TaskLaunch},
        order::in_order,
        refusal,
        run::{Question, Run, Running, Task},
        time::Due,
        told::{Differs, Told},
        world::{No, World},
    },
    source::SourceMap,
    value::{Failure, failure_kind},
    workflow::{
        Activation, Command, Completion, ContinueReasons, Emitted, HistorySize, Job, Leaving, RunName, TaskFailure,
    },
};

/// The server's limits of a history: from when on it suggests a new run, and when it ends the run.
const MANY_EVENTS: u32 = 4096;
const MANY_BYTES: u64 = 4 * 1024 * 1024;
const MANY_UPDATES: u32 = 1800;
const MOST_EVENTS: u32 = 51_200;
const MOST_BYTES: u64 = 50 * 1024 * 1024;

/// A task that was lost is missed by the server after this.
const TASK_TIME: Duration = Duration::from_secs(10);
const LONGEST_HOLD: Duration = Duration::from_mins(10);

/// Where time skips, a task that failed so often is reported to those who wait.
const STUCK_AFTER: u32 = 3;

impl World {
    pub(super) fn begin_task(&mut self, no: No, number: u64) -> Option<Launch> {
        let workflows = self.workers.get(&number)?.worker.workflows.clone()?;
        let now = self.time.now();
        let run = self.runs.get_mut(&no)?;
        let is_due = run.is_open() && run.held.is_none() && run.waits.is_none();
        let jobs = if is_due { in_order(std::mem::take(&mut run.inbox)) } else { Vec::new() };
        let mut questions: Vec<Question> = run.questions.drain(..).collect();
        for (at, question) in questions.iter_mut().enumerate() {
            question.query.id = format!("query-{at}");
        }
        let activation = Activation {
            run_id: run.run_id.clone(),
            time: now,
            replaying: jobs.is_empty(),
            history: run.size(!jobs.is_empty()),
            deployment: None,
            jobs,
        };
        let told = if run.memory == Some(number) { Vec::new() } else { run.told.clone() };
        let mut with_queries = activation.clone();
        with_queries.jobs.extend(questions.iter().map(|question| Job::Query(question.query.clone())));
        run.memory = Some(number);
        run.task = Task::Running(Box::new(Running { worker: number, activation, questions }));
        self.tasks += 1;
        if let Some(attachment) = self.workers.get_mut(&number) {
            attachment.tasks += 1;
        }
        Some(Launch::Task(Box::new(TaskLaunch { run: no, workflows, told, activation: with_queries })))
    }

    /// A task ended; why the run has to leave memory now, if it has to, be it because it wants to.
    pub(super) fn task_done(&mut self, no: No, end: TaskEnd, leaves: bool) -> Option<Leaving> {
        let Some(run) = self.runs.get_mut(&no) else {
            // It was forgotten meanwhile.
            self.tasks = self.tasks.saturating_sub(1);
            return Some(Leaving::Settled);
        };
        let Task::Running(task) = std::mem::replace(&mut run.task, Task::Idle) else { return None };
        let number = task.worker;
        run.task = Task::Leaving(number);
        let evict = match end {
            TaskEnd::Answered(Completion::Commands(emitted)) => {
                self.answered(no, *task, emitted).or(leaves.then_some(Leaving::Settled))
            }
            TaskEnd::Answered(Completion::TaskFailed(failed)) => {
                self.task_failed(no, *task, *failed);
                None
            }
            TaskEnd::Differs { differs, sources } => {
                self.differs(no, *task, &differs, sources);
                None
            }
        };
        let is_kept = evict.is_none() && !self.is_stopping(number) && self.is_open(no);
        if let Some(run) = self.runs.get_mut(&no)
            && !(is_kept && run.memory == Some(number))
        {
            run.memory = None;
        }
        if evict.is_none() {
            self.left(no);
            if is_kept && self.runs.get(&no).is_some_and(|run| run.memory.is_some()) {
                self.remembered(no, number);
            }
        }
        evict
    }

    /// The run's task is over in every respect.
    pub(super) fn left(&mut self, no: No) {
        self.tasks = self.tasks.saturating_sub(1);
        let Some(run) = self.runs.get_mut(&no) else { return };
        let Task::Leaving(number) = std::mem::replace(&mut run.task, Task::Idle) else { return };
        if run.memory != Some(number)
            && let Some(attachment) = self.workers.get_mut(&number)
        {
            attachment.memory.retain(|other| *other != no);
        }
        if let Some(attachment) = self.workers.get_mut(&number) {
            attachment.tasks = attachment.tasks.saturating_sub(1);
        }
        self.note_idle(number);
        self.poke(no);
    }

    /// Takes what a run asks for; why it has to leave memory, if it has to.
    fn answered(&mut self, no: No, task: Running, emitted: Vec<Emitted>) -> Option<Leaving> {
        let Some(worker) = self.workers.get(&task.worker).map(|attachment| Arc::clone(&attachment.worker)) else {
            return Some(Leaving::Unsettled);
        };
        let refused = emitted.iter().find_map(|emitted| refusal::of(&emitted.command).map(|what| (what, emitted)));
        let refused = refused.or_else(|| self.runs.get(&no).and_then(|run| refusal::of_same_id(run, &emitted)));
        if let Some((what, emitted)) = refused
            && let Some(run) = self.runs.get(&no)
        {
            let failed = refusal::task_failure(&what, emitted, run);
            self.task_failed(no, task, failed);
            return Some(Leaving::TaskFailed);
        }
        let Running { activation, questions, .. } = task;
        let ends = emitted.iter().any(|emitted| is_end(&emitted.command));
        let Some(run) = self.runs.get_mut(&no) else { return Some(Leaving::Settled) };
        if !run.is_open() {
            // It was ended from outside, or only asked something.
            answer_questions(questions, emitted);
            return Some(Leaving::Settled);
        }
        if ends && run.inbox.iter().any(|job| !matches!(job, Job::Update(_))) {
            // As the server does: what happened meanwhile must not be lost, so the step is taken again.
            run.inbox.splice(0..0, activation.jobs);
            answer_questions(questions, emitted);
            return Some(Leaving::Unsettled);
        }
        let told = Told::of(&activation, &Completion::Commands(emitted.clone()));
        let updates: Vec<_> = activation
            .jobs
            .iter()
            .filter_map(|job| match job {
                Job::Update(update) => Some(update.protocol_id.clone()),
                _ => None,
            })
            .collect();
        if let Some(told) = told {
            if !activation.jobs.is_empty() {
                // Scheduled, started, completed.
                run.record(3, &[]);
            }
            run.told.push(Arc::new(told));
        }
        if !activation.jobs.is_empty() {
            run.task_failures = 0;
            run.task_failure = None;
            if self.stuck == Some(no) {
                self.stuck = None;
            }
        }
        let commands = answer_questions(questions, emitted);
        self.obey(no, &worker, commands);
        self.leave_updates(no, &updates);
        self.check_size(no);
        let leaves = worker.evicts_after_each_task || worker.max_cached_workflows == 0 || !self.is_open(no);
        leaves.then_some(Leaving::Settled)
    }

    fn task_failed(&mut self, no: No, task: Running, failed: TaskFailure) {
        if let Some(attachment) = self.workers.get(&task.worker) {
            attachment.problems.task_failed(&task.activation.run_id, &failed);
        }
        self.hold(no, task, failed.failure);
    }

    fn differs(&mut self, no: No, task: Running, differs: &Differs, sources: Option<Arc<SourceMap>>) {
        let message = format!("[TMPRL1100] {}", differs.message);
        let Some(attachment) = self.workers.get(&task.worker) else { return self.hold(no, task, Failure::default()) };
        let name = self.runs.get(&no).map(|run| RunName {
            workflow_id: run.workflow_id.clone(),
            workflow_type: run.start.workflow_type.clone(),
        });
        let (run_id, name) = (&task.activation.run_id, name.unwrap_or_default());
        attachment.problems.not_the_same(run_id, name, &message, differs.site.as_ref(), sources);
        let failure = Failure::new(failure_kind::UNKNOWN, message);
        let fails = self.runs.get(&no).is_some_and(|run| {
            run.is_open() && attachment.worker.failed_by_non_determinism.contains(&run.start.workflow_type)
        });
        if fails {
            let worker = Arc::clone(&attachment.worker);
            refuse_questions(task.questions, &failure);
            let emitted = Emitted { command: Command::Fail(failure), site: Vec::new() };
            self.obey(no, &worker, vec![emitted]);
        } else {
            self.hold(no, task, failure);
        }
    }

    /// The task is tried again: at once, then after longer and longer waits.
    fn hold(&mut self, no: No, task: Running, failure: Failure) {
        let Running { activation, questions, .. } = task;
        refuse_questions(questions, &failure);
        let skips = self.time.skips();
        let Some(run) = self.runs.get_mut(&no) else { return };
        run.memory = None;
        if activation.jobs.is_empty() || !run.is_open() {
            return;
        }
        run.inbox.splice(0..0, activation.jobs);
        run.task_failures += 1;
        if run.task_failures == 1 {
            // Later attempts are not written.
            run.record(3, &[]);
        }
        run.task_failure = Some(failure);
        let failures = run.task_failures;
        if failures > 1 {
            let key = self.time.after(hold_of(failures), Due::Task(no));
            if let Some(run) = self.runs.get_mut(&no) {
                run.held = Some(key);
            }
        }
        if skips && failures >= STUCK_AFTER {
            self.stuck = Some(no);
            self.runs.values_mut().for_each(Run::tell_waiters);
        }
    }

    /// The server ends a run whose history is too long.
    fn check_size(&mut self, no: No) {
        let Some(run) = self.runs.get(&no).filter(|run| run.is_open()) else { return };
        let reason = if run.history.events > MOST_EVENTS {
            "Workflow history count exceeds limit."
        } else if run.history.bytes > MOST_BYTES {
            "Workflow history size exceeds limit."
        } else {
            return;
        };
        self.terminate_run(no, reason);
    }
}

impl Run {
    /// The history as a task that begins now sees it.
    fn size(&self, is_task: bool) -> HistorySize {
        let events = self.history.events + if is_task { 2 } else { 0 };
        let reasons = ContinueReasons {
            too_large: self.history.bytes > MANY_BYTES,
            too_many_events: events > MANY_EVENTS,
            too_many_updates: self.update_count > MANY_UPDATES,
        };
        HistorySize {
            events,
            bytes: self.history.bytes,
            continue_as_new_suggested: reasons != ContinueReasons::default(),
            reasons,
            target_version_changed: false,
        }
    }

    pub(super) fn tell_waiters(&mut self) {
        for waiter in std::mem::take(&mut self.waiters) {
            waiter.tell(());
        }
    }
}

/// The first failure is reported to the server, which tries again at once; of later ones it hears
/// nothing, and waits until the task's time is over.
fn hold_of(failures: u32) -> Duration {
    let more = Duration::from_secs(5).saturating_mul(1 << failures.saturating_sub(3).min(10));
    let wait = if failures < 3 { TASK_TIME } else { TASK_TIME + more };
    wait.min(LONGEST_HOLD)
}

pub(super) fn is_end(command: &Command) -> bool {
    matches!(command, Command::Complete(_) | Command::Fail(_) | Command::Cancelled | Command::ContinueAsNew(_))
}

/// Hands the answers out, and gives the other commands back.
fn answer_questions(questions: Vec<Question>, emitted: Vec<Emitted>) -> Vec<Emitted> {
    let mut rest = Vec::with_capacity(emitted.len());
    let mut answers = std::collections::BTreeMap::new();
    for emitted in emitted {
        match emitted.command {
            Command::AnswerQuery { id, answer } => drop(answers.insert(id, answer)),
            command => rest.push(Emitted { command, site: emitted.site }),
        }
    }
    for question in questions {
        let answer = match answers.remove(&question.query.id) {
            Some(Ok(value)) => Ok(value),
            Some(Err(failure)) => Err(Problem::Refused(Box::new(failure))),
            None => Err(Problem::Refused(Box::new(Failure::new(failure_kind::INTERNAL, "the query has no answer")))),
        };
        let _ = question.reply.send(answer);
    }
    rest
}

fn refuse_questions(questions: Vec<Question>, failure: &Failure) {
    for question in questions {
        let _ = question.reply.send(Err(Problem::Refused(Box::new(failure.clone()))));
    }
}

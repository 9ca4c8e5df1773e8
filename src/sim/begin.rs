//! The beginning of a run: asked for from outside, as a child, or in the place of another run.

use std::time::{Duration, SystemTime};

use indexmap::IndexMap;

use crate::{
    sim::{
        IdConflict, Problem, Run as RunName, Start, Status, refusal,
        run::{Parent, Run, Task},
        time::Due,
        world::{No, World},
    },
    value::{Failure, Map, Value},
    workflow::{
        Headers, HistorySize, IdReusePolicy, Job, Priority, Relative, RetryPolicy, RunTimeouts, SearchAttributes,
        Start as StartJob, StartInfo,
    },
};

/// What the server gives a workflow task if nobody says.
const TASK_TIMEOUT: Duration = Duration::from_secs(10);

/// Everything that a run begins with.
pub(super) struct Beginning {
    pub(super) namespace: String,
    pub(super) workflow_id: String,
    pub(super) workflow_type: String,
    pub(super) task_queue: String,
    pub(super) arguments: Vec<Value>,
    pub(super) headers: Headers,
    pub(super) memo: Map,
    pub(super) search_attributes: SearchAttributes,
    pub(super) timeouts: RunTimeouts,
    pub(super) retry: Option<RetryPolicy>,
    pub(super) priority: Option<Priority>,
    /// How long it waits, and whether a signal ends the wait.
    pub(super) wait: Option<(Duration, bool)>,
    pub(super) family: Family,
    pub(super) chain: Chain,
}

/// Whose child a run is.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Family {
    pub(super) parent: Option<Parent>,
    pub(super) told: Option<Relative>,
    pub(super) root: Option<Relative>,
}

/// What a run has from those before it.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Chain {
    /// Nothing: it is the first.
    pub(super) first_run_id: Option<String>,
    pub(super) continued_run_id: Option<String>,
    /// From 0: how many attempts there were before.
    pub(super) attempts: u32,
    /// When the time of all runs is over.
    pub(super) expires: Option<SystemTime>,
    pub(super) last_failure: Option<Failure>,
}

impl World {
    pub(super) fn start(&mut self, start: Start) -> Result<RunName, Problem> {
        if self.stopped {
            return Err(Problem::Stopped);
        }
        if let Some(wrong) = refusal::of_id("workflow", &start.workflow_id) {
            return Err(Problem::Invalid(wrong));
        }
        if refusal::is_fair(start.priority.as_ref()) {
            return Err(Problem::Unsupported("fairness keys".to_owned()));
        }
        let signal = start.signal.clone();
        let sent = start.arguments.iter().chain(signal.iter().flat_map(|signal| &signal.arguments));
        if let Some(error) = sent.chain(start.memo.values()).find_map(|value| value.portable().err()) {
            return Err(Problem::Invalid(error.to_string()));
        }
        let no = match self.running_for(&start)? {
            Some(no) => no,
            None => self.begin_run(Beginning {
                wait: start.delay.filter(|delay| !delay.is_zero()).map(|delay| (delay, true)),
                family: Family::default(),
                chain: Chain::default(),
                namespace: start.namespace,
                workflow_id: start.workflow_id,
                workflow_type: start.workflow_type,
                task_queue: start.task_queue,
                arguments: start.arguments,
                headers: start.headers,
                memo: start.memo,
                search_attributes: start.search_attributes,
                timeouts: start.timeouts,
                retry: start.retry,
                priority: start.priority,
            }),
        };
        if let Some(signal) = signal {
            self.signal_run(no, signal);
        }
        self.name(no)
    }

    pub(super) fn name(&self, no: No) -> Result<RunName, Problem> {
        let run = self.runs.get(&no).ok_or(Problem::Stopped)?;
        Ok(RunName {
            namespace: run.namespace.clone(),
            workflow_id: run.workflow_id.clone(),
            run_id: run.run_id.clone(),
        })
    }

    /// The running run that takes the start; an error if the id cannot be used.
    fn running_for(&mut self, start: &Start) -> Result<Option<No>, Problem> {
        let id = (start.namespace.clone(), start.workflow_id.clone());
        let Some(no) = self.latest.get(&id).copied() else { return Ok(None) };
        let Some(run) = self.runs.get(&no) else { return Ok(None) };
        if !run.is_open() {
            return self.may_reuse(no, start.id_reuse).then_some(None).ok_or(Problem::IdUsed(id.1));
        }
        let conflict = match (start.id_conflict, start.id_reuse) {
            (_, Some(IdReusePolicy::TerminateIfRunning)) => IdConflict::TerminateExisting,
            (IdConflict::Fail, _) if start.signal.is_some() => IdConflict::UseExisting,
            (conflict, _) => conflict,
        };
        match conflict {
            IdConflict::Fail => Err(Problem::AlreadyRuns { workflow_id: id.1, run_id: run.run_id.clone() }),
            IdConflict::UseExisting => Ok(Some(no)),
            IdConflict::TerminateExisting => {
                self.terminate_run(no, "TerminateIfRunning WorkflowIdReusePolicy");
                Ok(None)
            }
        }
    }

    /// Whether the id of a run that has ended may be used again.
    pub(super) fn may_reuse(&self, no: No, policy: Option<IdReusePolicy>) -> bool {
        let completed = self.runs.get(&no).is_some_and(|run| run.status == Status::Completed);
        match policy {
            None | Some(IdReusePolicy::AllowDuplicate | IdReusePolicy::TerminateIfRunning) => true,
            Some(IdReusePolicy::AllowDuplicateFailedOnly) => !completed,
            Some(IdReusePolicy::RejectDuplicate) => false,
        }
    }

    pub(super) fn begin_run(&mut self, beginning: Beginning) -> No {
        let now = self.time.now();
        let run_id = self.new_run_id();
        let seed = self.seed();
        let Beginning { chain, family, mut timeouts, .. } = beginning;
        timeouts = timeouts.without_zeros();
        timeouts.run = timeouts.run.into_iter().chain(timeouts.execution).min();
        timeouts.task = timeouts.task.or(Some(TASK_TIMEOUT));
        let expires = chain.expires.or_else(|| timeouts.execution.map(|limit| self.time.later(limit)));
        let first_run_id = chain.first_run_id.unwrap_or_else(|| run_id.clone());
        let info = StartInfo {
            workflow_id: beginning.workflow_id.clone(),
            namespace: beginning.namespace.clone(),
            task_queue: beginning.task_queue.clone(),
            attempt: chain.attempts + 1,
            first_run_id,
            continued_run_id: chain.continued_run_id,
            cron: None,
            cron_schedule_to_schedule_interval: None,
            start_time: now,
            execution_timeout: timeouts.execution,
            execution_expiration_time: expires,
            run_timeout: timeouts.run,
            task_timeout: timeouts.task,
            parent: family.told.map(Box::new),
            root: family.root.map(Box::new),
            memo: beginning.memo.clone(),
            search_attributes: beginning.search_attributes.clone(),
            retry_policy: beginning.retry.clone().map(Box::new),
            priority: beginning.priority.clone().map(Box::new),
            last_failure: chain.last_failure.map(Box::new),
            last_result: None,
            original_run_id: run_id.clone(),
        };
        let start = StartJob {
            workflow_type: beginning.workflow_type,
            arguments: beginning.arguments,
            seed,
            headers: beginning.headers,
            info,
        };
        let job = Job::Start(Box::new(start.clone()));
        let mut run = Run {
            run_id,
            namespace: beginning.namespace,
            workflow_id: beginning.workflow_id,
            task_queue: beginning.task_queue,
            started: now,
            status: Status::Running,
            closed: None,
            end: None,
            next: None,
            parent: family.parent,
            expires,
            timeouts,
            retry: beginning.retry,
            priority: beginning.priority,
            memo: beginning.memo,
            search_attributes: beginning.search_attributes,
            waits: beginning.wait.map(|(_, until_signal)| until_signal),
            inbox: vec![job],
            questions: <_>::default(),
            task: Task::Idle,
            held: None,
            task_failures: 0,
            task_failure: None,
            memory: None,
            told: Vec::new(),
            open: <_>::default(),
            updates: IndexMap::new(),
            history: HistorySize::default(),
            update_count: 0,
            cancel_requested: false,
            timers: Vec::new(),
            waiters: Vec::new(),
            start,
        };
        let arguments = run.start.arguments.clone();
        run.record(1, &arguments);
        let no = self.add(run);
        self.set_clocks(no, beginning.wait.map(|(wait, _)| wait));
        self.poke(no);
        no
    }

    /// A run's time begins when it does, the chain's with its first run.
    fn set_clocks(&mut self, no: No, wait: Option<Duration>) {
        let Some(run) = self.runs.get(&no) else { return };
        let (limit, expires) = (run.timeouts.run, run.expires);
        let mut timers = Vec::new();
        timers.extend(expires.map(|expires| self.time.at(expires, Due::Over { run: no, chain: true })));
        if let Some(limit) = limit {
            let limit = limit.saturating_add(wait.unwrap_or_default());
            timers.push(self.time.after(limit, Due::Over { run: no, chain: false }));
        }
        timers.extend(wait.map(|wait| self.time.after(wait, Due::Begin(no))));
        if let Some(run) = self.runs.get_mut(&no) {
            run.timers = timers;
        }
    }

    /// The wait of a run is over.
    pub(super) fn begin(&mut self, no: No) {
        if let Some(run) = self.runs.get_mut(&no) {
            run.waits = None;
        }
        self.poke(no);
    }
}

//! Everything that the engine knows. It changes under one lock, and never waits.
//!
//! What is to be done outside, to run code, leaves as [`Launch`]es once a change is made. Runs,
//! workers, timers and lines are kept in the order in which they came, so the same requests lead to
//! the same steps.

use std::{
    collections::{BTreeMap, VecDeque},
    time::Duration,
};

use tokio::time::Instant;

use crate::{
    function::CancelReason,
    lua::Random,
    sim::{
        Clock, Problem, Run as RunName,
        activity::Attempt,
        launch::Launch,
        order::priority_of,
        ready::{Line, Ready, Slot, Step},
        run::{Run, Task},
        time::{Due, Time},
        waits::Waits,
        worker::Attachment,
    },
    workflow::Job,
};

/// Numbers runs, in the order of their beginnings.
pub(super) type No = u64;

/// So many runs that have ended are remembered, and so many bytes of what they were given and gave; the
/// one that ended last is, in any case.
const MOST_CLOSED: usize = 10_000;
const MOST_CLOSED_BYTES: u64 = 256 * 1024 * 1024;

/// Told of each run that is forgotten.
pub(super) type Forget = Box<dyn Fn(&str) + Send>;

/// Where time skips, one thing is done after the other, so that the same comes of it each time. An
/// attempt that takes longer than this may be waiting for another.
const PATIENCE: Duration = Duration::from_secs(1);

/// What the keeper of time waits for.
pub(super) enum Tick {
    Again,
    At(Instant),
    /// Until something happens.
    Idle,
    /// For nothing: the engine was stopped.
    End,
}

pub(super) struct World {
    pub(super) time: Time,
    pub(super) runs: BTreeMap<No, Run>,
    /// The newest run of each workflow id, by namespace.
    pub(super) latest: BTreeMap<(String, String), No>,
    ids: BTreeMap<String, No>,
    pub(super) workers: BTreeMap<u64, Attachment>,
    /// Attempts that run, by token.
    pub(super) attempts: BTreeMap<u64, Attempt>,
    pub(super) ready: Ready,
    launches: Vec<Launch>,
    /// How many workflow tasks run.
    pub(super) tasks: usize,
    /// Who waits for something that time may bring.
    pub(super) waits: Waits,
    /// The run whose task goes on failing, where time skips.
    pub(super) stuck: Option<No>,
    /// The runs that have ended, with their bytes.
    closed: VecDeque<(No, u64)>,
    closed_bytes: u64,
    forget: Forget,
    chance: Random,
    last: u64,
    pub(super) stopped: bool,
}

impl World {
    pub(super) fn new(clock: Clock, seed: u64, forget: Forget) -> Self {
        Self {
            time: Time::new(clock),
            runs: BTreeMap::new(),
            latest: BTreeMap::new(),
            ids: BTreeMap::new(),
            workers: BTreeMap::new(),
            attempts: BTreeMap::new(),
            ready: Ready::default(),
            launches: Vec::new(),
            tasks: 0,
            waits: Waits::default(),
            stuck: None,
            closed: VecDeque::new(),
            closed_bytes: 0,
            forget,
            chance: Random::new(seed),
            last: 0,
            stopped: false,
        }
    }

    pub(super) fn number(&mut self) -> u64 {
        self.last += 1;
        self.last
    }

    pub(super) fn seed(&mut self) -> u64 {
        self.chance.word()
    }

    /// A name for a run, of the form that the server gives them.
    pub(super) fn new_run_id(&mut self) -> String {
        let words = (u128::from(self.chance.word()) << 64) | u128::from(self.chance.word());
        uuid::Builder::from_random_bytes(words.to_be_bytes()).into_uuid().to_string()
    }

    pub(super) fn add(&mut self, run: Run) -> No {
        let no = self.number();
        self.latest.insert((run.namespace.clone(), run.workflow_id.clone()), no);
        self.ids.insert(run.run_id.clone(), no);
        self.runs.insert(no, run);
        no
    }

    /// The run that is meant; without a run id the newest of its workflow id.
    pub(super) fn find(&self, name: &RunName) -> Result<No, Problem> {
        let found = if name.run_id.is_empty() {
            self.latest.get(&(name.namespace.clone(), name.workflow_id.clone())).copied()
        } else {
            let is_meant = |no: &No| self.runs.get(no).is_some_and(|run| run.workflow_id == name.workflow_id);
            self.ids.get(&name.run_id).copied().filter(is_meant)
        };
        found.filter(|no| self.runs.contains_key(no)).ok_or_else(|| Problem::NotFound(name.workflow_id.clone()))
    }

    /// The same, if it runs.
    pub(super) fn find_open(&self, name: &RunName) -> Result<No, Problem> {
        let no = self.find(name)?;
        match self.runs.get(&no) {
            Some(run) if run.is_open() => Ok(no),
            _ => Err(Problem::Ended(name.workflow_id.clone())),
        }
    }

    /// Whether the run is one that goes on.
    pub(super) fn is_open(&self, no: No) -> bool {
        self.runs.get(&no).is_some_and(Run::is_open)
    }

    /// Something happened to a run.
    pub(super) fn tell(&mut self, no: No, job: Job) {
        if let Some(run) = self.runs.get_mut(&no).filter(|run| run.is_open()) {
            run.inbox.push(job);
            self.poke(no);
        }
    }

    /// Puts the task of a run in line, if it has one to do and none in line.
    pub(super) fn poke(&mut self, no: No) {
        let Some(run) = self.runs.get_mut(&no) else { return };
        let is_due = run.is_open() && !run.inbox.is_empty() && run.held.is_none() && run.waits.is_none();
        let has_something = is_due || !run.questions.is_empty();
        if !matches!(run.task, Task::Idle) || !has_something {
            return;
        }
        let line = Line { slot: Slot::Task, namespace: run.namespace.clone(), task_queue: run.task_queue.clone() };
        let place = self.ready.push(line, priority_of(run.priority.as_ref()), Step::Task(no));
        run.task = Task::Ready(place);
    }

    pub(super) fn launch_later(&mut self, launch: Launch) {
        self.launches.push(launch);
    }

    /// What is to be done now, outside.
    pub(super) fn launch(&mut self) -> Vec<Launch> {
        let mut launches = std::mem::take(&mut self.launches);
        while !self.is_busy() {
            let found = self.ready.first(|line, step| self.worker_for(line, step));
            let Some((place, step, worker)) = found else { break };
            self.ready.remove(&place);
            launches.extend(match step {
                Step::Task(no) => self.begin_task(no, worker),
                Step::Attempt(no, seq) => self.begin_attempt(no, seq, worker),
            });
        }
        launches
    }

    /// Where time skips, one thing is done after the other.
    fn is_busy(&self) -> bool {
        self.time.skips() && (self.tasks > 0 || self.fresh_until().is_some_and(|until| until > Instant::now()))
    }

    /// Until when the newest attempt keeps the next step waiting.
    fn fresh_until(&self) -> Option<Instant> {
        self.attempts.values().map(|attempt| attempt.begun + PATIENCE).max()
    }

    /// Does what is due, and says what to wait for. What became possible is launched after it.
    pub(super) fn tick(&mut self) -> Tick {
        if self.stopped {
            return Tick::End;
        }
        let mut fired = false;
        while let Some(due) = self.time.take_due() {
            self.fire(due);
            fired = true;
        }
        if fired {
            return Tick::Again;
        }
        let next = self.time.next();
        if !self.time.skips() {
            return next.map_or(Tick::Idle, |moment| Tick::At(self.time.real(moment)));
        }
        let next = next.filter(|_| self.waits.any() && self.tasks == 0);
        let real = next.map(|moment| self.time.real(moment));
        match next {
            // Nothing runs, or what runs has taken as long as it would have taken to wait.
            Some(moment) if self.attempts.is_empty() || real.is_some_and(|real| real <= Instant::now()) => {
                self.time.jump(moment);
                Tick::Again
            }
            _ => {
                let waits = self.tasks == 0 && !self.ready.is_empty();
                let patience = self.fresh_until().filter(|until| waits && *until > Instant::now());
                real.into_iter().chain(patience).min().map_or(Tick::Idle, Tick::At)
            }
        }
    }

    /// Forgets every run, and asks what still runs to end.
    pub(super) fn stop(&mut self) {
        self.stopped = true;
        self.runs.clear();
        self.latest.clear();
        self.ids.clear();
        self.ready = Ready::default();
        self.time.clear();
        for attempt in self.attempts.values() {
            attempt.ask(CancelReason::Shutdown);
        }
    }

    /// Remembers that a run has ended, and forgets those that ended first if there are too many.
    pub(super) fn note_closed(&mut self, no: No) {
        let bytes = self.runs.get(&no).map_or(0, |run| run.history.bytes);
        self.closed.push_back((no, bytes));
        self.closed_bytes += bytes;
        while self.closed.len() > MOST_CLOSED || (self.closed.len() > 1 && self.closed_bytes > MOST_CLOSED_BYTES) {
            let Some((oldest, bytes)) = self.closed.pop_front() else { return };
            self.closed_bytes -= bytes;
            if let Some(run) = self.runs.remove(&oldest) {
                self.forgotten(run);
            }
        }
    }

    fn forgotten(&mut self, run: Run) {
        self.ids.remove(&run.run_id);
        (self.forget)(&run.run_id);
        let id = (run.namespace, run.workflow_id);
        if self.latest.get(&id).is_some_and(|latest| !self.runs.contains_key(latest)) {
            self.latest.remove(&id);
        }
    }

    fn fire(&mut self, due: Due) {
        match due {
            Due::Timer { run, seq } => self.timer_fired(run, seq),
            Due::Timeout { run, seq, kind } => self.activity_timed_out(run, seq, kind),
            Due::Attempt { run, seq } => self.attempt_again(run, seq),
            Due::Task(no) => {
                if let Some(run) = self.runs.get_mut(&no) {
                    run.held = None;
                }
                self.poke(no);
            }
            Due::Begin(no) => self.begin(no),
            Due::Over { run, chain } => self.run_over(run, chain),
            Due::Sleep(sleeper) => sleeper.tell(()),
        }
    }
}

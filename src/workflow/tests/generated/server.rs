//! A server that answers a run's requests in an order that chance decides, as the core would tell it.

use std::{
    collections::{BTreeMap, BTreeSet},
    time::{Duration, SystemTime},
};

use crate::{
    lua::Random,
    value::{Failure, Value},
    workflow::{
        Activation, Cancellation, ChildCancellation, Command, Completion, Headers, Job, Outcome, Query,
        ScheduleActivity, Seq, Signal, Update, recorded, script::Reader,
    },
};

/// How often a local activity is tried again by way of a timer.
const MOST_ATTEMPTS: u32 = 3;

/// What a run waits for.
#[derive(Debug)]
enum Open {
    Timer {
        fires: Duration,
    },
    Activity {
        cancelled: bool,
        cancellation: Cancellation,
    },
    Local {
        attempt: u32,
        cancelled: bool,
    },
    Child {
        workflow_id: String,
        cancellation: ChildCancellation,
        started: bool,
        cancelled: bool,
    },
    /// Ends well, or not, by itself.
    Request,
    /// Its end is known already.
    Decided(Outcome),
}

/// The server's side of one run.
pub(super) struct Server {
    random: Random,
    passed: Duration,
    begun: SystemTime,
    open: BTreeMap<Seq, Open>,
    /// The numbers of all that was asked for.
    asked: BTreeSet<Seq>,
    /// Those of the answers before.
    sent: BTreeSet<Seq>,
    events: u32,
    asked_to_end: bool,
    pub(super) ended: bool,
}

impl Server {
    pub(super) fn new(random: Random) -> Self {
        Self {
            random,
            passed: Duration::ZERO,
            begun: SystemTime::UNIX_EPOCH,
            open: BTreeMap::new(),
            asked: BTreeSet::new(),
            sent: BTreeSet::new(),
            events: 0,
            asked_to_end: false,
            ended: false,
        }
    }

    /// The first activation; `which` is the run's argument.
    pub(super) fn start(&mut self, which: usize) -> Activation {
        let mut start = Reader::default().read(&format!("start {which}"));
        self.begun = start.time;
        for job in &mut start.jobs {
            if let Job::Start(start) = job {
                start.seed = self.random.word();
            }
        }
        start
    }

    /// Takes the answer to the newest activation; the error says what no server would take.
    pub(super) fn take(&mut self, completion: &Completion) -> Result<(), String> {
        let Completion::Commands(commands) = completion else {
            return Err("the task failed".to_owned());
        };
        self.sent = self.asked.clone();
        for emitted in commands {
            if self.ended && !matches!(emitted.command, Command::AnswerQuery { .. }) {
                return Err("it goes on after its end".to_owned());
            }
            self.take_one(&emitted.command)?;
        }
        Ok(())
    }

    fn take_one(&mut self, command: &Command) -> Result<(), String> {
        match command {
            Command::StartTimer { seq, after, .. } => self.open(*seq, Open::Timer { fires: self.passed + *after }),
            Command::ScheduleActivity(activity) => self.open(activity.seq, opened(activity)),
            Command::StartChild(child) => self.open(
                child.seq,
                Open::Child {
                    workflow_id: child.workflow_id.clone(),
                    cancellation: child.cancellation,
                    started: false,
                    cancelled: false,
                },
            ),
            Command::SignalWorkflow(signal) => self.open(signal.seq, Open::Request),
            Command::CancelWorkflow { seq, target, .. } => {
                self.ask(&target.workflow_id);
                self.open(*seq, Open::Request)
            }
            Command::CancelTimer(seq)
            | Command::CancelActivity { seq, .. }
            | Command::CancelChild { seq, .. }
            | Command::CancelSignal(seq)
                if !self.asked.contains(seq) =>
            {
                Err(format!("{} is cancelled and was never asked for", seq.0))
            }
            // What has ended meanwhile may be cancelled, too: the core lets it pass.
            Command::CancelTimer(seq) => {
                self.open.remove(seq);
                Ok(())
            }
            Command::CancelActivity { seq, .. } | Command::CancelChild { seq, .. } | Command::CancelSignal(seq) => {
                self.cancel(*seq);
                Ok(())
            }
            Command::Complete(_) | Command::Fail(_) | Command::Cancelled | Command::ContinueAsNew(_) => {
                self.ended = true;
                Ok(())
            }
            Command::SetPatch { .. }
            | Command::UpsertSearchAttributes(_)
            | Command::UpsertMemo(_)
            | Command::AnswerQuery { .. }
            | Command::AnswerUpdate { .. } => Ok(()),
        }
    }

    fn open(&mut self, seq: Seq, open: Open) -> Result<(), String> {
        if !self.asked.insert(seq) {
            return Err(format!("{} is given twice", seq.0));
        }
        self.open.insert(seq, open);
        Ok(())
    }

    /// What is not sent yet never will be; of the rest it depends on what is waited for.
    fn cancel(&mut self, seq: Seq) {
        let is_sent = self.sent.contains(&seq);
        match self.open.get_mut(&seq) {
            Some(
                Open::Activity { cancelled, cancellation: Cancellation::WaitCompleted }
                | Open::Child {
                    cancelled,
                    cancellation: ChildCancellation::WaitCompleted | ChildCancellation::WaitRequested,
                    ..
                },
            ) if is_sent => *cancelled = true,
            Some(Open::Local { cancelled, .. }) => *cancelled = true,
            Some(open @ (Open::Activity { .. } | Open::Child { .. } | Open::Request)) => {
                *open = Open::Decided(canceled());
            }
            Some(Open::Decided(_) | Open::Timer { .. }) | None => {}
        }
    }

    /// A child is asked to end as any other run is.
    fn ask(&mut self, asked: &str) {
        for open in self.open.values_mut() {
            if let Open::Child { workflow_id, cancelled, .. } = open
                && workflow_id == asked
            {
                *cancelled = true;
            }
        }
    }

    /// What somebody wants to know now, if anybody does.
    pub(super) fn question(&mut self) -> Option<Activation> {
        let names = ["look", "look", "__stack_trace", "state"];
        let name = *names.get(usize::try_from(self.random.below(12)).ok()?)?;
        let query = Query {
            id: format!("query at {}", self.events),
            name: name.to_owned(),
            arguments: Vec::new(),
            headers: Headers::default(),
        };
        Some(self.activation(vec![Job::Query(query)]))
    }

    /// What happens next; nothing if the run waits for nothing.
    pub(super) fn next(&mut self) -> Option<Activation> {
        let mut jobs = Vec::new();
        if self.random.below(20) == 0 {
            jobs.push(Job::Reseed(self.random.word()));
        }
        if self.random.below(4) == 0 {
            for _ in 0..=self.random.below(2) {
                jobs.push(self.signal());
            }
        }
        if self.random.below(6) == 0 {
            jobs.push(self.update());
        }
        if !self.asked_to_end && self.random.below(12) == 0 {
            self.asked_to_end = true;
            jobs.push(Job::Cancel { reason: "enough".to_owned() });
        }
        for _ in 0..=self.random.below(2) {
            jobs.extend(self.resolve());
        }
        if jobs.is_empty() {
            return None;
        }
        self.events += 4;
        Some(self.activation(jobs))
    }

    fn activation(&self, jobs: Vec<Job>) -> Activation {
        let mut activation = Reader::default().read("");
        activation.jobs = jobs;
        activation.time = self.begun + self.passed;
        activation.history.events = self.events;
        activation
    }

    fn signal(&mut self) -> Job {
        let number = self.random.below(3) + 1;
        Job::Signal(Signal {
            name: if self.random.below(3) == 0 { format!("word{number}") } else { format!("topic{number}") },
            arguments: vec![Value::from(format!("signal at {}", self.events).as_str())],
            headers: Headers::default(),
        })
    }

    fn update(&mut self) -> Job {
        let id = format!("update-{}", self.events);
        Job::Update(Update {
            protocol_id: format!("protocol of {id}"),
            id,
            name: "change".to_owned(),
            arguments: vec![Value::Int(1 + i64::from(self.random.below(2) == 0))],
            headers: Headers::default(),
            validate: true,
            bytes: 0,
        })
    }

    fn resolve(&mut self) -> Option<Job> {
        let at = usize::try_from(self.random.below(u64::try_from(self.open.len()).ok()?)).ok()?;
        let mut seq = *self.open.keys().nth(at)?;
        if matches!(self.open[&seq], Open::Timer { .. }) {
            // Of timers it is always the next one that fires.
            let timers = self.open.iter().filter_map(|(seq, open)| match open {
                Open::Timer { fires } => Some((*fires, *seq)),
                _ => None,
            });
            seq = timers.min()?.1;
        }
        let coin = self.random.below(4);
        let open = self.open.remove(&seq)?;
        let outcome = match open {
            Open::Timer { fires } => {
                self.passed = self.passed.max(fires);
                Outcome::Fired
            }
            Open::Local { attempt, cancelled: false } if coin == 0 && attempt < MOST_ATTEMPTS => Outcome::Backoff {
                attempt: attempt + 1,
                wait: Duration::from_secs(2),
                first_scheduled: Some(self.begun),
            },
            Open::Child { started: false, workflow_id, cancellation, cancelled } if coin > 0 => {
                self.open.insert(seq, Open::Child { started: true, workflow_id, cancellation, cancelled });
                Outcome::ChildStarted { run_id: format!("child-{}", seq.0) }
            }
            // What is not started does not end.
            Open::Child { started: false, .. } => {
                Outcome::Failed(Failure::new("AlreadyExists", format!("{} exists", seq.0)))
            }
            Open::Activity { cancelled: true, .. }
            | Open::Local { cancelled: true, .. }
            | Open::Child { cancelled: true, .. }
                if coin > 0 =>
            {
                canceled()
            }
            Open::Activity { .. } | Open::Local { .. } | Open::Child { .. } if coin < 3 => {
                Outcome::Completed(Value::from(format!("done {}", seq.0).as_str()))
            }
            Open::Activity { .. } | Open::Local { .. } | Open::Child { .. } => {
                Outcome::Failed(Failure::new("Declined", format!("no {}", seq.0)))
            }
            Open::Request if coin < 3 => Outcome::Completed(Value::Null),
            Open::Request => Outcome::Failed(Failure::new("NotFound", "nobody")),
            Open::Decided(outcome) => outcome,
        };
        Some(Job::Resolve { seq, outcome })
    }
}

fn opened(activity: &ScheduleActivity) -> Open {
    match &activity.local {
        None => Open::Activity { cancelled: false, cancellation: activity.cancellation },
        Some(_) if activity.activity_type == crate::workflow::SIDE_EFFECT => {
            Open::Decided(recorded(&activity.arguments).map_or_else(Outcome::Failed, Outcome::Completed))
        }
        Some(local) => Open::Local { attempt: local.attempt, cancelled: false },
    }
}

fn canceled() -> Outcome {
    Outcome::Failed(Failure::canceled("canceled"))
}

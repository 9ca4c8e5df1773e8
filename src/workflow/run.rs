//! One run: applies activations, lets the coroutines run to rest, and answers.

use std::{
    cell::{Cell, RefCell},
    rc::Rc,
    sync::Arc,
    time::Duration,
};

use mlua::{MultiValue, Value as LuaValue};

use crate::{
    lua::{
        Ambient, LuaError, Meter, Program, Realm, Step, TaskId, Tasks, Vm, error_object, payload::Payload,
        stopped_by_nobody, to_lua,
    },
    value::Failure,
    workflow::{
        Activation, Catalog, Command, Completion, Emitted, Job, Leaving, Outcome, RunName, Seq, Start, WorkflowEntry,
        activity_ids, cancel, carried, children,
        end::End,
        facts::{Facts, Names},
        handlers,
        host::HostOptions,
        inbox, local,
        outbox::Outbox,
        outcome::{self, Ending},
        outgoing, query, report, scopes,
        sent::Sent,
        size,
        state::{Answerer, Halt, PendingKind, RunState, context_of},
        update::{self, OpenUpdate},
        versions,
        weight::Weight,
    },
};

/// One run of a workflow, in memory.
pub(super) struct WorkflowRun {
    state: Rc<RunState>,
    main: TaskId,
    end: End,
    /// Its history is of this code: the code has taken a step of its own, or did so before it left memory.
    fits: bool,
    weight: Weight,
    /// Last, because everything above lives in it.
    vm: Rc<Vm>,
}

/// What a run is made with, beside its start.
pub(super) struct RunCx<'a> {
    pub(super) run_id: &'a Arc<str>,
    pub(super) names: &'a Rc<Names>,
    pub(super) entry: &'a WorkflowEntry,
    pub(super) catalog: &'a Arc<Catalog>,
    pub(super) options: &'a Arc<HostOptions>,
    /// It comes back on the code that it left memory with.
    pub(super) fits: bool,
    /// Nothing else lives in its VM.
    pub(super) alone: bool,
}

/// Why an activation has no commands.
enum Failed {
    Broken(LuaError),
    /// The run is on a version that the code does not support.
    Unsupported(LuaError),
    /// The Lua state refused something that the host asked of it.
    Lua(mlua::Error),
}

impl From<mlua::Error> for Failed {
    fn from(error: mlua::Error) -> Self {
        Self::Lua(error)
    }
}

impl WorkflowRun {
    /// A run whose first activation is still to come.
    pub(super) fn new(vm: Rc<Vm>, start: &Start, cx: RunCx<'_>) -> mlua::Result<Self> {
        let weight = Weight::new(&vm, cx.alone);
        let clock = Rc::new(Cell::new(Duration::ZERO));
        let replaying = Rc::new(Cell::new(false));
        let of_ambient = Rc::clone(&clock);
        let ambient = Ambient::new(start.seed)
            .with_clock(Rc::new(move || of_ambient.get()))
            .with_printer(Rc::new(crate::workflow::api::print));
        let state = Rc::new(RunState {
            facts: Facts::new(
                cx.entry.id.clone(),
                cx.entry.failure_policy,
                cx.run_id,
                Rc::clone(cx.names),
                start.info.clone(),
                context_of(&start.headers),
                if cx.options.shows_input { start.arguments.clone() } else { Vec::new() },
            ),
            program: Arc::clone(vm.program()),
            catalog: Arc::clone(cx.catalog),
            options: Arc::clone(cx.options),
            tasks: Rc::new(Tasks::default()),
            ambient: Rc::new(ambient),
            clock,
            replaying,
            history: Cell::default(),
            outbox: RefCell::new(Outbox::new(Sent::new(cx.options))),
            pending: <_>::default(),
            inbox: <_>::default(),
            handlers: <_>::default(),
            children: <_>::default(),
            scopes: <_>::default(),
            local: <_>::default(),
            activity_ids: <_>::default(),
            cancelled: <_>::default(),
            traps_links: Cell::default(),
            deployment: <_>::default(),
            halt: <_>::default(),
            patches: <_>::default(),
            upserted: <_>::default(),
            outgoing: <_>::default(),
        });
        let lua = vm.lua();
        let arguments = start.arguments.iter().map(|argument| to_lua(lua, argument));
        let arguments = arguments.collect::<mlua::Result<Vec<_>>>()?;
        let main = Realm::open(&vm)?.start(&vm, &state.tasks, MultiValue::from_vec(arguments))?;
        Ok(Self { state, main, end: End::Open, fits: cx.fits, weight, vm })
    }

    pub(super) fn program(&self) -> &Arc<Program> {
        self.vm.program()
    }

    pub(super) fn name(&self) -> RunName {
        let facts = &self.state.facts;
        RunName { workflow_id: facts.workflow_id.to_string(), workflow_type: facts.names.workflow_type.clone() }
    }

    /// It leaves memory, not because its task failed.
    pub(super) fn left(&self) {
        self.weight.left(&self.state);
    }

    /// Applies one activation. After a failed task the run must be dropped.
    pub(super) fn activate(&mut self, activation: Activation) -> Completion {
        let lua = self.vm.lua().clone();
        let state = Rc::clone(&self.state);
        // The clock never goes back, whatever the server says.
        let time = activation.time.duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
        state.clock.set(time.max(state.clock.get()));
        state.replaying.set(activation.replaying);
        state.history.set(activation.history);
        *state.deployment.borrow_mut() = activation.deployment;
        state.enter(&lua);
        let mut jobs = activation.jobs;
        let queries: Vec<_> = jobs.extract_if(.., |job| matches!(job, Job::Query(_))).collect();
        self.weight.begin(&self.vm);
        let (steps, replaying) = (!jobs.is_empty(), activation.replaying);
        state.outbox.borrow_mut().sent.begin(&activation.history, replaying, !steps);
        let applied = Meter::begin(&lua, &state.limits()).map_err(Failed::from);
        let applied = applied.and_then(|()| self.apply(jobs));
        let tripped = Meter::end(&lua);
        let excess = state.outbox.borrow_mut().sent.take_excess();
        let completion = match (excess, tripped, applied) {
            (Some(excess), ..) => report::too_large(excess, &state),
            (None, Some(tripped), _) => report::tripped(tripped, Meter::stack(&lua), &state),
            (None, None, Ok(())) => self.answer(queries),
            (None, None, Err(Failed::Broken(error))) => report::broken(&error, &state),
            (None, None, Err(Failed::Unsupported(error))) => report::unsupported(&error, &state),
            (None, None, Err(Failed::Lua(error))) => report::broken(&LuaError::from_error(&error), &state),
        };
        // A query changes nothing, and its answer is owed.
        let completion =
            if steps { self.weight.end(&self.vm, &state, self.end.has_come(), completion) } else { completion };
        RunState::leave(&lua);
        self.fits = match completion {
            Completion::TaskFailed(_) => false,
            Completion::Commands(_) => self.fits || !replaying,
        };
        completion
    }

    /// It leaves memory: if it comes back, then on its own code, unless that is what failed.
    pub(super) fn keep_code(&self, leaving: Leaving) {
        if self.fits {
            self.state.options.kept.leaves(&self.state.facts.run_id, self.program(), leaving, self.end.is_over());
        }
    }

    /// The commands. A query that goes wrong is no harm to the run, and its answer has what room the
    /// commands and the answers before it leave.
    fn answer(&self, queries: Vec<Job>) -> Completion {
        let outbox = &self.state.outbox;
        let mut left = outbox.borrow().sent.left();
        for query in queries {
            if let Job::Query(query) = query {
                let room = if query.is_alone() { self.state.options.largest_task } else { left };
                let answer = query::answer(self.vm.lua(), &self.state, &query, room, self.end.has_come());
                left = left.saturating_sub(size::of_answer(&answer).all);
                outbox.borrow_mut().answer_query(query.id, answer);
            }
        }
        Completion::Commands(outbox.borrow_mut().take())
    }

    /// The jobs in sets: what tells the run about itself; messages; everything else. A request to end
    /// that is there before the run begins is met by its first wait.
    fn apply(&mut self, jobs: Vec<Job>) -> Result<(), Failed> {
        let (mut messages, mut others) = (Vec::new(), Vec::new());
        let mut begun = false;
        for job in jobs {
            match job {
                Job::Start(start) => {
                    begun = true;
                    messages.extend(carried::messages_of(&start.headers).into_iter().map(Job::Signal));
                    others.extend(carried::request_to_end(&start.headers).map(|reason| Job::Cancel { reason }));
                }
                Job::Reseed(seed) => self.state.ambient.reseed(seed),
                Job::Patch(id) => versions::announce(&self.state, id),
                Job::Signal(_) | Job::Update(_) | Job::Unreadable { .. } => messages.push(job),
                Job::Cancel { .. } | Job::Resolve { .. } => others.push(job),
                Job::Query(_) => {}
            }
        }
        if begun {
            let (cancels, rest) = others.into_iter().partition(|job| matches!(job, Job::Cancel { .. }));
            others = rest;
            let cancels: Vec<Job> = cancels;
            messages.splice(0..0, cancels);
        }
        if begun || !messages.is_empty() {
            self.apply_set(messages)?;
        }
        if !others.is_empty() {
            self.apply_set(others)?;
        }
        update::at_rest(&self.state);
        self.end.settle(self.vm.lua(), &self.state).map_err(Failed::Broken)
    }

    fn apply_set(&mut self, jobs: Vec<Job>) -> Result<(), Failed> {
        for job in jobs {
            if self.end.has_come() {
                self.end.tell(self.vm.lua(), &self.state, job)?;
            } else {
                self.apply_one(job)?;
            }
        }
        self.run_to_rest()
    }

    fn apply_one(&self, job: Job) -> Result<(), Failed> {
        let lua = self.vm.lua();
        match job {
            Job::Signal(signal) => inbox::receive(lua, &self.state, signal)?,
            Job::Update(update) => update::receive(lua, &self.state, update)?,
            Job::Unreadable { protocol_id, problem, bytes } => {
                update::refuse(lua, &self.state, protocol_id, problem, bytes);
            }
            Job::Cancel { reason } => cancel::request(lua, &self.state, reason)?,
            Job::Resolve { seq, outcome } => self.resolve(seq, outcome)?,
            Job::Start(_) | Job::Patch(_) | Job::Reseed(_) | Job::Query(_) => {}
        }
        Ok(())
    }

    fn resolve(&self, seq: Seq, outcome: Outcome) -> Result<(), Failed> {
        let lua = self.vm.lua();
        outgoing::known(&self.state, seq);
        let ended = local::ended(lua, &self.state, seq, outcome)?;
        let Some((seq, outcome)) = ended else { return Ok(()) };
        if let Outcome::ChildStarted { run_id } = outcome {
            return Ok(children::started(lua, &self.state, seq, run_id)?);
        }
        let Some(pending) = self.state.pending.borrow_mut().remove(&seq) else {
            // A timer that was cancelled in the same step, or an activity nobody waits for.
            return Ok(());
        };
        if pending.kind == PendingKind::Activity {
            activity_ids::ended(&self.state, seq, &outcome);
        }
        let outcome = scopes::explain(&self.state, seq, outcome);
        if let Answerer::Asked(child) = pending.answer {
            return Ok(children::asked(lua, &self.state, child, &outcome)?);
        }
        if let Answerer::Child(child) = &pending.answer {
            return Ok(children::ended(lua, &self.state, child, outcome)?);
        }
        let (value, problem) = match outcome {
            // There is nothing to say but that it worked.
            Outcome::Completed(_) if matches!(pending.kind, PendingKind::Signal | PendingKind::CancelRequest) => {
                (LuaValue::Boolean(true), LuaValue::Nil)
            }
            Outcome::Completed(value) => match pending.answer {
                Answerer::Function(_) => (LuaValue::UserData(Payload(value).made(lua)?), LuaValue::Nil),
                _ => (to_lua(lua, &value)?, LuaValue::Nil),
            },
            Outcome::Failed(failure) => (LuaValue::Nil, LuaValue::UserData(error_object(lua, failure)?)),
            Outcome::Fired => (LuaValue::Boolean(true), LuaValue::Nil),
            Outcome::Backoff { .. } | Outcome::ChildStarted { .. } => {
                let failure = Failure::new("", "metonic was told the end of something that it never began");
                (LuaValue::Nil, LuaValue::UserData(error_object(lua, failure)?))
            }
        };
        Ok(self.state.answer(pending.answer, value, problem)?)
    }

    fn run_to_rest(&mut self) -> Result<(), Failed> {
        let lua = self.vm.lua().clone();
        while !self.end.has_come() {
            if let Some(task) = self.state.tasks.first_in_line() {
                inbox::goes_on(&self.state, task);
            }
            let Some((task, step)) = self.state.tasks.step(&lua)? else {
                if scopes::recheck(&lua, &self.state)? {
                    continue;
                }
                break;
            };
            if let Some(halt) = self.state.halt.take() {
                return self.halted(*halt);
            }
            let cancelled = self.state.cancelled.borrow().is_some();
            let policy = self.state.facts.failure_policy;
            let ending = match step {
                Step::Waits => continue,
                Step::Returned(values) if task != self.main => {
                    match update::returned(&lua, &self.state, self.update_of(task), &values) {
                        Some(error) => Ending::Broken(error),
                        None => match scopes::returned(&lua, &self.state, task, values)? {
                            Some(error) => outcome::raised(error, cancelled, policy),
                            None => continue,
                        },
                    }
                }
                Step::Returned(values) => {
                    let ending = outcome::returned(&lua, &values, self.vm.program(), cancelled, policy);
                    outcome::unless(ending, scopes::first_unasked(&self.state))
                }
                Step::Raised(error) => {
                    let error = match update::raised(&self.state, self.update_of(task), error) {
                        Some(error) if task != self.main => scopes::raised(&lua, &self.state, task, error)?,
                        error => error,
                    };
                    let Some(error) = error else { continue };
                    outcome::raised(error, cancelled, policy)
                }
                Step::Stopped => return Err(stopped_by_nobody().into()),
            };
            match ending {
                // What a run did after it passed a limit counts for nothing.
                Ending::Command(command) => {
                    Meter::check(&lua)?;
                    handlers::close(&lua, &self.state, false);
                    self.end.come(&self.state, Emitted { command, site: Vec::new() });
                }
                Ending::Broken(error) => return Err(Failed::Broken(error)),
            }
        }
        Ok(())
    }

    /// A coroutine asked for the end of the run, or has to be kept from going on.
    fn halted(&mut self, halt: Halt) -> Result<(), Failed> {
        match halt {
            Halt::Renewed(next) => {
                Meter::check(self.vm.lua())?;
                // The run that comes next would never hear of an error that nobody asked for.
                let unasked = scopes::first_unasked(&self.state);
                handlers::close(self.vm.lua(), &self.state, unasked.is_none());
                let last = match unasked {
                    Some(failure) => Emitted { command: Command::Fail(failure), site: Vec::new() },
                    None => next,
                };
                self.end.come(&self.state, last);
                Ok(())
            }
            Halt::Unsupported(error) => Err(Failed::Unsupported(error)),
            Halt::Broken(error) => Err(Failed::Broken(error)),
        }
    }

    /// A coroutine has ended: if it was a handler's, the update that it was for.
    fn update_of(&self, task: TaskId) -> Option<OpenUpdate> {
        self.state.with_handlers(|handlers| handlers.running.remove(&task)?.update).flatten()
    }
}

impl std::fmt::Debug for WorkflowRun {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "WorkflowRun({})", self.state.facts.run_id)
    }
}

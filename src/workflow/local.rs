//! Local activities that have not ended.
//!
//! An attempt whose next one is far off comes back to the run: a timer does the waiting, and the
//! activity is scheduled again. Each of these has a number of its own, but whoever called knows only
//! the first: what is pending stays under that one.

use std::{
    collections::BTreeMap,
    time::{Duration, SystemTime},
};

use mlua::{Function, Lua, Value as LuaValue};

use crate::{
    lua::error_object,
    value::Failure,
    workflow::{
        CallSite, Command, LocalActivity, Outcome, ScheduleActivity, Seq, retry, scopes, side_effect,
        state::{Answerer, Pending, PendingKind, RunState},
    },
};

/// The local activities of one run.
#[derive(Debug, Default)]
pub(super) struct LocalActivities {
    /// By the number that the caller knows.
    calls: BTreeMap<Seq, Call>,
    /// That number, by the one of a later attempt or of a timer between two.
    first: BTreeMap<Seq, Seq>,
}

#[derive(Debug)]
struct Call {
    /// To be scheduled again.
    activity: ScheduleActivity,
    site: Vec<CallSite>,
    /// What the core knows it by now.
    current: Seq,
    /// A timer runs, and no attempt.
    waits: bool,
    /// It was asked to end.
    cancelled: bool,
    /// The code whose result it records.
    side_effect: Option<Function>,
}

/// Asks for a local activity; its number.
pub(super) fn schedule(lua: &Lua, state: &RunState, activity: ScheduleActivity, answer: Answerer) -> Seq {
    begin(lua, state, activity, answer, None)
}

/// Asks that what `function` gives is recorded.
pub(super) fn record(
    lua: &Lua,
    state: &RunState,
    function: Function,
    summary: Option<String>,
    answer: Answerer,
) -> mlua::Result<()> {
    let activity = side_effect::prepare(lua, state, &function, summary)?;
    begin(lua, state, activity, answer, Some(function));
    Ok(())
}

fn begin(
    lua: &Lua,
    state: &RunState,
    activity: ScheduleActivity,
    answer: Answerer,
    side_effect: Option<Function>,
) -> Seq {
    let pending = Pending { kind: PendingKind::LocalActivity, answer };
    let mut kept = activity.clone();
    let seq = state.request(lua, pending, |seq| {
        kept.seq = seq;
        // What stays the same from attempt to attempt, so that keys made of it do.
        kept.activity_id.get_or_insert_with(|| seq.0.to_string());
        Command::ScheduleActivity(Box::new(ScheduleActivity { seq, ..activity }))
    });
    let site = state.outbox.borrow().last_site().to_vec();
    let call = Call { activity: kept, site, current: seq, waits: false, cancelled: false, side_effect };
    state.local.borrow_mut().get_or_insert_default().calls.insert(seq, call);
    seq
}

/// Whether some have not ended.
pub(super) fn any_run(state: &RunState) -> bool {
    state.local.borrow().as_ref().is_some_and(|local| !local.calls.is_empty())
}

/// What ended, by the number that its caller knows; nothing if it goes on.
pub(super) fn ended(lua: &Lua, state: &RunState, seq: Seq, outcome: Outcome) -> mlua::Result<Option<(Seq, Outcome)>> {
    let found = {
        let mut local = state.local.borrow_mut();
        local.as_deref_mut().and_then(|local| {
            let first = local.first.remove(&seq).unwrap_or(seq);
            Some((first, local.calls.remove(&first)?))
        })
    };
    let Some((first, mut call)) = found else { return Ok(Some((seq, outcome))) };
    if !matches!(outcome, Outcome::Fired) {
        state.outbox.borrow_mut().sent.add_record(&outcome);
    }
    let command = match outcome {
        Outcome::Backoff { .. } if call.cancelled => return Ok(Some((first, Outcome::Failed(cancelled())))),
        Outcome::Backoff { wait, first_scheduled, .. } if call.would_be_late(state, wait, first_scheduled) => {
            return Ok(Some((first, Outcome::Failed(retry::out_of_time(None)))));
        }
        Outcome::Backoff { attempt, wait, first_scheduled } => call.wait(state, attempt, wait, first_scheduled),
        Outcome::Fired if call.waits => call.again(state),
        Outcome::Failed(failure) if side_effect::is_not_run(&failure) => match &call.side_effect {
            Some(function) => {
                call.activity = side_effect::prepare(lua, state, function, call.activity.summary.take())?;
                call.again(state)
            }
            None => return Ok(Some((first, Outcome::Failed(failure)))),
        },
        outcome => return Ok(Some((first, outcome))),
    };
    state.outbox.borrow_mut().push(command, call.site.clone());
    let mut local = state.local.borrow_mut();
    let local = local.get_or_insert_default();
    local.first.insert(call.current, first);
    local.calls.insert(first, call);
    Ok(None)
}

/// Asks a local activity to end. Between two attempts it ends at once; else the core tells how.
pub(super) fn cancel(lua: &Lua, state: &RunState, seq: Seq) -> mlua::Result<()> {
    let current = {
        let mut local = state.local.borrow_mut();
        let Some(local) = local.as_deref_mut() else { return Ok(()) };
        // A record is there in a moment, and what it holds has happened.
        let meant = |call: &&mut Call| !call.cancelled && call.side_effect.is_none();
        let Some(call) = local.calls.get_mut(&seq).filter(meant) else { return Ok(()) };
        call.cancelled = true;
        let (current, waits) = (call.current, call.waits);
        if waits {
            local.first.remove(&current);
            local.calls.remove(&seq);
        }
        if !waits {
            state.command(lua, Command::CancelActivity { seq: current, local: true });
            return Ok(());
        }
        current
    };
    state.command(lua, Command::CancelTimer(current));
    let pending = state.pending.borrow_mut().remove(&seq);
    if let Some(pending) = pending {
        let failure = scopes::explained(state, seq, cancelled());
        let problem = LuaValue::UserData(error_object(lua, failure)?);
        state.answer(pending.answer, LuaValue::Nil, problem)?;
    }
    Ok(())
}

fn cancelled() -> Failure {
    Failure::canceled("the local activity was cancelled before its next attempt")
}

impl Call {
    /// There is no time left for another attempt. The core would see that only after the wait.
    fn would_be_late(&self, state: &RunState, wait: Duration, first_scheduled: Option<SystemTime>) -> bool {
        let limit = self.activity.timeouts.without_zeros().schedule_to_close;
        limit.zip(first_scheduled).is_some_and(|(limit, first)| {
            let first = first.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
            state.clock.get().saturating_add(wait) >= first.saturating_add(limit)
        })
    }

    /// The timer that waits for the next attempt.
    fn wait(&mut self, state: &RunState, attempt: u32, wait: Duration, first_scheduled: Option<SystemTime>) -> Command {
        let threshold = self.activity.local.as_ref().and_then(|local| local.retry_threshold);
        self.activity.local = Some(LocalActivity { attempt, first_scheduled, retry_threshold: threshold });
        self.current = state.outbox.borrow_mut().next_seq();
        self.waits = true;
        Command::StartTimer { seq: self.current, after: wait, summary: self.activity.summary.clone() }
    }

    /// The next attempt.
    fn again(&mut self, state: &RunState) -> Command {
        self.current = state.outbox.borrow_mut().next_seq();
        self.waits = false;
        Command::ScheduleActivity(Box::new(ScheduleActivity { seq: self.current, ..self.activity.clone() }))
    }
}
